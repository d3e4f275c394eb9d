"""A chat, its messages and what it costs."""

from datetime import datetime

import strawberry

from core.pages import Page
from models import chat as models
from schema.base import Node, View
from schema.chat.message import ChatMessage
from schema.context import Info
from schema.money import Money
from schema.node import nodes_of
from schema.pagination import Connection
from schema.world import Character
from services import chat
from services.chat import limit, shown


@strawberry.type
class ChatUsage:
    """What the model was given and gave, and what that cost."""

    input_tokens: int
    """What it read."""
    output_tokens: int
    """What it wrote."""
    cost: Money
    """All of it so far, in US cents, rounded up; what is being made counts as its most."""
    limit: Money
    """What one chat may cost; then it says so."""


@strawberry.type
class Chat(View[models.Chat], Node):
    """A conversation with the characters."""

    title: str
    """Its name: the customer's first words, until it is renamed; empty before those."""
    locale: str
    """The language it is held in: `ko` or `en`."""
    created_at: datetime
    """When it was begun."""

    @strawberry.field
    async def character(self, info: Info) -> Character:
        """Who speaks now."""
        row = await info.context.loaders.character.load(self.row.character_id)
        if row is None:
            raise LookupError(self.row.character_id)
        return Character.of(row)

    @strawberry.field
    async def messages(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Connection[ChatMessage]:
        """What was said, the oldest first."""
        asked, context = Page(first, after), info.context

        async def count() -> int:
            return self.row.length

        async with context.db.read() as session:
            rows = await chat.messages(session, self.row.id, asked)
        return Connection[ChatMessage].of(
            rows, asked, ChatMessage.of, count, key=lambda row: (row.number,)
        )

    @strawberry.field
    def usage(self, info: Info) -> ChatUsage:
        """What it costs."""
        return usage_of(info, self.row)


def usage_of(info: Info, row: models.Chat) -> ChatUsage:
    """Show what a chat costs."""
    return ChatUsage(
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cost=Money.of(shown(row.cost_micros)),
        limit=Money.of(shown(limit(info.context.settings))),
    )


@nodes_of("cht")
async def _chats(info: Info, ids: list[str]) -> dict[str, Node]:
    async with info.context.db.read() as session:
        rows = await chat.mine(session, info.context.viewer, ids)
    return {row.id: Chat.of(row) for row in rows}
