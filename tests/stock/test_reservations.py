"""Reservations and sales: what is kept for whom, until when, out of which lot."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from core.ids import new_id
from models.order import OrderAllocation, OrderLine
from models.stock import Reservation, StockLot
from services import stock
from services.account.age import KOREA
from services.stock import OutOfStock, ReservationNotExtendable
from tests.stock.shop import ADJUST, BOX, CLOUD, MINI, RECEIVE, SIGNATURE, Shop


async def short(shop: Shop, wanted: Mapping[str, int]) -> dict[str, int]:
    """What a checkout is told that wants too much."""
    with pytest.raises(OutOfStock) as refused:
        await shop.reserve(wanted)
    return dict(refused.value.shortages)


async def open_to(shop: Shop, checkout_id: str, *variants: str) -> dict[str, int]:
    async with shop.db.read() as session:
        return await stock.available(session, variants, shop.begin.now(), checkout_id=checkout_id)


async def allocated(shop: Shop, order_id: str) -> dict[str, int]:
    """From which lots an order's units are, less those that came back."""
    kept = func.sum(OrderAllocation.quantity - OrderAllocation.returned)
    query = select(StockLot.lot, kept).group_by(StockLot.lot)
    query = query.join(OrderAllocation, OrderAllocation.lot_id == StockLot.id)
    query = query.join(OrderLine, OrderLine.id == OrderAllocation.order_line_id)
    async with shop.db.read() as session:
        found = await session.execute(query.where(OrderLine.order_id == order_id))
        return {row[0]: row[1] for row in found}


async def lines(shop: Shop, order_id: str) -> dict[str, str]:
    query = select(OrderLine.variant_id, OrderLine.id).where(OrderLine.order_id == order_id)
    async with shop.db.read() as session:
        return {row[0]: row[1] for row in await session.execute(query)}


async def received(shop: Shop, variant_id: str, lot: str, days: int, units: int) -> None:
    day = (shop.today + timedelta(days=days)).isoformat()
    got: Any = await shop.do(RECEIVE, variantId=variant_id, lot=lot, expiresOn=day, quantity=units)
    assert got["__typename"] == "Stock", got


async def test_reserved_units_are_not_for_others(shop: Shop) -> None:
    await shop.has(MINI, 10)
    mine = await shop.reserve({MINI: 7})
    assert await short(shop, {MINI: 4}) == {MINI: 3}
    assert await open_to(shop, "", MINI, BOX) == {MINI: 3, BOX: 3}
    assert await open_to(shop, mine, MINI, BOX) == {MINI: 10, BOX: 10}
    async with shop.begin() as uow:
        await stock.reserve(uow, mine, {MINI: 9}, until=shop.soon())
    assert await short(shop, {MINI: 2}) == {MINI: 1}
    async with shop.begin() as uow:
        await stock.release(uow, mine)
        await stock.release(uow, mine)
    await shop.reserve({MINI: 10})
    assert await shop.availability(MINI) == await shop.availability(BOX) == "SOLD_OUT"
    await shop.check()


async def test_an_emptied_cart_keeps_nothing(shop: Shop) -> None:
    mine = await shop.reserve({MINI: 7, CLOUD: 1})
    async with shop.begin() as uow:
        await stock.reserve(uow, mine, {MINI: 0}, until=shop.soon())
    async with shop.db.read() as session:
        assert await stock.reservation(session, mine) is None
    assert (await shop.read(MINI))["reserved"] == (await shop.read(CLOUD))["reserved"] == 0
    await shop.check()


async def test_a_bundle_and_its_part_in_one_basket(shop: Shop) -> None:
    await shop.has(MINI, 5)
    assert await short(shop, {MINI: 3, BOX: 3}) == {BOX: 2}
    assert await short(shop, {BOX: 6, MINI: 1}) == {BOX: 5, MINI: 0}
    mine = await shop.reserve({MINI: 3, BOX: 2})
    assert (await shop.read(MINI))["reserved"] == 5
    assert (await shop.read(CLOUD))["reserved"] == 2
    async with shop.db.read() as session:
        parts = await stock.explode(session, {MINI: 3, BOX: 2})
    assert parts == {MINI: 5, CLOUD: 2, SIGNATURE: 2}
    order = await shop.buy({MINI: 3, BOX: 2}, mine)
    assert sum((await allocated(shop, order)).values()) == 9
    await shop.check()


