"""Units that go with an order, and those that come back."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from core.outbox import UnitOfWork
from models.order import OrderAllocation, OrderLine
from models.stock import StockLot, StockReason
from services.stock import shelf
from services.stock.day import today
from services.stock.errors import OutOfStock
from services.stock.ledger import move
from services.stock.reserve import held_by
from services.stock.shelf import Keeping

type Part = list[tuple[OrderAllocation, StockLot]]
"""What a line has of one variant, from the lot that expires last to the first."""


async def take(
    uow: UnitOfWork, checkout_id: str, order_id: str, lines: Sequence[OrderLine]
) -> None:
    """Take an order's units out of the lots that expire first, and end the checkout's reservation.

    Works without a reservation too, while there is enough; otherwise raises OutOfStock.
    """
    wanted: dict[str, int] = {}
    for line in lines:
        wanted[line.variant_id] = wanted.get(line.variant_id, 0) + line.quantity
    known = await shelf.recipes(uow.session, wanted)
    parts = shelf.parts_of(known, wanted)
    touched = {*parts, *await held_by(uow.session, checkout_id)}
    # What the allocations point to; not under the lock, as others wait for that.
    await uow.session.flush()
    await shelf.lock(uow, touched)
    there = await shelf.shelves(uow.session, parts, uow.now(), checkout_id)
    if short := shelf.shortages(known, wanted, there):
        raise OutOfStock(short)
    lots = await _lots(uow, parts)
    for line in lines:
        for part, each in known[line.variant_id].items():
            _allocate(uow, line, lots[part], line.quantity * each)
    await shelf.renew(uow, touched, Keeping(checkout_id))


async def _lots(uow: UnitOfWork, parts: Mapping[str, int]) -> dict[str, list[StockLot]]:
    query = (
        select(StockLot)
        .where(StockLot.variant_id.in_(list(parts)), StockLot.on_hand > 0)
        .where(StockLot.expires_on > today(uow.now()))
        .order_by(StockLot.expires_on, StockLot.id)
        .execution_options(populate_existing=True)
    )
    found: dict[str, list[StockLot]] = {id: [] for id in parts}
    for lot in await uow.session.scalars(query):
        found[lot.variant_id].append(lot)
    return found


def _allocate(uow: UnitOfWork, line: OrderLine, lots: list[StockLot], units: int) -> None:
    for lot in lots:
        took = min(units, lot.on_hand)
        if took:
            lot.on_hand -= took
            units -= took
            row = OrderAllocation(order_line_id=line.id, lot_id=lot.id, quantity=took)
            uow.session.add(row)
            move(uow, lot, -took, StockReason.SOLD, order_id=line.order_id)


async def give_back(
    uow: UnitOfWork, order_id: str, units: Mapping[str, int], *, restock: bool
) -> None:
    """Put units of an order's lines back into the lots that they came from.

    With `restock` off they are only noted as returned: they cannot be sold again. Those of a lot
    that expired meanwhile are on hand, and never sold. Raises ValueError when more units would
    come back than went.
    """
    rows = await uow.session.scalars(
        select(OrderLine).where(OrderLine.order_id == order_id, OrderLine.id.in_(list(units)))
    )
    lines = {line.id: line for line in rows}
    of_lines = OrderAllocation.order_line_id.in_(lines)
    query = select(OrderAllocation, StockLot).join(StockLot, StockLot.id == OrderAllocation.lot_id)
    variants = query.where(of_lines).with_only_columns(StockLot.variant_id).distinct()
    touched = (await uow.session.scalars(variants)).all()
    await shelf.lock(uow, touched)
    fresh = query.where(of_lines).order_by(StockLot.expires_on.desc(), StockLot.id.desc())
    parts: dict[tuple[str, str], Part] = {}
    for took, lot in await uow.session.execute(fresh.execution_options(populate_existing=True)):
        parts.setdefault((took.order_line_id, lot.variant_id), []).append((took, lot))
    if {line for line, _ in parts} != {id for id, number in units.items() if number}:
        raise ValueError("units of lines that took none")
    for (line_id, _), part in parts.items():
        each = sum(took.quantity for took, _ in part) // lines[line_id].quantity
        _return(uow, part, units[line_id] * each, order_id if restock else None)
    await shelf.renew(uow, touched)


def _return(uow: UnitOfWork, part: Part, units: int, restocks: str | None) -> None:
    for took, lot in part:
        back = min(units, took.quantity - took.returned)
        took.returned += back
        units -= back
        if back and restocks:
            lot.on_hand += back
            move(uow, lot, back, StockReason.RETURNED, order_id=restocks)
    if units:
        raise ValueError("more units would come back than went")
