"""The first lot of a variant, from the catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from core.ids import new_id
from core.outbox import UnitOfWork
from models.stock import StockLot, StockReason
from services.stock import shelf
from services.stock.day import today
from services.stock.ledger import move


@dataclass(frozen=True)
class Opening:
    """What a variant begins with: so many units of a lot that keeps for so many days."""

    variant_id: str
    lot: str
    quantity: int
    keeps_days: int


async def open_lots(uow: UnitOfWork, openings: Iterable[Opening]) -> int:
    """Give each variant that never had a lot its first one, and return how many got one."""
    wanted = {opening.variant_id: opening for opening in openings if opening.quantity}
    have = select(StockLot.variant_id).where(StockLot.variant_id.in_(wanted)).distinct()
    for known in await uow.session.scalars(have):
        del wanted[known]
    await shelf.lock(uow, wanted)
    lots = [
        StockLot(
            id=new_id("lot"),
            variant_id=opening.variant_id,
            lot=opening.lot,
            on_hand=opening.quantity,
            expires_on=today(uow.now()) + timedelta(days=opening.keeps_days),
        )
        for opening in wanted.values()
    ]
    uow.session.add_all(lots)
    await uow.session.flush()
    for lot in lots:
        move(uow, lot, lot.on_hand, StockReason.RECEIVED)
    await shelf.renew(uow, wanted)
    return len(lots)
