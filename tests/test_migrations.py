"""The tables that migrations make are the tables that the code knows."""

import asyncio
import secrets

import asyncpg
import pytest
from alembic import command

from core.migrate import run
from sandbox.stack import Stack


async def _tables(url: str) -> int:
    connection = await asyncpg.connect(url)
    query = "select count(*) from information_schema.tables where table_schema = 'public'"
    count = await connection.fetchval(query)
    await connection.close()
    return int(count)


@pytest.fixture
async def empty_database(stack: Stack) -> str:
    """A database with nothing in it."""
    admin = stack.env["DATABASE_URL"].replace("+asyncpg", "")
    name = f"migrated_{secrets.token_hex(4)}"
    connection = await asyncpg.connect(admin)
    await connection.execute(f"create database {name}")
    await connection.close()
    return admin.rpartition("/")[0] + f"/{name}"


async def test_migrations_make_what_the_models_say(empty_database: str) -> None:
    await run(empty_database, command.upgrade, "head")
    await run(empty_database, command.check)
    made = await _tables(empty_database)
    await run(empty_database, command.downgrade, "base")
    assert await _tables(empty_database) == 1
    await run(empty_database, command.upgrade, "head")
    assert await _tables(empty_database) == made


async def test_two_processes_migrate_in_turn(empty_database: str) -> None:
    await asyncio.gather(*(run(empty_database, command.upgrade, "head") for _ in range(3)))
    assert await _tables(empty_database) > 30
