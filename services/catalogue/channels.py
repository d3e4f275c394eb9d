"""The markets, kept in the process: every request needs one, and they hardly ever change."""

import asyncio
import time

from core.db import Database
from core.errors import BadInput, Unavailable
from models.catalogue import Channel
from services.catalogue.find import channels

KEEP_SECONDS = 60.0


class Channels:
    """Reads the channels at most once a minute, and keeps the old ones if that fails."""

    def __init__(self, db: Database, default: str) -> None:
        self._db, self._default = db, default
        self._known: dict[str, Channel] = {}
        self._until = 0.0
        self._reading = asyncio.Lock()

    async def all(self) -> list[Channel]:
        """Return the active channels in the order of the catalogue."""
        if time.monotonic() >= self._until:
            async with self._reading:
                if time.monotonic() >= self._until:
                    await self._read()
        return list(self._known.values())

    async def choose(self, name: str | None) -> Channel:
        """Return the channel of this id, or the default one.

        Raises BadInput if there is none, and Unavailable while no catalogue is loaded.
        """
        await self.all()
        channel = self._known.get(name or self._default)
        if channel is None:
            raise BadInput(argument="X-Channel") if self._known else Unavailable()
        return channel

    def known(self, id: str) -> Channel:
        """Return a channel that was chosen before, without asking anyone."""
        return self._known[id]

    def forget(self) -> None:
        """Read anew on the next use."""
        self._until = 0.0

    async def _read(self) -> None:
        try:
            async with self._db.read() as session:
                self._known = {row.id: row for row in await channels(session)}
        except Exception:
            if not self._known:
                raise
        # An empty catalogue is about to be loaded: ask again at once.
        self._until = time.monotonic() + (KEEP_SECONDS if self._known else 0)
