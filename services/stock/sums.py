"""What can be sold, in SQL: read off the sum in `Stock`, or added up anew where that is old.

Made once: putting these expressions together takes longer than what they ask of Postgres.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    bindparam,
    case,
    func,
    or_,
    select,
)

from models.catalogue import BundlePart, Stock, Variant, VariantKind
from models.stock import Reservation, ReservationLine, StockLot
from services.stock.day import today

NOW = bindparam("stock_now", type_=DateTime(timezone=True))
DAY = bindparam("stock_day", type_=Date())


def at(now: datetime) -> dict[str, object]:
    """Return the parameters of a statement that has SELLABLE in it."""
    return {"stock_now": now, "stock_day": today(now)}


def _sellable() -> ColumnElement[int]:
    part = Stock.__table__.alias("part_stock")
    left = func.coalesce(_left(part), 0)
    sets = (
        select(func.min(left // BundlePart.quantity))
        .select_from(BundlePart)
        .outerjoin(part, part.c.id == BundlePart.part_id)
        .where(BundlePart.bundle_id == Variant.id)
        .correlate(Variant)
        .scalar_subquery()
    )
    own = _left(Stock.__table__)
    return func.coalesce(case((Variant.kind == VariantKind.BUNDLE, sets), else_=own), 0)


def _left(stock: FromClause) -> ColumnElement[int]:
    return func.greatest(_fresh(stock) - _held(stock), 0)


def _fresh(stock: FromClause) -> ColumnElement[int]:
    anew = select(func.coalesce(func.sum(StockLot.on_hand), 0)).where(
        StockLot.variant_id == stock.c.id, StockLot.on_hand > 0, StockLot.expires_on > DAY
    )
    return _until(stock.c.fresh_until, DAY, stock.c.on_hand, anew.correlate(stock))


def _held(stock: FromClause) -> ColumnElement[int]:
    anew = (
        select(func.coalesce(func.sum(ReservationLine.quantity), 0))
        .join(Reservation, Reservation.id == ReservationLine.reservation_id)
        .where(ReservationLine.variant_id == stock.c.id, Reservation.expires_at > NOW)
    )
    return _until(stock.c.held_until, NOW, stock.c.reserved, anew.correlate(stock))


def _until(end: Any, at: Any, kept: Any, anew: Any) -> ColumnElement[int]:
    # A branch of CASE that is not taken costs nothing.
    return case((or_(end.is_(None), end > at), kept), else_=anew.scalar_subquery())


SELLABLE = _sellable()
"""How many of `Variant`, whose `Stock` is joined, can be sold; of a bundle, by its parts."""
