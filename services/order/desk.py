"""What every change of an order begins with: whose it is, its lock, and words and units checked."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select

from core.errors import InvalidInput, NotFound
from core.outbox import UnitOfWork
from core.viewer import Viewer
from models.order import Actor, Order, OrderLine
from models.payment import Payment
from services.order.place import lines_of

WRITE = "orders.write"
MAX_REASON = 500
BAD_REASON = {
    "ko": "이유를 제어 문자 없이 1~500자로 적어 주세요.",
    "en": "Give a reason of 1 to 500 characters without control characters.",
}
BAD_LINES = {
    "ko": "lines에는 이 주문의 서로 다른 줄을 한 번씩, 1개 이상의 수량으로 적어 주세요.",
    "en": "`lines` names lines of this order, each once, with a quantity of at least 1.",
}

type Units = Sequence[tuple[str, int]]
"""Order line ids with how many units of each."""


async def locked(uow: UnitOfWork, order_id: str, *, money: bool = False) -> Order:
    """Return an order, locked; with `money` its payments are locked first. Raises NotFound."""
    if money:
        payments = select(Payment.id).where(Payment.order_id == order_id)
        await uow.session.scalars(payments.order_by(Payment.id).with_for_update())
    order = await uow.session.get(Order, order_id, with_for_update=True, populate_existing=True)
    if order is None:
        raise NotFound("input.orderId")
    return order


async def opened(
    uow: UnitOfWork, viewer: Viewer, order_id: str, *, money: bool = False
) -> tuple[Order, Actor]:
    """Return an order for its buyer or for staff, locked, and which of them asks.

    Raises NotFound.
    """
    order = await locked(uow, order_id, money=money)
    if order.customer_id is not None and order.customer_id == viewer.customer_id:
        return order, Actor.CUSTOMER
    if WRITE in viewer.permissions:
        return order, Actor.STAFF
    raise NotFound("input.orderId")


async def taken(
    uow: UnitOfWork, order: Order, units: Units, most: Callable[[OrderLine], int]
) -> Mapping[str, tuple[OrderLine, int]]:
    """Return the lines that are meant, with their units. Raises InvalidInput past `most`."""
    lines = {line.id: line for line in await lines_of(uow, order.id)}
    ids = [id for id, _ in units]
    if not ids or len(set(ids)) < len(ids) or not set(ids) <= set(lines):
        raise InvalidInput("input.lines", BAD_LINES)
    for id, quantity in units:
        if quantity < 1:
            raise InvalidInput("input.lines", BAD_LINES)
        if quantity > most(lines[id]):
            raise InvalidInput("input.lines", _too_many(lines[id], most(lines[id])))
    return {id: (lines[id], quantity) for id, quantity in units}


def to_send(line: OrderLine) -> int:
    """Count the units that are still to be sent: neither sent nor refunded."""
    return max(0, line.quantity - line.fulfilled - line.refunded)


def reason_of(text: str) -> str:
    """Return a reason as it is kept. Raises InvalidInput."""
    reason = unicodedata.normalize("NFC", text[: MAX_REASON * 4]).strip()
    ugly = any(unicodedata.category(letter) in ("Cc", "Cs") for letter in reason)
    if not 1 <= len(reason) <= MAX_REASON or len(text) > MAX_REASON * 4 or ugly:
        raise InvalidInput("input.reason", BAD_REASON)
    return reason


def _too_many(line: OrderLine, most: int) -> dict[str, str]:
    name = {locale: line.name.get(locale) or line.name.get("ko", "") for locale in ("ko", "en")}
    return {
        "ko": f"‘{name['ko']}’은(는) {most}개까지 할 수 있습니다.",
        "en": f"At most {most} of “{name['en']}” can be taken here.",
    }
