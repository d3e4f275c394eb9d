"""What can be sold, in SQL: read off the sum in `Stock`, or added up anew where that is old."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, case, func, or_, select

from models.catalogue import BundlePart, Stock, Variant, VariantKind
from models.stock import Reservation, ReservationLine, StockLot
from services.stock.day import today


def sellable(now: datetime) -> ColumnElement[int]:
    """Count what can be sold of `Variant`, whose `Stock` is joined; a bundle by its parts."""
    part = Stock.__table__.alias("part_stock")
    left = func.coalesce(_left(part, now), 0)
    sets = (
        select(func.min(left // BundlePart.quantity))
        .select_from(BundlePart)
        .outerjoin(part, part.c.id == BundlePart.part_id)
        .where(BundlePart.bundle_id == Variant.id)
        .correlate(Variant)
        .scalar_subquery()
    )
    own = _left(Stock.__table__, now)
    return func.coalesce(case((Variant.kind == VariantKind.BUNDLE, sets), else_=own), 0)


def _left(stock: FromClause, now: datetime) -> ColumnElement[int]:
    return func.greatest(_fresh(stock, today(now)) - _held(stock, now), 0)


def _fresh(stock: FromClause, day: date) -> ColumnElement[int]:
    anew = select(func.coalesce(func.sum(StockLot.on_hand), 0)).where(
        StockLot.variant_id == stock.c.id, StockLot.on_hand > 0, StockLot.expires_on > day
    )
    return _until(stock.c.fresh_until, day, stock.c.on_hand, anew.correlate(stock))


def _held(stock: FromClause, now: datetime) -> ColumnElement[int]:
    anew = (
        select(func.coalesce(func.sum(ReservationLine.quantity), 0))
        .join(Reservation, Reservation.id == ReservationLine.reservation_id)
        .where(ReservationLine.variant_id == stock.c.id, Reservation.expires_at > now)
    )
    return _until(stock.c.held_until, now, stock.c.reserved, anew.correlate(stock))


def _until(end: Any, at: Any, kept: Any, anew: Any) -> ColumnElement[int]:
    # A branch of CASE that is not taken costs nothing.
    return case((or_(end.is_(None), end > at), kept), else_=anew.scalar_subquery())
