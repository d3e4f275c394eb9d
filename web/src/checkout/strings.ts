import { type Locale, locale } from "../lib/locale";

const KO = {
  title: "주문서", connecting: "주문서를 펴는 중", live: "실시간", waiting: "다시 연결하는 중", language: "언어", signOut: "로그아웃", guest: "손님",
  missing: "주문서를 찾을 수 없어요", missingMore: "주소가 틀렸거나, 끝났거나, 다른 분의 주문서예요. 내 주문서라면 만든 계정으로 로그인해 주세요.",
  refused_CHECKOUT_INCOMPLETE: "주문하기 전에 남은 것이 있어요. 위를 봐 주세요.", refused_CHECKOUT_CLOSED: "그사이에 주문서가 바뀌었어요. 지금 모습을 보여 드릴게요.",
  refused_PAYMENT_PENDING: "결제가 됐는지 은행에 묻고 있어요. 다시 결제하지 마세요. 결과가 오면 여기에 나타나요.", refused_NOT_FOUND: "주문서를 찾을 수 없어요.",
  trouble: "문제가 생겼어요", again: "다시 해 보기", lost: "연결이 끊겼어요. 이어지는 대로 다시 보낼게요.", unreachable: "연결이 되지 않아요. 잠시 뒤에 다시 해 주세요.",

  head_agent: "에이전트가 담아 둔 주문이에요", head_open: "조금만 더 알려 주세요", head_ready: "주문할 준비가 됐어요", head_paying: "결제하고 있어요",
  head_found: "담아 둔 주문이 있어요", head_mine: "내 주문서인가요?", head_canceled: "취소한 주문서예요", head_expired: "시간이 지난 주문서예요", endedMore: "결제된 것은 없어요. 에이전트나 앱에서 새로 담아 주세요.",

  who: "누가 사시나요?", whoMore: "술은 성인 인증을 마친 분만 살 수 있어서, 누구의 주문인지 먼저 여쭤요.",
  signIn: "로그인", signInMore: "회원이면 로그인해 주세요. 이 주문서가 내 것이 됩니다.", asGuest: "회원이 아니어도 살 수 있어요.", guestButton: "로그인 없이 계속하기",
  claim: "{name} 님으로 계속하기", claimMore: "계속하면 이 주문서는 내 것이 되고, 다른 사람은 볼 수 없어요.",
  claimMerge: "내 장바구니에 있던 {n}개도 여기에 함께 담겨요. 금액이 달라질 수 있어요.", other: "다른 계정으로 로그인", asMember: "회원으로 로그인",

  problems: "주문하기 전에", line: "상품",
  EmptyCheckout: "담긴 것이 없어요. 에이전트나 앱에서 먼저 담아 주세요.",
  InsufficientStock: "{name}: 지금 {n}개까지 살 수 있어요.", take: "{n}개만 담기", remove: "빼기",
  VariantWithdrawn: "{name}: 이제 팔지 않는 상품이에요.",
  AgeProofRequired: "술은 만 {n}세가 되는 해부터, 성인 인증을 마친 분만 살 수 있어요.", AgeProofBirthday: "술은 만 {n}세부터, 성인 인증을 마친 분만 살 수 있어요.",
  prove: "성인 인증하기", minor: "아직 술을 살 수 있는 나이가 아니에요.",
  RegionRestricted: "보낼 수 없는 지역이에요: {region}", changeAddress: "배송지 바꾸기",
  QuantityOverCap: "한 번에 {n}병까지 주문할 수 있어요. 수량을 줄여 주세요.",
  AddressIncomplete: "배송 정보가 더 필요해요: {missing}", fillIn: "채우기",
  DeliveryMissing: "배송 방법을 골라 주세요.", choose: "고르기",
  PriceChanged: "{name}: 값이 바뀌었어요. {before} → {now}", acceptPrice: "새 값으로 계속",
  ReservationExpired: "잡아 둔 시간이 지나 다른 분이 가져갔어요.", takeLeft: "남은 만큼 담기",
  PromotionLapsed: "이제 쓸 수 없는 코드예요: {name}", removeCode: "코드 빼기",

  address: "어디로 보낼까요?", change: "바꾸기", save: "저장", cancel: "그대로 두기", email: "이메일", emailMore: "주문 소식을 보내 드려요",
  recipient: "받는 분", phone: "전화번호", postalCode: "우편번호", line1: "도로명주소", line2: "상세주소 (선택)", city: "도시", region: "시·도 (선택)",
  line1_US: "주소", line2_US: "동·호수 (선택)", region_US: "주 (두 글자)", city_US: "도시", postalCode_US: "우편번호 (ZIP)", recipientMore: "신분증을 보일 수 있는 성인",
  delivery: "어떻게 받을까요?", free: "무료", days: "{from}–{to} 도착 예정", day: "{from} 도착 예정", pickup: "{from}부터 찾을 수 있어요", signature: "성인이 직접 받아야 해요",

  summary: "주문 내용", quantity: "수량", fewer: "{name} 하나 덜기", more: "{name} 하나 더", takeOut: "{name} 빼기", each: "한 개 {price}",
  subtotal: "상품", discount: "할인", deliveryPrice: "배송", tax: "세금", taxIncluded: "부가세 포함", total: "합계", giftCards: "선물카드", due: "낼 금액",
  code: "할인 코드나 선물카드", use: "적용", giftCard: "선물카드 ···{n}", dropOne: "{name} 빼기", kept: "{time}까지 잡아 둘게요", keepLonger: "더 잡아 두기",

  pay: "결제", payNow: "{total} 결제하기", payNothing: "주문하기", paid: "선물카드로 모두 내요.", notYet: "위의 것을 마치면 결제할 수 있어요.",
  agentReady: "이제 에이전트가 결제를 마칠 수 있어요.", agentReadyMore: "에이전트에게 돌아가세요. 이 창은 닫아도 되고, 열어 두면 주문이 여기에 나타나요. 여기에서 바로 결제해도 됩니다.",
  agentPaying: "에이전트가 결제하고 있어요.", rehearsal: "연습용 카드예요. 돈은 나가지 않아요.", noTill: "이 페이지에서는 결제를 받지 않아요. 에이전트나 앱에서 마쳐 주세요.",
  stripeLoading: "결제 양식을 불러오는 중", stripeLost: "결제 양식을 불러오지 못했어요. 연결을 확인하고 다시 해 보세요.",
  card_visa: "Visa 4242 · 승인", card_kr: "국내 카드 0009 · 승인", card_3ds: "Visa 3155 · 은행 인증(3-D Secure)", card_poor: "Visa 0002 · 잔액 부족으로 거절",
  card_expired: "Visa 0069 · 기한이 지나 거절", kakao_pay: "카카오페이 · 앱에서 승인", bank: "계좌 6789 · 몇 초 뒤에 승인",
  sending: "결제를 보내고 있어요. 창을 닫지 마세요.", resending: "연결이 끊겼어요. 같은 결제를 다시 물어보고 있어요. 두 번 결제되지 않아요.",
  unknown: "결제가 됐는지 아직 알 수 없어요. 다시 누르면 같은 결제를 이어서 물어봐요.",
  pending: "은행의 답을 기다리고 있어요. 다시 결제하지 마세요. 결과가 오면 여기에 나타나요.", asks: "은행이 본인인지 확인하려고 해요.", goToBank: "은행으로 가기",
  returned: "은행의 답을 확인하고 있어요.", otherWay: "다른 방법으로 결제하려면 아래에서 골라 주세요.",
  totalChanged: "금액이 {total}(으)로 바뀌었어요. 확인하고 다시 눌러 주세요.", gaveUp: "결제를 마치지 않았어요. 나간 돈은 없어요.",
  declined: "결제가 거절됐어요. 나간 돈은 없어요. 다른 방법으로 해 보세요.", declined_insufficient_funds: "잔액이 모자라 거절됐어요. 나간 돈은 없어요.",
  declined_expired_card: "카드의 기한이 지나 거절됐어요. 나간 돈은 없어요.", declined_incorrect_cvc: "카드 뒷면의 번호가 맞지 않아 거절됐어요. 나간 돈은 없어요.",
  declined_authentication_required: "은행 인증을 마치지 못해 결제되지 않았어요. 나간 돈은 없어요.",

  bought: "주문했어요", number: "주문번호", PLACED: "은행의 확인을 기다리고 있어요.", PAID: "결제를 마쳤어요. 곧 포장할게요.", FULFILLING: "일부를 보냈어요.", SHIPPED: "보냈어요.",
  DELIVERED: "도착했어요.", CANCELED: "취소된 주문이에요. 낸 돈은 돌려드려요.", PARTIALLY_REFUNDED: "일부를 환불했어요.", REFUNDED: "환불했어요.",
  RETURN_REQUESTED: "반품을 기다리고 있어요.", RETURNED: "반품을 받았어요.", arrives: "{from}–{to} 도착 예정", to: "받는 곳",
  codes: "병 속의 세계", codesMore: "병마다 코드가 하나씩 있어요. 휴대폰으로 QR을 찍거나 눌러서 여세요.", codesSoon: "병의 코드를 만들고 있어요. 곧 여기에 나타나요.",
  openAr: "열기", qr: "{name}을(를) 여는 QR 코드", revoked: "닫힌 코드", drink: "지나친 음주는 건강에 해롭습니다. 19세 이상만 즐겨 주세요.",
};

