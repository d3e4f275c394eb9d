"""Tasks, events and graph changes: kept with the rows they are about, sent once those commit."""

import asyncio
import enum
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from dramatiq import Broker
from dramatiq import Message as BrokerMessage
from opentelemetry import propagate
from sqlalchemy import Enum, Index, Text, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.bus import Bus
from core.clock import Clock, clock
from core.db import Base, Database, kept
from core.ids import ids, new_id

log = logging.getLogger(__name__)

BATCH = 100


@dataclass(frozen=True)
class Task:
    """Work for one worker, at least once. Fields are ids and plain values."""

    queue: ClassVar[str] = "default"


@dataclass(frozen=True)
class Event:
    """News for everyone who follows the topic."""

    topic: str


@dataclass(frozen=True)
class GraphChange:
    """A row whose node or edges in the graph, or whose words in an index, may be out of date."""

    kind: str
    key: str


class Lane(enum.StrEnum):
    """Who takes a message from the outbox."""

    TASK = "task"
    EVENT = "event"
    GRAPH = "graph"
    SEARCH = "search"


# What is handed over here; named, so that the index skips a graph lane that an outage made long.
BROKERED = (Lane.TASK, Lane.EVENT)


# Kinds of rows that are found by words too; the domain that indexes them adds its own.
indexed: set[str] = set()


