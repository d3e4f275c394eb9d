"""Connections to Postgres: who began first is served first, and who has none is told so."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core import db as database
from core import line
from core.db import Database, connect
from core.line import Line, began
from tests.conftest import World


@pytest_asyncio.fixture(loop_scope="session")
async def one(world: World) -> AsyncIterator[Database]:
    """A database that this process has one connection to."""
    found = connect(world.settings.model_copy(update={"database_pool": 1}))
    yield found
    await found.close()


async def ask(db: Database, since: float | None, name: str, served: list[str]) -> None:
    """Ask for a connection as a request that began then."""
    began.set(since)
    async with db.read() as session:
        await session.execute(text("select 1"))
        served.append(name)


async def waiting(number: int) -> None:
    """Let tasks run until they all stand in line."""
    for _ in range(20 * number):
        await asyncio.sleep(0)


async def test_older_requests_go_first(one: Database) -> None:
    served: list[str] = []
    async with one.read() as session:
        await session.execute(text("select 1"))
        asked = []
        for since, name in ((9.0, "new"), (None, "nobody's"), (1.0, "old"), (5.0, "middle")):
            asked.append(asyncio.create_task(ask(one, since, name, served)))
            await waiting(len(asked))
        assert served == []
    await asyncio.gather(*asked)
    assert served == ["old", "middle", "new", "nobody's"]


async def test_who_leaves_the_line_loses_nobodys_place(one: Database) -> None:
    served: list[str] = []
    async with one.read() as session:
        await session.execute(text("select 1"))
        tasks = [asyncio.create_task(ask(one, n, f"{n}", served)) for n in range(4)]
        await waiting(4)
        tasks[0].cancel()
        tasks[2].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert served == ["1", "3"]
    await ask(one, None, "later", served)
    assert served[-1] == "later"


async def test_who_waits_too_long_is_told_so(
    one: Database, monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    monkeypatch.setattr(database, "POOL_TIMEOUT_SECONDS", 0.05)
    db = connect(world.settings.model_copy(update={"database_pool": 1}))
    async with db.read() as session:
        await session.execute(text("select 1"))
        with pytest.raises(PoolTimeout) as late:
            await ask(db, None, "late", [])
        assert database.is_unavailable(late.value)
    await ask(db, None, "later", served := [])
    assert served == ["later"]
    await db.close()


async def test_a_place_that_comes_with_the_end_is_handed_on() -> None:
    one = Line(1)
    assert one.try_enter()
    first, second = (asyncio.create_task(one.enter(60)) for _ in range(2))
    await waiting(2)
    one.leave()
    # It has its place, and does not know yet.
    first.cancel()
    await asyncio.wait_for(second, 10)
    assert first.cancelled()
    one.leave()
    assert one.try_enter()
    assert not one.try_enter()


async def test_a_database_that_hangs_up_is_away_and_no_bug(world: World) -> None:
    """As it is while Postgres goes down, between taking a connection and answering."""

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = SecretStr(f"postgresql+asyncpg://postgres:x@127.0.0.1:{port}/nerdx")
    db = connect(world.settings.model_copy(update={"database_url": url}))
    with pytest.raises((DBAPIError, OSError)) as gone:
        await ask(db, None, "nobody", [])
    assert database.is_unavailable(gone.value)
    await db.close()
    server.close()


async def test_what_was_just_used_is_not_pinged(
    world: World, one: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what rested is: it may have died meanwhile, which nobody but the pool shall notice."""
    pings: list[str] = []
    dialect = one.engine.sync_engine.dialect
    ping = dialect.do_ping

    def counted(connection: Any) -> bool:
        pings.append("ping")
        return ping(connection)

    monkeypatch.setattr(dialect, "do_ping", counted)
    for name in ("first", "second"):
        await ask(one, None, name, [])
    assert pings == []
    async with one.engine.connect() as connection:
        mine = await connection.scalar(text("select pg_backend_pid()"))
    monkeypatch.setattr(line, "TRUSTED_SECONDS", 0.0)
    await ask(one, None, "rested", [])
    assert len(pings) == 1
    other = connect(world.settings)
    async with other.write.begin() as session:
        await session.execute(text("select pg_terminate_backend(:pid)"), {"pid": mine})
    await other.close()
    served: list[str] = []
    await ask(one, None, "anew", served)
    assert served == ["anew"]
