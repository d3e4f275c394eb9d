"""Deleting chats: from Postgres, from Redis, and from the provider of the model (C7)."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select, update

from core.outbox import UnitOfWork
from core.viewer import Viewer
from models.chat import CallState, Chat, ChatCall, ChatMessage, ChatPreference, MessageStatus
from models.erasure import ErasureReceipt
from services import erasure
from services.account.erase import wipes_first
from services.chat.talk import owned
from services.chat.tasks import ForgetCalls, ForgetLikes, chat_moved, reply_moved, stop_asked


async def delete_chat(uow: UnitOfWork, viewer: Viewer, chat_id: str) -> ErasureReceipt:
    """Delete a chat of the viewer; again gives the same receipt. Raises NotFound."""
    known = await erasure.of_subject(uow.session, chat_id)
    if known is not None and known.customer_id == viewer.id:
        return known
    chat = await owned(uow, viewer, chat_id)
    rows = await _erase(uow, [chat.id])
    return await erasure.record(
        uow, subject=chat_id, customer_id=viewer.id, stores={"postgres": rows}
    )


async def _erase(uow: UnitOfWork, chat_ids: Sequence[str]) -> int:
    """Delete chats with all that hangs on them, and have the provider's copies deleted."""
    messages = select(ChatMessage.id).where(ChatMessage.chat_id.in_(chat_ids))
    held = select(ChatCall.provider_id, ChatCall.state).where(
        ChatCall.chat_id.in_(chat_ids),
        ChatCall.provider_id.is_not(None),
        ChatCall.forgotten_at.is_(None),
    )
    if calls := (await uow.session.execute(held)).all():
        are_running = any(call.state is CallState.OPEN for call in calls)
        uow.send(ForgetCalls([call.provider_id or "" for call in calls], are_running))
    for id in await uow.session.scalars(
        messages.where(ChatMessage.status == MessageStatus.STREAMING)
    ):
        uow.send(reply_moved(id))
        uow.send(stop_asked(id))
    for id in chat_ids:
        uow.send(chat_moved(id))
    heard = select(ChatPreference.customer_id).where(ChatPreference.id.in_(messages)).distinct()
    for customer_id in await uow.session.scalars(heard):
        uow.send(ForgetLikes(customer_id))
    rows = await uow.session.scalar(select(func.count()).select_from(messages.subquery())) or 0
    gone = delete(Chat).where(Chat.id.in_(chat_ids)).returning(Chat.id)
    return rows + len((await uow.session.execute(gone)).all())


async def forgotten(uow: UnitOfWork, provider_ids: Sequence[str]) -> None:
    """Note that the provider holds these runs no more."""
    calls = update(ChatCall).where(ChatCall.provider_id.in_(provider_ids))
    await uow.session.execute(calls.values(forgotten_at=uow.now(), turns=[]))


@wipes_first
async def _chats(uow: UnitOfWork, customer_id: str) -> int:
    ids = (await uow.session.scalars(select(Chat.id).where(Chat.customer_id == customer_id))).all()
    return await _erase(uow, ids) if ids else 0
