"""100 chats at once on one worker: each ends right, and none hears another's words."""

import asyncio
from contextlib import AsyncExitStack

from sqlalchemy import text

from app import App
from tests.chat.conftest import Heard, talk
from tests.conftest import World
from tests.support.api import Api, person

CUSTOMERS, CHATS_EACH = 10, 10
OF_AGE = "update customers set birth_date = '1990-01-01', age_verified_at = now() where id = :id"
ASKED = ("안녕하세요", "누룩이 뭐예요?")
KEPT = """select c.id, count(m.id) as messages, min(m.status) as worst, max(m.status) as best
  from chats c join chat_messages m on m.chat_id = c.id group by c.id"""
MISSTEPS = """select count(*) from chat_messages m where m.steps <> (select count(*)
  from chat_steps s where s.message_id = m.id)"""


async def grown_up(api: Api, app: App) -> Api:
    """A guest of age."""
    await api.guest()
    async with app.begin() as uow:
        await uow.session.execute(text(OF_AGE), {"id": api.customer_id})
    return api


async def one(api: Api, asked: str) -> Heard:
    """A chat of one question."""
    return await (await talk(api)).ask(asked)


async def test_a_hundred_chats_all_end_right(workers: object, world: World, app: App) -> None:
    async with AsyncExitStack() as opened, asyncio.timeout(400):
        guests = [
            await grown_up(await opened.enter_async_context(person(world.url)), app)
            for _ in range(CUSTOMERS)
        ]
        replies = await asyncio.gather(
            *(one(api, ASKED[at % 2]) for api in guests for at in range(CHATS_EACH))
        )
    assert len({heard.message["id"] for heard in replies}) == CUSTOMERS * CHATS_EACH
    for at, heard in enumerate(replies):
        message = heard.message
        assert message["status"] == "FINISHED", message
        cursors = [int(event["cursor"]) for event in heard.events]
        assert cursors == list(range(1, len(cursors) + 1))
        assert heard.text == "".join(part.get("text", "") for part in message["parts"])
        assert ("누룩" in heard.text) is (ASKED[at % 2] != "안녕하세요"), heard.text
    async with app.db.write() as session:
        kept = (await session.execute(text(KEPT))).all()
        assert {(row.messages, row.worst, row.best) for row in kept} == {
            (2, "finished", "finished")
        }
        assert len(kept) == CUSTOMERS * CHATS_EACH
        assert await session.scalar(text(MISSTEPS)) == 0
        states = set(await session.scalars(text("select distinct state from chat_calls")))
        assert states == {"done"}
