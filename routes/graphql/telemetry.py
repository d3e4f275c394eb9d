"""Counts and traces of operations."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry import propagate
from opentelemetry.trace import Span, SpanKind
from prometheus_client import Counter, Gauge

from core.telemetry import tracer

OPERATIONS = Counter(
    "graphql_operations_total", "Operations, by kind and how they ended", ["kind", "outcome"]
)
SUBSCRIBERS = Gauge("graphql_subscribers", "Subscriptions open now in this process")
EVENTS_DELIVERED = Counter("graphql_events_delivered_total", "Events sent to subscribers")
EXECUTIONS = Counter("graphql_executions_total", "Subscriptions run, however many share each")
CONNECTIONS = Gauge("graphql_connections", "Open WebSocket and SSE connections of this process")


class Trace:
    """The span of one operation, and the id under which people find it."""

    def __init__(self, span: Span) -> None:
        self._span = span
        context = span.get_span_context()
        self.rates: Sequence[tuple[bytes, bytes]] = ()
        self.id = f"{context.trace_id:032x}" if context.is_valid else secrets.token_hex(16)

    def operation(self, kind: str, name: str | None) -> None:
        """Say what it turned out to be."""
        self._span.update_name(f"{kind} {name}" if name else kind)
        self._span.set_attribute("graphql.operation.type", kind)
        if name:
            self._span.set_attribute("graphql.operation.name", name)


@contextmanager
def traced(headers: Mapping[str, str]) -> Iterator[Trace]:
    """Open the span of one operation, below the caller's when `traceparent` names it."""
    parent = propagate.extract(headers) if "traceparent" in headers else None
    with tracer.start_as_current_span("graphql", parent, SpanKind.SERVER) as span:
        yield Trace(span)
