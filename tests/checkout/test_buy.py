"""From a cart to a paid order, through the door."""

import asyncio

import pytest

from app import App
from models.account import Customer
from services.account import SANDBOX_PASSWORD
from tests.checkout.till import (
    BOTTLE,
    SEE,
    SEOUL,
    SMALL,
    TRIO,
    addressed,
    change,
    pay,
    proven,
    ready,
    start,
)
from tests.conftest import World
from tests.support.api import Api, key


@pytest.fixture(autouse=True)
async def of_age(app: App, minsu: Api) -> None:
    """Minsu's age is proven."""
    assert minsu.customer_id
    await proven(app.begin, minsu.customer_id)


async def test_a_bottle_is_bought(minsu: Api) -> None:
    seen = await ready(minsu, (BOTTLE, 2))
    bought = await pay(minsu, seen)
    assert bought["__typename"] == "CheckoutCompletion", bought
    assert bought["order"]["status"] == "PAID"
    assert bought["checkout"]["status"] == "COMPLETED"
    assert bought["checkout"]["order"]["id"] == bought["order"]["id"]
    assert bought["checkout"]["totals"] == seen["totals"]


async def test_a_new_cart_says_what_is_missing(api: Api) -> None:
    seen = await start(api)
    kinds = {problem["__typename"] for problem in seen["problems"]}
    assert kinds == {"AddressIncomplete", "DeliveryMissing", "AgeProofRequired"}
    assert seen["status"] == "OPEN"
    assert seen["reservation"]["extendable"] is True
    (line,) = seen["lines"]
    assert line["total"]["amount"] == line["unitPrice"]["amount"] == 18_000
    korean = Api(api.base_url, locale="ko")
    async with korean:
        (told, *_) = (await korean.one(SEE, id=seen["id"]))["problems"]
    assert any("가" <= letter <= "힣" for letter in told["message"])


async def test_nobody_without_proof_of_age_buys(app: App, world: World) -> None:
    async with Api(world.url) as hana:
        await hana.sign_in("demo-hana@example.com", SANDBOX_PASSWORD)
        async with app.begin() as uow:
            row = await uow.session.get_one(Customer, hana.customer_id)
            row.age_verified_at = None
        seen = await addressed(hana, await start(hana))
        assert [problem["__typename"] for problem in seen["problems"]] == ["AgeProofRequired"]
        refused = await pay(hana, seen)
    assert refused["__typename"] == "CheckoutIncomplete"
    assert refused["problems"] == [{"__typename": "AgeProofRequired"}]


async def test_the_same_key_is_the_same_order(minsu: Api) -> None:
    seen = await ready(minsu)
    same = key()
    first = await pay(minsu, seen, idempotencyKey=same)
    again = await pay(minsu, seen, idempotencyKey=same)
    assert first == again
    other = await pay(minsu, seen)
    assert other["__typename"] == "CheckoutClosed"
    assert other["order"]["id"] == first["order"]["id"]
    conflict = await pay(minsu, seen, method="pm_card_mastercard", idempotencyKey=same)
    assert conflict["__typename"] == "IdempotencyConflict"


async def test_twenty_parallel_tries_with_one_key_make_one_order(minsu: Api) -> None:
    seen = await ready(minsu)
    same = key()
    answers = await asyncio.gather(*(pay(minsu, seen, idempotencyKey=same) for _ in range(20)))
    orders = {a["order"]["id"] for a in answers if a["__typename"] == "CheckoutCompletion"}
    others = {a["__typename"] for a in answers} - {"CheckoutCompletion"}
    assert len(orders) == 1
    assert others <= {"PaymentPending"}


async def test_parallel_tries_with_other_keys_make_one_order(minsu: Api) -> None:
    seen = await ready(minsu)
    answers = await asyncio.gather(*(pay(minsu, seen) for _ in range(10)))
    kinds = [answer["__typename"] for answer in answers]
    assert kinds.count("CheckoutCompletion") == 1
    assert set(kinds) <= {"CheckoutCompletion", "CheckoutClosed"}


async def test_a_declined_card_leaves_the_cart_open(minsu: Api) -> None:
    seen = await ready(minsu)
    declined = await pay(minsu, seen, method="pm_card_chargeDeclinedInsufficientFunds")
    assert declined["__typename"] == "PaymentDeclined"
    assert declined["declineCode"] == "insufficient_funds"
    after = await minsu.one(SEE, id=seen["id"])
    assert after["status"] == "READY"
    assert after["payment"]["status"] == "FAILED"
    bought = await pay(minsu, after)
    assert bought["order"]["status"] == "PAID"


async def test_a_total_that_was_not_agreed_to_is_refused(minsu: Api) -> None:
    seen = await ready(minsu)
    refused = await pay(minsu, seen, expectedTotal=1)
    assert refused["__typename"] == "TotalChanged"
    assert refused["checkout"]["totals"]["total"] == seen["totals"]["total"]


