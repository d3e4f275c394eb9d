"""Stock as staff see and change it, through the door."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.stock import StockMove
from services import stock
from tests.conftest import World
from tests.stock.shop import ADJUST, BOX, COUNT, MINI, READ, RECEIVE, VARIANT, Shop
from tests.support.api import Refused, key, person

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
LOW = "subscription { stockLow { id available lowAt variant { id } } }"


async def test_the_catalogue_opens_a_lot_of_each_variant(shop: Shop) -> None:
    shown = await shop.read(MINI)
    (lot,) = shown["lots"]
    async with shop.begin() as uow:
        opened = await uow.session.scalar(
            select(StockMove.created_at).where(StockMove.lot_id == lot["id"])
        )
    # A day may have begun since.
    days = stock.today(opened) + timedelta(days=30)
    assert lot == {
        "id": lot["id"],
        "lot": "LOT-NERD6-DAILY-2611",
        "onHand": 1200,
        "expiresOn": days.isoformat(),
    }
    assert (shown["onHand"], shown["reserved"], shown["available"]) == (1200, 0, 1200)
    assert (shown["lowAt"], shown["expired"], shown["variant"]) == (30, 0, {"id": MINI})
    (edge,) = shown["moves"]["edges"]
    assert (edge["node"]["delta"], edge["node"]["reason"]) == (1200, "RECEIVED")
    await shop.check()


async def test_receive_adjust_and_count_are_lines_of_the_ledger(shop: Shop) -> None:
    days = (shop.today + timedelta(days=20)).isoformat()
    given = {"variantId": MINI, "lot": " L-1 ", "expiresOn": days, "quantity": 24}
    received = await shop.do(RECEIVE, **given)
    assert [lot["lot"] for lot in received["lots"]] == ["L-1", "LOT-NERD6-DAILY-2611"]
    assert (received["onHand"], received["available"]) == (1224, 1224)
    more = await shop.do(RECEIVE, **given)
    assert (more["onHand"], len(more["lots"])) == (1248, 2)
    lot = more["lots"][0]["id"]
    adjusted = await shop.do(ADJUST, lotId=lot, delta=-3, reason="깨짐")
    assert adjusted["onHand"] == 1245
    counted = await shop.do(COUNT, lotId=lot, counted=50, reason="found a crate")
    assert counted["lots"][0]["onHand"] == 50
    same = await shop.do(COUNT, lotId=lot, counted=50)
    ledger = [edge["node"] for edge in same["moves"]["edges"]]
    assert [(line["delta"], line["reason"], line["note"]) for line in ledger] == [
        (0, "COUNTED", None),
        (5, "COUNTED", "found a crate"),
        (-3, "ADJUSTED", "깨짐"),
        (24, "RECEIVED", None),
        (24, "RECEIVED", None),
        (1200, "RECEIVED", None),
    ]
    assert {line["by"] for line in ledger} == {shop.staff.customer_id, None}
    assert same["moves"]["totalCount"] == 6
    await shop.check()


@pytest.mark.parametrize(
    ("query", "given", "field"),
    [
        (RECEIVE, {"variantId": MINI, "lot": "", "quantity": 1}, "input.lot"),
        (RECEIVE, {"variantId": MINI, "lot": "x" * 41, "quantity": 1}, "input.lot"),
        (RECEIVE, {"variantId": MINI, "lot": "a\u0007b", "quantity": 1}, "input.lot"),
        (RECEIVE, {"variantId": MINI, "lot": "L", "quantity": 0}, "input.quantity"),
        (RECEIVE, {"variantId": MINI, "lot": "L", "quantity": 1_000_001}, "input.quantity"),
        (RECEIVE, {"variantId": BOX, "lot": "L", "quantity": 1}, "input.variantId"),
        (RECEIVE, {"variantId": "nothing", "lot": "L", "quantity": 1}, "input.variantId"),
        (RECEIVE, {"variantId": "막걸리", "lot": "L", "quantity": 1}, "input.variantId"),
        (ADJUST, {"delta": 0, "reason": "x"}, "input.delta"),
        (ADJUST, {"delta": -1_201, "reason": "x"}, "input.delta"),
        (ADJUST, {"delta": -(2**31), "reason": "x"}, "input.delta"),
        (ADJUST, {"delta": 2**31 - 1, "reason": "x"}, "input.delta"),
        (ADJUST, {"delta": 1, "reason": " "}, "input.reason"),
        (ADJUST, {"delta": 1, "reason": "x" * 301}, "input.reason"),
        (ADJUST, {"delta": 1, "reason": "x", "lotId": "lot_nothing"}, "input.lotId"),
        (COUNT, {"counted": -1}, "input.counted"),
        (COUNT, {"counted": 1_000_001}, "input.counted"),
        (COUNT, {"counted": 1, "reason": "\n"}, "input.reason"),
        (COUNT, {"counted": 1, "lotId": "'; --"}, "input.lotId"),
        (COUNT, {"counted": 1, "idempotencyKey": ""}, "input.idempotencyKey"),
    ],
)
async def test_what_cannot_be_is_refused(
    shop: Shop, query: str, given: dict[str, Any], field: str
) -> None:
    if query == RECEIVE:
        given = {"expiresOn": (shop.today + timedelta(days=9)).isoformat(), **given}
    else:
        given = {"lotId": (await shop.read(MINI))["lots"][0]["id"], **given}
    refused = await shop.do(query, **given)
    assert refused["field"] == field, refused
    missing = field in ("input.variantId", "input.lotId") and BOX not in given.values()
    assert refused["code"] == ("NOT_FOUND" if missing else "INVALID_INPUT")
    assert (await shop.read(MINI))["moves"]["totalCount"] == 1


async def test_a_lot_has_one_day_and_not_one_that_is_over(shop: Shop) -> None:
    async def received(days: int) -> Any:
        day = (shop.today + timedelta(days=days)).isoformat()
        return await shop.do(RECEIVE, variantId=MINI, lot="L", expiresOn=day, quantity=1)

    assert (await received(0))["field"] == "input.expiresOn"
    assert (await received(1))["available"] == 1201
    assert (await received(2))["field"] == "input.expiresOn"


async def test_a_key_is_done_once(shop: Shop) -> None:
    day = (shop.today + timedelta(days=9)).isoformat()
    given = {"variantId": MINI, "lot": "L", "expiresOn": day, "quantity": 5}
    given["idempotencyKey"] = key()
    answers = await asyncio.gather(*(shop.do(RECEIVE, **given) for _ in range(5)))
    assert {answer["onHand"] for answer in answers} == {1205}
    conflict = await shop.do(RECEIVE, **{**given, "quantity": 6})
    assert conflict["code"] == "IDEMPOTENCY_CONFLICT"
    lot = answers[0]["lots"][0]["id"]
    one = {"lotId": lot, "delta": -1, "reason": "x", "idempotencyKey": key()}
    for _ in range(2):
        assert (await shop.do(ADJUST, **one))["onHand"] == 1204
    assert (await shop.read(MINI))["moves"]["totalCount"] == 3


async def test_pages_of_the_ledger(shop: Shop) -> None:
    (lot,) = (await shop.read(MINI))["lots"]
    for _ in range(4):
        await shop.do(ADJUST, lotId=lot["id"], delta=-1, reason="x")
    query = """query ($id: ID!, $after: String) { stock(variantId: $id) {
      moves(first: 2, after: $after) {
        edges { node { id } } pageInfo { hasNextPage endCursor } } } }"""
    seen: list[str] = []
    after = None
    while True:
        moves = (await shop.staff.one(query, id=MINI, after=after))["moves"]
        seen += [edge["node"]["id"] for edge in moves["edges"]]
        if not moves["pageInfo"]["hasNextPage"]:
            break
        after = moves["pageInfo"]["endCursor"]
    assert len(set(seen)) == len(seen) == 5
    assert seen == sorted(seen, reverse=True)


async def test_a_bundle_is_counted_in_sets(shop: Shop) -> None:
    await shop.has(MINI, 7)
    shown = await shop.read(BOX)
    assert (shown["onHand"], shown["available"], shown["lots"]) == (7, 7, [])
    await shop.reserve({BOX: 2})
    shown = await shop.read(BOX)
    assert (shown["onHand"], shown["reserved"], shown["available"]) == (7, 2, 5)
    assert (await shop.read(MINI))["reserved"] == 2


@pytest.mark.parametrize("name", ["demo-minsu", "demo-partner", None])
async def test_only_staff(world: World, shop: Shop, name: str | None) -> None:
    level = await shop.read(MINI)
    ids = [level["id"], level["lots"][0]["id"], level["moves"]["edges"][0]["node"]["id"]]
    for id in ids:
        assert (await shop.staff.one(NODE, id=id))["id"] == id
    async with person(world.url) as other:
        if name:
            await other.sign_in(f"{name}@example.com", "nerdx-sandbox-only")
        day = shop.today.isoformat()
        receipt = {"variantId": MINI, "lot": "L", "expiresOn": day, "quantity": 1}
        for query, variables in (
            (READ, {"id": MINI}),
            (RECEIVE, {"i": {**receipt, "idempotencyKey": key()}}),
            (COUNT, {"i": {"lotId": ids[1], "counted": 1, "idempotencyKey": key()}}),
        ):
            with pytest.raises(Refused) as caught:
                await other.one(query, **variables)
            assert caught.value.code == ("FORBIDDEN" if name else "UNAUTHENTICATED")
        for id in ids:
            assert await other.one(NODE, id=id) is None
        with pytest.raises(Refused):
            await anext(aiter(other.follow(LOW)))
        assert (await other.one(VARIANT, id=MINI))["available"] is True


async def test_what_is_not_there(shop: Shop) -> None:
    for id in ("nothing", "", "막걸리", "stk_nothing", "x" * 200):
        assert await shop.staff.one(READ, id=id) is None
        assert await shop.staff.one(NODE, id=f"stk_{id}") is None


async def test_low_is_told_once_a_fall(shop: Shop) -> None:
    await shop.has(MINI, 40)
    low = aiter(shop.staff.follow(LOW))
    first = asyncio.ensure_future(anext(low))
    async with asyncio.timeout(10):
        while stock.LOW_TOPIC not in shop.host.bus._watches:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    held = await shop.reserve({MINI: 10})
    told = (await asyncio.wait_for(first, 10))["stockLow"]
    assert told == {"id": f"stk_{MINI}", "available": 30, "lowAt": 30, "variant": {"id": MINI}}
    await shop.reserve({MINI: 5})
    assert await shop.availability(MINI) == "LOW_STOCK"
    async with shop.begin() as uow:
        await stock.release(uow, held)
    assert await shop.availability(MINI) == "IN_STOCK"
    again = asyncio.ensure_future(anext(low))
    await shop.reserve({MINI: 20})
    assert (await asyncio.wait_for(again, 10))["stockLow"]["available"] == 15
    await low.aclose()
    after = aiter(shop.staff.follow(LOW))
    now = await asyncio.wait_for(anext(after), 10)
    assert (now["stockLow"]["id"], now["stockLow"]["available"]) == (f"stk_{MINI}", 15)
    await after.aclose()
