"""The chats of a customer, as a field of the customer."""

import strawberry

from core.pages import Page
from core.viewer import Viewer
from models.account import Customer as CustomerRow
from schema.base import View
from schema.chat.chat import Chat
from schema.context import Info
from schema.pagination import Connection
from services import chat


@strawberry.type
class CustomerChats(View[CustomerRow]):
    """What a customer talked about."""

    @strawberry.field
    async def chats(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Connection[Chat]:
        """The customer's chats, the newest first."""
        asked, context = Page(first, after), info.context
        owner = Viewer(customer_id=self.row.id)

        async def count() -> int:
            async with context.db.read() as session:
                return await chat.count(session, owner)

        async with context.db.read() as session:
            rows = await chat.page(session, owner, asked)
        return Connection[Chat].of(rows, asked, Chat.of, count)
