"""Reservations: units kept for a checkout until a time.

Whoever calls these holds the lock of the checkout's row, so one reservation has one writer, and
the sweep, which takes only the lock of the stock.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.outbox import UnitOfWork
from core.settings import Settings
from models.stock import Reservation, ReservationLine
from services.stock import shelf
from services.stock.errors import OutOfStock, ReservationNotExtendable
from services.stock.shelf import Keeping, Wanted


async def reservation(session: AsyncSession, checkout_id: str) -> Reservation | None:
    """Return the checkout's reservation, be it one that lapsed and was not swept yet."""
    found = select(Reservation).where(Reservation.id == checkout_id)
    return await session.scalar(found.execution_options(populate_existing=True))


async def reserve(uow: UnitOfWork, checkout_id: str, wanted: Wanted, *, until: datetime) -> None:
    """Keep these units, and no others, for a checkout until a time. Raises OutOfStock.

    `wanted` counts units of variants; a bundle is kept as its parts.
    """
    known = await shelf.recipes(uow.session, wanted)
    parts = shelf.parts_of(known, wanted)
    held = await held_by(uow.session, checkout_id)
    touched = {*parts, *held}

    async def check() -> None:
        there = await shelf.shelves(uow.session, parts, uow.now(), checkout_id)
        if short := shelf.shortages(known, wanted, there):
            raise OutOfStock(short)

    # Nobody stands in line for what is gone.
    await check()
    await shelf.lock(uow, touched)
    await check()
    await shelf.renew(uow, touched, Keeping(checkout_id, parts, until))


async def hold(uow: UnitOfWork, checkout_id: str, wanted: Wanted, *, until: datetime) -> None:
    """Keep these units for as long as paying takes, also where they lapsed. Raises OutOfStock.

    A reservation that runs longer is not cut short.
    """
    known = await reservation(uow.session, checkout_id)
    if known and known.expires_at > uow.now():
        until = max(until, known.expires_at)
    await reserve(uow, checkout_id, wanted, until=until)


async def extend(uow: UnitOfWork, checkout_id: str, settings: Settings) -> Reservation:
    """Keep the units RESERVATION_SECONDS longer, once. Raises ReservationNotExtendable."""
    held = await held_by(uow.session, checkout_id)
    await shelf.lock(uow, held)
    known = await reservation(uow.session, checkout_id)
    if known is None or known.is_extended or known.expires_at <= uow.now():
        raise ReservationNotExtendable
    known.expires_at += timedelta(seconds=settings.reservation_seconds)
    known.is_extended = True
    await shelf.renew(uow, held)
    return known


async def release(uow: UnitOfWork, checkout_id: str) -> None:
    """Let the checkout's units go, if it has any."""
    held = await held_by(uow.session, checkout_id)
    await shelf.lock(uow, held)
    await shelf.renew(uow, held, Keeping(checkout_id))


async def held_by(session: AsyncSession, checkout_id: str) -> Iterable[str]:
    """Return the variants that a checkout's reservation, lapsed or not, is of."""
    lines = ReservationLine.reservation_id == checkout_id
    return (await session.scalars(select(ReservationLine.variant_id).where(lines))).all()
