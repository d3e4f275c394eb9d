"""Subscribers over graphql-transport-ws: many sockets in one process, each as cheap as can be."""

import asyncio
import base64
import json
import time
from typing import Any, Self

from bench.queries import HEADERS

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
AT_ONCE = 50
READY_SECONDS = 120.0
MARK = b'"percent":'


class Audience:
    """Everybody who watches one server, and when each heard the news."""

    def __init__(self, port: int, subscribe: dict[str, Any], init: dict[str, Any]) -> None:
        self.port = port
        self.subscribe = _text({"id": "1", "type": "subscribe", "payload": subscribe})
        self.init = _text({"type": "connection_init", "payload": init})
        self.members: list[Subscriber] = []
        self.lost = 0
        self.problem = ""
        self._heard: dict[Subscriber, float] = {}
        self._news, self._since = -1, 0.0
        self._all = asyncio.Event()

    async def gather(self, count: int) -> None:
        """Open so many sockets, some at a time."""
        async with asyncio.timeout(READY_SECONDS):
            for begin in range(0, count, AT_ONCE):
                size = min(AT_ONCE, count - begin)
                batch = await asyncio.gather(*(self._join() for _ in range(size)))
                await asyncio.gather(*(member.subscribed.wait() for member in batch))

    async def _join(self) -> "Subscriber":
        loop = asyncio.get_running_loop()
        _, member = await loop.create_connection(lambda: Subscriber(self), "127.0.0.1", self.port)
        self.members.append(member)
        return member

    def expect(self, percent: int) -> None:
        """From now on, wait for the news of this percentage."""
        self._news, self._since = percent, time.perf_counter()
        self._heard = {}
        self._all.clear()

    def tell(self, member: "Subscriber", percent: int) -> None:
        """Note that one of them has heard; hearing it twice is once."""
        if percent == self._news and member not in self._heard:
            self._heard[member] = time.perf_counter() - self._since
            if len(self._heard) == len(self.members):
                self._all.set()

    async def heard(self, seconds: float) -> list[float]:
        """Wait for all, and return how long each took, the first first."""
        async with asyncio.timeout(seconds):
            await self._all.wait()
        return list(self._heard.values())

    def leave(self) -> None:
        """Hang up."""
        for member in self.members:
            member.hang_up()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.leave()


class Subscriber(asyncio.Protocol):
    """One socket with one subscription."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        self._buffer = b""
        self._is_open = self._is_leaving = False
        self._transport: asyncio.Transport | None = None
        self.subscribed = asyncio.Event()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Ask for a WebSocket."""
        self._transport = transport
        headers = {
            "host": f"127.0.0.1:{self._audience.port}",
            "upgrade": "websocket",
            "connection": "Upgrade",
            "sec-websocket-key": base64.b64encode(b"a nonce of ours.").decode(),
            "sec-websocket-version": "13",
            "sec-websocket-protocol": "graphql-transport-ws",
            "accept-language": HEADERS["accept-language"],
            "x-channel": HEADERS["x-channel"],
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        transport.write(f"GET /graphql HTTP/1.1\r\n{lines}\r\n".encode())

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever is sent away is lost."""
        self._audience.lost += not self._is_leaving
        self.subscribed.set()

    def data_received(self, data: bytes) -> None:
        """Read what has come."""
        self._buffer = self._buffer + data if self._buffer else data
        if not self._is_open:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            self._buffer, self._is_open = rest, True
            if head.startswith(b"HTTP/1.1 101 "):
                self._send(self._audience.init)
            else:
                self._audience.problem = head.decode(errors="replace")
        self._frames()

    def _frames(self) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            code, size, begin = buffer[at] & 15, buffer[at + 1] & 127, at + 2
            if size == 126:
                begin, size = at + 4, int.from_bytes(buffer[at + 2 : at + 4])
            elif size == 127:
                begin, size = at + 10, int.from_bytes(buffer[at + 2 : at + 10])
            if len(buffer) < begin + size:
                break
            self._frame(code, buffer[begin : begin + size])
            at = begin + size
        self._buffer = buffer[at:]

    def _frame(self, code: int, payload: bytes) -> None:
        if code == PING:
            self._send(_frame_of(PONG, payload))
        elif code == CLOSE:
            self._audience.problem = payload[2:].decode(errors="replace")
        elif (mark := payload.find(MARK)) >= 0:
            digits = payload[mark + len(MARK) : mark + len(MARK) + 4]
            self._audience.tell(self, int(digits.split(b"}")[0].split(b",")[0]))
        else:
            self._control(json.loads(payload))

    def _control(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "connection_ack":
                self._send(self._audience.subscribe)
                self.subscribed.set()
            case "ping":
                self._send(_text({"type": "pong"}))
            case "error" | "complete" | "next":
                self._audience.problem = json.dumps(message)

    def _send(self, frame: bytes) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.write(frame)

    def hang_up(self) -> None:
        """End the connection."""
        self._is_leaving = True
        if self._transport:
            self._transport.close()


def _text(message: dict[str, Any]) -> bytes:
    return _frame_of(TEXT, json.dumps(message).encode())


def _frame_of(code: int, payload: bytes) -> bytes:
    """Write a client's frame; its mask of zeros hides nothing and costs nothing."""
    size = len(payload)
    length = bytes([128 | size]) if size < 126 else bytes([128 | 126]) + size.to_bytes(2)
    return bytes([128 | code]) + length + bytes(4) + payload
