"""A code and a gift card in a checkout, as an app gives them."""

from typing import Any

from services import giftcard
from tests.pricing.market import DAILY, SIGNATURE, Market
from tests.support.api import Api, key, person

PARTS = """{ __typename ... on UserError { code message field }
  ... on Checkout { id
    promotions { id name code reason giftSku amount { amount } }
    nearPromotions { id name missing shortBy { amount } }
    giftCards { id lastFour amount { amount } remaining { amount } }
    deliveryOptions { id earliest latest } delivery { id price { amount } }
    totals { subtotal { amount } discount { amount } delivery { amount } tax { amount }
      total { amount } giftCards { amount } due { amount currency formatted } } } }"""
REFUSABLE = PARTS.replace("__typename", "__typename ... on PromotionRefused { reason }", 1)
START = f"mutation ($i: StartCheckoutInput!) {{ startCheckout(input: $i) {PARTS} }}"
APPLY = f"mutation ($i: ApplyPromotionInput!) {{ applyPromotion(input: $i) {REFUSABLE} }}"
REMOVE = f"mutation ($i: ApplyPromotionInput!) {{ removePromotion(input: $i) {PARTS} }}"
PAY_WITH = f"mutation ($i: AddGiftCardInput!) {{ addGiftCard(input: $i) {PARTS} }}"


async def start(api: Api, *lines: tuple[str, int]) -> dict[str, Any]:
    """Put these into a checkout."""
    wanted = [{"variantId": id, "quantity": number} for id, number in lines]
    begun = await api.one(START, i={"lines": wanted, "idempotencyKey": key()})
    assert begun["__typename"] == "Checkout", begun
    return dict(begun)


async def test_a_code_and_a_card_in_a_checkout(market: Market, minsu: Api) -> None:
    begun = await start(minsu, (SIGNATURE, 1))
    input = {"checkoutId": begun["id"], "idempotencyKey": key()}
    cheaper = await minsu.one(APPLY, i={**input, "code": " firstcup "})
    (first,) = cheaper["promotions"]
    assert (first["id"], first["code"], first["amount"]) == (
        "promo-first-cup",
        "FIRSTCUP",
        {"amount": 1_800},
    )
    assert first["reason"] == "Code FIRSTCUP: 10% off the order"
    code = giftcard.code_of(market.settings, "gft_sandbox-krw")
    paid = await minsu.one(PAY_WITH, i={**input, "idempotencyKey": key(), "code": code})
    (card,) = paid["giftCards"]
    assert card["lastFour"] == code[-4:]
    totals = {name: value["amount"] for name, value in paid["totals"].items()}
    assert totals["total"] == 16_200 + totals["delivery"]
    assert card["amount"]["amount"] == totals["giftCards"] == totals["total"]
    assert card["remaining"]["amount"] == 30_000 - totals["total"]
    assert paid["totals"]["due"] == {"amount": 0, "currency": "KRW", "formatted": "₩0"}
    dearer = await minsu.one(REMOVE, i={**input, "idempotencyKey": key(), "code": "FIRSTCUP"})
    assert dearer["promotions"] == []
    assert dearer["totals"]["discount"] == {"amount": 0}


async def test_refusals_say_why_in_both_languages(api: Api) -> None:
    begun = await start(api, (DAILY, 1))
    input = {"checkoutId": begun["id"], "code": "FIRSTCUP"}
    refused = await api.one(APPLY, i={**input, "idempotencyKey": key()})
    assert (refused["code"], refused["reason"]) == ("PROMOTION_REFUSED", "BELOW_MINIMUM")
    assert "minimum" in refused["message"]
    wrong = {**input, "code": "AAAA-AAAA-AAAA-AAAA-AAAA"}
    card = await api.one(PAY_WITH, i={**wrong, "idempotencyKey": key()})
    assert (card["code"], card["field"]) == ("GIFT_CARD_REFUSED", "input.code")
    async with person(api.base_url, locale="ko") as other:
        refused = await other.one(APPLY, i={**input, "idempotencyKey": key()})
        assert "최소 주문 금액" in refused["message"]


async def test_what_is_near_is_told_in_both_languages(api: Api) -> None:
    begun = await start(api, (DAILY, 2))
    near = {one["id"]: one for one in begun["nearPromotions"]}
    assert near["free-delivery"]["shortBy"] == {"amount": 37_000}
    assert near["promo-three-for"]["missing"] == "Add 1 more of the same."
    async with person(api.base_url, locale="ko") as other:
        begun = await start(other, (DAILY, 2))
    near = {one["id"]: one for one in begun["nearPromotions"]}
    assert near["promo-three-for"]["name"] == "같은 병 셋이면 12%"
    assert near["promo-three-for"]["missing"] == "같은 상품을 1개 더 담으면 돼요."
