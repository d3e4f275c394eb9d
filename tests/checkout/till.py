"""Buying through the door, as an app does it."""

from typing import Any

from core.outbox import Transactions
from models.account import Customer
from tests.support.api import Api, key

CHECKOUT = """fragment C on Checkout {
  id status origin email expiresAt channel { id }
  lines { id quantity available unitPrice { amount currency } discount { amount }
    total { amount } variant { id } }
  shippingAddress { recipient line1 region postalCode country }
  deliveryOptions { id name price { amount } adultSignature } delivery { id }
  promotions { name code amount { amount } reason } nearPromotions { name missing }
  giftCards { id lastFour amount { amount } remaining { amount } }
  totals { subtotal { amount } discount { amount } delivery { amount } tax { amount }
    total { amount } giftCards { amount } due { amount } }
  reservation { expiresAt extendable } payment { status clientSecret redirectUrl declineReason }
  order { id number status }
  problems { __typename ... on Problem { code message }
    ... on InsufficientStock { code available line { id } }
    ... on AddressIncomplete { missing } ... on QuantityOverCap { maximum }
    ... on RegionRestricted { region } ... on PriceChanged { before { amount } now { amount } } }
}"""
ANSWER = """{ __typename ...C ... on UserError { code message field }
  ... on InsufficientStock { available variant { id } similar { id } }
  ... on CheckoutClosed { status order { id } } }"""
STARTED = ANSWER.rpartition("... on CheckoutClosed")[0] + "}"
START = f"mutation ($i: StartCheckoutInput!) {{ startCheckout(input: $i) {STARTED} }}{CHECKOUT}"
COMPLETE = (
    """mutation ($i: CompleteCheckoutInput!) { completeCheckout(input: $i) { __typename
  ... on CheckoutCompletion { checkout { ...C } order { id number status } }
  ... on UserError { code message field }
  ... on PaymentDeclined { declineCode } ... on InsufficientStock { available }
  ... on CheckoutIncomplete { problems { __typename } }
  ... on TotalChanged { checkout { totals { total { amount } } } }
  ... on CheckoutClosed { status order { id } } } }"""
    + CHECKOUT
)
SEE = "query ($id: ID!) { checkout(id: $id) { ...C } }" + CHECKOUT
BOTTLE, SMALL, TRIO = "nerd12-signature-500", "nerd12-signature-180", "nerd-trio-box"
SEOUL = {
    "recipient": "김민수",
    "phone": "010-1234-5678",
    "line1": "서울특별시 중구 세종대로 110",
    "line2": "3층",
    "region": "서울특별시",
    "postalCode": "04524",
    "country": "KR",
}


def lines(**units: int) -> list[dict[str, Any]]:
    """Lines of the input by variant, with underscores for dashes."""
    return [{"variantId": id.replace("_", "-"), "quantity": n} for id, n in units.items()]


async def start(api: Api, *wanted: tuple[str, int], **more: Any) -> dict[str, Any]:
    """Begin a checkout; one bottle when nothing is named."""
    rows = [{"variantId": id, "quantity": n} for id, n in (wanted or ((BOTTLE, 1),))]
    return dict(await api.one(START, i={"lines": rows, "idempotencyKey": key(), **more}))


async def change(api: Api, field: str, kind: str, checkout: Any, **more: Any) -> dict[str, Any]:
    """Run one of the mutations that change a checkout."""
    query = f"mutation ($i: {kind}!) {{ {field}(input: $i) {ANSWER} }}{CHECKOUT}"
    given = {"checkoutId": checkout["id"], "idempotencyKey": key(), **more}
    return dict(await api.one(query, i=given))


async def addressed(api: Api, checkout: Any, **more: Any) -> dict[str, Any]:
    """Say where it goes, and take the first way there."""
    kind = "SetCheckoutAddressInput"
    given = {"shipping": SEOUL, **more}
    seen = await change(api, "setCheckoutAddress", kind, checkout, **given)
    if seen["__typename"] != "Checkout" or not seen["deliveryOptions"]:
        return seen
    option = seen["deliveryOptions"][0]["id"]
    kind = "SetCheckoutDeliveryInput"
    return await change(api, "setCheckoutDelivery", kind, checkout, deliveryOptionId=option)


async def pay(api: Api, checkout: Any, method: str | None = "pm_card_visa", **more: Any) -> Any:
    """Complete a checkout at the total that it shows."""
    given = {
        "checkoutId": checkout["id"],
        "paymentMethod": method,
        "expectedTotal": checkout["totals"]["total"]["amount"],
        "idempotencyKey": key(),
        **more,
    }
    return await api.one(COMPLETE, i=given)


async def ready(api: Api, *wanted: tuple[str, int]) -> dict[str, Any]:
    """A checkout that can be completed."""
    seen = await addressed(api, await start(api, *wanted))
    assert seen["problems"] == [], seen
    assert seen["status"] == "READY"
    return seen


async def proven(begin: Transactions, customer_id: str) -> None:
    """Have a customer's age proven, as the verification service would."""
    async with begin() as uow:
        row = await uow.session.get_one(Customer, customer_id)
        row.age_verified_at = uow.now()