class Outbox(Base):
    """A message that is owed; the row goes when it has been handed over."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_lane_due_at", "lane", "due_at"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("msg")
    )
    lane: Mapped[Lane] = mapped_column(
        Enum(Lane, native_enum=False, length=8, values_callable=lambda e: [m.value for m in e])
    )
    name: Mapped[str]
    payload: Mapped[dict[str, Any]]
    trace: Mapped[dict[str, str]]
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Tally(Base):
    """A number that only rises, counted in the transaction that makes it true."""

    __tablename__ = "tallies"

    value: Mapped[float] = mapped_column(server_default="0")


class UnitOfWork:
    """One transaction, and what it sends if it commits."""

    def __init__(self, session: AsyncSession, now: Clock) -> None:
        self.session = session
        self.now = now
        self.sent: list[str] = []
        self._events: list[tuple[Event, Outbox]] = []

    async def lock(self, *key: str) -> None:
        """Wait until no other transaction holds this key; released on commit."""
        number = func.hashtextextended(":".join(key), 0)
        await self.session.execute(select(func.pg_advisory_xact_lock(number)))

    def send(self, message: Task | Event | GraphChange, *, delay: float = 0) -> None:
        """Owe this message; with a delay in seconds the relay hands it over then."""
        row = _owed(message, _lane(message))
        if delay:
            row.due_at = datetime.now(UTC) + timedelta(seconds=delay)
        elif row.lane is not Lane.GRAPH:
            self.sent.append(row.id)
        if isinstance(message, GraphChange) and message.kind in indexed:
            self.session.add(_owed(message, Lane.SEARCH))
        if isinstance(message, Event):
            self._events.append((message, row))
        self.session.add(row)

    async def finish(self) -> None:
        """Have written what is owed for the events of this transaction; its last step."""
        for kinds, writer in _writers:
            # An event of a savepoint that was rolled back is not in the session any more.
            mine = [e for e, row in self._events if isinstance(e, kinds) and row in self.session]
            if mine:
                await writer(self, mine)

    async def count(self, name: str, by: float = 1, **labels: str) -> None:
        """Raise a tally, shown at /metrics under this name and these labels."""
        key = name + "".join(f"|{label}={labels[label]}" for label in sorted(labels))
        row = insert(Tally).values(id=key, value=by)
        total = {"value": Tally.value + row.excluded.value}
        await self.session.execute(row.on_conflict_do_update(index_elements=["id"], set_=total))

    async def observe(self, name: str, value: float, buckets: Sequence[float]) -> None:
        """Add a value to a durable histogram with these upper bounds."""
        for bound in buckets:
            if value <= bound:
                await self.count(f"{name}_bucket", le=str(bound))
        await self.count(f"{name}_bucket", le="+Inf")
        await self.count(f"{name}_sum", by=value)
        await self.count(f"{name}_count")


type Writer = Callable[[UnitOfWork, Sequence[Any]], Awaitable[None]]

_writers: list[tuple[tuple[type[Event], ...], Writer]] = []


def with_events(*kinds: type[Event]) -> Callable[[Writer], Writer]:
    """Have this function write more rows at the end of each transaction that sends such events.

    It gets the events of these kinds, all at once. What it writes commits with them or not at all.
    """

    def bind(writer: Writer) -> Writer:
        _writers.append((kinds, writer))
        return writer

    return bind


class Transactions:
    """Begins units of work, and delivers what they sent."""

    def __init__(self, db: Database, broker: Broker, bus: Bus, now: Clock | None = None) -> None:
        self._db, self._broker, self._bus = db, broker, bus
        self.now = now or clock()

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[UnitOfWork]:
        """Begin; commit at the end, and then hand over what was sent."""
        async with self._db.write.begin() as session:
            uow = UnitOfWork(session, self.now)
            yield uow
            await uow.finish()
        kept()
        if uow.sent and not self._bus.patience.is_lost:
            try:
                await self.deliver(uow.sent)
            except Exception:
                log.exception("left in the outbox for the relay")

    async def is_due(self) -> bool:
        """Tell whether a message waits to be handed over."""
        due = exists().where(Outbox.lane.in_(BROKERED), Outbox.due_at <= func.now())
        async with self._db.look() as session:
            return bool(await session.scalar(select(due)))

    async def deliver(self, ids: Sequence[str] = ()) -> int:
        """Hand over these messages, or the oldest hundred that are due; return how many.

        The relay repeats this. A message that cannot be handed over now is put off, so that one
        bad message never holds up the others.
        """
        waiting = select(Outbox).where(Outbox.lane.in_(BROKERED)).order_by(Outbox.id).limit(BATCH)
        waiting = (
            waiting.where(Outbox.id.in_(ids)) if ids else waiting.where(Outbox.due_at <= func.now())
        )
        done: list[str] = []
        async with self._db.write.begin() as session:
            rows = (await session.scalars(waiting.with_for_update(skip_locked=True))).all()
            for row in rows:
                if await self._handed_over(row):
                    done.append(row.id)
                else:
                    await _put_off(session, row)
                    break
            if done:
                await session.execute(delete(Outbox).where(Outbox.id.in_(done)))
        return len(done)

    async def _handed_over(self, row: Outbox) -> bool:
        try:
            async with self._bus.patience():
                await self._send(row)
        except Exception as error:
            log.warning("%s not handed over: %s", row.name, type(error).__name__)
            return False
        return True

    async def _send(self, row: Outbox) -> None:
        if row.lane is Lane.EVENT:
            await self._bus.publish(row.payload["topic"], row.payload)
            return
        task = next(t for t in Task.__subclasses__() if t.__name__ == row.name)
        message: BrokerMessage[None] = BrokerMessage(
            task.queue, row.name, (), row.payload, {"trace": row.trace, "sent": time.time()}
        )
        await asyncio.to_thread(self._broker.enqueue, message)


async def _put_off(session: AsyncSession, row: Outbox) -> None:
    later = datetime.now(UTC) + timedelta(seconds=1)
    await session.execute(update(Outbox).where(Outbox.id == row.id).values(due_at=later))


def _owed(message: Task | Event | GraphChange, lane: Lane) -> Outbox:
    row = Outbox(id=new_id("msg"), name=type(message).__name__, payload=asdict(message))
    row.lane, row.trace = lane, {}
    propagate.inject(row.trace)
    return row


def _lane(message: Task | Event | GraphChange) -> Lane:
    if isinstance(message, Task):
        return Lane.TASK
    return Lane.EVENT if isinstance(message, Event) else Lane.GRAPH
