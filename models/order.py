"""Orders: what was bought, what became of it, and how it travels."""

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.ids import ids
from models.catalogue.base import choice
from models.checkout import SalesOrigin


class OrderStatus(enum.StrEnum):
    """Where an order stands. `services.order.machine` says what may follow what."""

    PLACED = "placed"
    """Accepted; the payment is still being processed."""
    PAID = "paid"
    """Paid; bottles may be packed, and what they unlock may be entered."""
    FULFILLING = "fulfilling"
    """Some of it was sent."""
    SHIPPED = "shipped"
    """All of it was sent."""
    DELIVERED = "delivered"
    """All of it arrived."""
    CANCELED = "canceled"
    """Given up before anything was sent; what was paid goes back."""
    PARTIALLY_REFUNDED = "partially_refunded"
    """Some of the money went back."""
    REFUNDED = "refunded"
    """All of the money went back."""
    RETURN_REQUESTED = "return_requested"
    """The customer wants to send something back."""
    RETURNED = "returned"
    """It came back."""


class Actor(enum.StrEnum):
    """Who made a change."""

    CUSTOMER = "customer"
    """Who bought."""
    STAFF = "staff"
    """Somebody of ours."""
    AGENT = "agent"
    """A shopping agent for the customer."""
    SYSTEM = "system"
    """We, by rule."""
    PROVIDER = "provider"
    """The payment provider or the carrier."""


class TrackingStatus(enum.StrEnum):
    """What became of a parcel, in the words that all carriers share."""

    REGISTERED = "registered"
    """The carrier knows of it, and does not have it yet."""
    PICKED_UP = "picked_up"
    """The carrier has it."""
    IN_TRANSIT = "in_transit"
    """Between two places."""
    OUT_FOR_DELIVERY = "out_for_delivery"
    """On its last way."""
    FAILED_ATTEMPT = "failed_attempt"
    """Nobody was there, or nobody of age."""
    DELIVERED = "delivered"
    """Handed over."""
    RETURNED = "returned"
    """On its way back to us."""
    EXCEPTION = "exception"
    """Something went wrong: lost, damaged, held."""


class Order(Base):
    """What somebody bought. Amounts are minor units of `currency`, as they were when placed."""

    __tablename__ = "orders"
    __table_args__ = (
        Index("ix_orders_customer_id_id", "customer_id", "id"),
        Index("ix_orders_status_id", "status", "id"),
        Index(
            "ix_orders_codes_due_at",
            "codes_due_at",
            postgresql_where=text("codes_due_at IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("ord")
    )
    number: Mapped[str] = mapped_column(unique=True)
    status: Mapped[OrderStatus] = mapped_column(choice(OrderStatus))
    origin: Mapped[SalesOrigin] = mapped_column(choice(SalesOrigin))
    checkout_id: Mapped[str] = mapped_column(ForeignKey("checkouts.id"), unique=True)
    channel_id: Mapped[str] = mapped_column(ForeignKey("channels.id"))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    partner_id: Mapped[str | None] = mapped_column(index=True)
    locale: Mapped[str]
    email: Mapped[str | None] = mapped_column(index=True)
    shipping_address: Mapped[dict[str, Any] | None]
    billing_address: Mapped[dict[str, Any] | None]
    note: Mapped[str | None]
    """What the buyer asked of us, in their own words."""
    delivery: Mapped[dict[str, Any]]
    """The delivery method as it was: id, name, carrier, adult_signature."""
    promotions: Mapped[list[dict[str, Any]]]
    """Applied promotions as they were: id, name, code, amount, reason, gift_sku."""
    currency: Mapped[str]
    subtotal: Mapped[int]
    discount: Mapped[int]
    delivery_price: Mapped[int]
    tax: Mapped[int]
    total: Mapped[int]
    gift_card_amount: Mapped[int]
    delivery_from: Mapped[date | None]
    delivery_to: Mapped[date | None]
    placed_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    codes_due_at: Mapped[datetime | None]
    """When the relay has somebody look after its unlock codes; None once they are as they are."""


class OrderLine(Base):
    """So many of a variant, as it was called and priced; all but `unit_price` is of all units."""

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("fulfilled between 0 and quantity", name="fulfilled"),
        CheckConstraint("refunded between 0 and quantity", name="refunded"),
    )

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("oln")
    )
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"))
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    name: Mapped[dict[str, str]]
    quantity: Mapped[int]
    fulfilled: Mapped[int] = mapped_column(insert_default=0)
    refunded: Mapped[int] = mapped_column(insert_default=0)
    return_requested: Mapped[int] = mapped_column(server_default="0", insert_default=0)
    """Units that the customer wants to send back and that did not come yet."""
    returned: Mapped[int] = mapped_column(insert_default=0)
    unit_price: Mapped[int]
    discount: Mapped[int]
    tax: Mapped[int]
    total: Mapped[int]
    position: Mapped[int]


class OrderAllocation(Base):
    """From which lot the units of a line are."""

    __tablename__ = "order_allocations"
    __table_args__ = (UniqueConstraint("order_line_id", "lot_id"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("alo")
    )
    order_line_id: Mapped[str] = mapped_column(ForeignKey("order_lines.id"))
    lot_id: Mapped[str] = mapped_column(ForeignKey("stock_lots.id"), index=True)
    quantity: Mapped[int]
    returned: Mapped[int] = mapped_column(insert_default=0)


class OrderEvent(Base):
    """One step of an order: from where, to where, by whom, why."""

    __tablename__ = "order_events"

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("oev")
    )
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    before: Mapped[OrderStatus | None] = mapped_column(choice(OrderStatus))
    after: Mapped[OrderStatus] = mapped_column(choice(OrderStatus))
    actor: Mapped[Actor] = mapped_column(choice(Actor))
    actor_id: Mapped[str | None]
    reason: Mapped[str | None]
    at: Mapped[datetime]


class Shipment(Base):
    """A parcel."""

    __tablename__ = "shipments"
    __table_args__ = (UniqueConstraint("carrier", "tracking_number"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("shp")
    )
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    carrier: Mapped[str]
    tracking_number: Mapped[str]
    delivered_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    """When the carrier is asked next; None once it arrived."""


class ShipmentLine(Base):
    """How many units of a line are in a parcel."""

    __tablename__ = "shipment_lines"
    __table_args__ = (UniqueConstraint("shipment_id", "order_line_id"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("shl")
    )
    shipment_id: Mapped[str] = mapped_column(ForeignKey("shipments.id", ondelete="CASCADE"))
    order_line_id: Mapped[str] = mapped_column(ForeignKey("order_lines.id"), index=True)
    quantity: Mapped[int]


class TrackingEvent(Base):
    """Where a parcel was; a repeat of the same status and time is the same event."""

    __tablename__ = "tracking_events"
    __table_args__ = (UniqueConstraint("shipment_id", "status", "at"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("trk")
    )
    shipment_id: Mapped[str] = mapped_column(ForeignKey("shipments.id", ondelete="CASCADE"))
    status: Mapped[TrackingStatus] = mapped_column(choice(TrackingStatus))
    place: Mapped[str | None]
    at: Mapped[datetime]
