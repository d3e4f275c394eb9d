"""The databases of tests: made, copied and dropped from outside, over one connection."""

from typing import Any

import asyncpg

from sandbox.stack import Stack

# Of a thousand small databases a third of the time that logging each page of them takes.
COPIED = "strategy file_copy"


class Databases:
    """The databases of one cluster."""

    def __init__(self, stack: Stack) -> None:
        self._url = stack.env["DATABASE_URL"]
        self._open: asyncpg.Connection[Any] | None = None

    async def make(self, name: str) -> str:
        """Make an empty one; returns its address."""
        return await self._made(f"create database {name}", name)

    async def copy(self, source: str, name: str) -> str:
        """Make one like another, which nobody may use meanwhile; returns its address."""
        return await self._made(f"create database {name} template {source} {COPIED}", name)

    async def drop(self, name: str) -> None:
        """Make an end of one, whoever uses it."""
        await (await self._connection()).execute(f"drop database if exists {name} with (force)")

    async def aclose(self) -> None:
        """Give the connection back."""
        if self._open:
            await self._open.close()

    async def _made(self, statement: str, name: str) -> str:
        await (await self._connection()).execute(statement)
        return self._url.rpartition("/")[0] + f"/{name}"

    async def _connection(self) -> "asyncpg.Connection[Any]":
        # A test may have restarted the cluster.
        if self._open is None or self._open.is_closed():
            plain = self._url.replace("postgresql+asyncpg://", "postgresql://")
            self._open = await asyncpg.connect(plain)
        return self._open
