"""Orders: what was bought, what became of it, and how it travels."""

from services.order.errors import OrderStateConflict, RefundExceedsCharge
from services.order.machine import NEXT, may, move, next_states
from services.order.place import lines_of, of_checkout, pay, place
from services.order.tasks import MakeUnlockCodes, OrderChanged, order_changed, order_topic

__all__ = [
    "NEXT",
    "MakeUnlockCodes",
    "OrderChanged",
    "OrderStateConflict",
    "RefundExceedsCharge",
    "lines_of",
    "may",
    "move",
    "next_states",
    "of_checkout",
    "order_changed",
    "order_topic",
    "pay",
    "place",
]
