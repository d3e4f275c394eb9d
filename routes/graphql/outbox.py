"""What a socket has still to write: replies in order, and the newest of each subscription."""

import asyncio
from collections import deque
from collections.abc import Callable, MutableMapping
from typing import Any

from starlette.types import Send

from routes.graphql.engine import Event
from routes.graphql.frames import Close, complete_text, error_text, next_text
from routes.graphql.sharing import End, Slot
from routes.graphql.telemetry import EVENTS_DELIVERED

# Replies waiting for a client that does not read: beyond this, nothing more is read from it.
MAX_REPLIES = 64


class Outbox:
    """Written by one task; nobody else sends on the socket."""

    def __init__(self, send: Send, seconds: float, ended: Callable[[str], None]) -> None:
        self._send, self._seconds, self._ended = send, seconds, ended
        self._replies: deque[str] = deque()
        self._slots: dict[str, Slot] = {}
        self._ready: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._close: Close | None = None

    def reply(self, text: str) -> None:
        """Send after what is waiting."""
        self._replies.append(text)
        if len(self._replies) >= MAX_REPLIES:
            self._room.clear()
        self._wake.set()

    def attach(self, id_: str, slot: Slot) -> None:
        """Send what this subscription has, whenever it has something."""
        self._slots[id_] = slot
        self.ready(id_)

    def detach(self, id_: str) -> None:
        """Send nothing more of it."""
        self._ready.pop(id_, None)
        if slot := self._slots.pop(id_, None):
            slot.leave()

    def ready(self, id_: str) -> None:
        """Look at this subscription when it is its turn."""
        self._ready[id_] = None
        self._wake.set()

    def close(self, close: Close) -> None:
        """Send this instead of all that waits."""
        self._close = self._close or close
        self._room.set()
        self._wake.set()

    async def room(self) -> None:
        """Wait until the client has read enough of its replies."""
        await self._room.wait()

    @property
    def is_closing(self) -> bool:
        """Nothing that is said now will be heard."""
        return self._close is not None

    async def run(self) -> None:
        """Write until closed; raises `TimeoutError` when the client does not read."""
        while self._close is None:
            text = self._next()
            if text is None:
                await self._wake.wait()
                self._wake.clear()
            else:
                await self._write({"type": "websocket.send", "text": text})
        code, reason = self._close.code, self._close.reason
        await self._write({"type": "websocket.close", "code": code, "reason": reason})

    def _next(self) -> str | None:
        if self._replies:
            text = self._replies.popleft()
            if len(self._replies) < MAX_REPLIES // 2:
                self._room.set()
            return text
        while self._ready:
            id_ = next(iter(self._ready))
            del self._ready[id_]
            if (frame := self._of_slot(id_)) is not None:
                return frame
        return None

    def _of_slot(self, id_: str) -> str | None:
        slot = self._slots.get(id_)
        item = slot.pop() if slot else None
        if isinstance(item, Event):
            self._ready[id_] = None
            EVENTS_DELIVERED.inc()
            return next_text(id_, item)
        if isinstance(item, End):
            self.detach(id_)
            self._ended(id_)
            return error_text(id_, item.errors) if item.errors else complete_text(id_)
        return None

    async def _write(self, message: MutableMapping[str, Any]) -> None:
        async with asyncio.timeout(self._seconds):
            await self._send(message)
