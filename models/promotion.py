"""What makes an order cheaper, and how it may travel: promotions, gift cards, delivery."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.ids import ids
from models.catalogue.base import Curated, choice


class PromotionKind(enum.StrEnum):
    """What a promotion gives."""

    ORDER_PERCENT = "order_percent"
    """Percent off all lines."""
    LINE_PERCENT = "line_percent"
    """Percent off the lines that meet its condition."""
    ORDER_AMOUNT = "order_amount"
    """An amount off the order, by channel."""
    FREE_SHIPPING = "free_shipping"
    """Delivery costs nothing."""
    BUNDLE = "bundle"
    """A set of variants together for a fixed price, by channel."""
    GIFT = "gift"
    """Something put into the parcel."""


class Promotion(Curated, Base):
    """A rule. `value` is percent; `amounts`, `min_subtotal` are minor units by channel id.

    `condition` is the catalogue's `when`. With a `code` it is asked for, else it applies itself.
    """

    __tablename__ = "promotions"

    name: Mapped[dict[str, str]]
    kind: Mapped[PromotionKind] = mapped_column(choice(PromotionKind))
    value: Mapped[int]
    amounts: Mapped[dict[str, Any]]
    code: Mapped[str | None] = mapped_column(unique=True)
    channels: Mapped[list[str]]
    stackable: Mapped[bool]
    min_subtotal: Mapped[dict[str, Any]]
    condition: Mapped[dict[str, Any]]
    gift_sku: Mapped[str | None]
    limit_per_customer: Mapped[int | None]
    limit_total: Mapped[int | None]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]


class PromotionUse(Base):
    """A use that counts against the limits, from paying on; one that was not paid is removed.

    `person` is the customer's id, or `email:` and a keyed hash of a stranger's address.
    """

    __tablename__ = "promotion_uses"
    __table_args__ = (
        UniqueConstraint("promotion_id", "checkout_id"),
        Index("ix_promotion_uses_promotion_id_person", "promotion_id", "person"),
    )

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("pus")
    )
    promotion_id: Mapped[str] = mapped_column(ForeignKey("promotions.id"))
    checkout_id: Mapped[str] = mapped_column(index=True)
    person: Mapped[str | None]


class GiftCardKind(Curated, Base):
    """A gift card of the catalogue; `amount` is in minor units."""

    __tablename__ = "gift_card_kinds"

    name: Mapped[dict[str, str]]
    currency: Mapped[str]
    amount: Mapped[int]
    expires_days: Mapped[int | None]


class GiftCard(Base):
    """A card that was given out. Its code is kept as a keyed hash only."""

    __tablename__ = "gift_cards"
    __table_args__ = (CheckConstraint("balance >= 0", name="balance"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("gft")
    )
    kind_id: Mapped[str | None] = mapped_column(ForeignKey("gift_card_kinds.id"))
    code_hash: Mapped[str] = mapped_column(unique=True)
    last_four: Mapped[str]
    currency: Mapped[str]
    balance: Mapped[int]
    expires_at: Mapped[datetime | None]


class GiftCardMove(Base):
    """One line of a card's ledger: the sum of the deltas is the balance."""

    __tablename__ = "gift_card_moves"
    __table_args__ = (UniqueConstraint("gift_card_id", "reference"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("gmv")
    )
    gift_card_id: Mapped[str] = mapped_column(ForeignKey("gift_cards.id"), index=True)
    delta: Mapped[int]
    reference: Mapped[str] = mapped_column(index=True)
    """What it was for, such as `issued`, `spent:pay_…`, `returned:pay_…`, `refund:rfd_…`."""
    returns: Mapped[str | None] = mapped_column(index=True)
    """The reference of the spending that it gives back."""


class DeliveryMethod(Curated, Base):
    """A way to travel. `days` are the earliest and the latest, counted in working days.

    `regions` are slugs such as `seoul`; none means everywhere in the channel.
    """

    __tablename__ = "delivery_methods"

    channel_id: Mapped[str] = mapped_column(ForeignKey("channels.id"), index=True)
    name: Mapped[dict[str, str]]
    carrier: Mapped[str]
    price: Mapped[int]
    days: Mapped[list[int]]
    adult_signature: Mapped[bool]
    regions: Mapped[list[str]]
    max_weight_g: Mapped[int | None]
