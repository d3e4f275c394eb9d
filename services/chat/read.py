"""Reading chats: one's own only."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.ids import is_id
from core.pages import Page
from core.viewer import Viewer
from models.chat import Chat, ChatMessage, ChatStep, MessageStatus


async def get(session: AsyncSession, viewer: Viewer, id: str) -> Chat | None:
    """Return a chat of the viewer."""
    return next(iter(await mine(session, viewer, [id])), None)


async def mine(session: AsyncSession, viewer: Viewer, ids: Sequence[str]) -> list[Chat]:
    """Return those of these chats that are the viewer's."""
    known = [id for id in ids if is_id(id)]
    rows = select(Chat).where(Chat.id.in_(known), Chat.customer_id == viewer.customer_id)
    return list(await session.scalars(rows))


async def messages_of(
    session: AsyncSession, viewer: Viewer, ids: Sequence[str]
) -> list[ChatMessage]:
    """Return those of these messages that stand in chats of the viewer."""
    rows = (
        select(ChatMessage)
        .join(Chat, Chat.id == ChatMessage.chat_id)
        .where(
            ChatMessage.id.in_([id for id in ids if is_id(id)]),
            Chat.customer_id == viewer.customer_id,
        )
    )
    return list(await session.scalars(rows))


async def message(session: AsyncSession, viewer: Viewer, id: str) -> ChatMessage | None:
    """Return a message of a chat of the viewer."""
    return next(iter(await messages_of(session, viewer, [id])), None)


async def page(session: AsyncSession, viewer: Viewer, asked: Page) -> list[Chat]:
    """Return the viewer's chats, the newest first, one more than the page holds."""
    query = select(Chat).where(Chat.customer_id == viewer.customer_id).order_by(Chat.id.desc())
    if (last := asked.after_id()) is not None:
        query = query.where(Chat.id < last)
    return list(await session.scalars(query.limit(asked.first + 1)))


async def count(session: AsyncSession, viewer: Viewer) -> int:
    """Return how many chats the viewer has."""
    query = select(func.count()).where(Chat.customer_id == viewer.customer_id)
    return await session.scalar(query) or 0


async def messages(session: AsyncSession, chat_id: str, asked: Page) -> list[ChatMessage]:
    """Return the messages of a chat in their order, one more than the page holds."""
    query = select(ChatMessage).where(ChatMessage.chat_id == chat_id)
    if (key := asked.key(1)) is not None:
        query = query.where(ChatMessage.number > int(key[0] or 0))
    query = query.order_by(ChatMessage.number)
    return list(await session.scalars(query.limit(asked.first + 1)))


async def steps(session: AsyncSession, message_id: str, after: int) -> list[ChatStep]:
    """Return the steps of a reply behind a cursor, in their order."""
    query = select(ChatStep).where(ChatStep.message_id == message_id, ChatStep.number > after)
    return list(await session.scalars(query.order_by(ChatStep.number)))


async def open_reply(session: AsyncSession, viewer: Viewer, chat_id: str) -> ChatMessage | None:
    """Return the reply that is being made in a chat of the viewer."""
    if not is_id(chat_id):
        return None
    query = (
        select(ChatMessage)
        .join(Chat, Chat.id == ChatMessage.chat_id)
        .where(
            Chat.id == chat_id,
            Chat.customer_id == viewer.customer_id,
            ChatMessage.status == MessageStatus.STREAMING,
        )
    )
    return (await session.scalars(query)).first()
