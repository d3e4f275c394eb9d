"""Who writes a chat, deletes an account or renews a card waits for the others in one order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import asyncpg
import pytest

from app import App
from services.account import SANDBOX_PASSWORD
from tests.catalogue.door import until
from tests.chat.conftest import talk
from tests.chat.test_done import RENEW, prepared
from tests.conftest import World
from tests.support.api import Api

DELETE = """mutation ($password: String!) { deleteAccount(password: $password) {
  __typename ... on UserError { code } } }"""
HOLD = "select 1 from chats where id = $1 for update"
COST = "update chats set cost_micros = cost_micros + 1 where id = $1"
# A row that is written again in one transaction has its keys looked up: the customer, the cart.
TITLE = "update chats set title = 'kept' where id = $1"
WAITING = """select count(*) from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock'"""


@asynccontextmanager
async def rows(world: World) -> AsyncIterator[Any]:
    """A connection of one's own."""
    connection = await asyncpg.connect(world.dsn)
    yield connection
    await connection.close()


async def one_waits(world: World) -> None:
    """Return once somebody waits for a row."""
    async with rows(world) as looking:
        await until(partial(looking.fetchval, WAITING), 30)


async def test_an_account_is_deleted_although_a_deadlock_undid_it(
    world: World, minsu: Api, caplog: pytest.LogCaptureFixture
) -> None:
    chat = await talk(minsu)
    async with rows(world) as reply:
        # The one who looks for deadlocks first is the one who is undone.
        await reply.execute("set deadlock_timeout = '30s'")
        async with reply.transaction():
            await reply.fetch(HOLD, chat.id)
            await reply.execute(COST, chat.id)
            deleting = asyncio.create_task(minsu.one(DELETE, password=SANDBOX_PASSWORD))
            await one_waits(world)
            await reply.execute(TITLE, chat.id)
        assert (await deleting)["__typename"] == "ErasureReceipt"
        assert "begun anew" in caplog.text
        assert await reply.fetchval("select count(*) from chats where id = $1", chat.id) == 0


@pytest.mark.usefixtures("told", "workers")
@pytest.mark.parametrize("engine", ["arcadedb"], indirect=True)
async def test_a_card_is_renewed_while_its_chat_is_written(
    world: World, app: App, minsu: Api
) -> None:
    chat, _ = await prepared(minsu, app)
    async with rows(world) as reply:
        await reply.execute("set lock_timeout = '2s'")
        async with reply.transaction():
            await reply.fetch(HOLD, chat.id)
            await reply.execute(COST, chat.id)
            renewing = asyncio.create_task(minsu.one(RENEW, chat=chat.id))
            await one_waits(world)
            await reply.execute(TITLE, chat.id)
        assert (await renewing)["__typename"] == "OrderCard"
