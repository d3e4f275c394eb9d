"""Orders and their parts by their ids: the buyer's own, and any to staff."""

from schema.base import Node
from schema.context import Info
from schema.node import nodes_of
from schema.order.line import OrderLine
from schema.order.money import Payment, Refund
from schema.order.order import Order
from schema.order.parcel import Shipment
from services import order


@nodes_of("ord")
async def orders(info: Info, ids: list[str]) -> dict[str, Node]:
    """Find orders."""
    async with info.context.db.read() as session:
        rows = await order.visible(session, info.context.viewer, ids)
    return {row.id: Order.of(row) for row in rows}


@nodes_of("oln")
async def lines(info: Info, ids: list[str]) -> dict[str, Node]:
    """Find lines of orders."""
    async with info.context.db.read() as session:
        rows = await order.read.lines(session, info.context.viewer, ids)
    return {row.id: OrderLine.of(row) for row in rows}


@nodes_of("shp")
async def shipments(info: Info, ids: list[str]) -> dict[str, Node]:
    """Find parcels."""
    async with info.context.db.read() as session:
        rows = await order.read.shipments(session, info.context.viewer, ids)
    return {row.id: Shipment.of(row) for row in rows}


@nodes_of("pay")
async def payments(info: Info, ids: list[str]) -> dict[str, Node]:
    """Find payments of orders."""
    async with info.context.db.read() as session:
        rows = await order.read.payments(session, info.context.viewer, ids)
    return {row.id: Payment.of(row) for row in rows}


@nodes_of("rfd")
async def refunds(info: Info, ids: list[str]) -> dict[str, Node]:
    """Find refunds of orders."""
    async with info.context.db.read() as session:
        rows = await order.read.refunds(session, info.context.viewer, ids)
    return {row.id: Refund.of(row) for row in rows}
