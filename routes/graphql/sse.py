"""GraphQL over Server-Sent Events, distinct connections mode: one operation, one response."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import orjson
from starlette.types import Message, Receive, Scope, Send

from core.errors import AccessError, AccountChanged, TokenExpired, TokenInvalid
from core.line import began
from routes.graphql.caps import Release
from routes.graphql.engine import Event, Operation, dump
from routes.graphql.host import Caller, Ending
from routes.graphql.parts import Parts, seconds_left
from routes.graphql.refusals import Denied, RequestError, Shaped
from routes.graphql.sharing import End, Slot
from routes.graphql.telemetry import EVENTS_DELIVERED, Trace

COMPLETE = b"event: complete\ndata:\n\n"
HEARTBEAT = b":\n\n"


class EventStream:
    """Streams the results of one operation: a subscription's, or the one of another kind."""

    def __init__(
        self,
        parts: Parts,
        trace: Trace,
        caller: Caller,
        client: str,
        operation: Operation | None = None,
        failed: RequestError | None = None,
    ) -> None:
        self._parts, self._trace, self._caller = parts, trace, caller
        self._operation, self._failed = operation, failed
        self._wake = asyncio.Event()
        self._gone = False
        self._end: End | None = None
        self._slot: Slot | None = None
        self._releases: list[Release] = []
        self.raw_headers: list[tuple[bytes, bytes]] = []
        if operation and operation.kind == "subscription":
            self._enter(client)

    def _enter(self, client: str) -> None:
        caps = self._parts.caps
        party = caps.party(self._caller, client)
        try:
            self._releases.append(caps.process())
            self._releases.append(caps.connection(party))
            self._releases.append(caps.subscription(party))
        except RequestError:
            self._release()
            raise

    def _release(self) -> None:
        while self._releases:
            self._releases.pop()()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve until the operation ends, the client leaves or stops reading."""
        # What it tells from now on is in a hurry no more than what others ask.
        began.set(None)
        watcher = asyncio.create_task(self._watch(receive))
        with suppress(TimeoutError, OSError):
            try:
                await self._serve(send)
            finally:
                watcher.cancel()
                if self._slot:
                    self._slot.leave()
                self._release()

    async def _serve(self, send: Send) -> None:
        await self._send(send, self._head())
        # Tells EventSource when to come back, and opens the body for proxies that wait for it.
        retry = self._parts.limits.sse_retry_milliseconds
        await self._write(send, b":\nretry: %d\n\n" % retry)
        if self._failed:
            await self._write(send, _next(self._failed.shaped(self._caller.locale)))
        elif self._operation and self._operation.kind == "subscription":
            await self._subscription(send, self._operation)
        elif self._operation:
            answer = await self._parts.engine.answer(self._operation, self._caller)
            await self._write(send, Event(dump(answer, self._caller)).frame)
        if not self._gone:
            await self._write(send, COMPLETE, more=False)

    async def _subscription(self, send: Send, operation: Operation) -> None:
        self._slot = self._parts.executions.join(operation, self._caller, self._wake.set)
        stops = self._timers()
        try:
            while not self._gone:
                item = self._end or self._slot.pop()
                if isinstance(item, Event):
                    await self._write(send, item.frame)
                    EVENTS_DELIVERED.inc()
                elif item is None:
                    await self._wait(send)
                else:
                    return await self._last(send, item)
        finally:
            for stop in stops:
                stop()

    async def _last(self, send: Send, end: End) -> None:
        if end.errors:
            await self._write(send, _next(end.errors))

    async def _wait(self, send: Send) -> None:
        try:
            async with asyncio.timeout(self._parts.limits.heartbeat_seconds):
                await self._wake.wait()
            self._wake.clear()
        except TimeoutError:
            await self._write(send, HEARTBEAT)

    def _timers(self) -> list[Callable[[], None]]:
        stops = [self._parts.host.watch(self._caller, self._revoke, lambda caller: None)]
        seconds = seconds_left(self._caller)
        if seconds is not None:
            loop = asyncio.get_running_loop()
            stops.append(loop.call_later(seconds, self._deny, TokenExpired()).cancel)
        return stops

    def _revoke(self, why: Ending) -> None:
        self._deny(TokenInvalid() if why is Ending.REVOKED else AccountChanged())

    def _deny(self, error: AccessError) -> None:
        self._end = End(Denied(error).shaped(self._caller.locale))
        self._wake.set()

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        self._wake.set()

    async def _write(self, send: Send, body: bytes, *, more: bool = True) -> None:
        await self._send(send, {"type": "http.response.body", "body": body, "more_body": more})

    async def _send(self, send: Send, message: Message) -> None:
        async with asyncio.timeout(self._parts.limits.write_seconds):
            await send(message)

    def _head(self) -> Message:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store, no-transform"),
            (b"x-accel-buffering", b"no"),
            (b"vary", b"accept, accept-language, authorization, origin"),
            (b"x-trace-id", self._trace.id.encode()),
            *self.raw_headers,
        ]
        return {"type": "http.response.start", "status": 200, "headers": headers}


def _next(errors: list[Shaped]) -> bytes:
    return Event(orjson.dumps({"errors": errors})).frame
