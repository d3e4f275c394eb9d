"""What happens later. `nerdx worker` runs every handler in one process."""

import gc
import os
import signal
import threading
from typing import Any

import dramatiq
from dramatiq import Broker, Message, Middleware
from dramatiq.middleware import AsyncIO, CurrentMessage, Retries, ShutdownNotifications

from core import telemetry
from core.broker import make_broker
from core.settings import Settings

STOP_SECONDS = 20


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
    worker = dramatiq.Worker(broker, worker_threads=settings.worker_threads, worker_timeout=500)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, lambda *_: stop.set())
    gc.freeze()
    gc.enable()
    broker.emit_after("process_boot")
    worker.start()
    stop.wait()
    worker.stop(timeout=STOP_SECONDS * 1000)


def middleware() -> list[dramatiq.Middleware]:
    """Return what runs around each task; retries of cameos are their own row's business."""
    return [
        ShutdownNotifications(notify_shutdown=True),
        Retries(max_retries=8, min_backoff=1_000, max_backoff=60_000),
        RedactTracebacks(),
        CurrentMessage(),
        AsyncIO(),
    ]


class RedactTracebacks(Middleware):
    """Keeps secrets out of what `Retries` notes of a failure, which stays with dead letters."""

    def before_enqueue(self, broker: Broker, message: Message[Any], delay: int) -> None:
        """Clean the note before the message is stored again."""
        if noted := message.options.get("traceback"):
            message.options["traceback"] = telemetry.redact(noted)


def import_handlers() -> None:
    """Import every module that has handlers."""
    from workers import age, ar, cameo, feed, notification, order, partner, payment  # noqa: F401
