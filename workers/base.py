"""Run tasks: `@handles(AdvanceCameo)` on an async function makes it an actor."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

import dramatiq
from opentelemetry import propagate

from core.broker import make_broker
from core.bus import Bus
from core.clock import clock
from core.db import Database, connect, undisturbed
from core.graph import Graph
from core.outbox import Task, Transactions
from core.settings import Settings
from core.telemetry import tracer
from gateways.registry import Gateways


@dataclass(frozen=True)
class Work:
    """What a handler can reach; one for each process, used on one event loop."""

    settings: Settings
    db: Database
    begin: Transactions
    bus: Bus
    graph: Graph
    gateways: Gateways

    @classmethod
    def of(cls, settings: Settings, broker: dramatiq.Broker | None = None) -> Self:
        """Make it; nothing is connected yet."""
        db, bus = connect(settings), Bus(settings)
        begin = Transactions(
            db, broker or make_broker(settings), bus, clock(settings.clock_offset_seconds)
        )
        return cls(settings, db, begin, bus, Graph(settings), Gateways.of(settings))

    async def close(self) -> None:
        """Give every connection back."""
        await self.gateways.aclose()
        await self.bus.close()
        await self.graph.close()
        await self.db.close()


type Handler = Callable[[Any, Work], Awaitable[None]]

handlers: dict[type[Task], tuple[Handler, dict[str, Any]]] = {}


def handles[T: Task](
    task: type[T], **options: Any
) -> Callable[[Callable[[T, Work], Awaitable[None]]], Callable[[T, Work], Awaitable[None]]]:
    """Have this function do this task; options are Dramatiq's."""

    def bind(handler: Callable[[T, Work], Awaitable[None]]) -> Callable[[T, Work], Awaitable[None]]:
        if task in handlers:
            raise TypeError(f"{task.__name__} has two handlers")
        handlers[task] = (handler, options)
        return handler

    return bind


def declare(broker: dramatiq.Broker, work: Work) -> None:
    """Make an actor of every handler."""
    for task, (handler, options) in handlers.items():
        make = dramatiq.actor(
            broker=broker, actor_name=task.__name__, queue_name=task.queue, **options
        )
        make(_runner(task, handler, work))


def _runner(task: type[Task], handler: Handler, work: Work) -> Callable[..., Awaitable[None]]:
    async def run(**payload: Any) -> None:
        message = dramatiq.middleware.CurrentMessage.get_current_message()
        trace = message.options.get("trace") if message else None
        with tracer.start_as_current_span(task.__name__, propagate.extract(trace or {})):
            await undisturbed(lambda: handler(task(**payload), work), repeatable=True)

    return run
