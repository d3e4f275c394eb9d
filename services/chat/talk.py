"""Starting a chat, saying something in it, stopping an answer."""

import unicodedata

from sqlalchemy import select

from core.errors import NotFound
from core.i18n import LOCALES
from core.idempotency import once
from core.ids import is_id
from core.outbox import UnitOfWork
from core.settings import Settings
from core.viewer import Viewer
from models.catalogue import Channel
from models.chat import Chat, ChatAuthor, ChatMessage, MessageStatus
from models.world import Character
from services import world
from services.chat.cost import is_spent
from services.chat.errors import ChatBudgetSpent, ReplyInProgress, bad_text
from services.chat.tasks import AnswerChat, chat_moved, stop_asked

LONGEST_TEXT = 4_000
LONGEST_TITLE = 120
TITLE_FROM_TEXT = 40
# How often one customer may, over whatever wire.
STARTS = {"limit": 60, "seconds": 60}
MESSAGES = {"limit": 60, "seconds": 60}


async def start(
    uow: UnitOfWork,
    viewer: Viewer,
    channel: Channel,
    character_id: str,
    locale: str,
    key: str,
) -> Chat:
    """Begin a chat with a character who can answer. Raises NotFound, IdempotencyConflict."""
    character = await uow.session.get(Character, character_id)
    if character is None or not character.active or not character.handoff:
        raise NotFound("input.characterId")
    locale = locale if locale in LOCALES else "ko"

    async def work() -> str:
        chat = Chat(
            customer_id=viewer.id,
            character_id=character_id,
            channel_id=channel.id,
            locale=locale,
            title="",
        )
        uow.session.add(chat)
        await uow.session.flush()
        return chat.id

    asked = {"character_id": character_id, "locale": locale}
    return await owned(uow, viewer, await once(uow, viewer, "startChat", key, asked, work))


async def send(
    uow: UnitOfWork, viewer: Viewer, settings: Settings, chat_id: str, text: str, key: str
) -> tuple[ChatMessage, ChatMessage]:
    """Say something; return it with the reply that is being made.

    Raises NotFound, InvalidInput, ReplyInProgress, ChatBudgetSpent, IdempotencyConflict.
    """
    said = cleaned(text)
    if not 1 <= len(said) <= LONGEST_TEXT:
        raise bad_text("text", LONGEST_TEXT)

    async def work() -> str:
        chat = await owned(uow, viewer, chat_id)
        if (open_ := await _open_reply(uow, chat.id)) is not None:
            raise ReplyInProgress(_apart(uow, open_))
        if is_spent(settings, chat):
            raise ChatBudgetSpent(_apart(uow, chat))
        return (await _say(uow, chat, said)).id

    asked = {"chat_id": chat_id, "text": said}
    await owned(uow, viewer, chat_id)
    reply_id = await once(uow, viewer, "sendMessage", key, asked, work)
    reply = await uow.session.get(ChatMessage, reply_id)
    if reply is None:
        raise NotFound("input.chatId")
    before = select(ChatMessage).where(
        ChatMessage.chat_id == reply.chat_id, ChatMessage.number == reply.number - 1
    )
    return (await uow.session.scalars(before)).one(), reply


async def stop(uow: UnitOfWork, viewer: Viewer, reply_id: str) -> ChatMessage:
    """Have a reply ended; what is there stays, and ending it twice is fine. Raises NotFound."""
    reply = await uow.session.get(ChatMessage, reply_id, with_for_update=True)
    if reply is None or reply.author is not ChatAuthor.CHARACTER:
        raise NotFound("replyId")
    try:
        await owned(uow, viewer, reply.chat_id, lock=False)
    except NotFound:
        raise NotFound("replyId") from None
    if reply.status is MessageStatus.STREAMING and reply.stop_at is None:
        reply.stop_at = uow.now()
        uow.send(stop_asked(reply.id))
        # Should nobody hold the reply just now, this ends it.
        uow.send(AnswerChat(reply.id))
    return reply


async def rename(uow: UnitOfWork, viewer: Viewer, chat_id: str, title: str) -> Chat:
    """Give a chat another title. Raises NotFound, InvalidInput."""
    named = cleaned(title)
    if not 1 <= len(named) <= LONGEST_TITLE or "\n" in named:
        raise bad_text("title", LONGEST_TITLE)
    chat = await owned(uow, viewer, chat_id)
    chat.title = named
    uow.send(chat_moved(chat.id))
    return chat


async def owned(uow: UnitOfWork, viewer: Viewer, chat_id: str, *, lock: bool = True) -> Chat:
    """Return a chat of the viewer, locked unless told otherwise. Raises NotFound."""
    if not is_id(chat_id):
        raise NotFound("input.chatId")
    chat = await uow.session.get(Chat, chat_id, with_for_update=lock, populate_existing=lock)
    if chat is None or chat.customer_id != viewer.id:
        raise NotFound("input.chatId")
    return chat


def cleaned(text: str) -> str:
    """Compose letters and drop what cannot be seen or kept."""
    seen = "".join(
        letter
        for letter in unicodedata.normalize("NFC", text)
        if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs", "Co", "Cn")
    )
    return seen.strip()


async def _say(uow: UnitOfWork, chat: Chat, said: str) -> ChatMessage:
    """Add what the customer said and the empty reply, and have it made."""
    spoken = ChatMessage(
        chat_id=chat.id,
        number=chat.length + 1,
        author=ChatAuthor.CUSTOMER,
        status=MessageStatus.FINISHED,
        parts=[{"type": "text", "text": said}],
        finished_at=uow.now(),
    )
    reply = ChatMessage(
        chat_id=chat.id,
        number=chat.length + 2,
        author=ChatAuthor.CHARACTER,
        character_id=chat.character_id,
        status=MessageStatus.STREAMING,
        due_at=uow.now(),
    )
    chat.length += 2
    chat.title = chat.title or " ".join(said.split())[:TITLE_FROM_TEXT]
    uow.session.add_all([spoken, reply])
    await uow.session.flush()
    uow.send(AnswerChat(reply.id))
    uow.send(chat_moved(chat.id))
    await world.chatted(uow, chat.customer_id, chat.character_id)
    await uow.count("chat_messages_total")
    return reply


def _apart[M: Chat | ChatMessage](uow: UnitOfWork, row: M) -> M:
    """Let a row be shown after the transaction was rolled back."""
    uow.session.expunge(row)
    return row


async def _open_reply(uow: UnitOfWork, chat_id: str) -> ChatMessage | None:
    query = select(ChatMessage).where(
        ChatMessage.chat_id == chat_id, ChatMessage.status == MessageStatus.STREAMING
    )
    return (await uow.session.scalars(query)).first()
