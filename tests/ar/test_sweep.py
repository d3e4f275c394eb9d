"""A paid order gets its codes, whatever becomes of the task that makes them."""

from datetime import timedelta

from sqlalchemy import delete, func, select, update

from models.ar import UnlockCode
from models.order import Order
from services import order
from tests.ar.bar import MINI, Bar, until
from tests.support.shop import buy


async def due(bar: Bar, id: str) -> object:
    """When an order's codes are due, if they are."""
    async with bar.host.db.read() as session:
        return (await session.get_one(Order, id)).codes_due_at


async def swept(bar: Bar, **ahead: float) -> int:
    """Do what the relay does, so much later."""
    async with bar.host.begin() as uow:
        at = uow.now() + timedelta(**ahead)
        uow.now = lambda: at
        return await order.codes.sweep(uow)


async def test_codes_are_owed_until_they_are_made(bar: Bar) -> None:
    bought = await buy(bar.host, bar.customer.customer_id, {MINI: 1})
    assert await due(bar, bought.id)
    assert await swept(bar, minutes=4) == 0
    assert await swept(bar, minutes=6) == 1
    assert await swept(bar, minutes=6) == 0, "it is rung for once in five minutes"
    assert await swept(bar, minutes=12) == 1
    await bar.make(bought)
    assert await due(bar, bought.id) is None
    assert await swept(bar, days=1) == 0


async def test_what_has_no_experience_is_not_asked_about_for_ever(bar: Bar) -> None:
    bought = await buy(bar.host, bar.customer.customer_id, {MINI: 1}, paid=False)
    assert await due(bar, bought.id) is None
    async with bar.host.begin() as uow:
        row = update(Order).where(Order.id == bought.id)
        await uow.session.execute(row.values(codes_due_at=uow.now()))
    await bar.make(bought)
    assert await due(bar, bought.id) is None


async def test_the_relay_has_them_made(bar: Bar) -> None:
    bought = await buy(bar.host, bar.customer.customer_id, {MINI: 2})

    async def made() -> bool:
        count = select(func.count()).select_from(UnlockCode)
        async with bar.host.db.read() as session:
            return await session.scalar(count.where(UnlockCode.order_id == bought.id)) == 2

    bar.world.program("worker")
    await until(made, 60)
    # As if the task had died before it did anything.
    async with bar.host.begin() as uow:
        await uow.session.execute(delete(UnlockCode).where(UnlockCode.order_id == bought.id))
        row = update(Order).where(Order.id == bought.id)
        await uow.session.execute(row.values(codes_due_at=uow.now()))
    bar.world.program("relay")
    await until(made, 60)
    assert await due(bar, bought.id) is None
