"""Webhooks as staff see them, sent again, and forgotten."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import Gauge
from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import flag_modified

from core.errors import InvalidInput, NotFound
from core.idempotency import once
from core.outbox import UnitOfWork
from core.pages import Page
from core.viewer import Viewer
from models.order import Order
from models.partner import PartnerToken, WebhookDelivery
from services.account.erase import wipes
from services.partner.address import hears
from services.partner.outgoing import again

KEEP = timedelta(days=30)
MAX_REPLAYED = 200
UNHEARD = {
    "ko": "이 토큰에는 웹훅 주소가 없거나, 토큰이 끝났습니다.",
    "en": "The token has no webhook address, or has ended.",
}
OVERDUE = Gauge(
    "partner_webhook_overdue_seconds", "Age of the oldest webhook that waits, paused or not"
)
PAUSED = Gauge("partner_webhooks_paused", "Partners whose webhooks are paused")

row = WebhookDelivery


class WebhookDeliveryStatus(enum.StrEnum):
    """Where a webhook stands."""

    WAITING = "waiting"
    """It is tried again, or waits for an earlier one of its order."""
    DELIVERED = "delivered"
    """The partner took it."""
    GIVEN_UP = "given_up"
    """It is not tried any more."""


STATUS: dict[WebhookDeliveryStatus, ColumnElement[bool]] = {
    WebhookDeliveryStatus.WAITING: row.due_at.is_not(None),
    WebhookDeliveryStatus.DELIVERED: row.delivered_at.is_not(None),
    WebhookDeliveryStatus.GIVEN_UP: row.gave_up_at.is_not(None),
}


@dataclass(frozen=True)
class DeliveryFilter:
    """Which webhooks: of a token, of an order, in a state."""

    partner_id: str | None = None
    order_id: str | None = None
    status: WebhookDeliveryStatus | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what the rows have to fulfil."""
        found = []
        if self.partner_id is not None:
            found.append(row.partner_id == self.partner_id)
        if self.order_id is not None:
            found.append(row.order_id == self.order_id)
        if self.status is not None:
            found.append(STATUS[self.status])
        return found


def status_of(delivery: WebhookDelivery) -> WebhookDeliveryStatus:
    """Tell where a webhook stands."""
    if delivery.delivered_at is not None:
        return WebhookDeliveryStatus.DELIVERED
    waiting = delivery.due_at is not None
    return WebhookDeliveryStatus.WAITING if waiting else WebhookDeliveryStatus.GIVEN_UP


async def page(session: AsyncSession, asked: DeliveryFilter, page: Page) -> Sequence[row]:
    """Return webhooks, the newest first, and one more if others follow."""
    rows = select(row).where(*asked.conditions())
    if after := page.after_id():
        rows = rows.where(row.id < after)
    return (await session.scalars(rows.order_by(row.id.desc()).limit(page.first + 1))).all()


async def count(session: AsyncSession, asked: DeliveryFilter) -> int:
    """Count webhooks."""
    rows = select(func.count()).select_from(row).where(*asked.conditions())
    return await session.scalar(rows) or 0


async def by_ids(session: AsyncSession, ids: Sequence[str]) -> Sequence[row]:
    """Return webhooks by their ids, for staff."""
    return (await session.scalars(select(row).where(row.id.in_(ids)))).all()


async def replay(uow: UnitOfWork, viewer: Viewer, id: str, key: str) -> WebhookDelivery:
    """Tell a partner of an order again, once for a key: as the order is now, and after all else.

    An old state is never sent after a newer one. Raises NotFound, InvalidInput when nobody is to
    be told, IdempotencyConflict.
    """

    async def work() -> str:
        known = await uow.session.get(row, id)
        if known is None:
            raise NotFound("input.id")
        partner = await _hearing(uow, known.partner_id, "input.id")
        return (await again(uow, partner, known.order_id, known)).id

    done = await once(uow, viewer, "replayWebhookDelivery", key, {"id": id}, work)
    return await uow.session.get_one(row, done)


async def replay_since(
    uow: UnitOfWork, viewer: Viewer, partner_id: str, since: datetime, key: str
) -> int:
    """Tell a partner again of each order that it was owed news of since then; count the orders.

    The oldest two hundred, once for a key. Raises NotFound, InvalidInput, IdempotencyConflict.
    """

    async def work() -> str:
        partner = await _hearing(uow, partner_id, "input.tokenId")
        latest = (
            select(func.max(row.id))
            .where(row.partner_id == partner.id, row.created_at >= since)
            .group_by(row.order_id)
            .order_by(func.min(row.id))
            .limit(MAX_REPLAYED)
        )
        found = await uow.session.scalars(select(row).where(row.id.in_(latest)).order_by(row.id))
        # In the order in which orders are locked everywhere.
        known = sorted(found.all(), key=lambda one: one.order_id)
        for one in known:
            await again(uow, partner, one.order_id, one)
        return str(len(known))

    request = {"id": partner_id, "since": since}
    return int(await once(uow, viewer, "replayWebhooks", key, request, work))


async def observe(session: AsyncSession) -> None:
    """Set the metrics of what waits."""
    oldest = select(func.min(row.created_at)).where(row.due_at.is_not(None))
    age = func.extract("epoch", func.clock_timestamp() - oldest.scalar_subquery())
    paused = select(func.count()).where(
        PartnerToken.webhook_paused_at.is_not(None), PartnerToken.revoked_at.is_(None)
    )
    OVERDUE.set(max(0.0, float(await session.scalar(select(age)) or 0)))
    PAUSED.set(await session.scalar(paused) or 0)


async def forget_old(uow: UnitOfWork) -> None:
    """Remove webhooks that ended a month ago."""
    old = (row.due_at.is_(None), row.created_at < uow.now() - KEEP)
    await uow.session.execute(delete(row).where(*old))


@wipes
async def forget(uow: UnitOfWork, customer_id: str) -> int:
    """Drop what webhooks quote of a customer's own words; those that ended, whole."""
    mine = row.order_id.in_(select(Order.id).where(Order.customer_id == customer_id))
    ended = delete(row).where(mine, row.due_at.is_(None))
    gone = len((await uow.session.execute(ended.returning(row.id))).all())
    waiting = (await uow.session.scalars(select(row).where(mine).with_for_update())).all()
    for one in waiting:
        for adjustment in one.body.get("adjustments", ()):
            adjustment.pop("reason", None)
        one.body.get("confirmation", {}).pop("order_notes", None)
        flag_modified(one, "body")
    return gone + len(waiting)


async def _hearing(uow: UnitOfWork, partner_id: str, field: str) -> PartnerToken:
    partner = await uow.session.get(PartnerToken, partner_id)
    if partner is None:
        raise NotFound(field)
    if not hears(partner, uow.now()):
        raise InvalidInput(field, UNHEARD)
    return partner
