"""Promotions, gift cards and delivery: their shape in the catalogue's file, and their rows."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from core.db import Base
from models.promotion import DeliveryMethod, GiftCardKind, Promotion, PromotionKind
from services.catalogue.entries import Amount, Count, Currency, Entry, Localized, Slug, Words

type Row = tuple[type[Base], dict[str, Any]]
type Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{4,32}$")]

READ_PATTERN = r"^\(u\)-\[:READ\]->\(:Lore\) count>=[1-9][0-9]{0,3}$"


class When(Entry):
    """What must be so for a promotion; `graph` knows one pattern, that of stories read."""

    same_variant_quantity_at_least: Amount | None = None
    graph: Annotated[str, StringConstraints(pattern=READ_PATTERN)] | None = None
    product: Slug | None = None
    quantity_at_least: Amount | None = None
    variants: dict[Slug, Amount] = {}


class PromotionEntry(Entry):
    """A promotion. `value` is percent; `amounts` and `min_subtotal` are by channel."""

    id: Slug
    name: Localized
    kind: PromotionKind
    value: Count = 0
    amounts: dict[Slug, Amount] = {}
    code: Code | None = None
    channels: Annotated[list[Slug], Field(min_length=1)]
    stackable: Annotated[bool, Field(strict=True)]
    min_subtotal: dict[Slug, Amount] = {}
    when: When = When()
    gift_sku: Words | None = None
    limit_per_customer: Amount | None = None
    limit_total: Amount | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None


class GiftCardEntry(Entry):
    """A gift card to give out."""

    id: Slug
    name: Localized
    currency: Currency
    amount: Amount
    expires_days: Amount | None = None


class ShippingEntry(Entry):
    """A way to send. `days` are working days, the earliest and the latest."""

    id: Slug
    channel: Slug
    name: Localized
    carrier: Slug
    price: Count
    days: Annotated[list[Count], Field(min_length=2, max_length=2)]
    adult_signature: Literal[True]
    regions: list[Words] = []
    max_weight_g: Amount | None = None


def selling_rows(
    promotions: Iterable[PromotionEntry],
    gift_cards: Iterable[GiftCardEntry],
    shipping: Iterable[ShippingEntry],
) -> Iterator[Row]:
    """Yield the rows of these sections."""
    for at, promotion in enumerate(promotions):
        yield Promotion, {"position": at, **_promotion(promotion)}
    for at, card in enumerate(gift_cards):
        yield GiftCardKind, {"position": at, **card.model_dump()}
    for at, method in enumerate(shipping):
        own = {"channel_id": method.channel}
        yield DeliveryMethod, {"position": at, **method.model_dump(exclude={"channel"}), **own}


def _promotion(entry: PromotionEntry) -> dict[str, Any]:
    values: dict[str, Any] = entry.model_dump(exclude={"when"})
    moments: dict[str, datetime | None] = {"starts_at": entry.starts_at, "ends_at": entry.ends_at}
    condition = entry.when.model_dump(exclude_none=True, exclude_defaults=True)
    return {**values, **moments, "condition": condition}
