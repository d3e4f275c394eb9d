"""Orders as clients see them."""

from schema.order import nodes as _nodes  # registers the kinds of ids
from schema.order.inputs import (
    AddTrackingEventInput,
    CancelOrderInput,
    FulfilOrderInput,
    OrderFilter,
    OrderLineInput,
    ReceiveReturnInput,
    RefundOrderInput,
    RequestReturnInput,
    RetryRefundInput,
    units,
)
from schema.order.line import OrderLine
from schema.order.money import Payment, Refund, RefundLine
from schema.order.order import DateRange, Order, OrderEvent
from schema.order.parcel import Shipment, ShipmentLine, TrackingEvent
from schema.order.results import ChangeOrderResult, RefundOrderResult, RetryRefundResult

__all__ = [
    "AddTrackingEventInput",
    "CancelOrderInput",
    "ChangeOrderResult",
    "DateRange",
    "FulfilOrderInput",
    "Order",
    "OrderEvent",
    "OrderFilter",
    "OrderLine",
    "OrderLineInput",
    "Payment",
    "ReceiveReturnInput",
    "Refund",
    "RefundLine",
    "RefundOrderInput",
    "RefundOrderResult",
    "RequestReturnInput",
    "RetryRefundInput",
    "RetryRefundResult",
    "Shipment",
    "ShipmentLine",
    "TrackingEvent",
    "_nodes",
    "units",
]
