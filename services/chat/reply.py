"""The making of a reply: one worker at a time, and each step of it a row (see ADR 0070).

A worker claims the reply, which raises its fence. Whatever it writes is refused once another
worker has claimed it, so that nothing is said twice.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from core.outbox import Transactions, UnitOfWork
from core.settings import Settings
from core.sweep import any_due, ring_due
from models.chat import CallState, Chat, ChatCall, ChatMessage, ChatStep, MessageStatus, StepKind
from services.chat import cost, liking, summary
from services.chat.scene import Desk
from services.chat.tasks import AnswerChat, ForgetCalls, chat_moved, reply_moved

MAX_CRASHES = 3
TOLD = (MessageStatus.FINISHED, MessageStatus.STOPPED)
PROVIDER_UNAVAILABLE = "PROVIDER_UNAVAILABLE"
TOO_SLOW = "TOO_SLOW"
BUDGET_SPENT = "CHAT_BUDGET_SPENT"
WORKER_CRASHED = "WORKER_CRASHED"


class Fenced(Exception):
    """Another worker has the reply now, or it has ended: drop what was being done."""


@dataclass(frozen=True)
class Claim:
    """The right to write to a reply, until the lease ends or another claim is made."""

    message_id: str
    chat_id: str
    fence: int


async def claim(uow: UnitOfWork, settings: Settings, message_id: str) -> Claim | None:
    """Take a reply that nobody makes; the fourth try after three crashes ends it."""
    reply = await uow.session.get(ChatMessage, message_id, with_for_update=True)
    if reply is None or reply.status is not MessageStatus.STREAMING:
        return None
    if reply.lease_until and reply.lease_until > uow.now():
        return None
    if reply.crashes >= MAX_CRASHES:
        await end(uow, settings, reply, MessageStatus.FAILED, WORKER_CRASHED)
        return None
    reply.crashes += 1
    reply.fence += 1
    reply.lease_until = reply.due_at = uow.now() + timedelta(seconds=settings.chat_lease_seconds)
    return Claim(reply.id, reply.chat_id, reply.fence)


async def renew(uow: UnitOfWork, settings: Settings, claim: Claim) -> bool:
    """Lengthen the lease; False when it is lost."""
    lease = uow.now() + timedelta(seconds=settings.chat_lease_seconds)
    held = update(ChatMessage).where(
        ChatMessage.id == claim.message_id,
        ChatMessage.fence == claim.fence,
        ChatMessage.status == MessageStatus.STREAMING,
    )
    kept = await uow.session.execute(
        held.values(lease_until=lease, due_at=lease).returning(ChatMessage.id)
    )
    return kept.first() is not None


@dataclass
class Page:
    """A reply that is being written to, in one transaction."""

    uow: UnitOfWork
    settings: Settings
    chat: Chat
    reply: ChatMessage

    def step(self, kind: StepKind, /, **payload: Any) -> None:
        """Tell one more step."""
        self.reply.steps += 1
        row = ChatStep(
            message_id=self.reply.id, number=self.reply.steps, kind=kind, payload=payload
        )
        self.uow.session.add(row)

    def say(self, text: str, cites: list[dict[str, str]], *, opens: bool) -> None:
        """Add a sentence to the text; `cites` are the sources that it rests on."""
        parts = [dict(part) for part in self.reply.parts]
        if not parts or parts[-1]["type"] != "text":
            parts.append({"type": "text", "text": ""})
        at, before = len(parts) - 1, parts[-1]["text"]
        between = "" if not before else "\n\n" if opens else " "
        parts[-1]["text"] = before + between + text
        self.reply.parts = parts
        self.step(StepKind.TEXT, part=at, text=between + text)
        start = len(before) + len(between)
        for source in cites:
            cited = {**source, "part": at, "start": start, "end": start + len(text)}
            self.reply.citations = [*self.reply.citations, cited]
            self.step(StepKind.CITATION, **cited)

    def show(self, card: dict[str, Any]) -> None:
        """Add a card or a note of a handoff."""
        self.reply.parts = [*self.reply.parts, card]
        kind = StepKind.HANDOFF if card["type"] == "handoff" else StepKind.CARD
        self.step(kind, part=len(self.reply.parts) - 1)

    async def end(self, status: MessageStatus, reason: str | None = None) -> None:
        """End the reply."""
        await end(self.uow, self.settings, self.reply, status, reason)


@asynccontextmanager
async def page(desk: Desk, claim: Claim) -> AsyncIterator[Page]:
    """Write to the reply in a transaction of its own. Raises Fenced when the claim is lost."""
    async with desk.begin() as uow:
        both = select(Chat, ChatMessage).join(ChatMessage, ChatMessage.chat_id == Chat.id)
        mine = both.where(ChatMessage.id == claim.message_id, ChatMessage.fence == claim.fence)
        found = (await uow.session.execute(mine.with_for_update())).first()
        if found is None or found.ChatMessage.status is not MessageStatus.STREAMING:
            raise Fenced(claim.message_id)
        chat, reply = found
        before = reply.steps
        yield Page(uow, desk.settings, chat, reply)
        if reply.steps != before:
            uow.send(reply_moved(reply.id))


async def end(
    uow: UnitOfWork,
    settings: Settings,
    reply: ChatMessage,
    status: MessageStatus,
    reason: str | None = None,
) -> None:
    """End a reply: what it was charged for is settled, and what the provider holds is deleted.

    What it told of moves the customer's interest, and a chat that has grown long is summed up.
    """
    chat = await uow.session.get_one(Chat, reply.chat_id, with_for_update=True)
    reply.status, reply.reason, reply.finished_at = status, reason, uow.now()
    reply.lease_until = reply.due_at = None
    calls = (
        await uow.session.scalars(select(ChatCall).where(ChatCall.message_id == reply.id))
    ).all()
    are_running = any(call.state is CallState.OPEN for call in calls)
    for call in calls:
        if call.state in (CallState.INTENT, CallState.OPEN):
            cost.drop(chat, call, CallState.LOST)
    if held := [call.provider_id for call in calls if call.provider_id and not call.forgotten_at]:
        uow.send(ForgetCalls(held, are_running))
    reply.steps += 1
    uow.session.add(
        ChatStep(message_id=reply.id, number=reply.steps, kind=StepKind.ENDED, payload={})
    )
    uow.send(reply_moved(reply.id))
    uow.send(chat_moved(chat.id))
    if status in TOLD:
        await liking.moved(uow, settings, chat, reply)
    await uow.session.flush()
    await summary.due(uow, settings, chat)
    await uow.count("chat_replies_total", status=status.value)


async def hand_back(begin: Transactions, claim: Claim) -> None:
    """Let another worker go on at once; this one was asked to end, which is no crash."""
    async with begin() as uow:
        reply = await uow.session.get(ChatMessage, claim.message_id, with_for_update=True)
        if reply is None or reply.fence != claim.fence:
            return
        if reply.status is MessageStatus.STREAMING:
            reply.crashes -= 1
            reply.lease_until, reply.due_at = None, uow.now()
            uow.send(AnswerChat(reply.id))


due = any_due(ChatMessage.due_at, Chat.summary_due_at)


async def sweep(uow: UnitOfWork) -> int:
    """Ring again for replies and summaries that nobody makes; return how many."""
    rung = await ring_due(uow, ChatMessage.due_at, AnswerChat, timedelta(seconds=5))
    return rung + await summary.sweep(uow)
