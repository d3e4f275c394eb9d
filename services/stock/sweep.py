"""What time does to stock: reservations lapse, and lots expire."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, or_, select

from core.outbox import UnitOfWork
from models.catalogue import Stock
from models.stock import Reservation, ReservationLine
from services.stock import shelf
from services.stock.day import today
from services.stock.events import ReservationLapsed, checkout_topic
from services.stock.notices import back

BATCH = 100


def due(now: datetime) -> ColumnElement[bool]:
    """Tell whether any reservation lapsed, a sum is old, or what is waited for is back.

    Run it with the parameters of `at`.
    """
    lapsed, old = Reservation.expires_at <= now, _is_old(now)
    return or_(exists().where(lapsed), exists().where(old), back().exists())


async def sweep(uow: UnitOfWork) -> int:
    """Remove reservations that lapsed and renew sums that are old; return how many of both.

    Nothing waits for this: what lapsed or expired is for sale, or not, without it. It tells who
    follows, and keeps reading quick. The relay repeats it every few seconds.
    """
    lapsed = Reservation.expires_at <= uow.now()
    oldest = select(Reservation.id).where(lapsed).order_by(Reservation.expires_at).limit(BATCH)
    ids = (await uow.session.scalars(oldest)).all()
    touched = {*await _old(uow)}
    if not ids and not touched:
        return 0
    lines = ReservationLine.reservation_id.in_(ids)
    touched |= {*(await uow.session.scalars(select(ReservationLine.variant_id).where(lines)))}
    await shelf.lock(uow, touched)
    # Whoever extended one in the meantime keeps it.
    gone = delete(Reservation).where(Reservation.id.in_(ids), lapsed).returning(Reservation.id)
    swept = (await uow.session.scalars(gone)).all()
    for id in swept:
        uow.send(ReservationLapsed(checkout_topic(id), id))
    await shelf.renew(uow, touched)
    return len(swept) + len(touched)


async def _old(uow: UnitOfWork) -> list[str]:
    old = select(Stock.id).where(_is_old(uow.now()))
    return list(await uow.session.scalars(old.limit(BATCH)))


def _is_old(now: datetime) -> ColumnElement[bool]:
    return or_(Stock.fresh_until <= today(now), Stock.held_until <= now)
