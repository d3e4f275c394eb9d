"""An order with all that people look at first, in one statement (row W1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.ids import is_id
from core.viewer import Viewer
from models.ar import UnlockCode
from models.order import Order, OrderAllocation, OrderLine
from models.stock import StockLot
from services.order.read import seen_by


@dataclass(frozen=True)
class LotUnits:
    """Units of a line that are of one lot."""

    lot: str
    expires_on: date
    quantity: int


@dataclass(frozen=True)
class Whole:
    """An order, its lines, from which lots each of them is, and what they unlock."""

    order: Order
    lines: list[OrderLine]
    lots: dict[str, list[LotUnits]]
    codes: list[UnlockCode]


_TOLD = func.jsonb_build_array(StockLot.lot, StockLot.expires_on, OrderAllocation.quantity)
_LOTS = (
    select(OrderAllocation.order_line_id, func.jsonb_agg(_TOLD))
    .join(StockLot, StockLot.id == OrderAllocation.lot_id)
    .group_by(OrderAllocation.order_line_id)
)
_LOTS_OF_LINE = (
    select(func.jsonb_agg(_TOLD))
    .select_from(OrderAllocation)
    .join(StockLot, StockLot.id == OrderAllocation.lot_id)
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
    lots = (LotUnits(lot, date.fromisoformat(day), units) for lot, day, units in told or ())
    return sorted(lots, key=lambda one: (one.expires_on, one.lot))
