"""Money of an order that goes back: all of it by canceling, some of it by line or goodwill."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import InvalidInput
from core.idempotency import once
from core.money import Money
from core.outbox import GraphChange, UnitOfWork
from core.viewer import Viewer
from models.notification import NotificationKind
from models.order import Actor, Order, OrderLine, OrderStatus
from models.payment import Payment, PaymentStatus
from services import pricing, refund, stock
from services.order import codes, machine, news
from services.order.desk import Units, locked, opened, reason_of, taken, to_send
from services.order.errors import OrderStateConflict, RefundExceedsCharge
from services.order.place import lines_of
from services.order.ship import sent

PAID_FOR = frozenset(
    status for status in OrderStatus if OrderStatus.REFUNDED in machine.NEXT[status]
)
ENDED = frozenset({OrderStatus.DELIVERED, OrderStatus.RETURNED, OrderStatus.RETURN_REQUESTED})
WHAT = {
    "ko": "lines나 goodwillAmount 가운데 하나만, 1 이상으로 적어 주세요.",
    "en": "Give either `lines` or a `goodwillAmount` of at least 1.",
}
NOTHING_LEFT = {
    "ko": "이 줄의 금액은 0원이라 환불할 것이 없습니다.",
    "en": "Nothing was paid for these units.",
}


async def cancel(
    uow: UnitOfWork, viewer: Viewer, order_id: str, reason: str, idempotency_key: str
) -> Order:
    """Give an order up before anything is sent: its money goes back, its units too.

    Canceling it twice is fine. Raises NotFound, OrderStateConflict, InvalidInput,
    IdempotencyConflict.
    """

    async def work() -> str:
        order, actor = await opened(uow, viewer, order_id, money=True)
        why = reason_of(reason)
        if order.status is not OrderStatus.CANCELED:
            await give_up(uow, order, actor, viewer.id, why)
        return order.id

    request = {"id": order_id, "reason": reason}
    await once(uow, viewer, "cancelOrder", idempotency_key, request, work)
    return await locked(uow, order_id)


async def give_up(
    uow: UnitOfWork, order: Order, actor: Actor, actor_id: str | None, reason: str
) -> None:
    """Cancel an order whose payments are locked, too. Raises OrderStateConflict."""
    machine.move(uow, order, OrderStatus.CANCELED, actor, actor_id, reason)
    if order.paid_at is None:
        await stock.release(uow, order.checkout_id)
    else:
        unsent = await _unsent(uow, order)
        await _all_back(uow, order, reason, actor_id if actor is Actor.STAFF else None)
        await _into_stock(uow, order, unsent)
        _kept_changed(uow, order)
    await pricing.free_promotions(uow, order.checkout_id)
    await news.tell(uow, order, NotificationKind.ORDER_CANCELED)


async def pay_back(
    uow: UnitOfWork,
    viewer: Viewer,
    order_id: str,
    units: Units | None,
    goodwill: int | None,
    reason: str,
    idempotency_key: str,
) -> Order:
    """Refund units or an amount of goodwill, of what was charged and did not go back yet.

    Units that were not sent yet are refunded first, and are not sent any more. With the last
    units of an order of which nothing was sent, the price of delivery goes back as well.
    Raises NotFound, OrderStateConflict, RefundExceedsCharge, InvalidInput, IdempotencyConflict.
    """

    async def work() -> str:
        order = await locked(uow, order_id, money=True)
        why = reason_of(reason)
        if order.status not in PAID_FOR:
            raise OrderStateConflict(order.status, machine.next_states(order))
        if (goodwill is None) == (units is None) or (goodwill is not None and goodwill < 1):
            raise InvalidInput("input", WHAT)
        if units is None:
            if await _refund(uow, order, viewer, goodwill or 0, {}, why):
                await _into_stock(uow, order, await _unsent(uow, order))
        else:
            await _refund_units(uow, order, viewer, units, why)
        return order.id

    request = {"id": order_id, "lines": units, "goodwill": goodwill, "reason": reason}
    await once(uow, viewer, "refundOrder", idempotency_key, request, work)
    return await locked(uow, order_id)


async def refundable(session: AsyncSession, order_id: str) -> int:
    """Return what may still go back of an order, in minor units."""
    payment = await _charge(session, order_id)
    return await refund.refundable(session, payment) if payment else 0


def price_of(line: OrderLine, already: int, units: int) -> int:
    """Return what was paid for the next so many units of a line.

    All units of a line together are exactly its total, in however many steps.
    """
    upto = line.total * (already + units) // line.quantity
    return upto - line.total * already // line.quantity


async def _refund_units(
    uow: UnitOfWork, order: Order, viewer: Viewer, units: Units, why: str
) -> None:
    lines = await taken(uow, order, units, lambda line: line.quantity - line.refunded)
    amount, unsent = 0, Counter[str]()
    for line, quantity in lines.values():
        amount += price_of(line, line.refunded, quantity)
        if spare := min(quantity, to_send(line)):
            unsent[line.id] = spare
        line.refunded += quantity
    await uow.session.flush()
    if await _nothing_was_or_will_be_sent(uow, order):
        amount += order.delivery_price
    if amount == 0:
        raise InvalidInput("input.lines", NOTHING_LEFT)
    counts = {id: quantity for id, (_, quantity) in lines.items()}
    if await _refund(uow, order, viewer, amount, counts, why):
        unsent.update(await _unsent(uow, order))
    await _into_stock(uow, order, unsent)
    _kept_changed(uow, order)


async def _nothing_was_or_will_be_sent(uow: UnitOfWork, order: Order) -> bool:
    lines = await lines_of(uow, order.id)
    return not any(line.fulfilled or to_send(line) for line in lines)


async def _refund(
    uow: UnitOfWork, order: Order, viewer: Viewer, amount: int, lines: Mapping[str, int], why: str
) -> bool:
    """Refund the amount, and tell whether that was the last of the order."""
    payment = await _charge(uow.session, order.id)
    left = await refund.refundable(uow.session, payment) if payment else 0
    if payment is None or amount > left:
        raise RefundExceedsCharge(Money(left, order.currency))
    await refund.intend(uow, payment, amount, reason=why, by=viewer.id, lines=lines)
    if amount == left:
        machine.move(uow, order, OrderStatus.REFUNDED, Actor.STAFF, viewer.id, why)
        _kept_changed(uow, order)
    else:
        await _in_part(uow, order, viewer, why)
    told = Money(amount, order.currency).formatted()
    await news.tell(uow, order, NotificationKind.ORDER_REFUNDED, amount=told)
    return amount == left


async def _in_part(uow: UnitOfWork, order: Order, viewer: Viewer, why: str) -> None:
    awaited = any(line.return_requested for line in await lines_of(uow, order.id))
    if order.status in ENDED and not awaited:
        machine.move(uow, order, OrderStatus.PARTIALLY_REFUNDED, Actor.STAFF, viewer.id, why)
    else:
        machine.note(uow, order, Actor.STAFF, viewer.id, why)
        await sent(uow, order, Actor.STAFF, viewer.id)


async def _unsent(uow: UnitOfWork, order: Order) -> dict[str, int]:
    """Count by line what was not sent and will not be: the order ends."""
    return {line.id: to_send(line) for line in await lines_of(uow, order.id) if to_send(line)}


async def _into_stock(uow: UnitOfWork, order: Order, units: Mapping[str, int]) -> None:
    # After what gift cards get back: whoever pays locks cards before stock, too.
    if units:
        await stock.give_back(uow, order.id, units, restock=True)


async def _all_back(uow: UnitOfWork, order: Order, reason: str, by: str | None) -> None:
    units = dict[str, int]()
    for line in await lines_of(uow, order.id):
        if line.refunded < line.quantity:
            units[line.id] = line.quantity - line.refunded
            line.refunded = line.quantity
    payment = await _charge(uow.session, order.id)
    left = await refund.refundable(uow.session, payment) if payment else 0
    if payment and left:
        await refund.intend(uow, payment, left, reason=reason, by=by, lines=units)


async def _charge(session: AsyncSession, order_id: str) -> Payment | None:
    """Return the payment that paid an order: there is one at most."""
    paid = (Payment.order_id == order_id, Payment.status == PaymentStatus.SUCCEEDED)
    rows = select(Payment).where(*paid).order_by(Payment.id).limit(1)
    # A lock was taken on it before; what the session knew of it may be older than that.
    return (await session.scalars(rows.execution_options(populate_existing=True))).first()


def kept(order: Order, line: OrderLine) -> int:
    """Count the units that are paid for and whose money did not go back."""
    if order.paid_at is None or order.status in (OrderStatus.CANCELED, OrderStatus.REFUNDED):
        return 0
    return line.quantity - line.refunded


def _kept_changed(uow: UnitOfWork, order: Order) -> None:
    """Have the codes and the graph follow what the customer still has."""
    codes.owe(uow, order)
    if order.customer_id:
        uow.send(GraphChange("customer", order.customer_id))
