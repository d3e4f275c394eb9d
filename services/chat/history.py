"""What of a conversation the model reads: its last turns, and of what came before a summary.

The turns take `CHAT_HISTORY_TOKENS` at most. When they fill two thirds of that, all but the
last third is summed up; so there is room for what is said until the summary is there.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.settings import Settings
from gateways.llm import Item, Turn
from models.chat import Chat, ChatAuthor, ChatMessage, MessageStatus
from services.chat.cost import tokens

MOST_MESSAGES = 40
MOST_SAID = 1_000
# The customer's last words and the answer to them are always told word by word.
LAST_EXCHANGE = 2


def text_of(message: ChatMessage) -> str:
    """Return the words of a message."""
    return "\n\n".join(part["text"] for part in message.parts if part["type"] == "text")


async def before(session: AsyncSession, chat: Chat, number: int) -> list[ChatMessage]:
    """Return the last messages before one, oldest first."""
    rows = select(ChatMessage).where(ChatMessage.chat_id == chat.id, ChatMessage.number < number)
    newest = rows.order_by(ChatMessage.number.desc()).limit(MOST_MESSAGES)
    return list(reversed(list(await session.scalars(newest))))


async def said_in(session: AsyncSession, chat_id: str, number: int) -> list[str]:
    """Return what the customer said before a message, oldest first: their last 1,000 messages."""
    rows = select(ChatMessage).where(
        ChatMessage.chat_id == chat_id,
        ChatMessage.number < number,
        ChatMessage.author == ChatAuthor.CUSTOMER,
    )
    newest = await session.scalars(rows.order_by(ChatMessage.number.desc()).limit(MOST_SAID))
    return [text_of(row) for row in newest][::-1]


def turns(rows: Sequence[ChatMessage], budget: int) -> list[Item]:
    """Return the last turns within so many tokens; the newest is always there."""
    found: list[Item] = []
    for row in reversed(rows):
        text = text_of(row)
        if not text:
            continue
        budget -= tokens(text)
        if budget < 0 and found:
            break
        found.append(Turn("user" if row.author is ChatAuthor.CUSTOMER else "assistant", text))
    return found[::-1]


async def outgrown(session: AsyncSession, settings: Settings, chat: Chat) -> list[ChatMessage]:
    """Return the messages that are to be summed up now, oldest first; most often none."""
    unsummed = select(ChatMessage).where(
        ChatMessage.chat_id == chat.id,
        ChatMessage.number > chat.summarized_to,
        ChatMessage.status != MessageStatus.STREAMING,
    )
    rows = list(
        await session.scalars(unsummed.order_by(ChatMessage.number).limit(10 * MOST_MESSAGES))
    )
    budget = settings.chat_history_tokens
    size = sum(tokens(text_of(row)) for row in rows)
    if size <= budget * 2 // 3 and len(rows) <= MOST_MESSAGES * 2 // 3:
        return []
    kept = _fitting(rows[::-1], budget // 3, MOST_MESSAGES // 3, least=LAST_EXCHANGE)
    older = rows[: len(rows) - kept]
    return older[: _fitting(older, budget, len(older), least=1)]


def _fitting(rows: Sequence[ChatMessage], budget: int, most: int, *, least: int) -> int:
    """Return how many of the first rows fit into so many tokens."""
    for number, row in enumerate(rows):
        budget -= tokens(text_of(row))
        if number >= least and (budget < 0 or number >= most):
            return number
    return len(rows)
