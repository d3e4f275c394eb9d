"""An order that was bought through the door: the provider itself gives the money back."""

import asyncio

from sqlalchemy import func, select

from models.payment import LedgerEntry
from tests.checkout.till import pay, proven, ready
from tests.order.desk import SMALL, Desk
from tests.order.test_reading import FOLLOW
from tests.support.serve import Program
from tests.support.shop import Bought


async def bought_at_the_door(desk: Desk, units: int) -> Bought:
    """Buy as an app does."""
    await proven(desk.host.begin, desk.customer.customer_id or "")
    done = await pay(desk.customer, await ready(desk.customer, (SMALL, units)))
    assert done["__typename"] == "CheckoutCompletion", done
    seen = await desk.read(done["order"]["id"], desk.customer)
    (payment,), (line,) = seen["payments"], seen["lines"]
    total = seen["totals"]["total"]["amount"]
    ids = (seen["id"], seen["number"], seen["checkout"]["id"], payment["id"])
    return Bought(*ids, {SMALL: line["id"]}, total)


async def test_the_provider_pays_back_what_staff_refund(
    desk: Desk, workers: tuple[Program, Program]
) -> None:
    bought = await bought_at_the_door(desk, 3)
    sent = await desk.send(bought, 1)
    part = await desk.refund(bought, units=2)
    assert (sent["status"], part["status"]) == ("FULFILLING", "SHIPPED")
    (parcel,) = part["shipments"]
    assert (await desk.seen(parcel["id"], "DELIVERED"))["status"] == "DELIVERED"
    left = bought.total - part["refunds"][0]["amount"]["amount"]
    states: list[tuple[str, ...]] = []

    async def watch() -> None:
        async for event in desk.customer.follow(FOLLOW, id=bought.id):
            seen = event["orderChanged"]
            states.append((seen["status"], *(one["status"] for one in seen["refunds"])))

    async with asyncio.timeout(60):
        watching = asyncio.create_task(watch())
        assert (await desk.refund(bought, goodwill=left))["status"] == "REFUNDED"
        await watching
    assert states[-1] == ("REFUNDED", "SUCCEEDED", "SUCCEEDED")
    held = select(func.sum(LedgerEntry.amount)).where(LedgerEntry.order_id == bought.id)
    assert await desk.scalar(held) == 0
    assert await desk.given_back(bought) == await desk.charged(bought) == bought.total


async def test_canceling_gives_all_of_it_back(desk: Desk, workers: tuple[Program, Program]) -> None:
    bought = await bought_at_the_door(desk, 2)
    assert (await desk.cancel(bought))["status"] == "CANCELED"
    async with asyncio.timeout(60):
        seen = [event async for event in desk.customer.follow(FOLLOW, id=bought.id)]
    assert seen[-1]["orderChanged"]["refunds"] == [{"status": "SUCCEEDED"}]
    held = select(func.sum(LedgerEntry.amount)).where(LedgerEntry.order_id == bought.id)
    assert await desk.scalar(held) == 0
