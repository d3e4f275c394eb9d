"""How webhooks go out: one try at a time, in the order of each order's news.

A try is claimed first, for longer than it can take; who has claimed it may die. No other of the
same order is claimed meanwhile, and none before the earlier ones arrived or were given up.
"""

import hashlib
import hmac
import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from core.outbox import UnitOfWork
from core.settings import Settings
from models.notification import NotificationKind
from models.partner import PartnerToken, WebhookDelivery, WebhookFault
from services import notification
from services.acp.orders import opened_up
from services.partner.address import drop, hears, webhook_secret_of
from services.partner.parts import cut
from services.partner.tasks import DeliverWebhooks

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Tries for one partner at the same time, so that a slow one does not keep all workers."""
LONGEST_WAIT = 43_200.0
SOON = 60.0
RING_AGAIN = timedelta(seconds=5)
BATCH = 100
GONE = 410


@dataclass(frozen=True)
class Message:
    """A try: what is sent, and where."""

    id: str
    partner_id: str
    attempt: int
    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Outcome:
    """What became of a try; `retry_after` is what the receiver asked for, in seconds."""

    fault: WebhookFault | None
    status: int | None = None
    retry_after: float | None = None


async def claim(uow: UnitOfWork, settings: Settings, partner_id: str) -> Message | None:
    """Take what is to be tried next for a partner; None when nothing is, or enough is under way."""
    partner = await _locked(uow, partner_id)
    if partner is None or partner.webhook_paused_at:
        return None
    if not hears(partner, uow.now()):
        await drop(uow, partner_id)
        return None
    mine = WebhookDelivery.partner_id == partner_id
    held = select(func.count()).where(mine, WebhookDelivery.held_until > uow.now())
    if (await uow.session.scalar(held) or 0) >= AT_ONCE:
        return None
    due = select(WebhookDelivery).where(mine, *_ready(uow.now()))
    due = due.order_by(WebhookDelivery.due_at, WebhookDelivery.id).limit(1)
    row = await uow.session.scalar(due.with_for_update(of=WebhookDelivery))
    if row is None:
        return None
    row.attempts += 1
    row.tried_at = uow.now()
    # Twice as long as a try may take: by then its worker is dead.
    row.held_until = uow.now() + timedelta(seconds=2 * settings.partner_webhook_timeout_seconds)
    return _message(settings, partner, row, uow.now())


async def settle(uow: UnitOfWork, settings: Settings, message: Message, outcome: Outcome) -> None:
    """Write down what became of a try; one that was given up for dead has no say any more."""
    partner = await _locked(uow, message.partner_id)
    row = await uow.session.get(WebhookDelivery, message.id, with_for_update=True)
    if partner is None or row is None or row.attempts != message.attempt or row.due_at is None:
        return
    row.held_until, row.last_status, row.last_fault = None, outcome.status, outcome.fault
    if outcome.fault is None:
        row.due_at, row.delivered_at = None, uow.now()
        partner.webhook_failures, partner.webhook_failing_since = 0, None
        await uow.count("partner_webhooks_total", outcome="delivered")
        return
    await uow.count("partner_webhooks_total", outcome="failed")
    partner.webhook_failures += 1
    partner.webhook_failing_since = partner.webhook_failing_since or uow.now()
    if row.attempts >= settings.partner_webhook_attempts:
        await _give_up(uow, row)
    else:
        _wait(uow, settings, row, outcome.retry_after)
    if outcome.status == GONE or _is_hopeless(uow, settings, partner):
        await _pause(uow, partner)


def due(now: datetime) -> ColumnElement[bool]:
    """Tell whether a message to any partner is due."""
    return exists().where(_is_owed(now))


def _is_owed(now: datetime) -> ColumnElement[bool]:
    row, rung = PartnerToken, PartnerToken.webhook_rung_at
    message = select(WebhookDelivery.id).where(WebhookDelivery.partner_id == row.id, *_ready(now))
    hears_us = and_(row.webhook_paused_at.is_(None), row.webhook_url.is_not(None))
    return and_(hears_us, or_(rung.is_(None), rung <= now - RING_AGAIN), message.exists())


async def sweep(uow: UnitOfWork) -> None:
    """Have somebody look after every partner for whom something is due."""
    now = uow.now()
    partners = (
        select(PartnerToken.id)
        .where(_is_owed(now))
        .order_by(PartnerToken.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, key_share=True)
    )
    ids = (await uow.session.scalars(partners)).all()
    if ids:
        told = update(PartnerToken).where(PartnerToken.id.in_(ids)).values(webhook_rung_at=now)
        await uow.session.execute(told)
    for id in ids:
        uow.send(DeliverWebhooks(id))


def signature(secret: str, at: int, body: bytes) -> str:
    """Return the `Merchant-Signature` of a body sent at this second."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def _ready(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Tell what may be tried now: due, held by nobody, and the first of its order that waits."""
    earlier = aliased(WebhookDelivery)
    before = (
        select(earlier.id)
        .where(earlier.order_id == WebhookDelivery.order_id, earlier.due_at.is_not(None))
        .where(earlier.sequence < WebhookDelivery.sequence)
    )
    held = WebhookDelivery.held_until
    free = or_(held.is_(None), held <= now)
    return WebhookDelivery.due_at <= now, free, ~before.exists()


