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
from services.acp.sessions import MAX_CODES, Notes, apply, begin, completion, opened
from services.acp.show import declined, refused, shown
from services.acp.store import (
    LEASE,
    Answer,
    conflict,
    forget_old,
    hold,
    in_flight,
    release,
    replay,
    store,
)

__all__ = [
    "LEASE",
    "MAX_CODES",
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
    "conflict",
    "convert",
    "declined",
    "facts_of",
    "forget_old",
    "hold",
    "in_flight",
    "opened",
    "opened_cart",
    "order_of",
    "refused",
    "release",
    "replace_cart",
    "replay",
    "shown",
    "shown_cart",
    "store",
]
