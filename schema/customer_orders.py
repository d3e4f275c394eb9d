"""The orders of a customer, as a field of the customer."""

import strawberry

from core.pages import Page
from core.viewer import Viewer
from models.account import Customer as CustomerRow
from schema.base import View
from schema.context import Info
from schema.order import Order
from schema.pagination import Connection
from services import order


@strawberry.type
class CustomerOrders(View[CustomerRow]):
    """What a customer has bought."""

    @strawberry.field
    async def orders(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Connection[Order]:
        """The customer's orders, newest first."""
        asked, context, owner = Page(first, after), info.context, Viewer(customer_id=self.row.id)

        async def count() -> int:
            async with context.db.read() as session:
                return await order.count_mine(session, owner)

        async with context.db.read() as session:
            rows = await order.mine(session, owner, asked)
        return Connection[Order].of(rows, asked, Order.of, count)
