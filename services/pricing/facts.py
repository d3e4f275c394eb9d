"""What `price` has to know: goods, rules, ways to travel and cards, read once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from models.promotion import PromotionKind
from services.delivery import Option
from services.pricing.shapes import Words


@dataclass(frozen=True)
class Good:
    """A variant as the channel sells it; the price is of one, in minor units."""

    variant_id: str
    product_id: str
    price: int
    volume_ml: int = 0


@dataclass(frozen=True)
class Condition:
    """What must be so; all that is named, and nothing when nothing is."""

    same_variant: int | None = None
    """So many of one variant; the promotion is about the variants that are."""
    product_id: str | None = None
    quantity: int = 1
    """So many of the product, whatever their volume."""
    stories: int | None = None
    """So many stories read."""
    variants: Mapping[str, int] = field(default_factory=dict)
    """So many of each of these: one set."""


@dataclass(frozen=True)
class Rule:
    """A promotion as the channel runs it now. `amount` and `min_subtotal` are minor units."""

    id: str
    name: Words
    kind: PromotionKind
    value: int = 0
    amount: int = 0
    code: str | None = None
    stackable: bool = True
    min_subtotal: int = 0
    condition: Condition = Condition()
    gift_sku: str | None = None
    is_used_up: bool = False


@dataclass(frozen=True)
class Card:
    """A gift card that may pay, and what is on it."""

    id: str
    last_four: str
    balance: int


@dataclass(frozen=True)
class Facts:
    """Everything beside the cart. `stories_read` is None for strangers.

    `names` are those of the products and variants that conditions name.
    """

    currency: str
    tax_included: bool
    tax_rate: Fraction
    goods: Mapping[str, Good]
    rules: Sequence[Rule] = ()
    options: Sequence[Option] = ()
    cards: Sequence[Card] = ()
    free_shipping_from: int | None = None
    stories_read: int | None = None
    names: Mapping[str, Words] = field(default_factory=dict)
