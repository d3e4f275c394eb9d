"""The ledger: one line for every unit that comes or goes."""

from core.ids import new_id
from core.outbox import UnitOfWork
from models.stock import StockLot, StockMove, StockReason


def move(
    uow: UnitOfWork,
    lot: StockLot,
    delta: int,
    reason: StockReason,
    *,
    note: str | None = None,
    order_id: str | None = None,
    by: str | None = None,
) -> None:
    """Write a line of the ledger; the caller changes the lot by as many units."""
    row = StockMove(id=new_id("mov"), lot_id=lot.id, variant_id=lot.variant_id, delta=delta)
    row.reason, row.note, row.order_id, row.by = reason, note, order_id, by
    row.created_at = uow.now()
    uow.session.add(row)
