"""One execution for all subscribers who may see the same (decision 30)."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

import orjson

from routes.graphql import refusals
from routes.graphql.engine import Engine, Event, Operation, StreamFailed
from routes.graphql.errors import shape_exception
from routes.graphql.host import Caller, Host
from routes.graphql.limits import Limits
from routes.graphql.refusals import Refusal, Shaped
from routes.graphql.telemetry import EXECUTIONS, OPERATIONS, SUBSCRIBERS

type Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class End:
    """The last thing a subscriber reads; no errors means that the subscription is complete."""

    errors: list[Shaped] | None = None


class Slot:
    """What one subscriber has not read yet."""

    __slots__ = ("_backlog", "_end", "_events", "_leave", "_overflow", "_wake")

    def __init__(self, wake: Callable[[], None], backlog: int, overflow: End | None) -> None:
        self._wake, self._backlog, self._overflow = wake, backlog, overflow
        self._events: deque[Event] = deque()
        self._end: End | None = None
        self._leave: Callable[[], None] = lambda: None

    def push(self, event: Event) -> None:
        """Keep an event. State keeps the newest only; a full log ends after what it holds."""
        if self._end is not None:
            return
        if len(self._events) < self._backlog:
            self._events.append(event)
        elif self._overflow is None:
            self._events[-1] = event
        else:
            self.end(self._overflow)
            self.leave()
        self._wake()

    def end(self, end: End) -> None:
        """Nothing comes after what is kept now."""
        self._end = self._end or end
        self._wake()

    def pop(self) -> Event | End | None:
        """Return the next thing to send, or None when there is nothing yet."""
        return self._events.popleft() if self._events else self._end

    def joined(self, leave: Callable[[], None]) -> None:
        """Remember how to leave the execution."""
        self._leave = leave

    def leave(self) -> None:
        """Read no more; the last reader of an execution ends it."""
        leave, self._leave = self._leave, lambda: None
        leave()


class Execution:
    """One run of a subscription and everybody who reads it."""

    def __init__(self, ended: Callable[["Execution"], None]) -> None:
        self._ended = ended
        self._slots: set[Slot] = set()
        self._task: asyncio.Task[None] | None = None
        self.latest: Event | None = None

    def join(self, slot: Slot, replay: bool) -> None:
        """Add a reader; on a state topic it begins with the newest payload."""
        self._slots.add(slot)
        SUBSCRIBERS.inc()
        slot.joined(lambda: self._leave(slot))
        if replay and self.latest:
            slot.push(self.latest)

    def start(self, engine: Engine, operation: Operation, caller: Caller) -> None:
        """Run until the subscription ends or the last reader leaves."""
        EXECUTIONS.inc()
        self._task = asyncio.create_task(self._run(engine, operation, caller))

    def _leave(self, slot: Slot) -> None:
        self._slots.discard(slot)
        SUBSCRIBERS.dec()
        if not self._slots and self._task:
            OPERATIONS.labels("subscription", "left").inc()
            self._ended(self)
            self._task.cancel()

    async def _run(self, engine: Engine, operation: Operation, caller: Caller) -> None:
        end = End()
        try:
            async with aclosing(engine.events(operation, caller)) as events:
                async for event in events:
                    self._publish(event)
                    # A source that never waits must not starve its own readers.
                    await asyncio.sleep(0)
        except StreamFailed as error:
            end = End(error.errors)
        except Exception as error:
            end = End(shape_exception(error, caller))
        OPERATIONS.labels("subscription", "error" if end.errors else "ok").inc()
        self._task = None
        self._ended(self)
        for slot in tuple(self._slots):
            slot.end(end)

    def _publish(self, event: Event) -> None:
        self.latest = event
        for slot in tuple(self._slots):
            slot.push(event)


class Executions:
    """The executions under way in this process, by what makes them equal."""

    def __init__(self, engine: Engine, host: Host, limits: Limits) -> None:
        self._engine, self._host, self._limits = engine, host, limits
        self._running: dict[Key, Execution] = {}

    def join(self, operation: Operation, caller: Caller, wake: Callable[[], None]) -> Slot:
        """Subscribe: share the equal execution under way, or start one."""
        replay = self._host.replays_latest(operation.document.root_field(operation.node))
        slot = Slot(wake, *self._capacity(replay, caller))
        key = _key(operation, caller, replay)
        execution = self._running.get(key)
        # A log that has begun would miss its beginning: only state can be joined late.
        if execution is None or (execution.latest and not replay):
            execution = Execution(lambda ended: self._forget(key, ended))
            execution.join(slot, replay)
            self._running[key] = execution
            # State begins with the present: a cursor would cut it for those who join later.
            execution.start(self._engine, operation.after(None) if replay else operation, caller)
        else:
            execution.join(slot, replay)
        return slot

    def _capacity(self, replay: bool, caller: Caller) -> tuple[int, End | None]:
        if replay:
            return 1, None
        limit = self._limits.log_backlog
        return limit, End(Refusal(refusals.SLOW_CONSUMER, limit=limit).shaped(caller.locale))

    def _forget(self, key: Key, execution: Execution) -> None:
        if self._running.get(key) is execution:
            del self._running[key]

    def __len__(self) -> int:
        return len(self._running)


def _key(operation: Operation, caller: Caller, replay: bool) -> Key:
    parameters = operation.parameters
    alone = object() if parameters.last_event_id and not replay else None
    try:
        variables = orjson.dumps(parameters.variables, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # Nested deeper than can be written: coercion says so, to this subscriber alone.
        variables, alone = b"", object()
    scope = caller.key, caller.locale, caller.channel
    return operation.document.normal, operation.name, variables, *scope, alone
