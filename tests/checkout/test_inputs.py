"""What a client may say of a cart, and what comes of odd things."""

import json
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLNonNull, build_schema, get_named_type
from sqlalchemy import update

from app import App
from models.catalogue import Product
from resolvers.export import sdl
from services import giftcard
from tests.checkout.test_problems import later
from tests.checkout.till import (
    ANSWER,
    BOTTLE,
    CHECKOUT,
    SEE,
    SMALL,
    START,
    change,
    pay,
    proven,
    ready,
    start,
)
from tests.conftest import World
from tests.support.api import Api, Refused, key

SCARCE = "nerd15-clear-375"
LINES, CARD, UNCARD = "UpdateCheckoutLinesInput", "AddGiftCardInput", "RemoveGiftCardInput"
UPDATE = f"mutation ($i: {LINES}!) {{ updateCheckoutLines(input: $i) {ANSWER} }}{CHECKOUT}"
# A guard that is compared, and never a price.
GUARDS = {"CompleteCheckoutInput.expectedTotal"}
MONEY = ("price", "amount", "total", "discount", "currency", "cost", "tax", "value")


def line(variant_id: str, quantity: Any, **more: Any) -> dict[str, Any]:
    """One line of an input."""
    return {"variantId": variant_id, "quantity": quantity, **more}


async def test_a_quantity_of_nothing_is_no_line(api: Api) -> None:
    seen = await start(api, (BOTTLE, 0))
    assert (seen["__typename"], seen["lines"], seen["reservation"]) == ("Checkout", [], None)
    full = await change(api, "updateCheckoutLines", LINES, seen, lines=[line(BOTTLE, 2)])
    assert [one["quantity"] for one in full["lines"]] == [2]
    gone = await change(api, "updateCheckoutLines", LINES, seen, lines=[line(BOTTLE, 0)])
    assert (gone["lines"], gone["totals"]["total"]["amount"]) == ([], 0)
    again = await change(api, "updateCheckoutLines", LINES, seen, lines=[line(BOTTLE, 0)])
    assert again["lines"] == []


async def test_quantities_that_are_no_number_of_units(api: Api) -> None:
    seen = await start(api, (BOTTLE, 1))
    for quantity in (2**31, -(2**31) - 1, 2**63, 1.5, "1", None):
        begun = {"lines": [line(BOTTLE, quantity)], "idempotencyKey": key()}
        for query, given in ((START, begun), (UPDATE, {"checkoutId": seen["id"], **begun})):
            with pytest.raises(Refused) as refused:
                await api.one(query, i=given)
            assert refused.value.code == "BAD_USER_INPUT"
            assert "quantity" in refused.value.errors[0]["message"]
    for quantity in (-1, 1_000, 2**31 - 1, -(2**31)):
        for answer in (
            await start(api, (BOTTLE, quantity)),
            await change(api, "updateCheckoutLines", LINES, seen, lines=[line(BOTTLE, quantity)]),
        ):
            assert (answer["__typename"], answer["field"]) == ("InvalidInput", "input.lines")
    assert (await api.one(SEE, id=seen["id"]))["lines"] == seen["lines"]


async def test_a_price_that_a_client_sends_is_refused(api: Api) -> None:
    seen = await start(api, (BOTTLE, 1))
    for name in ("price", "unitPrice", "total", "discount"):
        given = {"lines": [line(BOTTLE, 1, **{name: 1})], "idempotencyKey": key()}
        for query, input in ((START, given), (UPDATE, {"checkoutId": seen["id"], **given})):
            with pytest.raises(Refused) as refused:
                await api.one(query, i=input)
            assert refused.value.code == "BAD_USER_INPUT"
            assert f"unknown field '{name}'" in str(refused.value)
    written = json.dumps(BOTTLE)
    literal = f"lines: [{{variantId: {written}, quantity: 1, price: 1}}]"
    inline = f'startCheckout(input: {{{literal}, idempotencyKey: "the-key-of-a-stranger"}})'
    with pytest.raises(Refused) as refused:
        await api.one(f"mutation {{ {inline} {{ __typename }} }}")
    assert refused.value.code == "GRAPHQL_VALIDATION_FAILED"
    assert "unknown field 'price'" in str(refused.value)
    after = await api.one(SEE, id=seen["id"])
    assert after["lines"][0]["unitPrice"] == {"amount": 18_000, "currency": "KRW"}


def test_no_input_of_a_purchase_has_a_price() -> None:
    schema = build_schema(sdl())
    assert schema.mutation_type
    fields = {
        name: get_named_type(argument.type)
        for name, field in schema.mutation_type.fields.items()
        for argument in field.args.values()
        if any(word in name.lower() for word in ("checkout", "promotion", "giftcard"))
    }
    assert len(fields) >= 12
    found = {f"{kind.name}.{name}" for kind in fields.values() for name in _money(kind)}
    assert found == GUARDS


