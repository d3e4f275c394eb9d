"""Carts on their way to be orders, as clients see them."""

from schema.checkout.checkout import Checkout, CheckoutLine, PaymentState, Reservation
from schema.checkout.inputs import (
    AddGiftCardInput,
    AddressInput,
    ApplyPromotionInput,
    CancelCheckoutInput,
    ClaimCheckoutInput,
    CompleteCheckoutInput,
    ExtendReservationInput,
    LineInput,
    RemoveGiftCardInput,
    SetCheckoutAddressInput,
    SetCheckoutDeliveryInput,
    StartCheckoutInput,
    UpdateCheckoutLinesInput,
)
from schema.checkout.results import (
    CheckoutCompletion,
    CompleteCheckoutResult,
    StartCheckoutResult,
    UpdateCheckoutResult,
)

__all__ = [
    "AddGiftCardInput",
    "AddressInput",
    "ApplyPromotionInput",
    "CancelCheckoutInput",
    "Checkout",
    "CheckoutCompletion",
    "CheckoutLine",
    "ClaimCheckoutInput",
    "CompleteCheckoutInput",
    "CompleteCheckoutResult",
    "ExtendReservationInput",
    "LineInput",
    "PaymentState",
    "RemoveGiftCardInput",
    "Reservation",
    "SetCheckoutAddressInput",
    "SetCheckoutDeliveryInput",
    "StartCheckoutInput",
    "StartCheckoutResult",
    "UpdateCheckoutLinesInput",
    "UpdateCheckoutResult",
]
