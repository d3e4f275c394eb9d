"""Webhooks to partners, as staff see them."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from models.partner import WebhookDelivery as WebhookDeliveryRow
from models.partner import WebhookFault
from schema.base import Node, View
from schema.context import Info
from schema.errors import IdempotencyConflict, InvalidInput, NotFound
from schema.node import nodes_of
from schema.partner import PERMISSION, PartnerToken
from schema.scalars import URL
from services import partner
from services.partner import WebhookDeliveryStatus

strawberry.enum(WebhookFault)
strawberry.enum(WebhookDeliveryStatus)


@strawberry.type
class WebhookDelivery(View[WebhookDeliveryRow], Node):
    """An order's news for a partner. Its id is the `Request-Id` that the partner sees."""

    kind: str
    """`order_create` for the first of an order, then `order_update`."""
    sequence: int
    """Which of its order it is; an earlier one goes out first."""
    order_id: strawberry.ID
    """The order that it tells of."""
    attempts: int
    """How often it was tried."""
    created_at: datetime
    """When the order changed."""
    due_at: datetime | None
    """When it may be tried next; null once it has ended."""
    tried_at: datetime | None
    """When it was tried last."""
    delivered_at: datetime | None
    """When the partner took it."""
    gave_up_at: datetime | None
    """When it was given up."""
    last_status: int | None
    """What the partner answered last."""
    last_fault: WebhookFault | None
    """Why the last try failed; null when it did not."""
    replay_of: strawberry.ID | None
    """The webhook that staff had sent again with this one."""

    @strawberry.field
    def status(self) -> WebhookDeliveryStatus:
        """Where it stands."""
        return partner.status_of(self.row)

    @strawberry.field
    def token_id(self) -> strawberry.ID:
        """The token of the partner."""
        return strawberry.ID(self.row.partner_id)


@strawberry.input
class SetPartnerWebhookInput:
    """Where a partner hears of its orders."""

    id: strawberry.ID
    """The token."""
    webhook_url: URL | None
    """A public https address; null: nowhere, and what waits is given up."""
    idempotency_key: str
    """A key of your making: the same request sent again with it shows the same secret."""


@strawberry.input
class RotatePartnerWebhookSecretInput:
    """A token whose webhooks are to be signed with a new secret."""

    id: strawberry.ID
    """The token."""
    idempotency_key: str
    """A key of your making: the same request sent again with it shows the same secret."""


@strawberry.input
class ReplayWebhookDeliveryInput:
    """A webhook whose order is to be told of again."""

    id: strawberry.ID
    """The webhook, whatever became of it."""
    idempotency_key: str
    """A key of your making: the same request sent again with it sends nothing more."""


@strawberry.input
class ReplayWebhooksInput:
    """What a partner has lost."""

    token_id: strawberry.ID
    """The token of the partner."""
    since: datetime
    """Each order that changed since then is told of once, as it is now."""
    idempotency_key: str
    """A key of your making: the same request sent again with it sends nothing more."""


@strawberry.type
class PartnerWebhook:
    """The address of a partner, with the secret that signs from now on."""

    token: PartnerToken
    """The token with its address."""
    webhook_secret: str | None
    """What signs webhooks to the partner, shown this once; null without an address."""


@strawberry.type
class WebhookReplay:
    """What is sent again."""

    orders: int
    """How many orders; with 200 there may be more, from the last of these on."""


SetPartnerWebhookResult = Annotated[
    PartnerWebhook | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("SetPartnerWebhookResult"),
]
RotatePartnerWebhookSecretResult = Annotated[
    PartnerWebhook | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("RotatePartnerWebhookSecretResult"),
]
ResumePartnerWebhookResult = Annotated[
    PartnerToken | NotFound, strawberry.union("ResumePartnerWebhookResult")
]
ChoosePartnerWebhookPartsResult = Annotated[
    PartnerToken | NotFound, strawberry.union("ChoosePartnerWebhookPartsResult")
]
ReplayWebhookDeliveryResult = Annotated[
    WebhookDelivery | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("ReplayWebhookDeliveryResult"),
]
ReplayWebhooksResult = Annotated[
    WebhookReplay | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("ReplayWebhooksResult"),
]


@nodes_of("whd")
async def deliveries(info: Info, ids: list[str]) -> dict[str, Any]:
    """Find webhooks, for staff who manage partners."""
    if PERMISSION not in info.context.viewer.permissions:
        return {}
    async with info.context.db.read() as session:
        rows = await partner.by_ids(session, ids)
    return {row.id: WebhookDelivery.of(row) for row in rows}
