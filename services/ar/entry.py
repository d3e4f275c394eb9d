"""Who may enter an experience now, and what belongs to whom."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from core.viewer import AgeState, Viewer
from models.ar import ArDevice, LoreUnlock, UnlockCode
from models.catalogue import ArExperience
from models.order import Order

ADULT = frozenset({AgeState.DECLARED, AgeState.VERIFIED})

type Way = tuple[str, str]
"""A customer's id and a product's."""


async def ends(session: AsyncSession, ways: Iterable[Way], now: datetime) -> dict[Way, datetime]:
    """Return until when customers may enter what these products show; others are left out."""
    asked = tuple_(ArDevice.customer_id, UnlockCode.product_id).in_(list(ways))
    rows = (
        select(ArDevice.customer_id, UnlockCode.product_id, func.max(UnlockCode.expires_at))
        .join(UnlockCode, UnlockCode.id == ArDevice.unlock_code_id)
        .where(asked, UnlockCode.revoked_at.is_(None), UnlockCode.expires_at > now)
        .group_by(ArDevice.customer_id, UnlockCode.product_id)
    )
    return {(one, other): until for one, other, until in await session.execute(rows)}


async def may_enter(
    session: AsyncSession, viewer: Viewer, experience: ArExperience, now: datetime
) -> bool:
    """Tell whether an experience is open to the viewer."""
    if viewer.customer_id is None or viewer.age not in ADULT:
        return False
    way = (viewer.customer_id, experience.product_id)
    return not experience.requires_unlock or way in await ends(session, [way], now)


async def of_product(session: AsyncSession, product_id: str) -> ArExperience | None:
    """Return what the label of a product shows."""
    rows = select(ArExperience).where(ArExperience.product_id == product_id, ArExperience.active)
    return (await session.scalars(rows)).one_or_none()


async def experience(session: AsyncSession, id: str) -> ArExperience | None:
    """Return an experience of the catalogue."""
    row = await session.get(ArExperience, id)
    return row if row is not None and row.active else None


async def codes(session: AsyncSession, viewer: Viewer, ids: Sequence[str]) -> list[UnlockCode]:
    """Return those of these codes that are of the viewer's own orders. Staff see none."""
    rows = (
        select(UnlockCode)
        .join(Order, Order.id == UnlockCode.order_id)
        .where(UnlockCode.id.in_(ids), Order.customer_id == viewer.customer_id)
        .where(Order.customer_id.is_not(None))
    )
    return list(await session.scalars(rows))


async def devices(session: AsyncSession, viewer: Viewer, ids: Sequence[str]) -> list[ArDevice]:
    """Return those of these devices that are the viewer's own."""
    rows = select(ArDevice).where(
        ArDevice.id.in_(ids), ArDevice.customer_id == (viewer.customer_id or "")
    )
    return list(await session.scalars(rows))


def sees_codes(viewer: Viewer, order: Order) -> bool:
    """Tell whether codes are shown with an order that the viewer sees: to its buyer, not to staff.

    An order without an account is seen by whoever holds its number and its address.
    """
    if order.customer_id is None:
        return not viewer.permissions
    return order.customer_id == viewer.customer_id


async def opened_lore(session: AsyncSession, pairs: Iterable[Way]) -> set[Way]:
    """Return which of these customers found which of these stories."""
    asked = tuple_(LoreUnlock.customer_id, LoreUnlock.lore_id).in_(list(pairs))
    rows = select(LoreUnlock.customer_id, LoreUnlock.lore_id).where(asked)
    return {(one, other) for one, other in await session.execute(rows)}
