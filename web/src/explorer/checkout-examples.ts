// From a cart to a paid order.
import StartCheckoutText from "../examples/30-StartCheckout.graphql";
import SetCheckoutAddressText from "../examples/31-SetCheckoutAddress.graphql";
import SetCheckoutDeliveryText from "../examples/32-SetCheckoutDelivery.graphql";
import ApplyPromotionText from "../examples/33-ApplyPromotion.graphql";
import AddGiftCardText from "../examples/34-AddGiftCard.graphql";
import StartAgeVerificationText from "../examples/35-StartAgeVerification.graphql";
import CompleteCheckoutText from "../examples/36-CompleteCheckout.graphql";
import WatchCheckoutText from "../examples/37-WatchCheckout.graphql";
import MyCheckoutText from "../examples/38-MyCheckout.graphql";
import UpdateCheckoutLinesText from "../examples/39-UpdateCheckoutLines.graphql";
import ClaimCheckoutText from "../examples/40-ClaimCheckout.graphql";
import ExtendReservationText from "../examples/41-ExtendReservation.graphql";
import RemovePromotionText from "../examples/42-RemovePromotion.graphql";
import RemoveGiftCardText from "../examples/43-RemoveGiftCard.graphql";
import CancelCheckoutText from "../examples/44-CancelCheckout.graphql";
import IssueGiftCardText from "../examples/45-IssueGiftCard.graphql";
import { newKey } from "../lib/graphql";
import type { Example, Path } from "./examples";

const checkout: Path = ["input", "checkoutId"];
const seoul = {
  recipient: "김민수", phone: "010-1234-5678", line1: "세종대로 110", line2: "3층",
  region: "서울특별시", postalCode: "04524", country: "KR",
};

/** From a cart to a paid order, in the order in which it is done. */
export const checkoutExamples: Example[] = [
  {
    name: "IssueGiftCard", query: IssueGiftCardText, title: { ko: "직원: 선물카드 만들기", en: "Staff: give out a gift card" },
    variables: { input: { kindId: "gift-30k", idempotencyKey: newKey() } },
  },
  {
    name: "StartCheckout", query: StartCheckoutText, title: { ko: "장바구니", en: "Begin a checkout" },
    variables: { input: { lines: [{ variantId: "nerd12-signature-500", quantity: 2 }], idempotencyKey: newKey() } },
  },
  {
    name: "UpdateCheckoutLines", query: UpdateCheckoutLinesText, title: { ko: "수량 바꾸기", en: "Change the lines" },
    variables: { input: { checkoutId: "", lines: [{ variantId: "nerd12-signature-180", quantity: 1 }], idempotencyKey: newKey() } },
    fills: { checkoutId: checkout },
  },
  {
    name: "ClaimCheckout", query: ClaimCheckoutText, title: { ko: "내 장바구니로", en: "Make it mine" },
    variables: { input: { checkoutId: "", idempotencyKey: newKey() } }, fills: { checkoutId: checkout },
  },
  {
    name: "ExtendReservation", query: ExtendReservationText, title: { ko: "재고 더 잡아 두기", en: "Keep it longer" },
    variables: { input: { checkoutId: "", idempotencyKey: newKey() } }, fills: { checkoutId: checkout },
  },
  {
    name: "SetCheckoutAddress", query: SetCheckoutAddressText, title: { ko: "배송지", en: "Where it goes" },
    variables: { input: { checkoutId: "", shipping: seoul, idempotencyKey: newKey() } }, fills: { checkoutId: checkout },
  },
  {
    name: "SetCheckoutDelivery", query: SetCheckoutDeliveryText, title: { ko: "배송 방법", en: "How it travels" },
    variables: { input: { checkoutId: "", deliveryOptionId: "kr-chilled", idempotencyKey: newKey() } }, fills: { checkoutId: checkout },
  },
  {
    name: "ApplyPromotion", query: ApplyPromotionText, title: { ko: "할인 코드", en: "Promotion code" },
    variables: { input: { checkoutId: "", code: "FIRSTCUP", idempotencyKey: newKey() } }, fills: { checkoutId: checkout },
  },
  {
    name: "RemovePromotion", query: RemovePromotionText, title: { ko: "할인 코드 빼기", en: "Take the code out" },
    variables: { input: { checkoutId: "", code: "FIRSTCUP", idempotencyKey: newKey() } }, fills: { checkoutId: checkout },
  },
  {
    name: "AddGiftCard", query: AddGiftCardText, title: { ko: "선물카드", en: "Gift card" },
    variables: { input: { checkoutId: "", code: "", idempotencyKey: newKey() } },
    fills: { checkoutId: checkout, giftCode: ["input", "code"] },
  },
  {
    name: "RemoveGiftCard", query: RemoveGiftCardText, title: { ko: "선물카드 빼기", en: "Take the card out" },
    variables: { input: { checkoutId: "", giftCardId: "", idempotencyKey: newKey() } },
    fills: { checkoutId: checkout, giftCardId: ["input", "giftCardId"] },
  },
  {
    name: "StartAgeVerification", query: StartAgeVerificationText, title: { ko: "성인 인증", en: "Proof of age" },
    variables: { input: { idempotencyKey: newKey() } },
  },
  {
    name: "CompleteCheckout", query: CompleteCheckoutText, title: { ko: "결제", en: "Pay" },
    variables: { input: { checkoutId: "", paymentMethod: "pm_card_visa", expectedTotal: 0, idempotencyKey: newKey() } },
    fills: { checkoutId: checkout, total: ["input", "expectedTotal"] },
  },
  { name: "WatchCheckout", query: WatchCheckoutText, title: { ko: "주문서 실시간", en: "Watch the checkout" }, variables: { id: "" }, fills: { checkoutId: ["id"] } },
  { name: "MyCheckout", query: MyCheckoutText, title: { ko: "내 주문서", en: "My checkout" } },
  {
    name: "CancelCheckout", query: CancelCheckoutText, title: { ko: "주문서 그만두기", en: "Give it up" },
    variables: { input: { checkoutId: "", reason: "나중에 살게요", idempotencyKey: newKey() } }, fills: { checkoutId: checkout },
  },
];
