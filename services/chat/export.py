"""A chat as a file: everything that was said in it, for who said it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.settings import Settings
from models.chat import Chat, ChatMessage, ChatPreference
from services.ar.links import Link, is_genuine, signed


def path_of(chat_id: str) -> str:
    """Return where the file of a chat is, under `/export`."""
    return f"chats/{chat_id}.json"


def link(settings: Settings, chat_id: str, now: Clock) -> Link:
    """Return a link to the file that ends soon; its holder needs no token."""
    return signed(settings, path_of(chat_id), now(), "export")


def opens(settings: Settings, chat_id: str, ends: str, signature: str, now: Clock) -> bool:
    """Tell whether a link is one of ours and has not ended."""
    return is_genuine(settings, path_of(chat_id), ends, signature, now())


async def document(session: AsyncSession, chat_id: str) -> dict[str, Any] | None:
    """Write a chat out; None when it was deleted."""
    chat = await session.get(Chat, chat_id)
    if chat is None:
        return None
    heard = ChatPreference.preferences
    query = select(ChatMessage, heard).outerjoin(
        ChatPreference, ChatPreference.id == ChatMessage.id
    )
    query = query.where(ChatMessage.chat_id == chat_id).order_by(ChatMessage.number)
    return {
        "id": chat.id,
        "title": chat.title,
        "locale": chat.locale,
        "createdAt": chat.created_at,
        "inputTokens": chat.input_tokens,
        "outputTokens": chat.output_tokens,
        "summary": chat.summary,
        "messages": [
            {
                "id": row.id,
                "author": row.author.value.upper(),
                "character": row.character_id,
                "status": row.status.value.upper(),
                "parts": row.parts,
                "citations": row.citations,
                "preferences": preferences,
                "createdAt": row.created_at,
            }
            for row, preferences in await session.execute(query)
        ],
    }
