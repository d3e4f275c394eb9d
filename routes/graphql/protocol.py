"""uvicorn's protocols with deadlines: uvicorn itself waits forever for a slow or silent client.

`uvicorn.Config(app, **uvicorn_options(limits))`
"""

import asyncio
from asyncio import Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from routes.graphql.limits import Limits

HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0
WRITE_SECONDS = 12.0
CLOSE_SECONDS = 10.0
# Longer than what stands before us (60 s is usual), or it asks over what we are just closing.
KEEP_ALIVE_SECONDS = 75
MAX_HEAD_BYTES = 65_536


class Deadline:
    """A timer that is set, set again, and cancelled."""

    __slots__ = ("_act", "_timer")

    def __init__(self, act: Any) -> None:
        self._act = act
        self._timer: asyncio.TimerHandle | None = None

    def start(self, seconds: float) -> None:
        """Act after this long, unless it is cancelled before."""
        self.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._act)

    def cancel(self) -> None:
        """Do not act."""
        if self._timer:
            self._timer.cancel()
            self._timer = None


class HttpProtocol(HttpToolsProtocol):
    """HTTP/1.1 that gives a client so long to send its head, its body, and to read."""

    head_seconds = HEAD_SECONDS
    body_seconds = BODY_SECONDS
    write_seconds = WRITE_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reading = Deadline(self._too_slow)
        self._writing = Deadline(self._abort)
        self._in_head = True
        self._head_bytes = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._reading.start(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._reading.cancel()
        self._writing.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bound the head, which the parser does not."""
        super().data_received(data)
        self._head_bytes += len(data)
        if self._in_head and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        """Wait for the head of the next request."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        self._reading.start(self.head_seconds)

    def on_headers_complete(self) -> None:
        """Wait for the body."""
        self._in_head = False
        self._reading.start(self.body_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._reading.cancel()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """The socket's own protocol has deadlines of its own."""
        self._reading.cancel()
        self._writing.cancel()
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        """The client does not read: wait so long for it."""
        super().pause_writing()
        self._writing.start(self.write_seconds)

    def resume_writing(self) -> None:
        """The client reads again."""
        self._writing.cancel()
        super().resume_writing()

    def shutdown(self) -> None:
        """Cut streams off, so that their clients come back to the next server."""
        cycle = self.cycle
        if cycle and cycle.response_started and not cycle.response_complete and _streams(cycle):
            cycle.disconnected = True
            cycle.message_event.set()
            self.transport.close()
        else:
            super().shutdown()

    def _too_slow(self) -> None:
        self._refuse(b"408 Request Timeout")

    def _refuse(self, status: bytes) -> None:
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(
                b"HTTP/1.1 " + status + b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            )
        self.transport.close()
        self._writing.start(self.write_seconds)

    def _abort(self) -> None:
        self.transport.abort()


def uvicorn_options(limits: Limits) -> dict[str, Any]:
    """Return what `uvicorn.Config` needs besides the address."""
    return {
        "http": HttpProtocol,
        "ws": WebSocketProtocol,
        # A little more than ours, so that the client hears which limit it met.
        "ws_max_size": limits.max_message_bytes * 2,
        # Frames are small: compression costs memory and time, and saves little (decision 29).
        "ws_per_message_deflate": False,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": 20,
    }


def _streams(cycle: Any) -> bool:
    return cycle.chunked_encoding is True and not cycle.more_body


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """WebSocket that drops a client which does not read, also while it is being closed."""

    write_seconds = WRITE_SECONDS
    close_seconds = CLOSE_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._writing = Deadline(self._abort)
        self._closing = Deadline(self._abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._writing.cancel()
        self._closing.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client does not read: wait so long for it."""
        super().pause_writing()
        self._writing.start(self.write_seconds)

    def resume_writing(self) -> None:
        """The client reads again."""
        self._writing.cancel()
        super().resume_writing()

    def shutdown(self) -> None:
        """Send the clients away, and wait only so long for them to go."""
        super().shutdown()
        self._closing.start(self.close_seconds)

    async def run_asgi(self) -> None:
        """Serve, then give the last frames so long to be read."""
        await super().run_asgi()
        if not self.disconnected:
            self._closing.start(self.close_seconds)

    def _abort(self) -> None:
        self.transport.abort()