async def test_what_lapsed_is_sold_again_without_a_sweep(shop: Shop) -> None:
    await shop.has(MINI, 1)
    first = await shop.reserve({MINI: 1}, seconds=60)
    assert await short(shop, {MINI: 1}) == {MINI: 0}
    await shop.later(seconds=61)
    assert await shop.availability(MINI) == "LOW_STOCK"
    assert await open_to(shop, "", BOX) == {BOX: 1}
    second = await shop.reserve({MINI: 1})
    with pytest.raises(OutOfStock):
        async with shop.begin() as uow:
            await stock.hold(uow, first, {MINI: 1}, until=shop.soon())
    with pytest.raises(OutOfStock):
        await shop.buy({MINI: 1}, first)
    await shop.buy({MINI: 1}, second)
    assert await shop.sold(MINI) == 1
    await shop.check()


async def test_who_pays_late_gets_it_while_there_is_some(shop: Shop) -> None:
    await shop.has(MINI, 2)
    late = await shop.reserve({MINI: 1}, seconds=1)
    await shop.later(seconds=2)
    async with shop.begin() as uow:
        assert await stock.sweep(uow)
    async with shop.begin() as uow:
        await stock.hold(uow, late, {MINI: 1}, until=shop.soon(60))
    await shop.reserve({MINI: 1})
    await shop.buy({MINI: 1}, late)
    await shop.check()


async def test_paying_does_not_cut_a_reservation_short(shop: Shop) -> None:
    mine = await shop.reserve({MINI: 1}, seconds=900)
    async with shop.begin() as uow:
        await stock.hold(uow, mine, {MINI: 1}, until=shop.soon(60))
    await shop.later(seconds=120)
    async with shop.db.read() as session:
        known = await stock.reservation(session, mine)
    assert known is not None
    assert known.expires_at > shop.soon(770)


async def test_extended_once_and_not_when_lapsed(shop: Shop) -> None:
    mine = await shop.reserve({MINI: 1}, seconds=600)
    async with shop.begin() as uow:
        extended = await stock.extend(uow, mine, shop.settings)
    assert (
        timedelta(seconds=1190) < extended.expires_at - shop.begin.now() < timedelta(seconds=1201)
    )
    for checkout in (mine, new_id("chk")):
        with pytest.raises(ReservationNotExtendable):
            async with shop.begin() as uow:
                await stock.extend(uow, checkout, shop.settings)
    # Another basket is no way to a second extension, but a new reservation is one.
    async with shop.begin() as uow:
        await stock.reserve(uow, mine, {MINI: 2}, until=shop.soon())
    with pytest.raises(ReservationNotExtendable):
        async with shop.begin() as uow:
            await stock.extend(uow, mine, shop.settings)
    await shop.later(seconds=601)
    with pytest.raises(ReservationNotExtendable):
        async with shop.begin() as uow:
            await stock.extend(uow, mine, shop.settings)
    async with shop.begin() as uow:
        await stock.reserve(uow, mine, {MINI: 2}, until=shop.soon())
        await stock.extend(uow, mine, shop.settings)
    await shop.check()


async def test_first_expiring_first_out(shop: Shop) -> None:
    await shop.has(MINI, 5)
    await received(shop, MINI, "SOON", 3, 4)
    await received(shop, MINI, "LATE", 300, 9)
    order = await shop.buy({MINI: 6})
    assert await allocated(shop, order) == {"SOON": 4, "LOT-NERD6-DAILY-2611": 2}
    levels = {lot["lot"]: lot["onHand"] for lot in (await shop.read(MINI))["lots"]}
    assert levels == {"SOON": 0, "LOT-NERD6-DAILY-2611": 3, "LATE": 9}
    lines_sold = [e["node"] for e in (await shop.read(MINI))["moves"]["edges"]][:2]
    assert {line["orderId"] for line in lines_sold} == {order}
    assert {line["reason"] for line in lines_sold} == {"SOLD"}
    await shop.check()


async def test_an_expired_lot_is_never_sold(shop: Shop) -> None:
    """A lot sells through the day before the day it expires on."""
    await shop.has(MINI, 0)
    await received(shop, MINI, "SOON", 2, 50)
    await received(shop, MINI, "LATE", 200, 3)
    await shop.later(days=1)
    assert await open_to(shop, "", MINI) == {MINI: 53}
    held = await shop.reserve({MINI: 5}, seconds=3 * 86_400)
    await shop.later(days=1)
    # Nothing has swept, and the reservation was made while the lot was good.
    assert await shop.availability(MINI) == "SOLD_OUT"
    assert await open_to(shop, held, MINI) == {MINI: 3}
    with pytest.raises(OutOfStock):
        await shop.buy({MINI: 5}, held)
    order = await shop.buy({MINI: 3}, held)
    assert await allocated(shop, order) == {"LATE": 3}
    shown = await shop.read(MINI)
    assert (shown["onHand"], shown["expired"], shown["available"]) == (50, 50, 0)
    assert await shop.availability(MINI) == await shop.availability(BOX) == "SOLD_OUT"
    lot = next(lot for lot in shown["lots"] if lot["lot"] == "SOON")
    gone = await shop.do(ADJUST, lotId=lot["id"], delta=-50, reason="expired")
    assert (gone["onHand"], gone["expired"]) == (0, 0)
    await shop.check()


