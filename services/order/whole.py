"""An order with all that people look at first, in one statement (row W1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, join, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.ids import is_id
from core.viewer import Viewer
from models.ar import UnlockCode
from models.catalogue import Batch, Farm, Variant
from models.order import Order, OrderAllocation, OrderLine
from models.stock import StockLot
from services.order.read import seen_by


@dataclass(frozen=True)
class LotUnits:
    """Units of a line that are of one lot."""

    lot: str
    expires_on: date
    quantity: int
    batch: Batch | None
    """What they were brewed in, where the catalogue tells of it."""
    farm: Farm | None


@dataclass(frozen=True)
class Whole:
    """An order, its lines, from which lots each of them is, and what they unlock."""

    order: Order
    lines: list[OrderLine]
    lots: dict[str, list[LotUnits]]
    codes: list[UnlockCode]


_TOLD = func.jsonb_build_array(
    StockLot.lot,
    StockLot.expires_on,
    OrderAllocation.quantity,
    func.to_jsonb(literal_column(Batch.__tablename__)),
    func.to_jsonb(literal_column(Farm.__tablename__)),
)
# The same code may be printed on two drinks that were bottled on one day.
_LOTS_SEEN = (
    join(OrderAllocation, StockLot, StockLot.id == OrderAllocation.lot_id)
    .join(Variant, Variant.id == StockLot.variant_id)
    .outerjoin(Batch, (Batch.code == StockLot.lot) & (Batch.product_id == Variant.product_id))
    .outerjoin(Farm, Farm.id == Batch.farm_id)
)
_LOTS = (
    select(OrderAllocation.order_line_id, func.jsonb_agg(_TOLD))
    .select_from(_LOTS_SEEN)
    .group_by(OrderAllocation.order_line_id)
)
_LOTS_OF_LINE = (
    select(func.jsonb_agg(_TOLD))
    .select_from(_LOTS_SEEN)
    .where(OrderAllocation.order_line_id == OrderLine.id)
    .correlate(OrderLine)
    .scalar_subquery()
)
_WHOLE = (
    select(Order, OrderLine, _LOTS_OF_LINE, UnlockCode)
    .outerjoin(OrderLine, OrderLine.order_id == Order.id)
    .outerjoin(UnlockCode, UnlockCode.order_line_id == OrderLine.id)
    .order_by(OrderLine.position, UnlockCode.unit, UnlockCode.product_id)
)


async def whole(session: AsyncSession, viewer: Viewer, order_id: str) -> Whole | None:
    """Return an order of the viewer's, or any to staff."""
    if not is_id(order_id):
        return None
    rows = (await session.execute(seen_by(_WHOLE.where(Order.id == order_id), viewer))).all()
    if not rows:
        return None
    found = Whole(rows[0][0], [], {}, [])
    for _, line, told, code in rows:
        if line is not None and line.id not in found.lots:
            found.lines.append(line)
            found.lots[line.id] = _lots(told)
        if code is not None:
            found.codes.append(code)
    return found


async def lots_of(session: AsyncSession, line_ids: Sequence[str]) -> dict[str, list[LotUnits]]:
    """Return from which lots each of these lines is."""
    rows = await session.execute(_LOTS.where(OrderAllocation.order_line_id.in_(line_ids)))
    return {id: _lots(told) for id, told in rows}


def _lots(told: list[Any] | None) -> list[LotUnits]:
    """Return lots, those that expire first ahead."""
    lots = (
        LotUnits(lot, date.fromisoformat(day), units, _row(Batch, batch), _row(Farm, farm))
        for lot, day, units, batch, farm in told or ()
    )
    return sorted(lots, key=lambda one: (one.expires_on, one.lot))


def _row[M: (Batch, Farm)](model: type[M], told: dict[str, Any] | None) -> M | None:
    """Return a row of no session."""
    if told is None:
        return None
    # A later migration may have added what this process does not know yet.
    columns = set(model.__table__.columns.keys())
    known = {name: value for name, value in told.items() if name in columns}
    days = {name: date.fromisoformat(known[name]) for name in known if name.endswith("_on")}
    return model(**{**known, **days, "created_at": datetime.fromisoformat(known["created_at"])})
