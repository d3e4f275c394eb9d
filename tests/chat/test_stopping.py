"""Stopping and deleting end what runs at the provider, and leave nothing of it there (C2, C7)."""

import time
from typing import Any

import pytest
from sqlalchemy import text

from app import App
from services.account import SANDBOX_PASSWORD
from tests.catalogue.door import until
from tests.chat.conftest import Talk, talk
from tests.chat.test_crashes import broken
from tests.chat.test_forgetting import traces
from tests.chat.test_memory import rows, runs
from tests.chat.test_upkeep import DELETE as DELETE_CHAT
from tests.chat.test_upkeep import STOP, sandbox
from tests.conftest import World
from tests.support.api import Api
from tests.world.test_people import DELETE as DELETE_ACCOUNT

SAID = "제 카나리아에게 누룩이 뭔지 길게 들려주세요"
FOLLOW = """subscription ($id: ID!) { chatReply(id: $id) { __typename cursor
  ... on ReplyEnded { message { status } } } }"""
CALLS = "select state, provider_id from chat_calls where chat_id = :id"


async def of(world: World, reply: str) -> list[dict[str, Any]]:
    """The runs of a reply: a test before may have left some of its own."""
    return [run for run in await runs(world) if run["metadata"].get("reply") == reply]


async def under_way(world: World, reply: str) -> list[dict[str, Any]]:
    """Those that the provider makes now."""
    return [run for run in await of(world, reply) if run["is_running"]]


async def test_stopping_ends_the_provider_within_a_second(maeju: Talk, world: World) -> None:
    await sandbox(world, tokens_per_second=4)
    asked, seen = 0.0, []
    try:
        id = (await maeju.send(SAID))["reply"]["id"]
        async for event in maeju.api.follow(FOLLOW, id=id):
            seen.append(event["chatReply"])
            if seen[-1]["__typename"] == "TextAdded" and not asked:
                (run,) = await under_way(world, id)
                asked = time.time()
                await maeju.api.one(STOP, id=id)
        assert seen[-1]["message"]["status"] == "STOPPED"
        (ended,) = [one for one in await runs(world) if one["id"] == run["id"]]
    finally:
        await sandbox(world, tokens_per_second=0)
    assert ended["status"] == "cancelled"
    assert ended["ended_at"] - asked < 1.0


async def test_a_run_whose_id_was_not_told_yet_is_ended(
    minsu: Api, workers: object, world: World, app: App
) -> None:
    """It was taken, and its first words are seconds away, when nobody wants it any more."""
    try:
        for end in ("stop", "chat", "account"):
            chat, reply = await unannounced(minsu, world, app)
            if end == "stop":
                await minsu.one(STOP, id=reply)
                assert (await chat.hear(reply)).message["status"] == "STOPPED"
            elif end == "chat":
                assert "id" in await minsu.one(DELETE_CHAT, id=chat.id)
            else:
                assert "id" in await minsu.one(DELETE_ACCOUNT, password=SANDBOX_PASSWORD)
            assert await under_way(world, reply), f"{end}: its id is still to come"

            async def is_over(reply: str = reply) -> bool:
                mine = await of(world, reply)
                return all(run["is_deleted"] and not run["is_running"] for run in mine)

            await until(is_over, 120)
            assert "카나리아" not in str(await of(world, reply))
    finally:
        await broken(world)
        await sandbox(world, tokens_per_second=0)


async def unannounced(api: Api, world: World, app: App) -> tuple[Talk, str]:
    """Ask for a reply whose run the provider has taken without a word yet."""
    chat = await talk(api)
    await sandbox(world, tokens_per_second=1, script=[{"say": "누룩은 숨을 쉬어요. " * 40}])
    await broken(world, {"fault": "drip", "seconds": 8})
    reply = (await chat.send(SAID))["reply"]["id"]

    async def is_taken() -> bool:
        return bool(await under_way(world, str(reply)))

    await until(is_taken, 60)
    assert [tuple(one) for one in await rows(app, CALLS, id=chat.id)] == [("intent", None)]
    return chat, str(reply)


@pytest.mark.usefixtures("engine", "unheard", "workers")
async def test_a_deleted_chat_is_nowhere(
    minsu: Api, world: World, app: App, caplog: pytest.LogCaptureFixture
) -> None:
    chat = await talk(minsu)
    before = await vectors(app, world)
    for said in (SAID, "카나리아처럼 맑은 술을 추천해 주세요"):
        await chat.ask(said)
    assert "chat_messages" in (await traces(app, world, caplog.text, ["카나리아"]))["postgres"]
    async with app.db.read() as session:
        ours = set(await session.scalars(text("select id from embeddings")))
    assert await vectors(app, world) - before <= ours, "no vector of what was said is kept"
    assert "id" in await minsu.one(DELETE_CHAT, id=chat.id)

    async def is_gone() -> bool:
        return not await traces(app, world, caplog.text, ["카나리아"])

    try:
        await until(is_gone, 60)
    except TimeoutError:
        assert await traces(app, world, caplog.text, ["카나리아"]) == {}


async def vectors(app: App, world: World) -> set[str]:
    """The texts whose vectors Redis keeps, by their hashes."""
    prefix = f"{world.env['REDIS_PREFIX']}:embed:"
    return {key.removeprefix(prefix) async for key in app.bus.redis.scan_iter(match=f"{prefix}*")}
