"""Making one reply, from the customer's words to its end.

What may not be left to a model is decided before it is asked: care instead of an answer, and who
answers (ADR 0071). What it says is judged sentence by sentence, and what is sent is a row first.
"""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import select, update

from core.i18n import pick
from gateways.llm import Ask, Called, Item, LlmUnavailable
from models.chat import CallState, ChatCall, ChatStep, MessageStatus, StepKind
from services.chat import customer, hear, persona, recall
from services.chat.care import block, break_off
from services.chat.grounding import Ground, numbers
from services.chat.guard import Concern, concern, lasting
from services.chat.handover import handed_over
from services.chat.judge import Judge, Kept, Over
from services.chat.kept import item_of, used, words_of
from services.chat.reply import BUDGET_SPENT, PROVIDER_UNAVAILABLE, Claim, Page, page
from services.chat.round import BudgetSpent, begin_call, listen, lose
from services.chat.scene import Desk, Scene
from services.chat.sentences import Sentence
from services.chat.tools import SKILLS, Outcome, label_of, offered, use
from services.chat.triggers import plain

MOST_ROUNDS = 6
MOST_FAILURES = 3
BACKOFF = (0.5, 2.0, 5.0)
LONGEST_WAIT = 10.0
_CHECK_CARD = {
    "ko": "주문 카드를 확인해 주세요. 확인하시기 전에는 아무것도 결제되지 않습니다.",
    "en": "Please look at the order card. Nothing is charged before you confirm it.",
}


async def make(desk: Desk, claim: Claim, scene: Scene, names: recall.Names) -> None:
    """Make a reply to its end, or go on with one. Raises Fenced."""
    if not scene.reply.steps:
        if (why := concern(scene.said) or lasting(scene.said, scene.said_before)) is not None:
            await _with_care(desk, claim, scene, why)
            return
        scene = await handed_over(desk, claim, scene)
    elif scene.has_handed_over:
        scene = replace(scene, character=scene.characters[scene.chat.character_id])
    async with desk.db.read() as session:
        world = await names.now(session)
    await hear.keep(desk, scene, world)
    async with desk.db.read() as session:
        who = await customer.known_of(session, desk, scene)
    pieces = await recall.find(desk, scene, world, scene.said)
    ground = Ground(world, {piece.id: piece for piece in pieces}, _may_count(scene))
    ground.know(who.pieces)
    ground.told |= who.told
    await _Reply(desk, claim, scene, ground, who.text).make()


def _may_count(scene: Scene) -> set[str]:
    """Return the numbers that may be said without a source: to the concierge, the customer's."""
    return (
        numbers(scene.said, words=True)
        if persona.part_of(scene.character) == "concierge"
        else set()
    )


async def _with_care(desk: Desk, claim: Claim, scene: Scene, why: Concern) -> None:
    async with page(desk, claim) as sheet:
        await block(sheet, scene.locale, why)


