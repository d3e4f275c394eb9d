"""Reading orders: one's own, all of them for staff, and one by its number for guests."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.ids import is_id
from core.pages import Page
from core.viewer import Viewer
from models.checkout import SalesOrigin
from models.order import Order, OrderLine, OrderStatus, Shipment
from models.payment import Payment, Refund, RefundStatus
from services.catalogue.inputs import clean, pattern
from services.order import number

READ = "orders.read"


@dataclass(frozen=True)
class OrderFilter:
    """Which orders to list; all conditions hold. `text` is a number, an address or a name."""

    status: Sequence[OrderStatus] | None = None
    origin: Sequence[SalesOrigin] | None = None
    text: str | None = None
    placed_after: datetime | None = None
    placed_before: datetime | None = None


async def get(session: AsyncSession, viewer: Viewer, order_id: str) -> Order | None:
    """Return an order of the viewer's, or any to staff."""
    found = await visible(session, viewer, [order_id]) if is_id(order_id) else []
    return found[0] if found else None


async def visible(session: AsyncSession, viewer: Viewer, ids: Sequence[str]) -> list[Order]:
    """Return those of these orders that the viewer may see."""
    rows = seen_by(select(Order).where(Order.id.in_(ids)), viewer)
    return list(await session.scalars(rows))


async def by_number(session: AsyncSession, told: str, email: str) -> Order | None:
    """Return the order of this number if it was made with this address."""
    written = number.read(told)
    if written is None:
        return None
    order = (await session.scalars(select(Order).where(Order.number == written))).one_or_none()
    if order is None or order.email is None:
        return None
    given, kept = (
        text.strip().casefold().encode("utf-8", "replace") for text in (email, order.email)
    )
    return order if hmac.compare_digest(given, kept) else None


async def is_over(session: AsyncSession, order: Order) -> bool:
    """Tell whether nothing more will happen to an order: it ended, and so did its refunds."""
    if order.status not in (OrderStatus.CANCELED, OrderStatus.REFUNDED):
        return False
    moving = Refund.status.in_((RefundStatus.INTENT, RefundStatus.PENDING))
    rows = select(Refund.id).where(Refund.order_id == order.id, moving).limit(1)
    return await session.scalar(rows) is None


async def lines(session: AsyncSession, viewer: Viewer, ids: Sequence[str]) -> list[OrderLine]:
    """Return those of these lines that are of orders that the viewer may see."""
    return await _of_orders(session, viewer, OrderLine, ids)


async def shipments(session: AsyncSession, viewer: Viewer, ids: Sequence[str]) -> list[Shipment]:
    """Return those of these parcels that are of orders that the viewer may see."""
    return await _of_orders(session, viewer, Shipment, ids)


async def payments(session: AsyncSession, viewer: Viewer, ids: Sequence[str]) -> list[Payment]:
    """Return those of these payments that are of orders that the viewer may see."""
    return await _of_orders(session, viewer, Payment, ids)


async def refunds(session: AsyncSession, viewer: Viewer, ids: Sequence[str]) -> list[Refund]:
    """Return those of these refunds that are of orders that the viewer may see."""
    return await _of_orders(session, viewer, Refund, ids)


async def mine(session: AsyncSession, viewer: Viewer, page: Page) -> Sequence[Order]:
    """Return the viewer's own orders, newest first, and one more if there is a next page."""
    return await _page(session, select(Order).where(Order.customer_id == viewer.id), page)


async def count_mine(session: AsyncSession, viewer: Viewer) -> int:
    """Count the viewer's own orders."""
    rows = select(func.count(Order.id)).where(Order.customer_id == viewer.id)
    return await session.scalar(rows) or 0


async def page(session: AsyncSession, asked: OrderFilter, page: Page) -> Sequence[Order]:
    """Return all orders that meet the filter, newest first, and one more. Raises BadInput."""
    return await _page(session, _filtered(select(Order), asked), page)


async def count(session: AsyncSession, asked: OrderFilter) -> int:
    """Count the orders that meet the filter. Raises BadInput."""
    return await session.scalar(_filtered(select(func.count(Order.id)), asked)) or 0


async def _page(session: AsyncSession, rows: Select[Order], page: Page) -> Sequence[Order]:
    if (last := page.after_id()) is not None:
        rows = rows.where(Order.id < last)
    return (await session.scalars(rows.order_by(Order.id.desc()).limit(page.first + 1))).all()


def seen_by[S: Select[Any]](rows: S, viewer: Viewer) -> S:
    """Keep to what the viewer may see: their own orders, or all of them for staff."""
    if READ in viewer.permissions:
        return rows
    return rows.where(Order.customer_id == viewer.customer_id, Order.customer_id.is_not(None))


async def _of_orders[M: (OrderLine, Shipment, Payment, Refund)](
    session: AsyncSession, viewer: Viewer, model: type[M], ids: Sequence[str]
) -> list[M]:
    rows = select(model).join(Order, Order.id == model.order_id).where(model.id.in_(ids))
    return list(await session.scalars(seen_by(rows, viewer)))


def _filtered[S: Select[Any]](rows: S, asked: OrderFilter) -> S:
    if asked.status is not None:
        rows = rows.where(Order.status.in_(asked.status))
    if asked.origin is not None:
        rows = rows.where(Order.origin.in_(asked.origin))
    if asked.placed_after is not None:
        rows = rows.where(Order.placed_at > asked.placed_after)
    if asked.placed_before is not None:
        rows = rows.where(Order.placed_at < asked.placed_before)
    if asked.text is not None and (text := clean(asked.text, "filter.text").strip()):
        recipient = Order.shipping_address["recipient"].astext
        says = [column.ilike(pattern(text), escape="\\") for column in (Order.email, recipient)]
        rows = rows.where(or_(Order.number == (number.read(text) or text), *says))
    return rows