const EN: typeof KO = {
  title: "Checkout", connecting: "Opening your checkout", live: "Live", waiting: "Reconnecting", language: "Language", signOut: "Sign out", guest: "Guest",
  missing: "No such checkout", missingMore: "The address is wrong, it has ended, or it is somebody else's. If it is yours, sign in with the account that made it.",
  refused_CHECKOUT_INCOMPLETE: "There is something to settle first: see above.", refused_CHECKOUT_CLOSED: "The checkout has changed meanwhile. This is how it stands.",
  refused_PAYMENT_PENDING: "We are asking the bank whether it was paid. Do not pay again: the outcome shows up here.", refused_NOT_FOUND: "There is no such checkout.",
  trouble: "Something went wrong", again: "Try again", lost: "The connection is gone. We send it again as soon as it is back.", unreachable: "There is no connection. Try again in a moment.",

  head_agent: "Your agent put this together", head_open: "A little more and it is yours", head_ready: "Ready to order", head_paying: "Paying",
  head_found: "An order is waiting here", head_mine: "Is this yours?", head_canceled: "This checkout was canceled", head_expired: "This checkout has run out", endedMore: "Nothing was paid. Fill a new one with your agent or in the app.",

  who: "Who is buying?", whoMore: "Only people of proven age can buy alcohol, so we ask whose order this is first.",
  signIn: "Sign in", signInMore: "If you have an account, sign in: this checkout becomes yours.", asGuest: "You can buy without an account.", guestButton: "Go on without signing in",
  claim: "Go on as {name}", claimMore: "The checkout becomes yours then, and nobody else can see it.",
  claimMerge: "The {n} in your own cart are put in here as well, which may change the total.", other: "Sign in as someone else", asMember: "Sign in as a member",

  problems: "Before you order", line: "Item",
  EmptyCheckout: "There is nothing in it. Put something in with your agent or in the app.",
  InsufficientStock: "{name}: {n} can be bought now.", take: "Take {n}", remove: "Remove",
  VariantWithdrawn: "{name}: no longer sold.",
  AgeProofRequired: "Alcohol is for people of proven age: from the year in which you turn {n}.", AgeProofBirthday: "Alcohol is for people of proven age, {n} or older.",
  prove: "Prove my age", minor: "You are not of legal age to buy alcohol yet.",
  RegionRestricted: "We cannot send it there: {region}", changeAddress: "Change the address",
  QuantityOverCap: "One order may have {n} bottles. Take fewer.",
  AddressIncomplete: "Still needed for delivery: {missing}", fillIn: "Fill in",
  DeliveryMissing: "Choose how to deliver it.", choose: "Choose",
  PriceChanged: "{name}: the price has changed. {before} → {now}", acceptPrice: "Go on with the new price",
  ReservationExpired: "The time for which we kept it is over, and others took it.", takeLeft: "Take what is left",
  PromotionLapsed: "This code no longer counts: {name}", removeCode: "Remove the code",

  address: "Where shall we send it?", change: "Change", save: "Save", cancel: "Leave it", email: "Email", emailMore: "for news of the order",
  recipient: "Recipient", phone: "Phone", postalCode: "Postal code", line1: "Street address", line2: "Flat, floor (optional)", city: "City", region: "Province (optional)",
  line1_US: "Street address", line2_US: "Apartment (optional)", region_US: "State (two letters)", city_US: "City", postalCode_US: "ZIP code", recipientMore: "an adult who can show an identity card",
  delivery: "How shall it come?", free: "Free", days: "Arrives {from} – {to}", day: "Arrives {from}", pickup: "Ready from {from}", signature: "An adult has to take it",

  summary: "Your order", quantity: "Quantity", fewer: "One {name} less", more: "One {name} more", takeOut: "Remove {name}", each: "{price} each",
  subtotal: "Items", discount: "Discount", deliveryPrice: "Delivery", tax: "Tax", taxIncluded: "VAT included", total: "Total", giftCards: "Gift cards", due: "To pay",
  code: "Promotion code or gift card", use: "Apply", giftCard: "Gift card ···{n}", dropOne: "Remove {name}", kept: "Kept for you until {time}", keepLonger: "Keep it longer",

  pay: "Payment", payNow: "Pay {total}", payNothing: "Place the order", paid: "Gift cards pay all of it.", notYet: "You can pay once the above is settled.",
  agentReady: "Your agent can finish now.", agentReadyMore: "Go back to your agent. You may close this page; leave it open and the order shows up here. Or pay right here.",
  agentPaying: "Your agent is paying.", rehearsal: "Cards to rehearse with: no money moves.", noTill: "This page takes no payments. Finish with your agent or in the app.",
  stripeLoading: "Loading the payment form", stripeLost: "The payment form did not load. Check your connection and try again.",
  card_visa: "Visa 4242 · paid", card_kr: "Korean card 0009 · paid", card_3ds: "Visa 3155 · asks your bank (3-D Secure)", card_poor: "Visa 0002 · declined, no funds",
  card_expired: "Visa 0069 · declined, expired", kakao_pay: "Kakao Pay · approve in the app", bank: "Account 6789 · paid some seconds later",
  sending: "Sending your payment. Keep this page open.", resending: "The connection is gone. We keep asking about the same payment; you never pay twice.",
  unknown: "We do not know yet whether it was paid. Press again to go on with the same payment.",
  pending: "Waiting for the bank. Do not pay again: the outcome shows up here.", asks: "Your bank wants to be sure it is you.", goToBank: "Go to the bank",
  returned: "Checking what your bank said.", otherWay: "To pay another way, choose below.",
  totalChanged: "The total is {total} now. Look at it and press again.", gaveUp: "The payment was not finished. Nothing was taken.",
  declined: "The payment was declined. Nothing was taken. Try another way.", declined_insufficient_funds: "Declined: not enough money on it. Nothing was taken.",
  declined_expired_card: "Declined: the card has expired. Nothing was taken.", declined_incorrect_cvc: "Declined: the security code is wrong. Nothing was taken.",
  declined_authentication_required: "Not paid: your bank did not get its answer. Nothing was taken.",

  bought: "It is yours", number: "Order number", PLACED: "Waiting for the bank.", PAID: "Paid. We will pack it soon.", FULFILLING: "A part of it is on its way.", SHIPPED: "On its way.",
  DELIVERED: "It has arrived.", CANCELED: "Canceled; what you paid goes back.", PARTIALLY_REFUNDED: "A part was refunded.", REFUNDED: "Refunded.",
  RETURN_REQUESTED: "Waiting for the return.", RETURNED: "The return has come.", arrives: "Arrives {from} – {to}", to: "Goes to",
  codes: "The world in the bottle", codesMore: "There is a code for every bottle. Scan it with a phone, or open it here.", codesSoon: "Making the codes of your bottles. They show up here.",
  openAr: "Open", qr: "QR code that opens {name}", revoked: "Closed", drink: "Excessive drinking is harmful. Only for people of legal drinking age.",
};

const ALL: Record<Locale, typeof KO> = { ko: KO, en: EN };

export type Word = keyof typeof KO;

export function t(key: Word, values: Record<string, string | number> = {}): string {
  return particles(ALL[locale()][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? "")));
}

/** A word by a key that comes from the server, if there is one. */
export const known = (key: string): Word | null => (key in KO ? (key as Word) : null);

// 을 after a consonant, 를 after a vowel; of other letters nobody knows, and both stay.
function particles(text: string): string {
  return text.replace(/([가-힣])을\(를\)/g, (_, letter: string) => letter + ((letter.charCodeAt(0) - 0xac00) % 28 ? "을" : "를"));
}