async def test_more_bottles_than_the_cap(minsu: Api) -> None:
    seen = await addressed(minsu, await start(minsu, (BOTTLE, 25)))
    assert {"__typename": "QuantityOverCap", "maximum": 24}.items() <= seen["problems"][0].items()


async def test_bundles_count_their_bottles(minsu: Api) -> None:
    seen = await addressed(minsu, await start(minsu, (TRIO, 9)))
    assert [problem["__typename"] for problem in seen["problems"]] == ["QuantityOverCap"]


async def test_more_than_there_is(minsu: Api) -> None:
    refused = await start(minsu, ("nerd15-clear-375", 61))
    assert refused["__typename"] == "InsufficientStock"
    assert refused["code"] == "INSUFFICIENT_STOCK"
    assert refused["available"] == 60
    assert refused["variant"]["id"] == "nerd15-clear-375"


@pytest.mark.parametrize("quantity", [-1, 1_000, 2**31 - 1])
async def test_odd_quantities(api: Api, quantity: int) -> None:
    refused = await start(api, (BOTTLE, quantity))
    assert refused["__typename"] == "InvalidInput"


async def test_lines_change_and_repeated_ones_add_up(api: Api) -> None:
    seen = await start(api, (BOTTLE, 1), (BOTTLE, 2), (SMALL, 1))
    assert {line["variant"]["id"]: line["quantity"] for line in seen["lines"]} == {
        BOTTLE: 3,
        SMALL: 1,
    }
    kind = "UpdateCheckoutLinesInput"
    wanted = [{"variantId": SMALL, "quantity": 0}, {"variantId": BOTTLE, "quantity": 1}]
    after = await change(api, "updateCheckoutLines", kind, seen, lines=wanted)
    assert [(line["variant"]["id"], line["quantity"]) for line in after["lines"]] == [(BOTTLE, 1)]
    assert after["totals"]["subtotal"]["amount"] == 18_000


async def test_an_address_is_kept_as_korean(api: Api) -> None:
    seen = await start(api, email="민수@예시.한국")
    after = await addressed(api, seen)
    assert after["shippingAddress"]["line1"] == SEOUL["line1"]
    assert "kr-dawn" in [option["id"] for option in after["deliveryOptions"]]


async def test_a_stranger_can_fill_and_a_customer_claim(api: Api, minsu: Api) -> None:
    mine = await start(minsu, (SMALL, 2))
    found = await start(api, (BOTTLE, 1), (SMALL, 1))
    after = await change(minsu, "claimCheckout", "ClaimCheckoutInput", found)
    assert {line["variant"]["id"]: line["quantity"] for line in after["lines"]} == {
        BOTTLE: 1,
        SMALL: 2,
    }
    assert (await minsu.one(SEE, id=mine["id"]))["status"] == "CANCELED"
    assert await api.one(SEE, id=found["id"]) is None
    refused = await change(api, "updateCheckoutLines", "UpdateCheckoutLinesInput", found, lines=[])
    assert refused["__typename"] == "NotFound"


async def test_a_guest_who_signs_in_keeps_the_cart(world: World, app: App, minsu: Api) -> None:
    mine = await start(minsu, (SMALL, 2))
    async with Api(world.url) as phone:
        await phone.guest()
        found = await start(phone, (BOTTLE, 1))
        await phone.sign_in("demo-minsu@example.com", SANDBOX_PASSWORD)
        cart = await phone.one("{ me { checkout { id lines { quantity variant { id } } } } }")
    assert cart["checkout"]["id"] == found["id"]
    units = {line["variant"]["id"]: line["quantity"] for line in cart["checkout"]["lines"]}
    assert units == {BOTTLE: 1, SMALL: 2}
    assert (await minsu.one(SEE, id=mine["id"]))["status"] == "CANCELED"


async def test_three_d_secure_waits_for_the_customer(minsu: Api) -> None:
    seen = await ready(minsu)
    back = "https://nerdx.com/checkout"
    waits = await pay(minsu, seen, method="pm_card_authenticationRequired", returnUrl=back)
    assert waits["__typename"] == "CheckoutCompletion", waits
    assert waits["order"] is None
    assert waits["checkout"]["status"] == "PAYING"
    assert waits["checkout"]["payment"]["status"] == "REQUIRES_ACTION"
    assert waits["checkout"]["payment"]["redirectUrl"]
    kind = "UpdateCheckoutLinesInput"
    refused = await change(minsu, "updateCheckoutLines", kind, seen, lines=[])
    assert refused["__typename"] == "CheckoutClosed"
    bought = await pay(minsu, seen)
    assert bought["order"]["status"] == "PAID"


async def test_a_waiting_payment_can_be_given_up(minsu: Api) -> None:
    seen = await ready(minsu)
    await pay(minsu, seen, method="pm_card_authenticationRequired")
    after = await change(minsu, "cancelCheckout", "CancelCheckoutInput", seen, reason="biometric")
    assert after["status"] == "CANCELED"
    assert after["payment"]["status"] == "CANCELED"
