"""Times every request by route, traces it, and gives it its place in the line."""

import asyncio
import time

from opentelemetry import propagate
from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.line import began
from core.telemetry import HTTP_REQUEST, tracer

STREAM = "text/event-stream"


class Measure:
    """Observes `http_request_duration_seconds`, and begins the request's trace."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began.set(asyncio.get_running_loop().time())
        started, status, ended = time.perf_counter(), 500, 0.0

        async def note(message: Message) -> None:
            nonlocal status, ended
            if message["type"] == "http.response.start":
                status = message["status"]
                # A stream has answered when it begins; how long it is watched is no latency.
                if Headers(raw=message["headers"]).get("content-type", "").startswith(STREAM):
                    ended = time.perf_counter()
            await send(message)

        parent = propagate.extract(Headers(scope=scope))
        name = f"{scope['method']} request"
        try:
            with tracer.start_as_current_span(name, parent, kind=SpanKind.SERVER):
                await self._app(scope, receive, note)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            HTTP_REQUEST.labels(scope["method"], route, str(status)).observe(
                (ended or time.perf_counter()) - started
            )
