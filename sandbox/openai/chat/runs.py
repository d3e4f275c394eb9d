"""Rounds under way and ended: each is made once, however many read it."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable

from sandbox.openai.chat.asked import Asked
from sandbox.openai.chat.events import Answer, Event, events, is_word
from sandbox.openai.chat.plan import Call, Plan, read_plan
from sandbox.openai.chat.store import Kept, RunStore


class Run:
    """One round: its events so far, and those who wait for more."""

    def __init__(self, id: str, asked: Asked, plan: Plan, created_at: int) -> None:
        self.id, self.asked, self.plan = id, asked, plan
        self.answer = Answer(id, asked, created_at)
        self.events: list[Event] = []
        self.words = self.readers = 0
        self.has_ended = self.is_deleted = self.was_cut = False
        self.ended_at: float | None = None
        self.task: asyncio.Task[None] | None = None
        self._more = asyncio.Event()

    async def make(self, tokens_per_second: Callable[[], float]) -> None:
        """Makes every event at the speed of that moment (0: at once)."""
        for event in events(self.answer, self.plan):
            if is_word(event):
                usual = 1 / speed if (speed := tokens_per_second()) else 0.0
                await self._wait(usual if self.plan.pace is None else self.plan.pace)
                self.words += 1
            self._add(event)
        self._end()

    async def _wait(self, pace: float) -> None:
        if self.words == self.plan.stall_at:
            await asyncio.sleep(self.plan.stall_seconds)
        await asyncio.sleep(pace)

    def again(self, kept: Kept) -> None:
        """Makes the events of a round that had ended before the sandbox did."""
        for event in events(self.answer, self.plan):
            if kept.status == "cancelled" and len(self.events) >= kept.made:
                break
            self.words += is_word(event)
            self._add(event)
        self.answer.status = kept.status
        self._end()

    def cancel(self) -> None:
        """Ends a round that is under way; nothing is made after this."""
        if not self.has_ended:
            if self.task:
                self.task.cancel()
            self.answer.status = "cancelled"
            self._end()

    async def read(self, after: int) -> AsyncIterator[Event]:
        """The events behind a sequence number, as they come, until the round ends."""
        position = after + 1
        self.readers += 1
        try:
            while True:
                more = self._more
                while position < len(self.events):
                    yield self.events[position]
                    position += 1
                if self.has_ended:
                    return
                await more.wait()
        finally:
            self.readers -= 1

    async def finished(self) -> None:
        """Returns once the round has ended."""
        async for _ in self.read(len(self.events)):
            continue

    def _add(self, event: Event) -> None:
        self.events.append({**event, "sequence_number": len(self.events)})
        self._wake()

    def _end(self) -> None:
        self.has_ended, self.ended_at = True, time.time()
        self._wake()

    def _wake(self) -> None:
        waiting, self._more = self._more, asyncio.Event()
        waiting.set()

    def shown(self) -> dict[str, object]:
        """For the control API."""
        called = [output.name for output in self.plan.outputs if isinstance(output, Call)]
        return {
            "id": self.id,
            "model": self.asked.model,
            "status": self.answer.status,
            "is_running": not self.has_ended,
            "is_deleted": self.is_deleted,
            "is_background": self.asked.is_background,
            "metadata": self.asked.body.get("metadata") or {},
            "safety_identifier": self.asked.body.get("safety_identifier"),
            "instructions": self.asked.instructions,
            "input": self.asked.items,
            "calls": called,
            "events": len(self.events),
            "words": self.words,
            "readers": self.readers,
            "ended_at": self.ended_at,
            "usage": self.answer.usage(),
        }


class Runs:
    """Every round since the last reset."""

    def __init__(self, store: RunStore, tokens_per_second: float) -> None:
        self._store, self._usual = store, tokens_per_second
        self.tokens_per_second = tokens_per_second
        self._runs: dict[str, Run] = {}

    def start(self) -> None:
        """Takes up what was under way when the sandbox ended."""
        for kept in self._store.all():
            run = Run(kept.id, Asked(kept.body), read_plan(kept.plan), kept.created_at)
            self._runs[kept.id] = run
            if kept.status == "in_progress":
                self._begin(run)
            else:
                run.again(kept)

    def add(self, asked: Asked, plan: Plan) -> Run:
        """Begins a round."""
        run = Run(f"resp_{secrets.token_hex(16)}", asked, plan, int(time.time()))
        self._runs[run.id] = run
        body = dict(asked.body)
        self._store.add(
            Kept(run.id, body, plan.wire(), run.answer.created_at, run.answer.status, 0)
        )
        self._begin(run)
        return run

    def _begin(self, run: Run) -> None:
        async def work() -> None:
            await run.make(lambda: self.tokens_per_second)
            self._kept(run)

        run.task = asyncio.create_task(work())

    def one(self, id: str) -> Run | None:
        run = self._runs.get(id)
        return None if run is None or run.is_deleted else run

    def all(self) -> list[Run]:
        """Every round, deleted ones too, oldest first."""
        return list(self._runs.values())

    def cancel(self, run: Run) -> None:
        if not run.has_ended:
            run.cancel()
            self._kept(run)

    def delete(self, run: Run) -> None:
        """Forgets a round's words; that there was one is still shown."""
        run.cancel()
        run.is_deleted = True
        run.asked = Asked({"model": run.asked.model, "metadata": run.asked.body.get("metadata")})
        run.events.clear()
        self._store.delete(run.id)

    def _kept(self, run: Run) -> None:
        if not run.is_deleted:
            self._store.end(run.id, run.answer.status, len(run.events))

    def clear(self) -> None:
        for run in self._runs.values():
            run.cancel()
        self._runs.clear()
        self._store.clear()
        self.tokens_per_second = self._usual

    async def stop(self) -> None:
        """Ends the work without the rounds: a restart takes them up."""
        tasks = [run.task for run in self._runs.values() if run.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._store.close()
