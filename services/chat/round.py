"""One paid round of the model: the intent, the stream, and what each piece of it becomes."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from sqlalchemy import update

from core.outbox import UnitOfWork
from gateways.llm import (
    Ask,
    Called,
    Ended,
    LlmGone,
    LlmUnavailable,
    Opened,
    Refused,
    Step,
    Usage,
    Words,
)
from models.chat import CallState, Chat, ChatCall
from services.chat import cost
from services.chat.ahead import ahead
from services.chat.opening import opened, through, unwanted
from services.chat.reply import Claim, Fenced, page
from services.chat.scene import Desk
from services.chat.sentences import Sentence, Sentences

PAUSES = (0.5, 1.0, 2.0, 4.0)


class BudgetSpent(Exception):
    """The chat may not cost any more."""


@dataclass
class Round:
    """What one call of the model came to."""

    call_id: str
    has_called: bool = False
    usage: Usage | None = None


type Heard = Callable[[str, int, Sequence[Sentence] | Called], Awaitable[bool]]


async def begin_call(desk: Desk, claim: Claim, number: int, asked: str) -> tuple[str, int]:
    """Write the intent, with the most that it can cost; return its id and the longest answer.

    Raises BudgetSpent, Fenced.
    """
    async with page(desk, claim) as sheet:
        most = cost.output_tokens_left(desk.settings, sheet.chat, asked)
        if most < cost.FEWEST_TOKENS:
            raise BudgetSpent
        call = ChatCall(chat_id=claim.chat_id, message_id=claim.message_id, round=number)
        cost.hold(desk.settings, sheet.chat, call, asked, most)
        sheet.uow.session.add(call)
        await sheet.uow.session.flush()
        return call.id, most


async def listen(desk: Desk, claim: Claim, call: ChatCall, ask: Ask | None, heard: Heard) -> Round:
    """Hear one round to its end, through cuts; `ask` is None for one that was opened before.

    `heard` gets each sentence and each call of a tool once, sentences that came meanwhile
    together, with the number of the last one in the round; it returns False to end the round
    there. Raises LlmUnavailable, Fenced.
    """
    taken = _Taken(desk, claim, call, heard)
    for pause in (*PAUSES, None):
        try:
            steps = _steps(desk, taken, ask)
            async with aclosing(steps), aclosing(ahead(steps)) as batches:
                async for batch in batches:
                    if not await taken.take(batch):
                        break
            if taken.is_over:
                return await taken.settled()
            raise LlmUnavailable("the stream ended before the answer", retryable=True)
        except LlmGone:
            raise
        except LlmUnavailable as error:
            if not error.retryable or pause is None or taken.provider_id is None:
                raise
            await asyncio.sleep(pause)
    raise AssertionError("unreachable")


def _steps(desk: Desk, taken: "_Taken", ask: Ask | None) -> AsyncGenerator[Step]:
    if taken.provider_id is not None or ask is None:
        return desk.llm.resume(taken.provider_id or "", taken.sequence)
    return opened(desk, ask)


class _Taken:
    """How far a round was heard."""

    def __init__(self, desk: Desk, claim: Claim, call: ChatCall, heard: Heard) -> None:
        self._desk, self._claim, self._heard = desk, claim, heard
        self._sentences, self._number, self._done = Sentences(), 0, call.done
        self._round = Round(call.id)
        self.provider_id = call.provider_id
        self.sequence = -1
        self.is_over = False
        self._is_cut = False

    async def take(self, steps: Sequence[Step]) -> bool:
        """Take what came; False when nothing more is wanted."""
        units: list[Sentence | Called] = []
        for step in steps:
            self.sequence = step.sequence
            if isinstance(step, Opened):
                await through(self._opened(step.provider_id))
            elif isinstance(step, Words | Refused):
                units += self._sentences.feed(step.text)
            elif isinstance(step, Called):
                units += (*self._sentences.flush(), step)
                self._round.has_called = True
            elif isinstance(step, Ended):
                units += self._sentences.flush()
                self._round.usage, self.is_over = step.usage, True
        await self._hear(units)
        if self._is_cut and not self.is_over:
            self._round.usage, self.is_over = await self._canceled(), True
        return not self.is_over

    async def settled(self) -> Round:
        """Count what it cost."""
        async with page(self._desk, self._claim) as sheet:
            call = await sheet.uow.session.get_one(ChatCall, self._round.call_id)
            usage = self._round.usage or Usage()
            cost.settle(self._desk.settings, sheet.chat, call, usage)
        return self._round

    async def _opened(self, provider_id: str) -> None:
        if self.provider_id == provider_id:
            return
        self.provider_id = provider_id
        try:
            async with page(self._desk, self._claim) as sheet:
                call = update(ChatCall).where(ChatCall.id == self._round.call_id)
                named = call.values(provider_id=provider_id, state=CallState.OPEN)
                await sheet.uow.session.execute(named)
        except Fenced:
            await unwanted(self._desk, provider_id)
            raise

    async def _hear(self, units: Sequence[Sentence | Called]) -> None:
        # A worker that is no more heard the first ones.
        before = max(self._done - self._number, 0)
        self._number += min(before, len(units))
        for part in _together(units[before:]):
            self._number += 1 if isinstance(part, Called) else len(part)
            self._is_cut = not await self._heard(self._round.call_id, self._number, part)
            if self._is_cut:
                return

    async def _canceled(self) -> Usage:
        return await self._desk.llm.cancel(self.provider_id) if self.provider_id else Usage()


def _together(units: Sequence[Sentence | Called]) -> Iterator[Sequence[Sentence] | Called]:
    said: list[Sentence] = []
    for unit in units:
        if isinstance(unit, Sentence):
            said.append(unit)
            continue
        if said:
            yield said
        said = []
        yield unit
    if said:
        yield said


async def lose(uow: UnitOfWork, chat: Chat, call_id: str, state: CallState) -> None:
    """End a call that will not be heard of again."""
    call = await uow.session.get_one(ChatCall, call_id, with_for_update=True)
    if call.state in (CallState.INTENT, CallState.OPEN):
        cost.drop(chat, call, state)
