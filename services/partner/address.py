"""Where a partner hears of its orders: the address, the secret that signs, and the pause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from core import codes
from core.errors import InvalidInput, NotFound
from core.idempotency import once
from core.outbox import UnitOfWork
from core.settings import Settings
from core.viewer import Viewer
from gateways.outbound import AddressRefused, check_address
from models.partner import PartnerToken, WebhookDelivery, WebhookFault
from services.partner.parts import WebhookPart, chosen
from services.partner.tasks import DeliverWebhooks

SCOPE = "orders"
NOT_PUBLIC = {
    "ko": "웹훅 주소는 공개된 https 주소여야 합니다.",
    "en": "A webhook goes to a public https address.",
}
NO_PROFILE = {
    "ko": "플랫폼 프로필 주소는 공개된 https 주소여야 합니다.",
    "en": "A platform's profile has a public https address.",
}
NO_SCOPE = {
    "ko": "주문 소식을 받으려면 토큰에 orders 범위가 있어야 합니다.",
    "en": "A token hears of orders only with the scope `orders`.",
}


@dataclass(frozen=True)
class Webhook:
    """An address as it was set, and what signs from now on, which is shown this once."""

    token: PartnerToken
    secret: str | None


async def set_address(
    uow: UnitOfWork, viewer: Viewer, settings: Settings, id: str, url: str | None, key: str
) -> Webhook:
    """Send webhooks there, signed with a new secret; None: send none any more, once for a key.

    Raises NotFound, InvalidInput, IdempotencyConflict.
    """

    async def work() -> str:
        row = await _locked(uow, id)
        row.webhook_url = checked(settings, url, row.scopes)
        _go_on(row)
        if url is None:
            await drop(uow, row.id)
            return row.id
        return await _turned(uow, row)

    done = await once(uow, viewer, "setPartnerWebhook", key, {"id": id, "url": url}, work)
    return await _shown(uow, settings, done)


async def rotate_secret(
    uow: UnitOfWork, viewer: Viewer, settings: Settings, id: str, key: str
) -> Webhook:
    """Sign with a new secret from now on, once for a key.

    What the partner refuses until it knows the secret is sent again. Raises NotFound,
    InvalidInput without an address, IdempotencyConflict.
    """

    async def work() -> str:
        row = await _locked(uow, id)
        if row.webhook_url is None:
            raise InvalidInput("input.id", NOT_PUBLIC)
        return await _turned(uow, row)

    done = await once(uow, viewer, "rotatePartnerWebhookSecret", key, {"id": id}, work)
    return await _shown(uow, settings, done)


async def resume(uow: UnitOfWork, id: str) -> PartnerToken:
    """Send again to an address that was paused; to resume twice is fine. Raises NotFound."""
    row = await _locked(uow, id)
    _go_on(row)
    uow.send(DeliverWebhooks(row.id))
    return row


async def choose(uow: UnitOfWork, id: str, parts: Sequence[WebhookPart] | None) -> PartnerToken:
    """Say which parts of an order webhooks carry from now on; None: all. Raises NotFound."""
    row = await _locked(uow, id)
    row.webhook_parts = chosen(parts)
    return row


async def drop(uow: UnitOfWork, id: str) -> None:
    """Give up all that waits for a partner: nobody is to be told any more."""
    waiting = (WebhookDelivery.partner_id == id, WebhookDelivery.due_at.is_not(None))
    ended = {"due_at": None, "held_until": None, "gave_up_at": uow.now()}
    fault = {"last_fault": WebhookFault.ADDRESS_REMOVED}
    await uow.session.execute(update(WebhookDelivery).where(*waiting).values(**ended, **fault))


def hears(row: PartnerToken, now: datetime) -> bool:
    """Tell whether a partner is told of its orders, sooner or later."""
    lives = row.revoked_at is None and (row.expires_at is None or row.expires_at > now)
    return lives and row.webhook_url is not None and SCOPE in row.scopes


def checked(settings: Settings, url: str | None, scopes: Sequence[str]) -> str | None:
    """Return an address that webhooks may go to. Raises InvalidInput."""
    if url is None:
        return None
    try:
        check_address(url, loopback=settings.is_sandbox)
    except AddressRefused as error:
        raise InvalidInput("input.webhookUrl", NOT_PUBLIC) from error
    if SCOPE not in scopes:
        raise InvalidInput("input.webhookUrl", NO_SCOPE)
    return url


def checked_profile(settings: Settings, url: str | None) -> str | None:
    """Return an address that a platform's profile may have. Raises InvalidInput."""
    if url is not None:
        try:
            check_address(url, loopback=settings.is_sandbox)
        except AddressRefused as error:
            raise InvalidInput("input.agentProfileUrl", NO_PROFILE) from error
    return url


def webhook_secret_of(settings: Settings, id: str, version: int) -> str:
    """Return what signs the webhooks to a partner: made from the id, and nowhere kept."""
    return "whsec_" + codes.code_of(settings.commerce_secret, "partner webhook", f"{id}:{version}")


def first_webhook_secret(settings: Settings, row: PartnerToken) -> str | None:
    """Return what signs the webhooks of a new token; None for one that has no address, or a later.

    A repeat of the request that made it does not tell what it was rotated to.
    """
    is_first = row.webhook_url is not None and row.webhook_version == 1
    return webhook_secret_of(settings, row.id, 1) if is_first else None


async def _locked(uow: UnitOfWork, id: str) -> PartnerToken:
    row = await uow.session.get(
        PartnerToken, id, with_for_update={"key_share": True}, populate_existing=True
    )
    if row is None or row.revoked_at is not None:
        raise NotFound("input.id")
    return row


def _go_on(row: PartnerToken) -> None:
    row.webhook_paused_at = row.webhook_failing_since = None
    row.webhook_failures = 0


async def _turned(uow: UnitOfWork, row: PartnerToken) -> str:
    row.webhook_version += 1
    uow.send(DeliverWebhooks(row.id))
    return f"{row.id}:{row.webhook_version}"


async def _shown(uow: UnitOfWork, settings: Settings, done: str) -> Webhook:
    id, _, version = done.partition(":")
    row = await uow.session.get_one(PartnerToken, id)
    return Webhook(row, webhook_secret_of(settings, id, int(version)) if version else None)
