"""What comes back: the customer asks, and staff say what arrived."""

from sqlalchemy import select

from core.errors import InvalidInput
from core.idempotency import once
from core.outbox import UnitOfWork
from core.viewer import Viewer
from models.order import Actor, Order, OrderLine, OrderStatus
from models.payment import Refund, RefundStatus
from services import stock
from services.order import codes, machine
from services.order.desk import BAD_LINES, Units, locked, opened, reason_of, taken
from services.order.errors import OrderStateConflict
from services.order.place import lines_of
from services.order.ship import all_arrived

# Something was sent, so something may come back; where RETURNED may not follow, it is noted only.
MAY_COME_BACK = (OrderStatus.FULFILLING, OrderStatus.REFUNDED, OrderStatus.RETURNED)


async def request_return(
    uow: UnitOfWork, viewer: Viewer, order_id: str, units: Units, reason: str, idempotency_key: str
) -> Order:
    """Ask to send units back that were sent.

    Raises NotFound, OrderStateConflict, InvalidInput, IdempotencyConflict.
    """

    async def work() -> str:
        order, actor = await opened(uow, viewer, order_id)
        why = reason_of(reason)
        machine.require(order, OrderStatus.RETURN_REQUESTED, actor)
        for line, quantity in (await taken(uow, order, units, _with_customer)).values():
            line.return_requested += quantity
        machine.move(uow, order, OrderStatus.RETURN_REQUESTED, actor, viewer.id, why)
        return order.id

    request = {"id": order_id, "lines": units, "reason": reason}
    await once(uow, viewer, "requestReturn", idempotency_key, request, work)
    return await locked(uow, order_id)


async def receive_return(
    uow: UnitOfWork,
    viewer: Viewer,
    order_id: str,
    units: Units,
    reason: str,
    idempotency_key: str,
    *,
    restock: bool,
) -> Order:
    """Write down what came back, and sell it again if `restock`; no units close a request.

    Also for parcels that nobody took, without any request. Money is another step: `refund`.
    Raises NotFound, OrderStateConflict, InvalidInput, IdempotencyConflict.
    """

    async def work() -> str:
        order, why = await locked(uow, order_id), reason_of(reason)
        if units:
            await _arrived(uow, order, units, restock)
            await _came(uow, order, viewer, why)
        else:
            await _closed(uow, order, viewer, why)
        return order.id

    request = {"id": order_id, "lines": units, "restock": restock, "reason": reason}
    await once(uow, viewer, "receiveReturn", idempotency_key, request, work)
    return await locked(uow, order_id)


async def _arrived(uow: UnitOfWork, order: Order, units: Units, restock: bool) -> None:
    if order.status not in MAY_COME_BACK:
        machine.require(order, OrderStatus.RETURNED, Actor.STAFF)
    lines = await taken(uow, order, units, _sent)
    for line, quantity in lines.values():
        line.returned += quantity
        line.return_requested = max(0, line.return_requested - quantity)
    back = {id: quantity for id, (_, quantity) in lines.items()}
    await stock.give_back(uow, order.id, back, restock=restock)
    codes.owe(uow, order)


async def _came(uow: UnitOfWork, order: Order, viewer: Viewer, why: str) -> None:
    awaited = any(line.return_requested for line in await lines_of(uow, order.id))
    if order.status in MAY_COME_BACK or awaited:
        machine.note(uow, order, Actor.STAFF, viewer.id, why)
    else:
        machine.move(uow, order, OrderStatus.RETURNED, Actor.STAFF, viewer.id, why)


async def _closed(uow: UnitOfWork, order: Order, viewer: Viewer, why: str) -> None:
    if order.status is not OrderStatus.RETURN_REQUESTED:
        if order.status in MAY_COME_BACK or machine.may(
            order.status, OrderStatus.RETURNED, Actor.STAFF
        ):
            raise InvalidInput("input.lines", BAD_LINES)
        raise OrderStateConflict(order.status, machine.next_states(order))
    for line in await lines_of(uow, order.id):
        line.return_requested = 0
    machine.move(uow, order, await _rest(uow, order), Actor.STAFF, viewer.id, why)


async def _rest(uow: UnitOfWork, order: Order) -> OrderStatus:
    """Tell where an order stands once nothing is to come back."""
    if any(line.returned for line in await lines_of(uow, order.id)):
        return OrderStatus.RETURNED
    if await _has_refunds(uow, order.id):
        return OrderStatus.PARTIALLY_REFUNDED
    arrived = await all_arrived(uow, order.id)
    return OrderStatus.DELIVERED if arrived else OrderStatus.SHIPPED


async def _has_refunds(uow: UnitOfWork, order_id: str) -> bool:
    live = Refund.status != RefundStatus.FAILED
    rows = select(Refund.id).where(Refund.order_id == order_id, live).limit(1)
    return await uow.session.scalar(rows) is not None


def _sent(line: OrderLine) -> int:
    return line.fulfilled - line.returned


def _with_customer(line: OrderLine) -> int:
    return max(0, line.fulfilled - line.returned - line.return_requested)
