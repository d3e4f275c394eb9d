"""What a partner is told of an order: all of it, or the parts that were chosen for it."""

import enum
from collections.abc import Iterable, Mapping
from typing import Any

# What the protocol asks for, what tells orders apart, and how they stand.
ALWAYS = frozenset({"type", "id", "checkout_session_id", "order_number", "status"})


class WebhookPart(enum.StrEnum):
    """A part of an order in webhooks that may be left out, by its name in the protocol."""

    LINE_ITEMS = "line_items"
    """What was bought, with what is fulfilled and refunded of it."""
    FULFILLMENTS = "fulfillments"
    """Parcels with their tracking, and the codes that open the bottles."""
    ADJUSTMENTS = "adjustments"
    """Refunds, returns and cancellations."""
    TOTALS = "totals"
    """What it cost, and what went back."""
    CONFIRMATION = "confirmation"
    """The number, and what the buyer asked of us."""
    ESTIMATED_DELIVERY = "estimated_delivery"
    """When it should be there."""


def chosen(parts: Iterable[WebhookPart] | None) -> list[str] | None:
    """Return how a choice is kept: each part once, in one order; None is all of it."""
    if parts is None:
        return None
    wanted = set(parts)
    return [part.value for part in WebhookPart if part in wanted]


def cut(order: Mapping[str, Any], parts: Iterable[str] | None) -> dict[str, Any]:
    """Return an order with these of its parts; what is left is what the protocol calls an order."""
    if parts is None:
        return dict(order)
    kept = ALWAYS.union(parts)
    return {name: value for name, value in order.items() if name in kept}
