"""Summing up what a long chat has outgrown: after a reply, on its own, and paid for once.

The call is a row like those of replies: the intent before it, the provider's id as soon as it is
told. Who takes over from a crashed worker goes on with the same run. When it fails the turns
stay as they are, and the end of the next reply asks again.
"""

import asyncio
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, update

from core.outbox import UnitOfWork
from core.settings import Settings
from core.sweep import ring_due
from gateways.llm import Ask, Ended, LlmUnavailable, Opened, Refused, Turn, Usage, Words
from models.chat import CallState, Chat, ChatCall, ChatMessage
from services.chat import cost, minutes
from services.chat.history import outgrown
from services.chat.opening import opened, through
from services.chat.scene import Desk
from services.chat.tasks import ForgetCalls, SummarizeChat
from services.chat.tools import SKILLS

PAUSES = (0.5, 1.0, 2.0, 4.0)
# The rounds of replies count from 1; one of these is the first of its message.
ROUND = 0


class Dropped(Exception):
    """The call is in other hands, or its chat is gone."""


@dataclass(frozen=True)
class Work:
    """A summary that is being made; one that was opened before has its provider's id."""

    chat_id: str
    call_id: str
    ask: Ask
    provider_id: str | None


async def due(uow: UnitOfWork, settings: Settings, chat: Chat) -> None:
    """Have a locked chat summed up if it has outgrown what is told of it word by word."""
    if chat.summary_due_at is None and await outgrown(uow.session, settings, chat):
        chat.summary_due_at = uow.now()
        uow.send(SummarizeChat(chat.id))


async def sweep(uow: UnitOfWork) -> int:
    """Ring again for summaries that nobody makes; return how many."""
    return await ring_due(uow, Chat.summary_due_at, SummarizeChat, timedelta(seconds=5))


async def summarize(desk: Desk, chat_id: str) -> None:
    """Make the summary that a chat is due, or go on with one."""
    async with desk.begin() as uow:
        work = await _claim(uow, desk.settings, chat_id)
    if work is None:
        return
    keeper = asyncio.create_task(_hold(desk, chat_id))
    try:
        await _make(desk, work)
    except Dropped:
        return
    except asyncio.CancelledError:
        await asyncio.shield(_hand_back(desk, chat_id))
        raise
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper


async def _claim(uow: UnitOfWork, settings: Settings, chat_id: str) -> Work | None:
    chat = await uow.session.get(Chat, chat_id, with_for_update=True)
    if chat is None or chat.summary_due_at is None:
        return None
    if chat.summary_lease_until and chat.summary_lease_until > uow.now():
        return None
    left = await _left(uow, chat)
    if left is not None and left.state is CallState.INTENT:
        # Whether it was taken cannot be asked: counted at its most, and not made twice.
        cost.drop(chat, left, CallState.LOST)
        _over(chat)
        return None
    work = await _begin(uow, settings, chat, left)
    if work is None:
        _over(chat)
        return None
    lease = uow.now() + timedelta(seconds=settings.chat_lease_seconds)
    chat.summary_due_at = chat.summary_lease_until = lease
    return work


async def _left(uow: UnitOfWork, chat: Chat) -> ChatCall | None:
    """Return the call of a worker that is no more."""
    open_ = (CallState.INTENT, CallState.OPEN)
    rows = select(ChatCall).where(
        ChatCall.chat_id == chat.id, ChatCall.round <= ROUND, ChatCall.state.in_(open_)
    )
    return (await uow.session.scalars(rows.with_for_update())).first()


async def _begin(
    uow: UnitOfWork, settings: Settings, chat: Chat, left: ChatCall | None
) -> Work | None:
    """Return what is to be asked, and its call; None when there is nothing to pay for."""
    rows = await _rows(uow, chat, left) if left else await outgrown(uow.session, settings, chat)
    if not rows:
        return None
    told, said = minutes.instructions(chat.locale, chat.summary), minutes.transcript(rows)
    asked = told + said + str(minutes.SHAPE.schema)
    most = min(settings.chat_summary_tokens, cost.output_tokens_left(settings, chat, asked))
    if left is None and most < cost.FEWEST_TOKENS:
        return None
    call = left or await _intent(uow, chat, rows[-1].id)
    if left is None:
        cost.hold(settings, chat, call, asked, most)
    ask = Ask(call.id, told, [Turn("user", said)], max_output_tokens=most, shape=minutes.SHAPE)
    return Work(chat.id, call.id, ask, call.provider_id)


async def _intent(uow: UnitOfWork, chat: Chat, message_id: str) -> ChatCall:
    """Write down that a summary up to a message is going to be asked for, once more if it was."""
    tries = select(func.count()).where(ChatCall.message_id == message_id, ChatCall.round <= ROUND)
    number = ROUND - (await uow.session.scalar(tries) or 0)
    call = ChatCall(chat_id=chat.id, message_id=message_id, round=number)
    uow.session.add(call)
    await uow.session.flush()
    return call


