"""Tokens of partners, as staff see them."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from models import partner as models
from schema.base import Node, View
from schema.context import Info
from schema.errors import IdempotencyConflict, InvalidInput, NotFound
from schema.node import nodes_of
from schema.scalars import URL
from services import partner
from services.partner import WebhookPart

PERMISSION = "partners.manage"
strawberry.enum(WebhookPart)


@strawberry.type
class PartnerToken(View[models.PartnerToken], Node):
    """A key for the agents of a partner. Its secret was shown once, when it was made."""

    name: str
    """Whose it is."""
    scopes: list[str]
    """What it may do: `checkout`, `carts`, `orders`, `feed`."""
    last_four: str
    """The end of its secret."""
    old_secret_until: datetime | None
    """Until when the secret before `rotatePartnerToken` is good, too; null before the first."""
    created_at: datetime
    """When it was made."""
    expires_at: datetime | None
    """When it ends by itself."""
    last_used_at: datetime | None
    """When it was used last, to the minute."""
    revoked_at: datetime | None
    """When it was ended."""
    webhook_failures: int
    """How many webhooks in a row did not arrive, up to now."""
    webhook_paused_at: datetime | None
    """Since when nothing is sent, because too many webhooks failed; see `resumePartnerWebhook`."""

    @strawberry.field
    def webhook_parts(self) -> list[WebhookPart] | None:
        """Which parts of an order the partner is told; null: all of it."""
        parts = self.row.webhook_parts
        return None if parts is None else [WebhookPart(part) for part in parts]

    @strawberry.field
    def webhook_url(self) -> URL | None:
        """Where the partner hears of orders."""
        return URL(self.row.webhook_url) if self.row.webhook_url else None

    @strawberry.field
    def agent_profile_url(self) -> URL | None:
        """The profile of the only platform that it may speak for over UCP; null: any."""
        return URL(self.row.agent_profile_url) if self.row.agent_profile_url else None


@strawberry.input
class CreatePartnerTokenInput:
    """A token to make."""

    name: str
    """Whose it is, 1 to 80 characters."""
    scopes: list[str]
    """What it may do: `checkout`, `carts`, `orders`, `feed`."""
    expires_at: datetime | None = None
    """When it ends by itself; never when left out."""
    webhook_url: URL | None = None
    """Where the partner hears of its orders: a public https address, with the scope `orders`."""
    agent_profile_url: URL | None = None
    """The profile of the only platform that it may speak for over UCP; any when left out."""
    idempotency_key: str
    """A key of your making: the same request sent again with it shows the same token."""


@strawberry.type
class CreatedPartnerToken:
    """A new token with its secrets, which nobody can ask for later."""

    token: PartnerToken
    """The token."""
    secret: str
    """What agents send as `Authorization: Bearer …`."""
    webhook_secret: str | None
    """What signs webhooks to the partner; null without an address for them."""


@strawberry.input
class RotatePartnerTokenInput:
    """A token that is to have a new secret."""

    id: strawberry.ID
    """The token."""
    idempotency_key: str
    """A key of your making: the same request sent again with it shows the same secret."""


@strawberry.type
class RotatedPartnerToken:
    """A token with its new secret, which nobody can ask for later."""

    token: PartnerToken
    """The token: its sessions, orders and webhooks stay its own."""
    secret: str
    """What agents send as `Authorization: Bearer …` from now on."""


CreatePartnerTokenResult = Annotated[
    CreatedPartnerToken | InvalidInput | IdempotencyConflict,
    strawberry.union("CreatePartnerTokenResult"),
]
RotatePartnerTokenResult = Annotated[
    RotatedPartnerToken | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("RotatePartnerTokenResult"),
]
RevokePartnerTokenResult = Annotated[
    PartnerToken | NotFound, strawberry.union("RevokePartnerTokenResult")
]


@nodes_of("ptk")
async def partner_tokens(info: Info, ids: list[str]) -> dict[str, Any]:
    """Find tokens, for staff who manage them."""
    if PERMISSION not in info.context.viewer.permissions:
        return {}
    async with info.context.db.read() as session:
        rows = await partner.mine(session, ids)
    return {row.id: PartnerToken.of(row) for row in rows}
