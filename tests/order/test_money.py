"""Refunds: never more than was charged, in whatever order and however many at once."""

import asyncio
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.order import OrderLine
from services.order.refunds import price_of
from tests.order.desk import Desk
from tests.support.api import key
from tests.support.shop import Bought

WALKS, STEPS = 4, 10


@given(total=st.integers(0, 10**9), quantity=st.integers(1, 200), data=st.data())
def test_the_units_of_a_line_are_exactly_its_total(
    total: int, quantity: int, data: st.DataObject
) -> None:
    line, back, done = OrderLine(total=total, quantity=quantity), 0, 0
    while done < quantity:
        units = data.draw(st.integers(1, quantity - done))
        part = price_of(line, done, units)
        assert 0 <= part <= total
        assert abs(part - total * units / quantity) < 1
        back, done = back + part, done + units
    assert back == total


async def test_goodwill_and_lines_together_never_pass_the_charge(desk: Desk) -> None:
    bought = await desk.arrived(3)
    line = (await desk.read(bought.id))["lines"][0]["total"]["amount"]
    delivery = bought.total - line
    first = await desk.refund(bought, goodwill=delivery + 1)
    assert first["status"] == "PARTIALLY_REFUNDED"
    assert first["refunds"][0]["lines"] == []
    too_much = await desk.refund(bought, units=3)
    assert too_much["code"] == "REFUND_EXCEEDS_CHARGE"
    assert too_much["refundable"]["amount"] == line - 1
    assert f"{line - 1:,}" in too_much["message"]
    assert (await desk.read(bought.id))["lines"][0]["refunded"] == 0
    last = await desk.refund(bought, goodwill=line - 1)
    assert (last["status"], last["nextStates"]) == ("REFUNDED", [])
    assert await desk.given_back(bought) == await desk.charged(bought)
    assert (await desk.refund(bought, goodwill=1))["code"] == "ORDER_STATE_CONFLICT"


async def test_what_is_asked_is_either_lines_or_goodwill(desk: Desk) -> None:
    bought = await desk.bought(1)
    for asked in ({}, {"units": 1, "goodwill": 1}, {"goodwill": 0}, {"goodwill": -5}):
        assert (await desk.refund(bought, **asked))["code"] == "INVALID_INPUT", asked
    assert (await desk.refund(bought, units=2))["field"] == "input.lines"


async def test_units_that_were_not_sent_are_refunded_first_and_stay_here(desk: Desk) -> None:
    start = await desk.on_hand()
    bought = await desk.bought(3)
    await desk.send(bought, 1)
    seen = await desk.refund(bought, units=2)
    assert (seen["status"], seen["lines"][0]["refunded"]) == ("SHIPPED", 2)
    assert await desk.on_hand() == start - 1
    assert (await desk.send(bought, 1))["code"] == "ORDER_STATE_CONFLICT"
    again = await desk.refund(bought, units=1)
    assert again["status"] == "SHIPPED"
    assert await desk.on_hand() == start - 1
    delivery = bought.total - seen["lines"][0]["total"]["amount"]
    assert await desk.given_back(bought) == bought.total - delivery


async def test_all_units_before_anything_is_sent_are_all_of_the_money(desk: Desk) -> None:
    start = await desk.on_hand()
    bought = await desk.bought(2)
    part = await desk.refund(bought, units=1)
    assert part["status"] == "PAID"
    whole = await desk.refund(bought, units=1)
    assert whole["status"] == "REFUNDED"
    assert await desk.given_back(bought) == bought.total
    assert await desk.on_hand() == start


async def test_canceling_after_goodwill_gives_back_the_rest(desk: Desk) -> None:
    bought = await desk.bought(2)
    await desk.refund(bought, goodwill=100)
    canceled = await desk.cancel(bought)
    assert [one["amount"]["amount"] for one in canceled["refunds"]] == [100, bought.total - 100]


async def test_the_last_of_the_money_brings_back_all_that_was_not_sent(desk: Desk) -> None:
    start = await desk.on_hand()
    bought = await desk.bought(3)
    unit = (await desk.read(bought.id))["lines"][0]["total"]["amount"] // 3
    await desk.refund(bought, goodwill=bought.total - unit)
    last = await desk.refund(bought, units=1)
    assert (last["status"], last["lines"][0]["refunded"]) == ("REFUNDED", 1)
    assert await desk.on_hand() == start


