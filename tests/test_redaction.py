"""What the text of an exception may hold does not leave in spans, nor stay with dead letters."""

import asyncio
import gzip
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import dramatiq
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from redis.asyncio import Redis

from core.broker import make_broker
from core.settings import Settings
from sandbox.stack import Stack
from tests.support.settings import settings_of
from tests.test_telemetry import CANARY_MAIL, CANARY_NAME
from workers import middleware

ROOT = Path(__file__).resolve().parents[1]
LINK = "https://s3/film.mp4?X-Amz-Signature=abc123"
FAULT = f"""{LINK} for {CANARY_MAIL} with sk-live12345678
DETAIL:  Failing row contains ({CANARY_NAME})."""
SECRETS = (CANARY_MAIL, CANARY_NAME, "sk-live", "abc123")
FAIL = """
import asyncio, sys
from core import telemetry
from core.settings import Settings

telemetry.start(Settings(), "worker")

@telemetry.traced("storage")
async def fail():
    raise RuntimeError(sys.argv[1])

try:
    asyncio.run(fail())
except RuntimeError:
    telemetry.stop()
"""


@contextmanager
def collecting() -> Iterator[tuple[str, list[Span]]]:
    """Take spans over OTLP: the endpoint, and what came."""
    spans: list[Span] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            request = ExportTraceServiceRequest.FromString(body)
            for resource in request.resource_spans:
                for scope in resource.scope_spans:
                    spans.extend(scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", spans
        server.shutdown()


def test_spans_tell_of_a_fault_without_what_it_quotes() -> None:
    with collecting() as (endpoint, spans):
        env = {"PATH": os.environ["PATH"], "OTLP_ENDPOINT": endpoint}
        subprocess.run([sys.executable, "-c", FAIL, FAULT], cwd=ROOT, env=env, check=True)
    (span,) = spans
    (event,) = span.events
    told = {attribute.key: attribute.value.string_value for attribute in event.attributes}
    assert (span.name, told["exception.type"]) == ("storage", "RuntimeError")
    assert "https://s3/film.mp4?[redacted] for" in told["exception.message"]
    assert "in fail" in told["exception.stacktrace"]
    assert "RuntimeError: https://s3" in span.status.message
    for text in (*told.values(), span.status.message):
        assert "[redacted]" in text or text == told["exception.type"] or text == "False"
        assert not any(secret in text for secret in SECRETS)


async def test_dead_letters_tell_of_a_fault_without_what_it_quotes(stack: Stack) -> None:
    settings = settings_of({**stack.env, "REDIS_PREFIX": "letters"})
    await asyncio.to_thread(fail_for_good, settings)
    redis = Redis.from_url(settings.redis_url.get_secret_value(), decode_responses=True)
    (letter,) = await redis.hvals("letters:dramatiq:default.XQ.msgs")
    everything = [letter]
    async for key in redis.scan_iter("letters:*"):
        if await redis.type(key) == "hash":
            everything += await redis.hvals(key)
    await redis.aclose()
    assert "RuntimeError" in letter
    assert "[redacted]" in letter
    assert not any(secret in text for secret in SECRETS for text in everything)


def fail_for_good(settings: Settings) -> None:
    """Run a task that fails each time, as a worker does, until it is a dead letter."""
    broker = make_broker(settings, middleware())

    @dramatiq.actor(broker=broker, max_retries=1, min_backoff=1)
    def fail() -> None:
        raise RuntimeError(FAULT)

    worker = dramatiq.Worker(broker, worker_threads=1, worker_timeout=100)
    worker.start()
    try:
        fail.send()
        deadline = time.monotonic() + 30
        while not broker.client.zcard("letters:dramatiq:default.XQ"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        worker.stop()
        broker.close()