async def _locked(uow: UnitOfWork, partner_id: str) -> PartnerToken | None:
    return await uow.session.get(
        PartnerToken, partner_id, with_for_update={"key_share": True}, populate_existing=True
    )


def _message(
    settings: Settings, partner: PartnerToken, row: WebhookDelivery, now: datetime
) -> Message:
    # Cut once more: what was chosen meanwhile may be less.
    told = opened_up(cut(row.body, partner.webhook_parts), settings)
    body = orjson.dumps({"type": row.kind, "data": told})
    # The wall clock: receivers compare it with theirs.
    at = int(datetime.now(UTC).timestamp())
    secret = webhook_secret_of(settings, partner.id, partner.webhook_version)
    headers = {
        "content-type": "application/json",
        "user-agent": "NERDX",
        "merchant-signature": signature(secret, at, body),
        "request-id": row.id,
        "timestamp": datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z"),
    }
    return Message(row.id, partner.id, row.attempts, partner.webhook_url or "", body, headers)


def _wait(uow: UnitOfWork, settings: Settings, row: WebhookDelivery, asked: float | None) -> None:
    times = 3 ** min(row.attempts - 1, 20)
    wait = min(settings.partner_webhook_retry_seconds * times, LONGEST_WAIT)
    wait *= random.uniform(0.8, 1.2)
    wait = max(wait, min(asked or 0.0, LONGEST_WAIT))
    row.due_at = uow.now() + timedelta(seconds=wait)
    if wait < SOON:
        uow.send(DeliverWebhooks(row.partner_id), delay=wait)


async def _give_up(uow: UnitOfWork, row: WebhookDelivery) -> None:
    row.due_at, row.gave_up_at = None, uow.now()
    await uow.count("partner_webhooks_total", outcome="given_up")
    log.error("a webhook to a partner is given up", extra={"delivery": row.id})


def _is_hopeless(uow: UnitOfWork, settings: Settings, partner: PartnerToken) -> bool:
    since = partner.webhook_failing_since or uow.now()
    lasted = (uow.now() - since).total_seconds() >= settings.partner_webhook_pause_seconds
    return lasted and partner.webhook_failures >= settings.partner_webhook_pause_failures


async def _pause(uow: UnitOfWork, partner: PartnerToken) -> None:
    """Send nothing more until staff say so; what happens meanwhile waits."""
    if partner.webhook_paused_at is not None:
        return
    partner.webhook_paused_at = uow.now()
    log.error("webhooks to a partner are paused", extra={"partner": partner.id})
    kind = NotificationKind.PARTNER_WEBHOOK_PAUSED
    await notification.notify(uow, partner.created_by, kind, partner.id, name=partner.name)