async def test_twenty_refunds_of_one_line_at_once(desk: Desk) -> None:
    bought = await desk.arrived(3)
    line = (await desk.read(bought.id))["lines"][0]["total"]["amount"]
    answers = await asyncio.gather(*(desk.refund(bought, units=1) for _ in range(20)))
    kinds = Counter(one["__typename"] for one in answers)
    assert kinds == {"Order": 3, "InvalidInput": 17}
    assert await desk.given_back(bought) == line <= await desk.charged(bought)
    assert (await desk.read(bought.id))["lines"][0]["refunded"] == 3


async def test_one_key_twenty_times_at_once_is_one_refund(desk: Desk) -> None:
    bought = await desk.arrived(3)
    same = {"idempotencyKey": key()}
    answers = await asyncio.gather(*(desk.refund(bought, goodwill=500, **same) for _ in range(20)))
    assert {one["__typename"] for one in answers} == {"Order"}
    assert await desk.given_back(bought) == 500
    other = await desk.refund(bought, goodwill=501, **same)
    assert other["code"] == "IDEMPOTENCY_CONFLICT"


async def test_cancel_and_fulfil_at_once_leave_one_winner(desk: Desk) -> None:
    for _ in range(6):
        bought = await desk.bought(1)
        both = await asyncio.gather(desk.cancel(bought), desk.send(bought, 1))
        kinds = [one["__typename"] for one in both]
        assert sorted(kinds) == ["Order", "OrderStateConflict"]
        status = (await desk.read(bought.id))["status"]
        assert status == ("CANCELED" if kinds[0] == "Order" else "SHIPPED")
        assert await desk.given_back(bought) == (bought.total if status == "CANCELED" else 0)
        assert await desk.out(bought) == (0 if status == "CANCELED" else 1)


async def test_two_of_the_staff_send_the_same_units(desk: Desk) -> None:
    for _ in range(4):
        bought = await desk.bought(3)
        both = await asyncio.gather(desk.send(bought, 2), desk.send(bought, 2))
        assert sorted(one["__typename"] for one in both) == ["InvalidInput", "Order"]
        assert (await desk.read(bought.id))["lines"][0]["fulfilled"] == 2


async def test_the_same_parcel_is_packed_once(desk: Desk) -> None:
    one, other = await desk.bought(1), await desk.bought(1)
    same = {"trackingNumber": key()[:12].upper()}
    both = await asyncio.gather(desk.send(one, 1, **same), desk.send(other, 1, **same))
    assert sorted(answer["__typename"] for answer in both) == ["InvalidInput", "Order"]


@pytest.mark.parametrize("seed", range(WALKS))
async def test_whatever_staff_and_customers_do_the_books_are_right(desk: Desk, seed: int) -> None:
    chance, start = random.Random(seed), await desk.on_hand()
    bought = await desk.bought(chance.randint(2, 5))
    for _ in range(STEPS):
        await _step(desk, bought, chance)
        charged, back = await desk.charged(bought), await desk.given_back(bought)
        assert back <= charged == bought.total
        seen = await desk.read(bought.id)
        (line,) = seen["lines"]
        assert line["refunded"] <= line["quantity"] >= line["fulfilled"] >= line["returned"]
        if seen["status"] in ("REFUNDED", "CANCELED"):
            assert back == charged
        out = await desk.out(bought)
        assert await desk.on_hand() == start - out
        assert out >= line["fulfilled"] - line["returned"]


async def _step(desk: Desk, bought: Bought, chance: random.Random) -> None:
    units = chance.randint(1, 2)
    match chance.choice(["send", "send", "units", "units", "goodwill", "back", "cancel", "here"]):
        case "send":
            await desk.send(bought, units)
        case "units":
            await desk.refund(bought, units=units)
        case "goodwill":
            await desk.refund(bought, goodwill=chance.randint(1, 5_000))
        case "back":
            await desk.take_back(bought, units)
        case "cancel" if chance.random() < 0.2:
            await desk.cancel(bought)
        case _:
            for parcel in (await desk.read(bought.id))["shipments"]:
                await desk.seen(parcel["id"], "DELIVERED")
