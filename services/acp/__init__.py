"""The Agentic Commerce Protocol, 2026-04-17: its words for our checkouts and orders."""

from services.acp.carts import (
    begin_cart,
    cart_of,
    convert,
    opened_cart,
    replace_cart,
    shown_cart,
)
from services.acp.document import VERSION, VERSIONS, check
from services.acp.errors import AcpError
from services.acp.facts import Facts, facts_of
from services.acp.orders import order_of
from services.acp.sessions import Notes, apply, begin, completion, opened
from services.acp.show import declined, refused, shown
from services.acp.store import IN_FLIGHT, Answer, forget_old, replay, store

__all__ = [
    "IN_FLIGHT",
    "VERSION",
    "VERSIONS",
    "AcpError",
    "Answer",
    "Facts",
    "Notes",
    "apply",
    "begin",
    "begin_cart",
    "cart_of",
    "check",
    "completion",
    "convert",
    "declined",
    "facts_of",
    "forget_old",
    "opened",
    "opened_cart",
    "order_of",
    "refused",
    "replace_cart",
    "replay",
    "shown",
    "shown_cart",
    "store",
]
