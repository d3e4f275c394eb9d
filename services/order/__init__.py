"""Orders: what was bought, what became of it, and how it travels."""

from services.order import codes, parcels, read
from services.order.desk import locked
from services.order.erase import forget
from services.order.errors import OrderStateConflict, RefundExceedsCharge, RefundNotRetryable
from services.order.graph import purchases
from services.order.machine import NEXT, may, move, next_states
from services.order.news import letter
from services.order.number import made as new_number
from services.order.place import lines_of, of_checkout, pay, place
from services.order.read import OrderFilter, by_number, count, count_mine, get, mine, page, visible
from services.order.refunds import cancel, give_up, kept, pay_back, refundable
from services.order.retry import retry
from services.order.returns import receive_return, request_return
from services.order.ship import Parcel, Sighting, add_tracking_event, fulfil, track
from services.order.tasks import (
    MailOrder,
    MakeUnlockCodes,
    OrderChanged,
    TrackParcel,
    order_changed,
    order_topic,
)
from services.order.whole import LotUnits, Whole, lots_of, whole

__all__ = [
    "NEXT",
    "LotUnits",
    "MailOrder",
    "MakeUnlockCodes",
    "OrderChanged",
    "OrderFilter",
    "OrderStateConflict",
    "Parcel",
    "RefundExceedsCharge",
    "RefundNotRetryable",
    "Sighting",
    "TrackParcel",
    "Whole",
    "add_tracking_event",
    "by_number",
    "cancel",
    "codes",
    "count",
    "count_mine",
    "forget",
    "fulfil",
    "get",
    "give_up",
    "kept",
    "letter",
    "lines_of",
    "locked",
    "lots_of",
    "may",
    "mine",
    "move",
    "new_number",
    "next_states",
    "of_checkout",
    "order_changed",
    "order_topic",
    "page",
    "parcels",
    "pay",
    "pay_back",
    "place",
    "purchases",
    "read",
    "receive_return",
    "refundable",
    "request_return",
    "retry",
    "track",
    "visible",
    "whole",
]
