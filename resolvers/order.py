"""The root fields of orders."""

from collections.abc import AsyncIterator

import strawberry

from core import errors
from core.pages import Page
from core.throttle import network
from models.order import Order as OrderRow
from schema.access import mutation, public, query, signed_in, staff, subscription
from schema.context import Info
from schema.order import (
    AddTrackingEventInput,
    CancelOrderInput,
    ChangeOrderResult,
    FulfilOrderInput,
    Order,
    OrderFilter,
    ReceiveReturnInput,
    Refund,
    RefundOrderInput,
    RefundOrderResult,
    RequestReturnInput,
    RetryRefundInput,
    RetryRefundResult,
    units,
)
from schema.pagination import Connection
from services import order

LOOKS = {"limit": 20, "seconds": 900}
LOOKS_AT_ONE = {"limit": 10, "seconds": 900}


@strawberry.type
class OrderQuery:
    """Orders to look at."""

    @query(signed_in)
    async def order(self, info: Info, id: strawberry.ID) -> Order | None:
        """An order of mine; staff see every one."""
        context = info.context
        async with context.db.read() as session:
            whole = await order.whole(session, context.viewer, id)
        if whole is None:
            return None
        context.loaders.know(whole)
        context.loaders.codes_of_order.prime(whole.order.id, whole.codes)
        return Order.of(whole.order)

    @query(public)
    async def order_by_number(self, info: Info, number: str, email: str) -> Order | None:
        """An order of a buyer without an account; a wrong pair looks like one that is not there.

        `number`: As it is written on the parcel; spaces, dashes and small letters are fine.
        `email`: The address it was bought with.
        """
        context, throttle = info.context, info.context.throttle
        looks = [
            await throttle.spend("orderByNumber", network(context.client), **LOOKS),
            await throttle.spend("orderByNumber:one", number.upper()[:40], **LOOKS_AT_ONE),
        ]
        async with context.db.read() as session:
            row = await order.by_number(session, number, email)
        if row is not None:
            for slot in looks:
                await throttle.give_back(slot, seconds=LOOKS["seconds"])
        return Order.maybe(row)

    @query(staff("orders.read"))
    async def orders(
        self,
        info: Info,
        first: int = 20,
        after: str | None = None,
        filter: OrderFilter | None = None,
    ) -> Connection[Order]:
        """All orders, newest first."""
        page, context = Page(first, after), info.context
        asked = (filter or OrderFilter()).asked()

        async def count() -> int:
            async with context.db.read() as session:
                return await order.count(session, asked)

        async with context.db.read() as session:
            rows = await order.page(session, asked, page)
        return Connection[Order].of(rows, page, Order.of, count)


@strawberry.type
class OrderMutation:
    """Orders to cancel, send, take back and refund."""

    @mutation(signed_in)
    async def cancel_order(self, info: Info, input: CancelOrderInput) -> ChangeOrderResult:
        """Give an order up before anything is sent: what was paid goes back."""
        async with info.context.begin() as uow:
            row = await order.cancel(
                uow, info.context.viewer, input.order_id, input.reason, input.idempotency_key
            )
        return _changed(info, row)

    @mutation(signed_in)
    async def request_return(self, info: Info, input: RequestReturnInput) -> ChangeOrderResult:
        """Ask to send units back that have been sent."""
        async with info.context.begin() as uow:
            row = await order.request_return(
                uow,
                info.context.viewer,
                input.order_id,
                units(input.lines),
                input.reason,
                input.idempotency_key,
            )
        return _changed(info, row)

    @mutation(staff("orders.write"))
    async def receive_return(self, info: Info, input: ReceiveReturnInput) -> ChangeOrderResult:
        """Write down what came back, asked for or not; money is another step, `refundOrder`."""
        async with info.context.begin() as uow:
            row = await order.receive_return(
                uow,
                info.context.viewer,
                input.order_id,
                units(input.lines),
                input.reason,
                input.idempotency_key,
                restock=input.restock,
            )
        return _changed(info, row)

    @mutation(staff("orders.write"))
    async def fulfil_order(self, info: Info, input: FulfilOrderInput) -> ChangeOrderResult:
        """Send units in a parcel; the order is SHIPPED when none is left to send."""
        parcel = order.Parcel(units(input.lines), input.carrier, input.tracking_number)
        async with info.context.begin() as uow:
            row = await order.fulfil(
                uow, info.context.viewer, input.order_id, parcel, input.idempotency_key
            )
        return _changed(info, row)

    @mutation(staff("orders.write"))
    async def add_tracking_event(
        self, info: Info, input: AddTrackingEventInput
    ) -> ChangeOrderResult:
        """Say where a parcel was; in any order, and a repeat changes nothing."""
        seen = order.Sighting(input.status, input.at, input.place)
        async with info.context.begin() as uow:
            row = await order.add_tracking_event(
                uow, info.context.viewer, input.shipment_id, seen, input.idempotency_key
            )
        return _changed(info, row)

    @mutation(staff("orders.refund"))
    async def refund_order(self, info: Info, input: RefundOrderInput) -> RefundOrderResult:
        """Give money back by line or as goodwill, never more than was charged."""
        lines = None if input.lines is None else units(input.lines)
        async with info.context.begin() as uow:
            row = await order.pay_back(
                uow,
                info.context.viewer,
                input.order_id,
                lines,
                input.goodwill_amount,
                input.reason,
                input.idempotency_key,
            )
        return _changed(info, row)

    @mutation(staff("orders.refund"))
    async def retry_refund(self, info: Info, input: RetryRefundInput) -> RetryRefundResult:
        """Give the money of a refund that failed back after all, by a new refund; also where the
        order has ended, or none came of the payment.
        """
        async with info.context.begin() as uow:
            row = await order.retry(
                uow, info.context.viewer, input.refund_id, input.idempotency_key
            )
        info.context.forget()
        return Refund.of(row)


def _changed(info: Info, row: OrderRow) -> Order:
    # An earlier mutation of the same document may have loaded what this one changed.
    info.context.forget()
    return Order.of(row)


@strawberry.type
class OrderSubscription:
    """Orders, live."""

    @subscription(signed_in)
    async def order_changed(self, info: Info, id: strawberry.ID) -> AsyncIterator[Order]:
        """The order now, then at each change, until it and its refunds have ended."""
        async for cursor in info.context.bus.follow(order.order_topic(id)):
            info.context.forget()
            info.context.event_id = cursor
            async with info.context.db.read() as session:
                row = await order.get(session, info.context.viewer, id)
                is_over = row is not None and await order.read.is_over(session, row)
            if row is None:
                raise errors.Missing
            yield Order.of(row)
            if is_over:
                return
