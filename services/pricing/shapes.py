"""What is priced, and what came of it. All amounts are minor units of `currency`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from services.delivery.shapes import Option

type Words = dict[str, str]


@dataclass(frozen=True)
class Cart:
    """What somebody wants to buy. A variant that is named twice adds up.

    `person` is whom limits count for, see `person_of`; `codes` are in upper case, and the uses
    that `checkout_id` already holds count against nothing.
    """

    channel_id: str
    lines: Sequence[tuple[str, int]]
    customer_id: str | None = None
    person: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    codes: Sequence[str] = ()
    gift_card_ids: Sequence[str] = ()
    delivery_method_id: str | None = None
    checkout_id: str | None = None


@dataclass(frozen=True)
class QuoteLine:
    """So many of a variant; all but `unit_price` is of all units.

    `total` is what is paid for them: the discount is off, and a tax that is added is in.
    """

    variant_id: str
    quantity: int
    unit_price: int
    discount: int
    tax: int
    total: int


@dataclass(frozen=True)
class Applied:
    """A promotion that applies; `amount` is what it takes off goods or delivery."""

    id: str
    name: Words
    code: str | None
    amount: int
    reason: Words
    gift_sku: str | None
    currency: str


@dataclass(frozen=True)
class Near:
    """A promotion that does not apply, and what is missing; `short_by` when that is money."""

    id: str
    name: Words
    missing: Words
    short_by: int | None
    currency: str


@dataclass(frozen=True)
class AppliedCard:
    """A gift card: what it pays, and what it holds after that."""

    id: str
    last_four: str
    amount: int
    remaining: int
    currency: str


@dataclass(frozen=True)
class Quote:
    """What a cart costs.

    total = sum of the lines' totals + delivery, due = total - gift_cards, and `tax` is the lines'
    and `delivery_tax` together, whether it is in the prices or added. `lapsed` are codes that no
    change of the cart brings back. A variant that the channel does not sell has no line.
    """

    lines: tuple[QuoteLine, ...]
    subtotal: int
    discount: int
    delivery: int
    delivery_tax: int
    tax: int
    total: int
    gift_cards: int
    due: int
    currency: str
    promotions: tuple[Applied, ...]
    near: tuple[Near, ...]
    options: tuple[Option, ...]
    option: Option | None
    cards: tuple[AppliedCard, ...]
    lapsed: tuple[str, ...]


def freeze(quote: Quote) -> dict[str, Any]:
    """Return the quote as JSON, to keep what was agreed to."""
    kept = asdict(quote)
    for option in [*kept["options"], *([kept["option"]] if kept["option"] else [])]:
        option.update(earliest=option["earliest"].isoformat(), latest=option["latest"].isoformat())
    return kept


def thaw(kept: dict[str, Any]) -> Quote:
    """Return the quote that `freeze` wrote."""
    return Quote(
        **{
            **kept,
            "lines": tuple(QuoteLine(**line) for line in kept["lines"]),
            "promotions": tuple(Applied(**one) for one in kept["promotions"]),
            "near": tuple(Near(**one) for one in kept["near"]),
            "options": tuple(_option(one) for one in kept["options"]),
            "option": _option(kept["option"]) if kept["option"] else None,
            "cards": tuple(AppliedCard(**card) for card in kept["cards"]),
            "lapsed": tuple(kept["lapsed"]),
        }
    )


def _option(kept: dict[str, Any]) -> Option:
    days = {name: date.fromisoformat(kept[name]) for name in ("earliest", "latest")}
    return Option(**{**kept, **days})
