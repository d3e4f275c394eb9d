"""What happens later. `nerdx worker` runs every handler in one process."""

import gc
import logging
import os
import signal
import threading
from typing import Any

import dramatiq
from dramatiq import Broker, Message, Middleware
from dramatiq.asyncio import EventLoopThread, set_event_loop_thread
from dramatiq.middleware import AsyncIO, CurrentMessage, Retries, ShutdownNotifications
from uvicorn.loops.auto import auto_loop_factory

from core import telemetry
from core.broker import make_broker
from core.settings import Settings

STOP_SECONDS = 20
CHATS = "chats"


def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; what is under way then gets 20 s to end or is handed back."""
    from workers.base import Work, declare
    from workers.scratch import scratch

    import_handlers()
    telemetry.start(settings, "worker")
    broker = make_broker(settings, middleware())
    dramatiq.set_broker(broker)
    declare(broker, Work.of(settings, broker))
    # Only now: the renderer on this machine shares its directory with other workers.
    with scratch():
        _work(settings, broker)
    broker.close()
    telemetry.stop()
    # Python would wait for threads that may be stuck in a call to a store that hangs.
    os._exit(0)


def _work(settings: Settings, broker: dramatiq.Broker) -> None:
    # A reply mostly waits for the model: threads of their own keep it from holding up the rest.
    workers = [
        dramatiq.Worker(broker, queues=queues, worker_threads=threads, worker_timeout=500)
        for queues, threads in (
            (broker.get_declared_queues() - {CHATS}, settings.worker_threads),
            ({CHATS}, settings.chats_at_once),
        )
    ]
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, lambda *_: stop.set())
    gc.freeze()
    gc.enable()
    broker.emit_after("process_boot")
    for worker in workers:
        worker.start()
    stop.wait()
    _stop(workers)


def _stop(workers: list[dramatiq.Worker]) -> None:
    """Stop them side by side, so that together they take no longer than one."""
    stops = [
        threading.Thread(target=worker.stop, kwargs={"timeout": STOP_SECONDS * 1000})
        for worker in workers
    ]
    for stop in stops:
        stop.start()
    for stop in stops:
        stop.join()


def middleware() -> list[dramatiq.Middleware]:
    """Return what runs around each task; retries of cameos are their own row's business."""
    return [
        ShutdownNotifications(notify_shutdown=True),
        Retries(max_retries=8, min_backoff=1_000, max_backoff=60_000),
        RedactTracebacks(),
        CurrentMessage(),
        OneLoop(),
    ]


class QuickLoop(EventLoopThread):
    """The event loop that the API runs on, too."""

    def __init__(self, logger: logging.Logger) -> None:
        # Each task under way has a thread that looks this often whether it is to be interrupted.
        super().__init__(logger, interrupt_check_ival=0.5)
        self.loop.close()
        self.loop = auto_loop_factory()()


class OneLoop(AsyncIO):
    """One event loop for all handlers of the process, however many workers there are."""

    def __init__(self) -> None:
        super().__init__()
        self._workers, self._lock = 0, threading.Lock()

    def before_worker_boot(self, broker: Broker, worker: dramatiq.Worker) -> None:
        """Start the loop with the first worker."""
        with self._lock:
            self._workers += 1
            if self._workers == 1:
                thread = QuickLoop(self.logger)
                thread.start(timeout=1.0)
                set_event_loop_thread(thread)

    def after_worker_shutdown(self, broker: Broker, worker: dramatiq.Worker) -> None:
        """End it with the last."""
        with self._lock:
            self._workers -= 1
            if not self._workers:
                super().after_worker_shutdown(broker, worker)  # type: ignore[no-untyped-call]


class RedactTracebacks(Middleware):
    """Keeps secrets out of what `Retries` notes of a failure, which stays with dead letters."""

    def before_enqueue(self, broker: Broker, message: Message[Any], delay: int) -> None:
        """Clean the note before the message is stored again."""
        if noted := message.options.get("traceback"):
            message.options["traceback"] = telemetry.redact(noted)


def import_handlers() -> None:
    """Import every module that has handlers."""
    from workers import (  # noqa: F401
        age,
        ar,
        cameo,
        chat,
        feed,
        notification,
        order,
        partner,
        payment,
        search,
        taste,
    )
