"""An HTTP proxy that stands between the product and a server, and can act at an exact request."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@dataclass
class Trap:
    """What happens at the next `times` requests that match (-1: at every one).

    `before` is called instead of passing the request on, `after` between passing and answering;
    the request waits for `hold`, its answer for `late`.
    """

    method: str
    path: str
    before: Callable[["Proxy"], None] | None = None
    after: Callable[["Proxy"], None] | None = None
    status: int | None = None
    cut: bool = False
    hold: asyncio.Event | None = None
    late: asyncio.Event | None = None
    times: int = 1
    door: "Proxy | None" = None
    met: asyncio.Event = field(default_factory=asyncio.Event)

    def takes(self, method: str, path: str) -> bool:
        """Tell whether this request is meant, and count it."""
        if self.times == 0 or method != self.method or not re.search(self.path, path):
            return False
        self.times -= self.times > 0
        return True


class Proxy:
    """One listening port before one server; requests pass unchanged but for their traps."""

    def __init__(self, origin: str, traps: list[Trap]) -> None:
        parts = urlsplit(origin)
        self._upstream = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._base = parts.path
        self.traps = traps
        self.port = 0
        self._open: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The address to use instead of the server's own."""
        return f"http://127.0.0.1:{self.port}{self._base}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on one request, and hang up after its answer."""
        task = asyncio.current_task()
        assert task
        self._open.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._pass(reader, writer)
        finally:
            self._open.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def close(self) -> None:
        """Hang up on everyone."""
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, path = head.decode("latin-1").split(" ", 2)[:2]
        trap = next((trap for trap in self.traps if trap.takes(method, path)), None)
        if trap:
            trap.door = self
        if trap and trap.cut:
            await reader.read(1024)
            trap.met.set()
            return
        request = _plain(head) + await _body(head, reader, writer)
        if trap and trap.before:
            trap.before(self)
            trap.met.set()
            return
        if trap and trap.hold:
            trap.met.set()
            await trap.hold.wait()
        if trap and trap.status:
            writer.write(_refusal(trap.status))
        else:
            held = trap is not None and trap.hold is not None
            ask = self._ask(request)
            answer = await (ask if held else _unless_gone(reader, ask))
            if trap and trap.after:
                trap.after(self)
            if trap and trap.late:
                trap.met.set()
                await trap.late.wait()
            writer.write(answer)
        if trap:
            trap.met.set()
        await writer.drain()

    async def _ask(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(*self._upstream)
        try:
            writer.write(request)
            await writer.drain()
            return await reader.read()
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _unless_gone(reader: asyncio.StreamReader, ask: Coroutine[None, None, bytes]) -> bytes:
    """Return the answer; a client that hung up has it hung up on the server too."""
    asking, leaving = asyncio.create_task(ask), asyncio.create_task(reader.read(1))
    try:
        await asyncio.wait((asking, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        if not asking.done():
            asking.cancel()
    return await _settled(asking)


async def _settled(asking: asyncio.Task[bytes]) -> bytes:
    try:
        return await asking
    except asyncio.CancelledError:
        return b""


def _plain(head: bytes) -> bytes:
    """Take out what concerns the connection; nothing of it is signed."""
    lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    kept = [line for line in lines if not line.lower().startswith((b"expect:", b"connection:"))]
    return b"\r\n".join([*kept, b"Connection: close", b"", b""])


async def _body(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    lowered = head.lower()
    if b"\r\nexpect: 100-continue" in lowered:
        writer.write(CONTINUE)
    if found := re.search(rb"\r\ncontent-length: *(\d+)", lowered):
        return await reader.readexactly(int(found[1]))
    return b""


def _refusal(status: int) -> bytes:
    head = f"HTTP/1.1 {status} Asked For\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    return head.encode()


@asynccontextmanager
async def proxied(origin: str, traps: list[Trap]) -> AsyncIterator[Proxy]:
    """Run a proxy with these traps before this server."""
    proxy = Proxy(origin, traps)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, limit=64 * 1024 * 1024)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
