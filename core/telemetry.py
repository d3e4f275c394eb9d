"""Metrics, traces and logs. Names of metrics are the brand document's (PRODUCT 122)."""

import logging
import re
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import orjson
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON
from opentelemetry.trace import Status
from opentelemetry.util.types import Attributes, AttributeValue
from prometheus_client import Gauge, Histogram

from core.settings import Settings

tracer = trace.get_tracer("nerdx")

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
HTTP_REQUEST = Histogram(
    "http_request_duration_seconds",
    "Time to answer, by route",
    ["method", "route", "status"],
    buckets=SECONDS,
)
WORLD_MODEL_QUERY = Histogram(
    "world_model_query_duration_seconds", "Time of one query to the graph", buckets=SECONDS
)
SERVICE_UP = Gauge("service_up", "1 when the dependency answers", ["service"])
DATABASE_CONNECTIONS = Gauge("database_connections_active", "Connections in use by this process")

# What must never be logged whole: tokens, keys, addresses, signed links, rows that Postgres quotes.
SECRETS = re.compile(
    r"(eyJ[\w-]{5,}\.[\w-]+\.[\w-]+|(?:[sr]k|whsec|spt)[-_]\w{6,}|\w+_secret_\w+|[\w.+-]+@[\w-]+\.[\w.]+"
    r"|(?<=[?&])(?:X-Amz-[\w-]+|Signature|token|sig)=[^&\s\"']+|://[^/\s:@]*:[^@\s]+@|(?<=DETAIL:)[^\n]+)",
    re.IGNORECASE,
)
STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "taskName", "color_message"}


def traced[**P, T](
    name: str,
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Coroutine[Any, Any, T]]]:
    """Have each call of an async function be a span of this name."""

    def bind(call: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[Any, Any, T]]:
        @wraps(call)
        async def run(*args: P.args, **kwargs: P.kwargs) -> T:
            with tracer.start_as_current_span(name):
                return await call(*args, **kwargs)

        return run

    return bind


def redact(text: str) -> str:
    """Take secrets and mail addresses out of a line."""
    return SECRETS.sub("[redacted]", text)


def trace_id() -> str | None:
    """Return the id of the trace under way, 32 hex digits."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


class JsonFormatter(logging.Formatter):
    """One JSON object a line, with the trace id and without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
            "trace_id": trace_id(),
            **_redacted({k: v for k, v in vars(record).items() if k not in STANDARD}),
        }
        if record.exc_info:
            line["error"] = redact(self.formatException(record.exc_info))
        return orjson.dumps(line, default=str).decode()


class RedactingExporter(SpanExporter):
    """Sends spans without the secrets that the texts of exceptions bring into them."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send copies."""
        return self._exporter.export([_without_secrets(span) for span in spans])

    def shutdown(self) -> None:
        """Send nothing more."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what is left."""
        return self._exporter.force_flush(timeout_millis)


def _without_secrets(span: ReadableSpan) -> ReadableSpan:
    status = span.status
    return ReadableSpan(
        name=redact(span.name),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_redacted(span.attributes),
        events=[Event(e.name, _redacted(e.attributes), e.timestamp) for e in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(status.status_code, status.description and redact(status.description)),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _redacted(attributes: Attributes) -> Mapping[str, AttributeValue]:
    given = attributes or {}
    return {k: redact(v) if isinstance(v, str) else v for k, v in given.items()}


def start(settings: Settings, process: str) -> None:
    """Set up logs and traces of this process; spans leave it when an endpoint is set."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    for noisy in ("httpx", "httpx2", "botocore", "neo4j", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        resource = Resource.create({"service.name": f"nerdx-{process}"})
        # Without anyone to send them to, spans only lend their ids.
        sampler = ALWAYS_ON if settings.otlp_endpoint else ALWAYS_OFF
        provider = TracerProvider(resource=resource, sampler=sampler)
        if settings.otlp_endpoint:
            exporter = OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint}/v1/traces")
            provider.add_span_processor(BatchSpanProcessor(RedactingExporter(exporter)))
        trace.set_tracer_provider(provider)


def stop(seconds: float = 2.0) -> None:
    """Send the spans that are left, and close the logs."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.force_flush(int(seconds * 1000))
    logging.shutdown()
