"""Codes follow what is paid for and kept."""

import asyncio
import re

from sqlalchemy import select

from models.ar import UnlockCode
from tests.ar.bar import MINI, SIGNATURE, TRIO, Bar, until
from tests.support.api import Api, key, person
from tests.support.shop import buy, pay

CANCEL = """mutation ($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }"""
REFUND = """mutation ($i: RefundOrderInput!) { refundOrder(input: $i) { __typename } }"""
SEND = """mutation ($i: FulfilOrderInput!) { fulfilOrder(input: $i) { __typename } }"""
TAKE_BACK = """mutation ($i: ReceiveReturnInput!) { receiveReturn(input: $i) { __typename } }"""
BY_NUMBER = """query ($number: String!, $email: String!) {
  orderByNumber(number: $number, email: $email) { unlockCodes { code } } }"""
SHAPE = re.compile(r"([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}")


async def test_a_worker_makes_codes_once_an_order_is_paid(bar: Bar, workers: object) -> None:
    bought = await buy(bar.host, bar.customer.customer_id, {MINI: 2}, paid=False)
    other = await buy(bar.host, bar.customer.customer_id, {MINI: 1})
    assert len(await until(lambda: bar.codes(other))) == 1
    await bar.make(bought)
    assert await bar.codes(bought) == [], "not paid yet"
    await pay(bar.host, bought)
    codes = await until(lambda: bar.codes(bought))
    assert len({one["code"] for one in codes}) == 2
    for one in codes:
        assert SHAPE.fullmatch(one["code"]), one
        assert (one["status"], one["devices"], one["maxDevices"]) == ("ACTIVE", 0, 3)
        assert one["product"] == {"id": SIGNATURE}


async def test_making_them_again_changes_nothing(bar: Bar) -> None:
    bought = await bar.bought({MINI: 2})
    before = await bar.codes(bought)
    await asyncio.gather(*(bar.make(bought) for _ in range(5)))
    assert await bar.codes(bought) == before


async def test_only_keyed_hashes_are_kept(bar: Bar) -> None:
    code = await bar.code()
    async with bar.host.db.read() as session:
        row = (await session.scalars(select(UnlockCode))).one()
    kept = " ".join(str(value) for value in vars(row).values())
    assert code not in kept
    assert code.replace("-", "") not in kept
    assert len(row.code_hash) == 44


async def test_a_bundle_brings_a_code_for_itself_and_for_each_of_its_bottles(bar: Bar) -> None:
    bought = await bar.bought({TRIO: 2})
    products = sorted(one["product"]["id"] for one in await bar.codes(bought))
    each = ["nerd-trio", "nerd12-signature", "nerd6-daily", "nerd9-cloud"]
    assert products == sorted(each * 2)
    given = {"lines": [{"lineId": bought.lines[TRIO], "quantity": 1}]}
    await refunded(bar, bought.id, **given)
    await bar.make(bought)
    alive = [one["product"]["id"] for one in await bar.codes(bought) if one["status"] == "ACTIVE"]
    assert sorted(alive) == each


async def refunded(bar: Bar, order_id: str, **more: object) -> None:
    given = {"orderId": order_id, "reason": "broken", "idempotencyKey": key(), **more}
    assert await bar.staff.one(REFUND, i=given) == {"__typename": "Order"}


async def test_a_refund_revokes_the_code_of_that_unit_an_unused_one_first(
    bar: Bar, workers: object
) -> None:
    bought = await buy(bar.host, bar.customer.customer_id, {MINI: 3})
    codes = await until(lambda: bar.codes(bought))
    assert (await bar.unlock(codes[2]["code"]))["__typename"] == "ArUnlock"
    await refunded(bar, bought.id, lines=[{"lineId": bought.lines[MINI], "quantity": 1}])

    async def revoked() -> list[str]:
        return [one["id"] for one in await bar.codes(bought) if one["status"] == "REVOKED"]

    assert await until(revoked) == [codes[1]["id"]]
    assert (await bar.seen())["unlocked"]
    await refunded(bar, bought.id, goodwillAmount=1)
    await refunded(bar, bought.id, lines=[{"lineId": bought.lines[MINI], "quantity": 1}])

    async def two() -> bool:
        return len(await revoked()) == 2

    await until(two)
    assert (await bar.seen())["unlocked"], "the one in use is the last to go"


async def test_canceling_closes_what_was_open(bar: Bar) -> None:
    bought = await bar.bought({MINI: 1})
    (code,) = await bar.codes(bought)
    await bar.unlock(code["code"])
    assert (await bar.seen())["unlocked"]
    given = {"orderId": bought.id, "reason": "changed my mind", "idempotencyKey": key()}
    assert await bar.customer.one(CANCEL, i=given) == {"__typename": "Order"}
    await bar.make(bought)
    seen = await bar.seen()
    assert (seen["unlocked"], seen["unlockedUntil"], seen["animations"]) == (False, None, [])
    refused = await bar.unlock(code["code"])
    assert refused["code"] == "UNLOCK_REFUSED"


async def test_what_came_back_opens_nothing_also_before_it_is_refunded(bar: Bar) -> None:
    bought = await bar.bought({MINI: 2})
    lines = [{"lineId": bought.lines[MINI], "quantity": 2}]
    given = {"orderId": bought.id, "lines": lines, "idempotencyKey": key()}
    sent = {**given, "carrier": "cj", "trackingNumber": key()[:12].upper()}
    assert await bar.staff.one(SEND, i=sent) == {"__typename": "Order"}
    lines[0]["quantity"] = 1
    back = {**given, "reason": "came back", "restock": False, "idempotencyKey": key()}
    assert await bar.staff.one(TAKE_BACK, i=back) == {"__typename": "Order"}
    await bar.make(bought)
    assert [one["status"] for one in await bar.codes(bought)] == ["ACTIVE", "REVOKED"]
    await refunded(bar, bought.id, lines=lines)
    await bar.make(bought)
    assert [one["status"] for one in await bar.codes(bought)] == ["ACTIVE", "REVOKED"]


async def test_buyers_without_an_account_find_their_codes_by_number(bar: Bar, hana: Api) -> None:
    bought = await buy(bar.host, None, {MINI: 1}, email="guest@example.com")
    await bar.make(bought)
    asked = {"number": bought.number, "email": "guest@example.com"}
    async with person(bar.world.url) as stranger:
        (code,) = (await stranger.one(BY_NUMBER, **asked))["unlockCodes"]
    assert (await bar.unlock(code["code"], api=hana))["__typename"] == "ArUnlock"
    assert (await bar.staff.one(BY_NUMBER, **asked))["unlockCodes"] == []


async def test_an_order_opens_the_stories_that_an_order_opens(bar: Bar) -> None:
    query = """query { node(id: "ai-and-the-jar") { ... on Lore { body lockedBy { reason } } } }"""
    locked = await bar.customer.one(query)
    assert locked["lockedBy"] == {"reason": locked["body"]}
    await bar.bought({"nerd5-sparkle-180": 1})
    opened = await bar.customer.one(query)
    assert opened["lockedBy"] is None
    assert opened["body"] != locked["body"]
    async with person(bar.world.url) as stranger:
        assert (await stranger.one(query))["lockedBy"]
