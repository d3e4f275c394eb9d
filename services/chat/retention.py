"""How long the log of replies is kept: their steps, and the calls that made them.

Messages stay until their chat is deleted. Who follows a reply whose steps are gone is told to
read it whole (`follow`).
"""

from datetime import timedelta

from sqlalchemy import delete, or_, select

from core.ids import first_id
from core.outbox import UnitOfWork
from core.settings import Settings
from models.chat import CallState, ChatCall, ChatMessage, ChatStep, MessageStatus

BATCH = 2_000
ENDED = (CallState.DONE, CallState.REFUSED, CallState.LOST)


async def forget_old(uow: UnitOfWork, settings: Settings) -> int:
    """Remove steps and calls of long ago, 2,000 of each at most; return how many went.

    A call stays until the provider holds nothing of it, and so does all of an open reply.
    """
    since = uow.now() - timedelta(days=settings.chat_steps_days)
    open_ = select(ChatMessage.id).where(ChatMessage.status == MessageStatus.STREAMING)
    steps = select(ChatStep.id).where(
        ChatStep.id < first_id("stp", since), ChatStep.message_id.not_in(open_)
    )
    calls = select(ChatCall.id).where(
        ChatCall.id < first_id("cal", since),
        ChatCall.message_id.not_in(open_),
        ChatCall.state.in_(ENDED),
        or_(ChatCall.provider_id.is_(None), ChatCall.forgotten_at.is_not(None)),
    )
    gone = 0
    for table, old in ((ChatStep, steps), (ChatCall, calls)):
        some = delete(table).where(table.id.in_(old.order_by(table.id).limit(BATCH)))
        gone += len((await uow.session.execute(some.returning(table.id))).all())
    return gone
