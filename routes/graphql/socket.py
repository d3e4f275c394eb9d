"""GraphQL over WebSocket: the graphql-transport-ws protocol on one connection."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from routes.graphql import frames, refusals
from routes.graphql.bucket import Bucket
from routes.graphql.caps import Party, Release
from routes.graphql.engine import Event, Operation, dump
from routes.graphql.frames import Close, Closing, Message
from routes.graphql.host import Caller, Ending
from routes.graphql.outbox import Outbox
from routes.graphql.parts import Parts, seconds_left
from routes.graphql.refusals import Refusal, RequestError
from routes.graphql.telemetry import Trace, traced

logger = logging.getLogger("nerdx.graphql")

# Mutations whose socket went away still end: their clients find the outcome when they return.
unattended: set[asyncio.Task[None]] = set()


class Socket:
    """One connection, from the handshake to the last frame."""

    def __init__(self, parts: Parts, scope: Scope, receive: Receive, send: Send) -> None:
        self._parts, self._limits = parts, parts.limits
        self._receive, self._send = receive, send
        self._headers = Headers(scope=scope)
        self._offered: list[str] = scope.get("subprotocols", [])
        self._client = scope["client"][0] if scope.get("client") else ""
        self._outbox = Outbox(send, self._limits.write_seconds, self._done)
        self._bucket = Bucket(self._limits.max_messages_per_second, self._limits.message_burst)
        self._caller: Caller | None = None
        self._party: Party | None = None
        self._initialised = self._dropped = False
        self._tasks: dict[str, tuple[str, asyncio.Task[None]]] = {}
        self._subscriptions: dict[str, Release] = {}
        self._undo: list[Callable[[], None]] = []
        self._opening: Release = lambda: None
        self._ping: asyncio.TimerHandle | None = None
        self._pong: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Serve the connection until either side closes it."""
        await self._receive()
        if not frames.is_allowed_origin(self._headers, self._limits):
            await self._send({"type": "websocket.close", "code": 1008})
            return
        accepted = frames.SUBPROTOCOL if frames.SUBPROTOCOL in self._offered else None
        await self._send({"type": "websocket.accept", "subprotocol": accepted})
        writer = asyncio.create_task(self._write(asyncio.current_task()))
        try:
            self._open(accepted)
            await self._read()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self._dropped or task is None:
                raise
            task.uncancel()
        finally:
            self._leave()
            writer.cancel()

    def _open(self, accepted: str | None) -> None:
        caps = self._parts.caps
        try:
            self._opening = caps.opening(self._client)
            self._undo.append(self._opening)
            self._undo.append(caps.process())
        except RequestError as error:
            self._outbox.close(_too_many(error))
        if accepted is None:
            self._outbox.close(frames.WRONG_SUBPROTOCOL)
        self._later(self._limits.init_seconds, self._check_init)
        self._ping = self._after(self._limits.ping_seconds, self._send_ping)

    async def _write(self, reader: "asyncio.Task[None] | None") -> None:
        try:
            await self._outbox.run()
        except (TimeoutError, OSError, RuntimeError):
            # A client that does not read cannot be told so; the server drops the transport.
            if reader:
                self._dropped = True
                reader.cancel()

    async def _read(self) -> None:
        while True:
            await self._outbox.room()
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                return
            if self._outbox.is_closing:
                continue
            try:
                await self._take(message.get("text"))
            except Closing as closing:
                self._outbox.close(closing.close)
            except Exception:
                logger.exception("a message could not be handled")
                self._outbox.close(frames.BROKEN)

    async def _take(self, text: str | None) -> None:
        if not self._bucket.take():
            raise Closing(frames.TOO_MANY_MESSAGES)
        self._heard()
        message = frames.read(text, self._limits)
        match message.type:
            case "connection_init":
                await self._init(message)
            case "ping":
                self._outbox.reply(frames.pong_text(message.payload))
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                self._complete(message.id)

    async def _init(self, message: Message) -> None:
        if self._initialised:
            raise Closing(frames.TWICE_INITIALISED)
        self._initialised = True
        headers = frames.connection_headers(self._headers, message.payload)
        authorization = headers.get("authorization")
        try:
            caller = await self._parts.caller(headers, authorization, self._client)
            self._party = self._parts.caps.party(caller, self._client)
            self._undo.append(self._parts.caps.connection(self._party))
        except Refusal as error:
            raise Closing(_too_many(error)) from None
        except RequestError as error:
            raise Closing(Close(4403, error.code)) from None
        self._caller = caller
        self._opening()
        self._guard(caller)
        self._outbox.reply('{"type":"connection_ack"}')

    def _guard(self, caller: Caller) -> None:
        self._undo.append(self._parts.host.watch(caller, self._end, self._renew))
        seconds = seconds_left(caller)
        if seconds is not None:
            self._later(seconds, partial(self._outbox.close, frames.TOKEN_EXPIRED))

    def _end(self, why: Ending) -> None:
        revoked = why is Ending.REVOKED
        self._outbox.close(frames.SESSION_REVOKED if revoked else frames.ACCOUNT_CHANGED)

    def _renew(self, caller: Caller) -> None:
        self._caller = caller

    async def _subscribe(self, message: Message) -> None:
        if self._caller is None or self._party is None:
            raise Closing(frames.UNAUTHORIZED)
        if message.id in self._tasks or message.id in self._subscriptions:
            raise Closing(Close(4409, f"Subscriber for {message.id[:60]} already exists"))
        given = frames.operation_of(message)
        with traced(self._headers) as trace:
            try:
                await self._parts.ledger.admit(self._party, given.query)
                operation = self._parts.engine.prepare(given)
                self._parts.ledger.charge(self._party, operation)
                self._check_room()
                self._start(message.id, operation, trace, self._caller, self._party)
            except RequestError as error:
                errors = error.shaped(self._caller.locale)
                self._outbox.reply(frames.error_text(message.id, errors))

    def _check_room(self) -> None:
        limit = self._limits.max_operations_per_connection
        if len(self._tasks) + len(self._subscriptions) >= limit:
            raise Refusal(refusals.TOO_MANY_OPERATIONS_AT_ONCE, limit=limit)

    def _start(
        self, id_: str, operation: Operation, trace: Trace, caller: Caller, party: Party
    ) -> None:
        trace.operation(operation.kind, operation.name)
        caller = caller.traced(trace.id)
        if operation.kind == "subscription":
            self._subscriptions[id_] = self._parts.caps.subscription(party)
            wake = partial(self._outbox.ready, id_)
            self._outbox.attach(id_, self._parts.executions.join(operation, caller, wake))
        else:
            task = asyncio.create_task(self._answer(id_, operation, caller))
            self._tasks[id_] = operation.kind, task

    async def _answer(self, id_: str, operation: Operation, caller: Caller) -> None:
        answer = await self._parts.engine.answer(operation, caller)
        if id_ not in self._tasks:
            return
        del self._tasks[id_]
        if answer.refused:
            self._outbox.reply(frames.error_text(id_, answer.errors))
        else:
            self._outbox.reply(frames.next_text(id_, Event(dump(answer, caller))))
            self._outbox.reply(frames.complete_text(id_))

    def _complete(self, id_: str) -> None:
        self._outbox.detach(id_)
        self._done(id_)
        if entry := self._tasks.pop(id_, None):
            self._abandon(*entry)

    def _done(self, id_: str) -> None:
        if release := self._subscriptions.pop(id_, None):
            release()

    def _abandon(self, kind: str, task: asyncio.Task[None]) -> None:
        if kind == "query":
            task.cancel()
        else:
            unattended.add(task)
            task.add_done_callback(unattended.discard)

    def _leave(self) -> None:
        for id_ in {*self._subscriptions, *self._tasks}:
            self._complete(id_)
        for undo in self._undo:
            undo()
        for timer in (self._ping, self._pong):
            if timer:
                timer.cancel()

    def _check_init(self) -> None:
        if self._caller is None:
            self._outbox.close(frames.INIT_TIMEOUT)

    def _send_ping(self) -> None:
        self._outbox.reply('{"type":"ping"}')
        self._pong = self._after(
            self._limits.pong_seconds, partial(self._outbox.close, frames.PONG_TIMEOUT)
        )

    def _heard(self) -> None:
        if self._pong:
            self._pong.cancel()
            self._pong = None
            self._ping = self._after(self._limits.ping_seconds, self._send_ping)

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        self._undo.append(self._after(seconds, act).cancel)

    def _after(self, seconds: float, act: Callable[[], None]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds, act)


def _too_many(error: RequestError) -> Close:
    return frames.SERVER_BUSY if error.status == 503 else frames.TOO_MANY_CONNECTIONS
