"""The root fields of stock."""

from collections.abc import AsyncIterator
from datetime import datetime

import strawberry

from core.ids import is_id
from schema.access import mutation, query, signed_in, staff, subscription
from schema.context import Context, Info
from schema.stock import (
    READ,
    WRITE,
    AdjustStockInput,
    ChangeStockResult,
    CountStockInput,
    ReceiveStockInput,
    RestockNoticeInput,
    RestockNoticeResult,
    RestockSubscription,
    Stock,
)
from services import stock

NOTICES = {"limit": 60, "seconds": 600}


@strawberry.type
class StockQuery:
    """What there is, for staff."""

    @query(staff(READ))
    async def stock(self, info: Info, variant_id: strawberry.ID) -> Stock | None:
        """What there is of a variant, lot by lot.

        `variantId`: Of which variant; of a bundle, how many sets its parts make.
        """
        if not is_id(variant_id):
            return None
        async with info.context.db.read() as session:
            found = await stock.levels(session, [variant_id], info.context.now())
        return Stock.maybe(found.get(variant_id))


@strawberry.type
class StockMutation:
    """What staff do with stock, and what customers wait for."""

    @mutation(staff(WRITE))
    async def receive_stock(self, info: Info, input: ReceiveStockInput) -> ChangeStockResult:
        """Add units that came from the brewery."""
        context = info.context
        delivery = stock.Delivery(input.variant_id, input.lot, input.expires_on, input.quantity)
        async with context.begin() as uow:
            id = await stock.receive(uow, context.viewer, delivery, input.idempotency_key)
        return await _shown(context, id)

    @mutation(staff(WRITE))
    async def adjust_stock(self, info: Info, input: AdjustStockInput) -> ChangeStockResult:
        """Add units to a lot that were found, or take away those that are broken or lost."""
        context, key = info.context, input.idempotency_key
        async with context.begin() as uow:
            id = await stock.adjust(
                uow, context.viewer, input.lot_id, input.delta, input.reason, key
            )
        return await _shown(context, id)

    @mutation(staff(WRITE))
    async def count_stock(self, info: Info, input: CountStockInput) -> ChangeStockResult:
        """Set a lot to what a count found."""
        context, key = info.context, input.idempotency_key
        async with context.begin() as uow:
            id = await stock.count(
                uow, context.viewer, input.lot_id, input.counted, input.reason, key
            )
        return await _shown(context, id)

    @mutation(signed_in)
    async def restock_notice(self, info: Info, input: RestockNoticeInput) -> RestockNoticeResult:
        """Be told once, here and by mail, when a variant can be bought again."""
        context = info.context
        await context.throttle.spend("restockNotice", context.viewer.id, **NOTICES)
        async with context.begin() as uow:
            row = await stock.notice(uow, context.viewer, input.variant_id, input.idempotency_key)
        return RestockSubscription.of(row)


async def _shown(context: Context, variant_id: str) -> Stock:
    async with context.db.read() as session:
        found = await stock.levels(session, [variant_id], context.now())
    return Stock.of(found[variant_id])


@strawberry.type
class StockSubscription:
    """What is followed of stock."""

    @subscription(staff(READ))
    async def stock_low(self, info: Info) -> AsyncIterator[Stock]:
        """Each variant of which little is left now, then each that falls to its mark."""
        context, told = info.context, dict[str, datetime]()
        async for cursor in context.bus.follow(stock.LOW_TOPIC):
            context.forget()
            context.event_id = cursor
            async with context.db.read() as session:
                low = await stock.low(session)
                fell = [id for id, since in low.items() if told.get(id) != since]
                levels = await stock.levels(session, fell, context.now()) if fell else {}
            told = low
            for id in fell:
                yield Stock.of(levels[id])
