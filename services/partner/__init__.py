"""Partners whose agents shop for customers: their tokens, and the webhooks we owe them."""

from services.partner.address import (
    Webhook,
    first_webhook_secret,
    hears,
    resume,
    rotate_secret,
    set_address,
    webhook_secret_of,
)
from services.partner.courier import Message, Outcome, claim, settle, sweep
from services.partner.deliveries import (
    DeliveryFilter,
    WebhookDeliveryStatus,
    by_ids,
    count,
    forget_old,
    observe,
    page,
    replay,
    replay_since,
    status_of,
)
from services.partner.errors import PartnerRefused, PartnerUnknown
from services.partner.sandbox import (
    SANDBOX_TOKEN_ID,
    sandbox_token,
    sandbox_webhook_secret,
    seed_token,
)
from services.partner.tasks import DeliverWebhooks
from services.partner.tokens import (
    SCOPES,
    Partner,
    TokenRequest,
    create,
    every,
    identify,
    mine,
    revoke,
    secret_of,
)

__all__ = [
    "SANDBOX_TOKEN_ID",
    "SCOPES",
    "DeliverWebhooks",
    "DeliveryFilter",
    "Message",
    "Outcome",
    "Partner",
    "PartnerRefused",
    "PartnerUnknown",
    "TokenRequest",
    "Webhook",
    "WebhookDeliveryStatus",
    "by_ids",
    "claim",
    "count",
    "create",
    "every",
    "first_webhook_secret",
    "forget_old",
    "hears",
    "identify",
    "mine",
    "observe",
    "page",
    "replay",
    "replay_since",
    "resume",
    "revoke",
    "rotate_secret",
    "sandbox_token",
    "sandbox_webhook_secret",
    "secret_of",
    "seed_token",
    "set_address",
    "settle",
    "status_of",
    "sweep",
    "webhook_secret_of",
]
