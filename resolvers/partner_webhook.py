"""The root fields of webhooks to partners, for staff."""

import strawberry

from core.pages import Page
from schema.access import mutation, query, staff
from schema.context import Info
from schema.pagination import Connection
from schema.partner import PERMISSION, PartnerToken
from schema.partner_webhook import (
    ChoosePartnerWebhookPartsResult,
    PartnerWebhook,
    ReplayWebhookDeliveryInput,
    ReplayWebhookDeliveryResult,
    ReplayWebhooksInput,
    ReplayWebhooksResult,
    ResumePartnerWebhookResult,
    RotatePartnerWebhookSecretInput,
    RotatePartnerWebhookSecretResult,
    SetPartnerWebhookInput,
    SetPartnerWebhookResult,
    WebhookDelivery,
    WebhookReplay,
)
from services import partner
from services.partner import DeliveryFilter, Webhook, WebhookDeliveryStatus, WebhookPart


@strawberry.type
class PartnerWebhookQuery:
    """Webhooks to look at."""

    @query(staff(PERMISSION))
    async def webhook_deliveries(
        self,
        info: Info,
        token_id: strawberry.ID | None = None,
        order_id: strawberry.ID | None = None,
        status: WebhookDeliveryStatus | None = None,
        first: int = 20,
        after: str | None = None,
    ) -> Connection[WebhookDelivery]:
        """What partners are told of orders, the newest first; kept for 30 days.

        `tokenId`: Of this partner alone.
        `orderId`: Of this order alone.
        `status`: Only what stands so.
        """
        asked, page = DeliveryFilter(token_id, order_id, status), Page(first, after)
        async with info.context.db.read() as session:
            rows = await partner.page(session, asked, page)

        async def count() -> int:
            async with info.context.db.read() as session:
                return await partner.count(session, asked)

        return Connection.of(rows, page, WebhookDelivery.of, count)


@strawberry.type
class PartnerWebhookMutation:
    """What staff do with webhooks."""

    @mutation(staff(PERMISSION))
    async def set_partner_webhook(
        self, info: Info, input: SetPartnerWebhookInput
    ) -> SetPartnerWebhookResult:
        """Say where a partner hears of its orders, signed with a new secret; or nowhere."""
        context = info.context
        async with context.begin() as uow:
            done = await partner.set_address(
                uow,
                context.viewer,
                context.settings,
                input.id,
                input.webhook_url,
                input.idempotency_key,
            )
        return _shown(done)

    @mutation(staff(PERMISSION))
    async def rotate_partner_webhook_secret(
        self, info: Info, input: RotatePartnerWebhookSecretInput
    ) -> RotatePartnerWebhookSecretResult:
        """Sign with a new secret from now on; the old one signs nothing any more."""
        context = info.context
        async with context.begin() as uow:
            done = await partner.rotate_secret(
                uow, context.viewer, context.settings, input.id, input.idempotency_key
            )
        return _shown(done)

    @mutation(staff(PERMISSION))
    async def resume_partner_webhook(
        self, info: Info, id: strawberry.ID
    ) -> ResumePartnerWebhookResult:
        """Send again to an address that was paused, and what waited first; twice is fine."""
        async with info.context.begin() as uow:
            return PartnerToken.of(await partner.resume(uow, id))

    @mutation(staff(PERMISSION))
    async def choose_partner_webhook_parts(
        self, info: Info, id: strawberry.ID, parts: list[WebhookPart] | None
    ) -> ChoosePartnerWebhookPartsResult:
        """Say what webhooks tell of an order, also those that wait; again is fine.

        `parts`: These, beside its ids and its status; an empty list: those alone; null: all.
        """
        async with info.context.begin() as uow:
            return PartnerToken.of(await partner.choose(uow, id, parts))

    @mutation(staff(PERMISSION))
    async def replay_webhook_delivery(
        self, info: Info, input: ReplayWebhookDeliveryInput
    ) -> ReplayWebhookDeliveryResult:
        """Tell of a webhook's order again, as it is now: a new webhook, the last of its order."""
        context = info.context
        async with context.begin() as uow:
            row = await partner.replay(uow, context.viewer, input.id, input.idempotency_key)
        return WebhookDelivery.of(row)

    @mutation(staff(PERMISSION))
    async def replay_webhooks(self, info: Info, input: ReplayWebhooksInput) -> ReplayWebhooksResult:
        """Tell a partner again of every order that changed since, up to 200 of them."""
        context = info.context
        async with context.begin() as uow:
            orders = await partner.replay_since(
                uow, context.viewer, input.token_id, input.since, input.idempotency_key
            )
        return WebhookReplay(orders=orders)


def _shown(done: Webhook) -> PartnerWebhook:
    return PartnerWebhook(token=PartnerToken.of(done.token), webhook_secret=done.secret)
