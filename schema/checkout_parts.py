"""What a price is made of: promotions, gift cards, delivery, totals. Orders show some of it, too.

Promotions, cards and ways to travel are no nodes: what one of them is worth belongs to the
checkout it is shown in, so the same id has other amounts in another.
"""

from datetime import date
from typing import Any, Protocol, Self

import strawberry

from core import money
from schema.base import View
from schema.errors import UserError, error_for
from schema.money import Money
from services import pricing
from services.pricing import PromotionRefusal

strawberry.enum(PromotionRefusal)


@strawberry.type
class DeliveryOption(View[pricing.Option]):
    """A way to travel to this address."""

    id: strawberry.ID
    """What `setCheckoutDelivery` takes."""
    name: str
    """What it is called."""
    carrier: str
    """Who carries it, such as `cj`; `pickup` when nobody does."""
    earliest: date
    """When it may be there at the earliest, if it is paid now; public holidays aside."""
    latest: date
    """When it should be there at the latest."""
    adult_signature: bool
    """Whether an adult has to take it."""

    @strawberry.field
    def price(self) -> Money:
        """What it costs before promotions."""
        return Money.of(money.Money(self.row.price, self.row.currency))


@strawberry.type
class AppliedPromotion(View[pricing.Applied]):
    """A promotion that applies, and why."""

    id: strawberry.ID
    """Which one; `free-delivery` is the market's own."""
    name: str
    """What it is called."""
    code: str | None
    """The code that was given for it."""
    reason: str
    """Why it applies, and what it gives."""
    gift_sku: str | None
    """What is put into the parcel."""

    @strawberry.field
    def amount(self) -> Money:
        """What it takes off goods or delivery."""
        return Money.of(money.Money(self.row.amount, self.row.currency))


@strawberry.type
class NearPromotion(View[pricing.Near]):
    """A promotion that does not apply, but nearly."""

    id: strawberry.ID
    """Which one; `free-delivery` is the market's own."""
    name: str
    """What it is called."""
    missing: str
    """What would make it apply."""

    @strawberry.field
    def short_by(self) -> Money | None:
        """How much more to put in, when that is all."""
        if self.row.short_by is None:
            return None
        return Money.of(money.Money(self.row.short_by, self.row.currency))


@strawberry.type
class AppliedGiftCard(View[pricing.AppliedCard]):
    """A gift card that pays."""

    id: strawberry.ID
    """What `removeGiftCard` takes."""
    last_four: str
    """The end of its code."""

    @strawberry.field
    def amount(self) -> Money:
        """What it pays here."""
        return Money.of(money.Money(self.row.amount, self.row.currency))

    @strawberry.field
    def remaining(self) -> Money:
        """What it holds after that."""
        return Money.of(money.Money(self.row.remaining, self.row.currency))


class Sums(Protocol):
    """What totals are shown of, in minor units: a quote, or anything with the same names."""

    @property
    def subtotal(self) -> int:
        """All lines before discounts."""

    @property
    def discount(self) -> int:
        """Off the lines."""

    @property
    def delivery(self) -> int:
        """For delivery."""

    @property
    def tax(self) -> int:
        """Included or added."""

    @property
    def total(self) -> int:
        """All of it."""

    @property
    def gift_cards(self) -> int:
        """What cards pay of it."""

    @property
    def due(self) -> int:
        """What is left to pay."""

    @property
    def currency(self) -> str:
        """Of all of them."""


@strawberry.type
class Totals:
    """What it costs: `subtotal` - `discount` + `delivery`, and `tax` where that is added."""

    subtotal: Money
    """All lines at full prices."""
    discount: Money
    """What promotions take off the lines."""
    delivery: Money
    """What delivery costs after promotions."""
    tax: Money
    """Included in the prices or added to them, as the channel says."""
    total: Money
    """What is to be paid in all."""
    gift_cards: Money
    """What gift cards pay of it."""
    due: Money
    """What is left to pay otherwise."""

    @classmethod
    def of(cls, sums: Sums) -> Self:
        """Show the sums of a quote."""
        amounts: dict[str, Any] = {
            name: Money.of(money.Money(getattr(sums, name), sums.currency))
            for name in cls.__annotations__
        }
        return cls(**amounts)


@error_for(pricing.PromotionRefused)
@strawberry.type
class PromotionRefused(UserError):
    """A code is not taken, for this reason."""

    reason: PromotionRefusal
    """For programs; `message` says it to people."""


@error_for(pricing.GiftCardRefused)
@strawberry.type
class GiftCardRefused(UserError):
    """No such gift card, or none that can pay this; the message says which."""
