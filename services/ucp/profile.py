"""What we can do, as the profile at `/.well-known/ucp` and each answer tell it."""

from dataclasses import dataclass
from typing import Any

from core.settings import Settings
from services.ucp.document import VERSION, schema, spec

SERVICE = "dev.ucp.shopping"
CHECKOUT = "dev.ucp.shopping.checkout"
FULFILLMENT = "dev.ucp.shopping.fulfillment"
DISCOUNT = "dev.ucp.shopping.discount"
CAPABILITIES: dict[str, str | None] = {CHECKOUT: None, FULFILLMENT: CHECKOUT, DISCOUNT: CHECKOUT}
"""What each of them extends."""
HANDLER = "com.stripe.payments"
HANDLER_ID = "stripe_payments"
HANDLER_SPEC = "https://docs.stripe.com/agentic-commerce/protocols/ucp/stripe-payments-handler"


@dataclass(frozen=True)
class Agreed:
    """What both sides can do."""

    capabilities: frozenset[str]

    @property
    def fulfillment(self) -> bool:
        """Whether the platform knows of addresses and deliveries."""
        return FULFILLMENT in self.capabilities

    @property
    def discount(self) -> bool:
        """Whether the platform knows of promotion codes."""
        return DISCOUNT in self.capabilities


def profile(settings: Settings) -> dict[str, Any]:
    """Return the profile of the business."""
    service = {
        "version": VERSION,
        "spec": spec("overview"),
        "transport": "rest",
        "endpoint": f"{settings.public_url.rstrip('/')}/ucp",
        "schema": schema("services/shopping/rest.openapi.json"),
    }
    found = {name: [_capability(name, parent)] for name, parent in CAPABILITIES.items()}
    told = {"version": VERSION, "services": {SERVICE: [service]}, "capabilities": found}
    return {"ucp": {**told, "payment_handlers": handlers(settings)}}


def envelope(settings: Settings, agreed: Agreed) -> dict[str, Any]:
    """Return what an answer with a checkout says of itself."""
    return {
        "version": VERSION,
        "status": "success",
        "capabilities": {name: [{"version": VERSION}] for name in sorted(agreed.capabilities)},
        "payment_handlers": handlers(settings),
    }


def failure(settings: Settings, code: str, told: str, severity: str) -> dict[str, Any]:
    """Return the answer that has no checkout."""
    error = {"type": "error", "code": code, "content": told, "severity": severity}
    return {
        "ucp": {"version": VERSION, "status": "error", "capabilities": {}},
        "messages": [error],
        "continue_url": settings.shop_url,
    }


def handlers(settings: Settings) -> dict[str, Any]:
    """Return how agents can pay: with what Stripe grants them for us."""
    handler = {
        "id": HANDLER_ID,
        "version": VERSION,
        "spec": HANDLER_SPEC,
        "available_instruments": [{"type": "card"}],
        "config": {"merchant_id": settings.merchant_id},
    }
    return {HANDLER: [handler]}


def _capability(name: str, parent: str | None) -> dict[str, Any]:
    short = name.rpartition(".")[2]
    told = {
        "version": VERSION,
        "spec": spec(short),
        "schema": schema(f"schemas/shopping/{short}.json"),
    }
    return told | ({"extends": parent} if parent else {})