async def test_it_expires_at_midnight_in_korea_for_every_channel(shop: Shop) -> None:
    await shop.has(MINI, 0)
    await received(shop, MINI, "SOON", 1, 50)
    now = shop.begin.now().astimezone(KOREA)
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), KOREA)
    await shop.later(seconds=(midnight - now).total_seconds() - 20)
    assert await shop.availability(MINI) == "IN_STOCK"
    await shop.later(seconds=21)
    shop.staff.headers["x-channel"] = "us"
    assert await shop.availability(MINI) == "SOLD_OUT"
    assert await short(shop, {MINI: 1}) == {MINI: 0}


async def test_what_comes_back_goes_to_its_lots(shop: Shop) -> None:
    await shop.has(MINI, 5)
    await received(shop, MINI, "SOON", 3, 4)
    order = await shop.buy({MINI: 6, BOX: 1})
    own = await lines(shop, order)
    before = (await shop.read(MINI))["onHand"]
    async with shop.begin() as uow:
        await stock.give_back(uow, order, {own[MINI]: 3}, restock=True)
    assert await allocated(shop, order) == {
        "SOON": 3,
        "LOT-NERD6-DAILY-2611": 1,
        "LOT-NERD9-CLOUD-2611": 1,
        "LOT-NERD12-SIGNATURE-2611": 1,
    }
    assert (await shop.read(MINI))["onHand"] == before + 3
    async with shop.begin() as uow:
        await stock.give_back(uow, order, {own[MINI]: 2}, restock=False)
    assert (await shop.read(MINI))["onHand"] == before + 3
    for units in ({own[MINI]: 2}, {own[BOX]: 2}, {"oln_nothing": 1}):
        with pytest.raises(ValueError, match="units"):
            async with shop.begin() as uow:
                await stock.give_back(uow, order, units, restock=True)
    async with shop.begin() as uow:
        await stock.give_back(uow, order, {own[MINI]: 1, own[BOX]: 1}, restock=True)
    assert set((await allocated(shop, order)).values()) == {0}
    assert await shop.sold(MINI) == 2
    assert await shop.sold(CLOUD) == await shop.sold(SIGNATURE) == 0
    await shop.check()


async def test_what_comes_back_too_late_is_not_sold(shop: Shop) -> None:
    await shop.has(MINI, 0)
    await received(shop, MINI, "SOON", 2, 4)
    order = await shop.buy({MINI: 4})
    await shop.later(days=2)
    async with shop.begin() as uow:
        await stock.give_back(uow, order, {(await lines(shop, order))[MINI]: 4}, restock=True)
    shown = await shop.read(MINI)
    assert (shown["onHand"], shown["expired"], shown["available"]) == (4, 4, 0)
    assert await short(shop, {MINI: 1}) == {MINI: 0}
    await shop.check()


async def test_when_a_count_finds_less_the_first_keep_theirs(shop: Shop) -> None:
    await shop.has(MINI, 4)
    older, newer = await shop.reserve({MINI: 2}), await shop.reserve({MINI: 2})
    await shop.has(MINI, 3)
    assert await short(shop, {MINI: 1}) == {MINI: 0}
    assert await open_to(shop, newer, MINI) == {MINI: 1}
    with pytest.raises(OutOfStock) as refused:
        async with shop.begin() as uow:
            await stock.hold(uow, newer, {MINI: 2}, until=shop.soon())
    assert refused.value.message("en") == "Not enough in stock: 1 can be bought now."
    await shop.buy({MINI: 2}, older)
    await shop.buy({MINI: 1}, newer)
    await shop.check()


async def test_a_variant_that_is_not_kept(shop: Shop) -> None:
    assert await short(shop, {"nothing": 1}) == {"nothing": 0}
    assert await open_to(shop, "", "nothing") == {"nothing": 0}
    async with shop.db.read() as session:
        assert (await session.scalars(select(Reservation))).all() == []
