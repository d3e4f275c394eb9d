"""Returns and cancellations as adjustments of an order, read off its history."""

from collections.abc import Sequence
from typing import Any

from models.order import OrderEvent, OrderStatus
from services.acp.view import instant

CLOSED = frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.PARTIALLY_REFUNDED})


def adjustments(history: Sequence[OrderEvent]) -> list[dict[str, Any]]:
    """Return what was asked back, what came back, and a cancellation; the oldest first."""
    found: list[dict[str, Any]] = []
    asked: dict[str, Any] | None = None
    for step in history:
        if step.before is step.after:
            continue
        if asked is not None:
            asked["status"] = "failed" if step.after in CLOSED else "completed"
            asked = None
        elif step.after is OrderStatus.RETURNED:
            found.append(_adjustment(step, "return", "completed"))
        if step.after is OrderStatus.RETURN_REQUESTED:
            asked = _adjustment(step, "return", "pending")
            found.append(asked)
        elif step.after is OrderStatus.CANCELED:
            found.append(_adjustment(step, "cancellation", "completed"))
    return found


def _adjustment(step: OrderEvent, kind: str, status: str) -> dict[str, Any]:
    return {"id": step.id, "type": kind, "status": status, "occurred_at": instant(step.at)}
