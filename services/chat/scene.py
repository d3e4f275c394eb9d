"""What a reply is made from: the chat, who asks, what was said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.bus import Bus
from core.clock import Clock
from core.db import Database
from core.graph import Graph
from core.outbox import Transactions
from core.settings import Settings
from core.viewer import Role, Viewer
from gateways.embedding import Embeddings
from gateways.llm import Item, Llm
from models.account import Customer
from models.catalogue import Channel
from models.chat import Chat, ChatAuthor, ChatCall, ChatMessage
from models.world import Character
from services.account.age import age_in
from services.chat import history
from services.chat.history import text_of


@dataclass(frozen=True)
class Desk:
    """What the making of replies can reach."""

    settings: Settings
    db: Database
    begin: Transactions
    bus: Bus
    graph: Graph
    llm: Llm
    embeddings: Embeddings

    @property
    def now(self) -> Clock:
        """The clock that every rule uses."""
        return self.begin.now


@dataclass(frozen=True)
class Scene:
    """A reply and all that bears on it, as it was when it was taken up."""

    chat: Chat
    reply: ChatMessage
    character: Character
    characters: Mapping[str, Character]
    channel: Channel
    viewer: Viewer
    likes: Sequence[str]
    said: str
    said_before: Sequence[str]
    turns: Sequence[Item]
    calls: Sequence[ChatCall]

    @property
    def locale(self) -> str:
        """The language of the chat."""
        return self.chat.locale

    @property
    def has_handed_over(self) -> bool:
        """Whether this reply has changed hands already; it does so once at most."""
        return any(part["type"] == "handoff" for part in self.reply.parts)


async def load(session: AsyncSession, settings: Settings, message_id: str, now: Clock) -> Scene:
    """Read it all."""
    seen = (
        select(ChatMessage, Chat, Channel, Customer)
        .join(Chat, Chat.id == ChatMessage.chat_id)
        .join(Channel, Channel.id == Chat.channel_id)
        .join(Customer, Customer.id == Chat.customer_id)
        .where(ChatMessage.id == message_id)
    )
    reply, chat, channel, customer = (await session.execute(seen)).one()._tuple()
    characters = {row.id: row for row in await session.scalars(select(Character))}
    before = await history.before(session, chat, reply.number)
    unsummed = [row for row in before if row.number > chat.summarized_to]
    calls = select(ChatCall).where(ChatCall.message_id == reply.id, ChatCall.round > 0)
    mine = [text_of(row) for row in before if row.author is ChatAuthor.CUSTOMER]
    return Scene(
        chat=chat,
        reply=reply,
        character=characters[chat.character_id],
        characters=characters,
        channel=channel,
        viewer=await _viewer(session, customer, channel, now),
        likes=list(customer.preferences),
        said=mine[-1] if mine else "",
        said_before=mine[:-1],
        turns=history.turns(unsummed, settings.chat_history_tokens),
        calls=list(await session.scalars(calls.order_by(ChatCall.round))),
    )


async def _viewer(
    session: AsyncSession, customer: Customer, channel: Channel, now: Clock
) -> Viewer:
    """Who the tools work for: the customer, with the rights of a customer and no others."""
    home = await session.get(Channel, customer.home_channel) if customer.home_channel else None
    return Viewer(
        customer_id=customer.id,
        is_guest=customer.is_guest,
        roles=frozenset({Role.CUSTOMER}),
        age=age_in(channel, home, customer.birth_date, customer.age_verified_at, now()),
    )
