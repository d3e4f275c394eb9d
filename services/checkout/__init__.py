"""Checkouts: from a cart to a payment."""

from services.checkout import problems
from services.checkout.address import Address, clean_email
from services.checkout.buyer import Buyer, keyed, locked
from services.checkout.change import (
    Line,
    Start,
    cancel,
    extend,
    opened,
    set_address,
    set_delivery,
    set_lines,
    start,
    update_lines,
)
from services.checkout.claim import adopt, claim, due, expire
from services.checkout.complete import (
    Agreement,
    Completion,
    Prepare,
    complete,
    give_up,
    is_asking,
    stop_paying,
)
from services.checkout.erase import forget_ended
from services.checkout.errors import (
    CheckoutClosed,
    CheckoutIncomplete,
    PaymentDeclined,
    PaymentPending,
    TotalChanged,
    VariantNotSold,
)
from services.checkout.read import (
    COUNTRIES,
    CheckoutView,
    current,
    get,
    lines_of,
    mine,
    of_lines,
    view,
)
from services.checkout.savings import (
    add_gift_card,
    apply_promotion,
    remove_gift_card,
    remove_promotion,
)
from services.checkout.tasks import CheckoutChanged, checkout_changed, checkout_topic

__all__ = [
    "COUNTRIES",
    "Address",
    "Agreement",
    "Buyer",
    "CheckoutChanged",
    "CheckoutClosed",
    "CheckoutIncomplete",
    "CheckoutView",
    "Completion",
    "Line",
    "PaymentDeclined",
    "PaymentPending",
    "Prepare",
    "Start",
    "TotalChanged",
    "VariantNotSold",
    "add_gift_card",
    "adopt",
    "apply_promotion",
    "cancel",
    "checkout_changed",
    "checkout_topic",
    "claim",
    "clean_email",
    "complete",
    "current",
    "due",
    "expire",
    "extend",
    "forget_ended",
    "get",
    "give_up",
    "is_asking",
    "keyed",
    "lines_of",
    "locked",
    "mine",
    "of_lines",
    "opened",
    "problems",
    "remove_gift_card",
    "remove_promotion",
    "set_address",
    "set_delivery",
    "set_lines",
    "start",
    "stop_paying",
    "update_lines",
    "view",
]
