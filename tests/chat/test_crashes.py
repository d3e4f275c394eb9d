"""Replies outlive who makes them: a worker killed, a provider that fails (RELIABILITY 18)."""

import httpx2
import pytest
from sqlalchemy import text

from app import App
from tests.chat.conftest import FOLLOW, Talk, talk
from tests.chat.test_upkeep import sandbox
from tests.conftest import World
from tests.support.api import TLS, Api

LEASE = {"CHAT_LEASE_SECONDS": "2"}


async def spent(app: App) -> list[tuple[str, int]]:
    """The paid calls and what became of them."""
    async with app.db.write() as session:
        rows = await session.execute(text("select state, cost_micros from chat_calls order by id"))
        return [(row.state, row.cost_micros) for row in rows]


@pytest.mark.env(**LEASE)
async def test_a_killed_worker_doubles_and_loses_nothing(
    minsu: Api, world: World, app: App
) -> None:
    first = world.program("worker", **LEASE)
    world.program("relay")
    chat = await talk(minsu)
    await sandbox(world, tokens_per_second=8)
    try:
        sent = await chat.send("누룩이 뭐예요?")
        id, before = sent["reply"]["id"], []
        async for event in minsu.follow(FOLLOW, id=id):
            before.append(event["chatReply"])
            if before[-1]["__typename"] == "TextAdded":
                break
        first.kill()
        await sandbox(world, tokens_per_second=0)
        world.program("worker", **LEASE)
        rest = await chat.hear(id, after=before[-1]["cursor"])
    finally:
        await sandbox(world, tokens_per_second=0)
    assert rest.message["status"] == "FINISHED"
    whole = await chat.hear(id)
    assert [event["cursor"] for event in before + rest.events] == [
        event["cursor"] for event in whole.events
    ]
    said = "".join(part.get("text", "") for part in rest.message["parts"])
    assert whole.text == said
    sentences = [one for one in whole.text.replace("\n\n", " ").split(". ") if one]
    assert len(sentences) == len(set(sentences))
    assert {state for state, _ in await spent(app)} == {"done"}


@pytest.mark.parametrize(
    ("plan", "status"),
    [
        ({"say": "누룩 이야기예요. 천천히 할게요.", "cut_at": 2}, "FINISHED"),
        ({"say": "누룩 이야기예요. 천천히 할게요.", "garble_at": 1}, "FINISHED"),
        ({"say": "누룩 이야기예요.", "failure": "server_error"}, None),
    ],
)
async def test_a_provider_that_fails_ends_in_a_typed_state(
    maeju: Talk, world: World, app: App, plan: dict[str, object], status: str | None
) -> None:
    await sandbox(world, script=[plan])
    heard = await maeju.ask("들려주세요")
    assert heard.message["status"] in ({status} if status else {"FINISHED", "FAILED"})
    if heard.message["status"] == "FAILED":
        assert heard.message["reason"] == "PROVIDER_UNAVAILABLE"
    states = {state for state, _ in await spent(app)}
    assert states <= {"done", "lost", "refused"}
    again = await maeju.ask("누룩이 뭐예요?")
    assert again.message["status"] == "FINISHED", "the chat goes on"


ONCE = (
    {"fault": "timeout", "seconds": 5},
    {"fault": "429", "seconds": 0.2},
    {"fault": "500"},
    {"fault": "cut_stream", "after": 3},
    {"fault": "malformed", "after": 3},
    {"fault": "drip", "seconds": 3},
    {"fault": "lost_reply_after_acceptance"},
)
FOR_EVER = ({"fault": "429", "seconds": 0.1}, {"fault": "500"}, {"fault": "timeout", "seconds": 5})


async def broken(world: World, *rules: dict[str, object]) -> None:
    """Break what the provider answers to new rounds."""
    root = world.env["OPENAI_BASE_URL"].removesuffix("/v1")
    match = {"method": "POST", "path": "/v1/responses"}
    async with httpx2.AsyncClient(verify=TLS) as http:
        given = {"rules": [{"match": match, **rule} for rule in rules]}
        (await http.post(f"{root}/sandbox/faults", json=given)).raise_for_status()


@pytest.mark.env(PROVIDER_TIMEOUT_SECONDS="1.5", CHAT_STALL_SECONDS="2", CHAT_REPLY_SECONDS="40")
async def test_each_fault_of_the_provider_ends_typed_and_within_the_cap(
    maeju: Talk, world: World, app: App
) -> None:
    try:
        for rule in ONCE:
            await broken(world, rule)
            heard = await maeju.ask("고마워요")
            assert heard.message["status"] == "FINISHED", rule
        for rule in FOR_EVER:
            await broken(world, {**rule, "times": -1})
            heard = await maeju.ask("고마워요")
            assert heard.message["status"] == "FAILED", rule
            assert heard.message["reason"] in ("PROVIDER_UNAVAILABLE", "TOO_SLOW"), rule
            assert heard.text == "", rule
    finally:
        await broken(world)
    assert (await maeju.ask("고마워요")).message["status"] == "FINISHED"
    calls = await spent(app)
    assert {state for state, _ in calls} <= {"done", "refused", "lost"}
    assert sum(cost for _, cost in calls) <= app.settings.chat_limit_cents * 10_000
    async with app.db.write() as session:
        stuck = text("select count(*) from chat_messages where status = 'streaming'")
        assert await session.scalar(stuck) == 0
        due = text("select count(*) from chat_messages where due_at is not null")
        assert await session.scalar(due) == 0
        held = text("select sum(held_micros) from chat_calls")
        assert await session.scalar(held) == 0, "nothing is held any more"


@pytest.mark.env(CHAT_LIMIT_CENTS="1", CHAT_OUTPUT_PRICE="20000000")
async def test_a_chat_costs_no_more_than_it_may(minsu: Api, world: World, app: App) -> None:
    world.program("worker")
    world.program("relay")
    chat = await talk(minsu)
    for _ in range(30):
        sent = await chat.send("누룩이 뭐예요?")
        if sent["__typename"] == "ChatBudgetSpent":
            break
        heard = await chat.hear(sent["reply"]["id"])
        if heard.message["status"] == "FAILED":
            assert heard.message["reason"] == "CHAT_BUDGET_SPENT"
            break
    else:
        pytest.fail("the budget never ended")
    if sent["__typename"] == "ChatBudgetSpent":
        assert sent["usage"]["cost"]["amount"] <= 1
    assert sum(cost for _, cost in await spent(app)) <= 10_000