def _money(kind: Any) -> set[str]:
    """The fields of an input, and of inputs in it, that sound of money."""
    if not isinstance(kind, GraphQLInputObjectType):
        return set()
    inner = {name for field in kind.fields.values() for name in _money(get_named_type(field.type))}
    own = {name for name in kind.fields if any(word in name.lower() for word in MONEY)}
    assert all(isinstance(kind.fields["idempotencyKey"].type, GraphQLNonNull) for _ in own)
    return own | inner


async def test_a_card_that_is_taken_back_pays_nothing_and_keeps_its_money(
    minsu: Api, app: App, world: World
) -> None:
    assert minsu.customer_id
    await proven(app.begin, minsu.customer_id)
    seen = await ready(minsu, (BOTTLE, 1))
    total = seen["totals"]["total"]["amount"]
    code = giftcard.code_of(world.settings, "gft_sandbox-krw")
    with_card = await change(minsu, "addGiftCard", CARD, seen, code=code)
    (card,) = with_card["giftCards"]
    assert (card["amount"]["amount"], card["remaining"]["amount"]) == (total, 30_000 - total)
    assert with_card["totals"]["due"]["amount"] == 0
    without = await change(minsu, "removeGiftCard", UNCARD, seen, giftCardId=card["id"])
    assert (without["giftCards"], without["totals"]) == ([], seen["totals"])
    again = await change(minsu, "removeGiftCard", UNCARD, seen, giftCardId=card["id"])
    assert again["giftCards"] == []
    with_card = await change(minsu, "addGiftCard", CARD, seen, code=code)
    assert with_card["giftCards"] == [card], "nothing of it was spent"
    await change(minsu, "removeGiftCard", UNCARD, seen, giftCardId=card["id"])
    bought = await pay(minsu, without)
    assert bought["order"]["status"] == "PAID"
    other = await start(minsu, (SMALL, 1))
    (card,) = (await change(minsu, "addGiftCard", CARD, other, code=code))["giftCards"]
    assert card["amount"]["amount"] + card["remaining"]["amount"] == 30_000


async def test_a_card_in_a_payment_that_fails_gets_its_money_back(
    minsu: Api, app: App, world: World
) -> None:
    assert minsu.customer_id
    await proven(app.begin, minsu.customer_id)
    seen = await ready(minsu, (BOTTLE, 2))
    code = giftcard.code_of(world.settings, "gft_sandbox-krw")
    with_card = await change(minsu, "addGiftCard", CARD, seen, code=code)
    declined = await pay(minsu, with_card, method="pm_card_chargeDeclined")
    assert declined["__typename"] == "PaymentDeclined"
    after = await minsu.one(SEE, id=seen["id"])
    assert after["giftCards"] == with_card["giftCards"]
    (card,) = after["giftCards"]
    without = await change(minsu, "removeGiftCard", UNCARD, seen, giftCardId=card["id"])
    assert without["totals"]["due"] == without["totals"]["total"]


async def similar(api: Api, variant: str = SCARCE) -> list[str]:
    """What is offered instead, where somebody wants more than there is."""
    refused = await start(api, (variant, 900))
    assert (refused["__typename"], refused["variant"]["id"]) == ("InsufficientStock", variant)
    return [one["id"] for one in refused["similar"]]


async def test_what_is_like_it_can_be_bought(api: Api, app: App) -> None:
    assert await similar(api) == ["nerd14-samyang", "nerd12-signature"]
    async with app.begin() as uow:
        kept = update(Product).where(Product.id == "nerd14-samyang")
        await uow.session.execute(kept.values(channels=["us"]))
    assert await similar(api) == ["nerd12-signature"], "not sold in Korea"
    await start(api, (BOTTLE, 240), (SMALL, 479))
    assert await similar(api) == ["nerd12-signature"], "the last one"
    await start(api, (SMALL, 1))
    assert await similar(api) == [], "all are kept for others"
    async with Api(api.base_url, channel="us") as american:
        assert await similar(american) == ["nerd14-samyang"]


async def test_what_is_like_it_brings_no_new_allergen(api: Api, app: App) -> None:
    # Yuja has honey in it; omija, that is short, has not. Chestnuts are nuts, black rice is none.
    assert await similar(api, "nerd11-omija-500") == ["nerd12-signature"]
    assert await similar(api, "nerd12-black-500") == ["nerd12-signature"]
    assert await similar(api, "nerd7-yuja-375") == ["nerd11-omija", "nerd5-sparkle"]


async def test_a_cart_that_is_short_offers_what_is_like_it(api: Api, app: App) -> None:
    seen = await start(api, (SCARCE, 50))
    later(app, seconds=app.settings.reservation_seconds + 1)
    await start(api, (SCARCE, 50))
    query = """query ($id: ID!) { checkout(id: $id) { problems {
      ... on InsufficientStock { available variant { id } similar { id } } } } }"""
    found = (await api.one(query, id=seen["id"]))["problems"]
    (short,) = [problem for problem in found if problem]
    assert (short["available"], short["variant"]["id"]) == (10, SCARCE)
    assert [one["id"] for one in short["similar"]] == ["nerd14-samyang", "nerd12-signature"]
