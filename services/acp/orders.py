"""Orders in the protocol's words."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from core.i18n import pick
from core.settings import Settings
from models.ar import UnlockCode
from models.order import (
    Order,
    OrderEvent,
    OrderLine,
    OrderStatus,
    Shipment,
    ShipmentLine,
    TrackingEvent,
)
from models.payment import Refund, RefundStatus
from services.acp import digital, money, returns
from services.acp.view import day, instant

STATUS = {
    OrderStatus.PLACED: "created",
    OrderStatus.PAID: "confirmed",
    OrderStatus.FULFILLING: "processing",
    OrderStatus.SHIPPED: "shipped",
    OrderStatus.DELIVERED: "completed",
    OrderStatus.CANCELED: "canceled",
    OrderStatus.PARTIALLY_REFUNDED: "completed",
    OrderStatus.REFUNDED: "canceled",
    OrderStatus.RETURN_REQUESTED: "completed",
    OrderStatus.RETURNED: "completed",
}
REFUND = {
    RefundStatus.INTENT: "pending",
    RefundStatus.PENDING: "pending",
    RefundStatus.SUCCEEDED: "completed",
    RefundStatus.FAILED: "failed",
}


async def order_of(
    session: AsyncSession, settings: Settings, row: Order, *, codes: bool = True
) -> dict[str, Any]:
    """Return an order whole; the protocol sends no differences. Without `codes` none is in it."""
    shown = opened_up(await snapshot(session, row), settings)
    if not codes:
        parcels = shown["fulfillments"]
        shown["fulfillments"] = [one for one in parcels if one["type"] != "digital"]
    return shown


async def snapshot(session: AsyncSession, row: Order) -> dict[str, Any]:
    """Return an order as it may be kept: what opens bottles is not in it, nor are our addresses."""
    lines = await _rows(session, OrderLine, row, OrderLine.position)
    refunds = await _rows(session, Refund, row, Refund.id)
    events = await _rows(session, OrderEvent, row, OrderEvent.id)
    by_unit = (UnlockCode.order_line_id, UnlockCode.product_id, UnlockCode.unit)
    codes = await _rows(session, UnlockCode, row, *by_unit)
    shown: dict[str, Any] = {
        "type": "order",
        "id": row.id,
        "checkout_session_id": row.checkout_id,
        "order_number": row.number,
        "status": STATUS[row.status],
        "confirmation": {
            "confirmation_number": row.number,
            "confirmation_email_sent": row.paid_at is not None,
            **({"order_notes": row.note} if row.note else {}),
        },
        "line_items": [_line(line, row.locale) for line in lines],
        "fulfillments": [
            *await _parcels(session, row),
            *(digital.fulfillment(code, row.locale) for code in codes),
        ],
        "adjustments": [*(_adjustment(one) for one in refunds), *returns.adjustments(events)],
        "totals": _totals(row, refunds),
    }
    if row.delivery_from and row.delivery_to:
        shown["estimated_delivery"] = {
            "earliest": day(row.delivery_from),
            "latest": day(row.delivery_to, end=True),
        }
    return shown


def opened_up(kept: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Return a snapshot as it is shown: with its address, and what opens its bottles."""
    shown = {**kept, "permalink_url": f"{settings.shop_url}/orders/{kept['order_number']}"}
    if "fulfillments" in kept:
        parcels = [digital.opened_up(one, settings) for one in kept["fulfillments"]]
        shown["fulfillments"] = parcels
    return shown


async def _rows[Row: (OrderLine, Refund, OrderEvent, UnlockCode)](
    session: AsyncSession, kind: type[Row], order: Order, *by: InstrumentedAttribute[Any]
) -> list[Row]:
    """Return what belongs to an order as it is in the store now."""
    mine = select(kind).where(kind.order_id == order.id).order_by(*by)
    return list(await session.scalars(mine.execution_options(populate_existing=True)))


def _line(line: OrderLine, locale: str) -> dict[str, Any]:
    left = line.quantity - line.refunded
    done = "fulfilled" if line.fulfilled >= left else "partial"
    return {
        "id": line.id,
        "title": pick(line.name, locale),
        "product_id": line.product_id,
        "quantity": {"ordered": line.quantity, "current": left, "fulfilled": line.fulfilled},
        "unit_price": line.unit_price,
        "subtotal": line.unit_price * line.quantity,
        "totals": [money.total("total", line.total, locale)],
        "status": "removed" if left == 0 else done if line.fulfilled else "processing",
    }


async def _parcels(session: AsyncSession, row: Order) -> list[dict[str, Any]]:
    query = select(Shipment).where(Shipment.order_id == row.id).order_by(Shipment.id)
    parcels = list(await session.scalars(query))
    ids = [parcel.id for parcel in parcels]
    units = list(
        await session.scalars(select(ShipmentLine).where(ShipmentLine.shipment_id.in_(ids)))
    )
    events = list(
        await session.scalars(
            select(TrackingEvent)
            .where(TrackingEvent.shipment_id.in_(ids))
            .order_by(TrackingEvent.at)
        )
    )
    return [
        {
            "id": parcel.id,
            "type": "shipping",
            "status": "delivered" if parcel.delivered_at else "shipped",
            "carrier": parcel.carrier,
            "tracking_number": parcel.tracking_number,
            "line_items": [
                {"id": unit.order_line_id, "quantity": unit.quantity}
                for unit in units
                if unit.shipment_id == parcel.id
            ],
            "events": [
                {"id": event.id, "type": event.status.lower(), "occurred_at": instant(event.at)}
                for event in events
                if event.shipment_id == parcel.id
            ],
        }
        for parcel in parcels
    ]


def _adjustment(refund: Refund) -> dict[str, Any]:
    return {
        "id": refund.id,
        "type": "refund",
        "occurred_at": instant(refund.created_at),
        "status": REFUND[refund.status],
        "amount": refund.amount + refund.gift_card_amount,
        "currency": refund.currency.lower(),
        "reason": refund.reason,
    }


def _totals(row: Order, refunds: list[Refund]) -> list[dict[str, Any]]:
    """The total stays what was charged; what went back stands beside it."""
    locale = row.locale
    found = [money.total("items_base_amount", row.subtotal, locale)]
    if row.discount:
        found.append(money.total("items_discount", row.discount, locale))
    found += [
        money.total("subtotal", row.subtotal - row.discount, locale),
        money.total("fulfillment", row.delivery_price, locale),
        money.total("tax", row.tax, locale),
        money.total("total", row.total, locale),
    ]
    back = sum(
        refund.amount + refund.gift_card_amount
        for refund in refunds
        if refund.status is not RefundStatus.FAILED
    )
    return [*found, money.total("amount_refunded", back, locale)] if back else found
