"""Partners whose agents shop for customers: their tokens."""

from services.partner.errors import PartnerRefused, PartnerUnknown
from services.partner.sandbox import SANDBOX_TOKEN_ID, sandbox_token, seed_token
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
    webhook_secret_of,
)

__all__ = [
    "SANDBOX_TOKEN_ID",
    "SCOPES",
    "Partner",
    "PartnerRefused",
    "PartnerUnknown",
    "TokenRequest",
    "create",
    "every",
    "identify",
    "mine",
    "revoke",
    "sandbox_token",
    "secret_of",
    "seed_token",
    "webhook_secret_of",
]