async def _make(desk: Desk, work: Work) -> None:
    try:
        async with asyncio.timeout(desk.settings.chat_reply_seconds):
            answer, usage = await _heard(desk, work)
    except (LlmUnavailable, TimeoutError) as error:
        await _given_up(desk, work, is_unknown=getattr(error, "is_unknown", True))
        return
    async with desk.begin() as uow:
        chat, call = await _locked(uow, work)
        # Before anything changes: a row that is written twice has its keys looked up, which waits
        # for who holds the customer or the cart, and may wait for the chat.
        rows = await _rows(uow, chat, call)
        cost.settle(desk.settings, chat, call, usage)
        summary = minutes.read(answer, chat.locale, SKILLS)
        chat.summary = summary or minutes.extract(rows, chat.summary, chat.locale, SKILLS)
        chat.summarized_to = rows[-1].number if rows else chat.summarized_to
        _over(chat)
        uow.send(ForgetCalls([call.provider_id or ""]))
        await uow.count("chat_summaries_total", source="model" if summary else "extract")


async def _heard(desk: Desk, work: Work) -> tuple[str, Usage]:
    """Return the answer, heard through cuts. Raises LlmUnavailable, Dropped."""
    text, id, sequence = "", work.provider_id, -1
    for pause in (*PAUSES, None):
        steps = desk.llm.resume(id, sequence) if id else opened(desk, work.ask)
        try:
            async with aclosing(steps):
                async for step in steps:
                    sequence = step.sequence
                    if isinstance(step, Opened) and id is None:
                        id = step.provider_id
                        await through(_opened(desk, work, id))
                    elif isinstance(step, Words | Refused):
                        text += step.text
                    elif isinstance(step, Ended):
                        return text, step.usage
            raise LlmUnavailable("the stream ended before the answer", retryable=True)
        except LlmUnavailable as error:
            if not error.retryable or pause is None or id is None:
                raise
            await asyncio.sleep(pause)
    raise AssertionError("unreachable")


async def _opened(desk: Desk, work: Work, provider_id: str) -> None:
    async with desk.begin() as uow:
        call = await uow.session.get(ChatCall, work.call_id, with_for_update=True)
        is_mine = call is not None and call.state is CallState.INTENT
        if call is not None and is_mine:
            call.provider_id, call.state = provider_id, CallState.OPEN
        else:
            uow.send(ForgetCalls([provider_id], are_running=True))
    if not is_mine:
        raise Dropped(work.call_id)


async def _given_up(desk: Desk, work: Work, *, is_unknown: bool) -> None:
    """End a call without a summary: what it is known to have used is counted, or its most."""
    async with desk.db.write() as session:
        row = await session.get(ChatCall, work.call_id)
        provider_id = row.provider_id if row else None
    usage: Usage | None = None
    if provider_id:
        with suppress(LlmUnavailable):
            usage = await desk.llm.cancel(provider_id)
    async with desk.begin() as uow:
        chat, call = await _locked(uow, work)
        if usage is not None:
            cost.settle(desk.settings, chat, call, usage)
        else:
            is_free = not is_unknown and provider_id is None
            cost.drop(chat, call, CallState.REFUSED if is_free else CallState.LOST)
        if provider_id:
            uow.send(ForgetCalls([provider_id], are_running=usage is None))
        _over(chat)


async def _locked(uow: UnitOfWork, work: Work) -> tuple[Chat, ChatCall]:
    """Return the chat and the call while it is still under way. Raises Dropped."""
    chat = await uow.session.get(Chat, work.chat_id, with_for_update=True)
    call = await uow.session.get(ChatCall, work.call_id, with_for_update=True)
    if chat is None or call is None or call.state not in (CallState.INTENT, CallState.OPEN):
        raise Dropped(work.call_id)
    return chat, call


async def _rows(uow: UnitOfWork, chat: Chat, call: ChatCall) -> list[ChatMessage]:
    """Return the messages that a call was about."""
    last = await uow.session.get_one(ChatMessage, call.message_id)
    mine = select(ChatMessage).where(
        ChatMessage.chat_id == chat.id,
        ChatMessage.number > chat.summarized_to,
        ChatMessage.number <= last.number,
    )
    return list(await uow.session.scalars(mine.order_by(ChatMessage.number)))


def _over(chat: Chat) -> None:
    chat.summary_due_at = chat.summary_lease_until = None


async def _hold(desk: Desk, chat_id: str) -> None:
    """Renew the lease for as long as this runs."""
    seconds = desk.settings.chat_lease_seconds
    while True:
        await asyncio.sleep(seconds / 3)
        async with desk.begin() as uow:
            lease = uow.now() + timedelta(seconds=seconds)
            held = update(Chat).where(Chat.id == chat_id, Chat.summary_lease_until.is_not(None))
            await uow.session.execute(held.values(summary_due_at=lease, summary_lease_until=lease))


async def _hand_back(desk: Desk, chat_id: str) -> None:
    """Let another worker go on at once."""
    async with desk.begin() as uow:
        chat = await uow.session.get(Chat, chat_id, with_for_update=True)
        if chat is not None and chat.summary_due_at is not None:
            chat.summary_due_at, chat.summary_lease_until = uow.now(), None
            uow.send(SummarizeChat(chat_id))
