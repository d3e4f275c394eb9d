"""The load: one process, keep-alive HTTP/1.1, each connection asks again once it is answered."""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.queries import HEADERS

ANSWER_SECONDS = 30.0


@dataclass
class Tally:
    """What the connections have seen since `since`."""

    since: float
    enough: int | None = None
    lasted: float = 0.0
    seconds: list[float] = field(default_factory=list)
    wrong: int = 0
    sizes: set[int] = field(default_factory=set)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, asked: float, is_good: bool, size: int) -> None:
        """Count an answer, unless it came in the warm-up."""
        now = time.perf_counter()
        if now < self.since:
            return
        self.seconds.append(now - asked)
        self.sizes.add(size)
        self.wrong += not is_good
        if self.enough is not None and len(self.seconds) >= self.enough:
            self.done.set()


class Connection(asyncio.Protocol):
    """Sends one request over and over."""

    def __init__(self, request: bytes, tally: Tally) -> None:
        self._request, self._tally = request, tally
        self._head = b""
        self._left: int | None = None
        self._size, self._is_good, self._asked, self._tail = 0, True, 0.0, b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Ask for the first time."""
        self.transport = transport
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        """A server that hangs up answers wrongly."""
        if self.transport and not self.transport.is_closing():
            self._tally.add(self._asked, False, 0)

    def data_received(self, data: bytes) -> None:
        """Read an answer, however many pieces it comes in."""
        if self._left is None:
            self._head += data
            head, end, data = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            self._begin(head)
        assert self._left is not None
        self._size += len(data)
        if self._left < 0:
            self._tail = (self._tail + data)[-5:]
            if self._tail == b"0\r\n\r\n":
                self._end()
        elif self._size >= self._left:
            self._end()

    def _begin(self, head: bytes) -> None:
        self._is_good = head.startswith(b"HTTP/1.1 200 ")
        lowered = head.lower()
        at = lowered.find(b"\r\ncontent-length:")
        # Less than nothing stands for chunks, whose end tells itself.
        self._left = -1 if at < 0 else int(lowered[at + 17 :].split(b"\r\n", 1)[0])

    def _end(self) -> None:
        self._tally.add(self._asked, self._is_good, self._size)
        self._ask()

    def _ask(self) -> None:
        self._head, self._left, self._size, self._tail = b"", None, 0, b""
        assert self.transport
        if not self.transport.is_closing():
            self._asked = time.perf_counter()
            self.transport.write(self._request)


def request_of(port: int, body: bytes) -> bytes:
    """Write the request that a connection repeats."""
    headers = {**HEADERS, "host": f"127.0.0.1:{port}", "content-length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /graphql HTTP/1.1\r\n{lines}\r\n".encode() + body


async def hammer(
    port: int,
    body: bytes,
    *,
    connections: int,
    warm_up: float,
    seconds: float,
    meter: Callable[[], tuple[float, ...]],
) -> tuple[Tally, tuple[float, ...]]:
    """Ask for so many seconds after a warm-up; also return by how much the meter moved."""
    tally = Tally(float("inf"))
    async with asyncio.timeout(warm_up + seconds + ANSWER_SECONDS):
        opened = await _open(port, body, connections, tally)
        await asyncio.sleep(warm_up)
        before, tally.since = meter(), time.perf_counter()
        await asyncio.sleep(seconds)
        tally.lasted = time.perf_counter() - tally.since
        _close(opened)
    moved = tuple(now - then for now, then in zip(meter(), before, strict=True))
    return tally, moved


async def ask_times(port: int, body: bytes, *, connections: int, times: int) -> Tally:
    """Ask so many times, or a few more."""
    tally = Tally(0, times)
    async with asyncio.timeout(ANSWER_SECONDS):
        opened = await _open(port, body, connections, tally)
        await tally.done.wait()
        _close(opened)
    return tally


async def _open(port: int, body: bytes, connections: int, tally: Tally) -> list[Connection]:
    loop, request = asyncio.get_running_loop(), request_of(port, body)
    made = [
        await loop.create_connection(lambda: Connection(request, tally), "127.0.0.1", port)
        for _ in range(connections)
    ]
    return [protocol for _, protocol in made]


def _close(connections: list[Connection]) -> None:
    for connection in connections:
        if connection.transport:
            connection.transport.close()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep our own garbage collector out of what is measured."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
