"""What a customer says of a checkout. No input carries a price."""

import strawberry

from schema.scalars import URL


@strawberry.input
class LineInput:
    """So many of a variant."""

    variant_id: strawberry.ID
    """What."""
    quantity: int
    """How many; lines of the same variant are added up."""


@strawberry.input
class StartCheckoutInput:
    """A new cart."""

    lines: list[LineInput]
    """What is in it; it may be empty."""
    email: str | None = None
    """Where to write to a buyer without an account."""
    idempotency_key: str
    """A key of your making, of 16 characters at least where nobody is signed in."""


@strawberry.input
class UpdateCheckoutLinesInput:
    """How many of each of these variants; the others stay as they are."""

    checkout_id: strawberry.ID
    """Which checkout."""
    lines: list[LineInput]
    """Quantity 0 removes the line."""
    idempotency_key: str
    """A key of your making: the same request sent again with it changes nothing more."""


@strawberry.input
class AddressInput:
    """Where somebody lives."""

    recipient: str
    """Who takes the parcel: an adult who can show an identity card."""
    phone: str | None = None
    """For the carrier; needed in Korea."""
    line1: str
    """Street and number, or 도로명주소."""
    line2: str | None = None
    """Flat, floor, 상세주소."""
    city: str | None = None
    """City; needed in the United States."""
    region: str | None = None
    """State by its two letters, or 시도."""
    postal_code: str
    """Five digits in Korea; ZIP in the United States."""
    country: str
    """ISO 3166-1 alpha-2, such as KR."""


@strawberry.input
class SetCheckoutAddressInput:
    """Where it goes."""

    checkout_id: strawberry.ID
    """Which checkout."""
    email: str | None = None
    """Where to write to a buyer without an account; what was given stays when left out."""
    shipping: AddressInput
    """Where the parcel goes."""
    billing: AddressInput | None = None
    """Where the bill goes, if elsewhere."""
    idempotency_key: str
    """A key of your making: the same request sent again with it changes nothing more."""


@strawberry.input
class SetCheckoutDeliveryInput:
    """How it travels."""

    checkout_id: strawberry.ID
    """Which checkout."""
    delivery_option_id: strawberry.ID
    """One of `deliveryOptions`."""
    idempotency_key: str
    """A key of your making: the same request sent again with it changes nothing more."""


@strawberry.input
class ApplyPromotionInput:
    """A promotion code."""

    checkout_id: strawberry.ID
    """Which checkout."""
    code: str
    """As it is written; small and capital letters are the same."""
    idempotency_key: str
    """A key of your making: the same request sent again with it changes nothing more."""


@strawberry.input
class AddGiftCardInput:
    """A gift card to pay with."""

    checkout_id: strawberry.ID
    """Which checkout."""
    code: str
    """The code on the card."""
    idempotency_key: str
    """A key of your making: the same request sent again with it changes nothing more."""


@strawberry.input
class RemoveGiftCardInput:
    """A gift card not to pay with after all."""

    checkout_id: strawberry.ID
    """Which checkout."""
    gift_card_id: strawberry.ID
    """One of `giftCards`."""
    idempotency_key: str
    """A key of your making: the same request sent again with it changes nothing more."""


@strawberry.input
class ExtendReservationInput:
    """Keep the units a little longer."""

    checkout_id: strawberry.ID
    """Which checkout."""
    idempotency_key: str
    """A key of your making: the same request sent again with it changes nothing more."""


@strawberry.input
class ClaimCheckoutInput:
    """A cart that was filled before signing in."""

    checkout_id: strawberry.ID
    """Which checkout."""
    idempotency_key: str
    """A key of your making: the same request sent again with it changes nothing more."""


@strawberry.input
class CancelCheckoutInput:
    """A checkout to give up."""

    checkout_id: strawberry.ID
    """Which checkout."""
    reason: str | None = None
    """Why, in the customer's words."""
    idempotency_key: str
    """A key of your making: the same request sent again with it changes nothing more."""


@strawberry.input
class CompleteCheckoutInput:
    """How to pay."""

    checkout_id: strawberry.ID
    """Which checkout."""
    payment_method: str | None = None
    """A payment method of Stripe's, `pm_…`; left out, `payment.clientSecret` is for its element."""
    expected_total: int
    """A guard, not a price: what the customer saw as `totals.total`, in minor units."""
    return_url: URL | None = None
    """Where to come back to from 3-D Secure and the like."""
    idempotency_key: str
    """A key of your making. The same key is the same try to pay; a new one is a new try."""
