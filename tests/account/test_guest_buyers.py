"""Guests who bought something are kept for as long as something is owed to them."""

from sqlalchemy import update

from models.order import Order, OrderStatus
from services import ar
from tests.account.door import GUEST, Door
from tests.account.test_guests import gone, swept
from tests.support.shop import Bought, buy

AWAY = 7 + 30


async def bought(door: Door, guest: str, status: OrderStatus, *, codes: bool = False) -> Bought:
    """Have a guest buy something that got so far."""
    made = await buy(door.host, guest)
    async with door.begin() as uow:
        if codes:
            await ar.make(uow, door.settings, made.id)
        row = update(Order).where(Order.id == made.id)
        await uow.session.execute(row.values(status=status))
    return made


async def test_an_order_under_way_keeps_its_guest(door: Door) -> None:
    guest = await door.did(GUEST)
    made = await bought(door, guest["customer"]["id"], OrderStatus.SHIPPED)
    door.later(days=400)
    assert await swept(door) == 0
    async with door.begin() as uow:
        row = update(Order).where(Order.id == made.id)
        await uow.session.execute(row.values(status=OrderStatus.CANCELED))
    assert await swept(door) == 1


async def test_what_may_be_sent_back_keeps_its_guest(door: Door) -> None:
    guest, other = await door.did(GUEST), await door.did(GUEST)
    await bought(door, guest["customer"]["id"], OrderStatus.DELIVERED)
    door.later(days=AWAY, minutes=10)
    assert await swept(door) == 1
    assert (await gone(door, guest), await gone(door, other)) == (False, True)
    door.later(days=120 + 30 - AWAY, minutes=-20)
    assert await swept(door) == 0
    door.later(minutes=20)
    assert await swept(door) == 1
    assert await gone(door, guest)


async def test_a_code_that_opens_something_keeps_its_guest(door: Door) -> None:
    guest = await door.did(GUEST)
    await bought(door, guest["customer"]["id"], OrderStatus.DELIVERED, codes=True)
    door.later(days=365 + 30, minutes=-10)
    assert await swept(door) == 0
    door.later(minutes=20)
    assert await swept(door) == 1
