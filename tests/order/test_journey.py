"""An order from payment to the end, through the door; and every state against every mutation."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import pytest

from models.order import Actor, OrderStatus
from services.order import NEXT, may
from tests.order.desk import SMALL, Desk
from tests.support.api import Refused, key
from tests.support.shop import Bought, buy, pay

S = OrderStatus
MAY_COME_BACK = {S.FULFILLING, S.REFUNDED, S.RETURNED}
ALLOWED = {
    "cancel": {s for s in S if may(s, S.CANCELED, Actor.CUSTOMER)} | {S.CANCELED},
    "send": {S.PAID, S.FULFILLING},
    "ask_back": {s for s in S if may(s, S.RETURN_REQUESTED, Actor.CUSTOMER)},
    "take_back": {s for s in S if may(s, S.RETURNED, Actor.STAFF)} | MAY_COME_BACK,
    "refund": {s for s in S if S.REFUNDED in NEXT[s]},
}


async def test_a_paid_order_tells_all_of_itself(desk: Desk) -> None:
    bought = await desk.bought(2)
    seen = await desk.read(bought.id, desk.customer)
    assert seen["number"] == bought.number
    assert (seen["status"], seen["origin"]) == ("PAID", "STOREFRONT")
    assert seen["nextStates"] == ["FULFILLING", "SHIPPED", "CANCELED", "REFUNDED"]
    (line,) = seen["lines"]
    assert (line["quantity"], line["fulfilled"], line["refunded"]) == (2, 0, 0)
    assert line["unitPrice"]["currency"] == "KRW"
    assert line["variant"]["id"] == SMALL
    delivery = seen["totals"]["delivery"]["amount"]
    assert seen["totals"]["total"]["amount"] == line["total"]["amount"] + delivery == bought.total
    (payment,) = seen["payments"]
    assert (payment["status"], payment["amount"]["amount"]) == ("SUCCEEDED", bought.total)
    assert [(e["from"], e["to"], e["by"]) for e in seen["history"]] == [
        (None, "PLACED", "CUSTOMER"),
        ("PLACED", "PAID", "PROVIDER"),
    ]
    assert seen["shippingAddress"] == {"recipient": "김민수", "postalCode": "04524"}
    assert seen["refunds"] == seen["shipments"] == []
    assert seen["checkout"] == {
        "id": bought.checkout_id,
        "status": "COMPLETED",
        "order": {"id": bought.id},
    }
    assert await desk.out(bought) == 2


async def test_an_order_is_placed_before_it_is_paid(desk: Desk) -> None:
    bought = await desk.bought(2, paid=False)
    seen = await desk.read(bought.id)
    assert (seen["status"], seen["paidAt"]) == ("PLACED", None)
    assert await desk.out(bought) == 0
    assert (await desk.send(bought, 1))["code"] == "ORDER_STATE_CONFLICT"
    await pay(desk.host, bought)
    await pay_again(desk, bought)
    assert (await desk.read(bought.id))["status"] == "PAID"
    assert await desk.out(bought) == 2


async def pay_again(desk: Desk, bought: Bought) -> None:
    """A webhook that comes twice changes nothing."""
    from services import order

    before = await desk.steps(bought)
    async with desk.host.begin() as uow:
        row = await order.of_checkout(uow, bought.checkout_id)
        assert row is not None
        await order.pay(uow, row)
    assert await desk.steps(bought) == before


async def test_parcels_by_line_until_all_is_there(desk: Desk) -> None:
    bought = await desk.bought(3)
    first = await desk.send(bought, 1, trackingNumber=" 1234 5678 9012 ")
    assert first["status"] == "FULFILLING"
    (parcel,) = first["shipments"]
    assert parcel["trackingNumber"] == "123456789012"
    assert parcel["trackingUrl"].endswith("123456789012")
    too_many = await desk.send(bought, 3)
    assert (too_many["code"], too_many["field"]) == ("INVALID_INPUT", "input.lines")
    again = await desk.send(bought, 1, trackingNumber="123456789012")
    assert (again["code"], again["field"]) == ("INVALID_INPUT", "input.trackingNumber")
    early = await desk.seen(parcel["id"], "DELIVERED")
    assert early["status"] == "FULFILLING"
    last = await desk.send(bought, 2)
    assert last["status"] == "SHIPPED"
    assert last["lines"][0]["fulfilled"] == 3
    other = next(one for one in last["shipments"] if one["id"] != parcel["id"])
    done = await desk.seen(other["id"], "DELIVERED")
    assert done["status"] == "DELIVERED"
    assert done["history"][-1]["by"] == "STAFF"


async def test_sightings_come_in_any_order_and_twice(desk: Desk) -> None:
    bought = await desk.bought(1)
    (parcel,) = (await desk.send(bought, 1))["shipments"]
    now = datetime.now(UTC)
    times = [(now - timedelta(hours=hours)).isoformat() for hours in (1, 2, 3)]
    for status, at in (("DELIVERED", times[0]), ("PICKED_UP", times[2]), ("IN_TRANSIT", times[1])):
        for _ in range(2):
            seen = await desk.seen(parcel["id"], status, at)
    (shown,) = seen["shipments"]
    assert [one["status"] for one in shown["events"]] == ["PICKED_UP", "IN_TRANSIT", "DELIVERED"]
    assert seen["status"] == "DELIVERED"
    assert datetime.fromisoformat(shown["deliveredAt"]) == datetime.fromisoformat(times[0])
    future = await desk.seen(parcel["id"], "RETURNED", (now + timedelta(days=2)).isoformat())
    assert (future["code"], future["field"]) == ("INVALID_INPUT", "input.at")
    nobody = await desk.seen("shp_nobody", "DELIVERED")
    assert (nobody["code"], nobody["field"]) == ("NOT_FOUND", "input.shipmentId")


async def test_what_comes_back_is_asked_for_taken_in_and_refunded(desk: Desk) -> None:
    bought = await desk.arrived(3)
    before = await desk.on_hand()
    asked = await desk.ask_back(bought, 2)
    assert (asked["status"], asked["lines"][0]["returnRequested"]) == ("RETURN_REQUESTED", 2)
    assert asked["history"][-1]["reason"] == "마개가 깨졌어요"
    part = await desk.take_back(bought, 1)
    assert (part["status"], part["lines"][0]["returned"]) == ("RETURN_REQUESTED", 1)
    all_ = await desk.take_back(bought, 1, restock=False)
    assert (all_["status"], all_["lines"][0]["returnRequested"]) == ("RETURNED", 0)
    assert await desk.on_hand() == before + 1
    paid = await desk.refund(bought, units=2)
    assert paid["status"] == "PARTIALLY_REFUNDED"
    assert paid["refunds"][0]["lines"][0]["quantity"] == 2
    assert await desk.on_hand() == before + 1
    too_many = await desk.take_back(bought, 2)
    assert (too_many["code"], too_many["field"]) == ("INVALID_INPUT", "input.lines")


async def test_a_request_can_be_closed_without_a_return(desk: Desk) -> None:
    bought = await desk.arrived(1)
    await desk.ask_back(bought, 1)
    closed = await desk.take_back(bought, 0)
    assert (closed["status"], closed["lines"][0]["returnRequested"]) == ("DELIVERED", 0)
    assert (await desk.take_back(bought, 0))["code"] == "INVALID_INPUT"


async def test_canceling_gives_money_and_units_back_once(desk: Desk) -> None:
    before = await desk.on_hand()
    bought = await desk.bought(3)
    assert await desk.on_hand() == before - 3
    same = {"idempotencyKey": key()}
    answers = await asyncio.gather(*(desk.cancel(bought, **same) for _ in range(4)))
    assert {one["status"] for one in answers} == {"CANCELED"}
    again = await desk.cancel(bought)
    assert again["status"] == "CANCELED"
    assert [one["amount"]["amount"] for one in again["refunds"]] == [bought.total]
    assert again["nextStates"] == []
    assert await desk.given_back(bought) == await desk.charged(bought) == bought.total
    assert await desk.on_hand() == before
    conflict = await desk.cancel(bought, idempotencyKey=same["idempotencyKey"], reason="other")
    assert conflict["code"] == "IDEMPOTENCY_CONFLICT"


async def test_an_order_that_is_not_paid_yet_is_canceled_without_a_refund(desk: Desk) -> None:
    bought = await desk.bought(1, paid=False)
    assert (await desk.cancel(bought))["refunds"] == []
    from services import order

    async with desk.host.begin() as uow:
        row = await order.of_checkout(uow, bought.checkout_id)
        assert row is not None
        with pytest.raises(order.OrderStateConflict):
            await order.pay(uow, row)


async def act(desk: Desk, name: str, bought: Bought) -> dict[str, object]:
    """Try one mutation."""
    calls = {
        "cancel": lambda: desk.cancel(bought),
        "send": lambda: desk.send(bought, 1),
        "ask_back": lambda: desk.ask_back(bought, 1),
        "take_back": lambda: desk.take_back(bought, 1),
        "refund": lambda: desk.refund(bought, goodwill=1),
    }
    return dict(await calls[name]())


async def test_every_state_against_every_mutation(desk: Desk) -> None:
    for status, name in itertools.product(S, ALLOWED):
        bought = await desk.bought(2, paid=status is not S.PLACED)
        await desk.put(bought, status, 0 if status in (S.PLACED, S.PAID) else 1)
        before = await desk.steps(bought)
        answer = await act(desk, name, bought)
        told = f"{name} when {status}: {answer}"
        if status in ALLOWED[name]:
            assert answer["__typename"] == "Order", told
            continue
        assert answer["code"] == "ORDER_STATE_CONFLICT", told
        assert answer["nextStates"] == [to.name for to in S if to in NEXT[status]], told
        assert (await desk.read(bought.id))["status"] == status.name
        assert await desk.steps(bought) == before, told


async def test_words_and_units_are_checked(desk: Desk) -> None:
    bought = await desk.bought(1)
    line = {"lineId": bought.lines[SMALL], "quantity": 1}
    for reason in ("", "  ", "x" * 501, "a\x07b"):
        assert (await desk.cancel(bought, reason=reason))["field"] == "input.reason"
    other = await desk.bought(1)
    stranger = {"lineId": other.lines[SMALL], "quantity": 1}
    for lines in (
        [],
        [line, line],
        [stranger],
        [{**line, "quantity": 0}],
        [{**line, "quantity": -1}],
    ):
        assert (await desk.send(bought, 1, lines=lines))["field"] == "input.lines"
    assert (await desk.send(bought, 1, carrier="CJ!"))["field"] == "input.carrier"
    assert (await desk.send(bought, 1, trackingNumber="a b"))["field"] == "input.trackingNumber"
    with pytest.raises(Refused):
        await desk.send(bought, 1, lines=[{**line, "quantity": 2**31}])
    assert (await desk.read(bought.id))["status"] == "PAID"


async def test_customers_may_not_do_what_staff_do(desk: Desk) -> None:
    bought = await buy(desk.host, desk.customer.customer_id, {SMALL: 1})
    staff, desk.staff = desk.staff, desk.customer
    for try_ in (desk.send(bought, 1), desk.refund(bought, 1), desk.take_back(bought, 1)):
        with pytest.raises(Refused) as refused:
            await try_
        assert refused.value.code == "FORBIDDEN"
    desk.staff = staff
    assert (await desk.cancel(bought, staff))["history"][-1]["by"] == "STAFF"