class _Reply:
    def __init__(
        self, desk: Desk, claim: Claim, scene: Scene, ground: Ground, customer: str
    ) -> None:
        self._desk, self._claim, self._scene, self._ground = desk, claim, scene, ground
        self._customer = customer
        least, most = persona.paragraphs(scene.character)
        private = " ".join(plain(persona.private(scene.character, scene.locale)).split())
        self._least, self._judge = least, Judge(ground, most, private)
        text = "\n\n".join(part["text"] for part in scene.reply.parts if part["type"] == "text")
        self._judge.remember(text)
        # A handoff is an event: a model that only says the line hands nobody over.
        for other in scene.characters.values():
            self._judge.keep_to_us(other.handoff.get("line", {}).values())
        self._over: Over | None = None
        self._turns: list[Item] = list(scene.turns)
        self._heard = ""

    async def make(self) -> None:
        """Ask the model until it has nothing more to call, and end the reply."""
        number, failures, is_done = 0, 0, False
        for call in self._scene.calls:
            number = call.round
            is_done = await self._go_on_with(call)
        while not is_done and number < MOST_ROUNDS:
            number += 1
            try:
                is_done = await self._round(number)
            except BudgetSpent:
                await self._cut_short()
                return
            except LlmUnavailable as error:
                failures += 1
                if not error.retryable or failures > MOST_FAILURES:
                    await self._fail()
                    return
                wait = error.retry_after or BACKOFF[failures - 1]
                await asyncio.sleep(min(wait, LONGEST_WAIT))
        await self._end()

    async def _go_on_with(self, call: ChatCall) -> bool:
        """Take up a call of a worker that is no more; True when nothing was left to do."""
        self._remember(call.turns)
        if call.state is CallState.DONE:
            return not call.turns
        if call.state is CallState.INTENT:
            async with page(self._desk, self._claim) as sheet:
                await lose(sheet.uow, sheet.chat, call.id, CallState.LOST)
        if call.state is not CallState.OPEN:
            return False
        try:
            return await self._hear_out(call, None)
        except LlmUnavailable:
            return False

    async def _round(self, number: int) -> bool:
        scene = self._scene
        told = persona.instructions(
            scene.character,
            scene.locale,
            self._customer,
            scene.chat.summary,
            self._ground.knowledge(),
        )
        tools = offered(SKILLS, scene.character.tools)
        asked = told + "".join(words_of(item) for item in self._turns) + str(tools)
        call_id, most = await begin_call(self._desk, self._claim, number, asked)
        ask = Ask(
            reference=scene.reply.id,
            instructions=told,
            turns=self._turns,
            tools=tools,
            max_output_tokens=most,
            customer_hash=hashlib.sha256(scene.viewer.id.encode()).hexdigest()[:32],
        )
        call = ChatCall(id=call_id, done=0, provider_id=None)
        return await self._hear_out(call, ask)

    async def _hear_out(self, call: ChatCall, ask: Ask | None) -> bool:
        """Hear a round; True when the answer ends with it."""
        self._heard = ""
        try:
            heard = await listen(self._desk, self._claim, call, ask, self._unit)
        except LlmUnavailable as error:
            state = CallState.LOST if error.is_unknown else CallState.REFUSED
            async with page(self._desk, self._claim) as sheet:
                row = await sheet.uow.session.get_one(ChatCall, call.id)
                has_run = row.provider_id is not None
                await lose(sheet.uow, sheet.chat, call.id, CallState.LOST if has_run else state)
            raise
        return self._over is not None or not heard.has_called

    async def _unit(self, call_id: str, number: int, unit: Sequence[Sentence] | Called) -> bool:
        if isinstance(unit, Called):
            await self._use(call_id, number, unit)
            return True
        begun = number - len(unit)
        verdicts = list(self._judged(unit))
        if verdicts:
            async with page(self._desk, self._claim) as sheet:
                call = update(ChatCall).where(ChatCall.id == call_id)
                await sheet.uow.session.execute(call.values(done=begun + len(verdicts)))
                for verdict in verdicts:
                    if isinstance(verdict, Kept):
                        sheet.say(verdict.text, verdict.cites, opens=verdict.opens)
        return self._over is None

    def _judged(self, sentences: Sequence[Sentence]) -> Iterator[Kept | None]:
        """Judge sentences, as far as one that ends the answer."""
        for sentence in sentences:
            verdict = self._judge.hear(sentence)
            self._heard += f"{sentence.text} "
            if isinstance(verdict, Over):
                self._over = verdict
                return
            yield verdict

    async def _use(self, call_id: str, number: int, called: Called) -> None:
        """Run a tool, and tell of it before and after."""
        async with page(self._desk, self._claim) as sheet:
            if not await _was_told(sheet, called.call_id):
                label = label_of(SKILLS, called.name, self._scene.locale)
                sheet.step(
                    StepKind.TOOL_STARTED, call=called.call_id, tool=called.name[:80], label=label
                )
        outcome = await use(
            SKILLS, self._desk, self._scene, self._ground, called.name, called.arguments
        )
        output = orjson.dumps(outcome.output).decode()
        said = [{"type": "said", "text": self._heard.strip()}] if self._heard.strip() else []
        turns = [*said, *used(called, output)]
        self._heard = ""
        self._learn(outcome, output)
        async with page(self._desk, self._claim) as sheet:
            call = await sheet.uow.session.get_one(ChatCall, call_id)
            call.done, call.turns = number, [*call.turns, *turns]
            sheet.step(
                StepKind.TOOL_ENDED,
                call=called.call_id,
                tool=called.name[:80],
                succeeded=outcome.worked,
            )
            for card in outcome.cards:
                sheet.show(dict(card))
        self._remember(turns)

    def _learn(self, outcome: Outcome, output: str) -> None:
        self._ground.add(outcome.pieces)
        self._ground.told |= numbers(output)

    def _remember(self, turns: Sequence[dict[str, Any]]) -> None:
        for turn in turns:
            self._turns.append(item_of(turn))
            if turn["type"] == "result":
                self._ground.told |= numbers(turn["output"])

    async def _fail(self) -> None:
        async with page(self._desk, self._claim) as sheet:
            await sheet.end(MessageStatus.FAILED, PROVIDER_UNAVAILABLE)

    async def _cut_short(self) -> None:
        """End for want of money: what was said stays."""
        async with page(self._desk, self._claim) as sheet:
            await sheet.end(MessageStatus.FAILED, BUDGET_SPENT)

    async def _end(self) -> None:
        """End the reply in good shape: never without words, and never too short."""
        scene = self._scene
        part = persona.part_of(scene.character)
        async with page(self._desk, self._claim) as sheet:
            parts = sheet.reply.parts
            has_text = any(one["type"] == "text" for one in parts)
            why = self._over.why if self._over else None
            if why and not has_text:
                await block(sheet, scene.locale, why)
                return
            if why:
                break_off(sheet, scene.locale, why)
                self._judge.paragraphs += 1
            elif any(one["type"] == "order" for one in parts) and parts[-1]["type"] != "text":
                sheet.say(pick(_CHECK_CARD, scene.locale), [], opens=False)
            elif not has_text:
                sheet.say(pick(persona.UNKNOWN[part], scene.locale), [], opens=False)
                self._judge.paragraphs += 1
            if self._judge.paragraphs < self._least:
                sheet.say(pick(persona.CLOSING[part], scene.locale), [], opens=True)
            await sheet.end(MessageStatus.FINISHED)


async def _was_told(sheet: Page, tool_call: str) -> bool:
    started = select(ChatStep.id).where(
        ChatStep.message_id == sheet.reply.id,
        ChatStep.kind == StepKind.TOOL_STARTED,
        ChatStep.payload["call"].astext == tool_call,
    )
    return (await sheet.uow.session.scalars(started)).first() is not None
