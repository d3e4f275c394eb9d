"""What there is to sell, for staff; and notices for those who wait for it."""

from datetime import date, datetime
from typing import Annotated

import strawberry

from core.pages import Page
from dataloaders.catalogue import CatalogueLoaders
from dataloaders.stock import StockLoaders
from models import stock as models
from models.stock import StockReason
from schema.base import Node, View, related
from schema.catalogue import Variant
from schema.context import Info
from schema.errors import IdempotencyConflict, InvalidInput, NotFound, RateLimited
from schema.node import nodes_of
from schema.pagination import Connection
from services import stock

READ, WRITE = "stock.read", "stock.write"
PREFIX = "stk_"

strawberry.enum(StockReason)


@strawberry.type
class StockLot(View[models.StockLot], Node):
    """Units that expire together."""

    lot: str
    """What is printed on them."""
    on_hand: int
    """How many are in the warehouse."""
    expires_on: date
    """The first day on which they are not sold any more, in Korea."""


@strawberry.type
class StockMove(View[models.StockMove], Node):
    """A line of the ledger: units that came or went. What a lot has is the sum of its lines."""

    delta: int
    """How many came; less than 0 where they went."""
    reason: StockReason
    """Why."""
    note: str | None
    """What staff said about it."""
    order_id: strawberry.ID | None
    """The order that they went with, or came back from."""
    by: strawberry.ID | None
    """Who of the staff; null for orders."""
    created_at: datetime
    """When."""
    lot: StockLot = related(
        StockLoaders.stock_lot,
        StockLot.of,
        key=lambda root: root.row.lot_id,
        description="Which lot they are of.",
    )


@strawberry.type
class Stock(View[stock.Level], Node):
    """What there is of a variant. A bundle is counted in sets that its parts make, without lots."""

    on_hand: int
    """How many are in the warehouse, expired ones included."""
    expired: int
    """How many of those are past their day, and wait to be written off."""
    reserved: int
    """How many checkouts hold."""
    available: int
    """How many can be sold now."""
    low_at: int
    """At so many or fewer, `stockLow` tells."""
    variant: Variant | None = related(
        CatalogueLoaders.offer,
        Variant.maybe,
        key=lambda root: root.row.variant_id,
        description="What it is; null where the channel of the request has no price for it.",
    )

    @strawberry.field
    def lots(self) -> list[StockLot]:
        """Those with units and those that may still be sold, the first to expire first."""
        return StockLot.each(self.row.lots)

    @strawberry.field
    async def moves(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Connection[StockMove]:
        """The ledger, newest first."""
        variant_id, page = self.row.variant_id, Page(first, after)
        async with info.context.db.read() as session:
            rows = await stock.moves(session, variant_id, page)

        async def count() -> int:
            async with info.context.db.read() as session:
                return await stock.move_count(session, variant_id)

        return Connection.of(rows, page, StockMove.of, count)


@strawberry.type
class RestockSubscription(View[models.RestockNotice], Node):
    """A wish to be told, once, when a variant can be bought again."""

    variant: Variant | None = related(
        CatalogueLoaders.offer,
        Variant.maybe,
        key=lambda root: root.row.variant_id,
        description="Which; null where the channel of the request has no price for it.",
    )


@strawberry.input
class ReceiveStockInput:
    """Units of one lot that came from the brewery."""

    variant_id: strawberry.ID
    """Of what; not a bundle."""
    lot: str
    """What is printed on them, 1 to 40 characters. More of a known lot is added to it."""
    expires_on: date
    """The first day on which they are not sold any more."""
    quantity: int
    """How many, 1 to 1,000,000."""
    idempotency_key: str
    """The same key again gives the first answer again."""


@strawberry.input
class AdjustStockInput:
    """Units that were found, or are broken or lost."""

    lot_id: strawberry.ID
    """Of which lot."""
    delta: int
    """How many more there are; less than 0 where they are gone."""
    reason: str
    """Why, 1 to 300 characters."""
    idempotency_key: str
    """The same key again gives the first answer again."""


@strawberry.input
class CountStockInput:
    """What a count found."""

    lot_id: strawberry.ID
    """Of which lot."""
    counted: int
    """How many there are, 0 to 1,000,000."""
    reason: str | None = None
    """What there is to say about it, 1 to 300 characters."""
    idempotency_key: str
    """The same key again gives the first answer again."""


@strawberry.input
class RestockNoticeInput:
    """What to wait for."""

    variant_id: strawberry.ID
    """Which variant; of a bundle, every part has to be there."""
    idempotency_key: str
    """The same key again gives the first answer again."""


ChangeStockResult = Annotated[
    Stock | InvalidInput | NotFound | IdempotencyConflict, strawberry.union("ChangeStockResult")
]
RestockNoticeResult = Annotated[
    RestockSubscription | NotFound | InvalidInput | RateLimited | IdempotencyConflict,
    strawberry.union("RestockNoticeResult"),
]


@nodes_of("stk")
async def stocks(info: Info, ids: list[str]) -> dict[str, Node]:
    """Find what there is of variants, for staff."""
    if READ not in info.context.viewer.permissions:
        return {}
    variants = [id.removeprefix(PREFIX) for id in ids]
    async with info.context.db.read() as session:
        found = await stock.levels(session, variants, info.context.now())
    return {level.id: Stock.of(level) for level in found.values()}


@nodes_of("lot")
async def lots(info: Info, ids: list[str]) -> dict[str, Node]:
    """Find lots, for staff."""
    if READ not in info.context.viewer.permissions:
        return {}
    async with info.context.db.read() as session:
        return {row.id: StockLot.of(row) for row in await stock.lots(session, ids)}


@nodes_of("mov")
async def moves(info: Info, ids: list[str]) -> dict[str, Node]:
    """Find lines of the ledger, for staff."""
    if READ not in info.context.viewer.permissions:
        return {}
    async with info.context.db.read() as session:
        return {row.id: StockMove.of(row) for row in await stock.moves_by_id(session, ids)}


@nodes_of("rst")
async def notices(info: Info, ids: list[str]) -> dict[str, Node]:
    """Find what the viewer waits for."""
    async with info.context.db.read() as session:
        rows = await stock.notices(session, info.context.viewer, ids)
    return {row.id: RestockSubscription.of(row) for row in rows}
