"""What the world knows about a question: fitting, bounded, and nothing of what is locked."""

import asyncio
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.graph import Graph
from core.settings import ROOT
from models.world import Lore
from sandbox.stack import Stack
from services import world
from tests.catalogue.door import Door, ask, refused, told, until
from tests.catalogue.rows import drained
from tests.support.api import Api
from tests.world.said import learn, relate, revert

KNOWLEDGE = """query($intent: String!, $first: Int = 5) {
  knowledge(intent: $intent, first: $first) { excerpt score truth source path { sentence }
    node { __typename ... on Node { id } } } }"""
EVALS = [
    case
    for case in orjson.loads((ROOT / "data" / "catalogue.json").read_bytes())["chat_eval"]
    if case.get("must_cite")
]


async def knows(door: Door, intent: str, **more: Any) -> list[Any]:
    found: list[Any] = (await told(door, KNOWLEDGE, intent=intent, **more))["knowledge"]
    scores = [one["score"] for one in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    return found


def ids(found: list[Any]) -> list[str]:
    return [one["node"]["id"] for one in found]


async def test_questions_of_the_catalogue_find_what_they_are_about(world_door: Door) -> None:
    missed = []
    for case in EVALS:
        found = ids(await knows(world_door, case["user"][:200], locale=case["locale"]))
        missed += [(case["id"], id, found) for id in case["must_cite"] if id not in found]
    assert missed == []


async def test_pieces_say_why_and_how_true(world_door: Door) -> None:
    found = await knows(world_door, "Which bottle goes with Bossam?", first=8)
    pairing = next(one for one in found if one["node"]["id"] == "bossam")
    assert pairing["path"] is None, "it was named"
    assert "nerd12-signature" in ids(found)
    by_way = next(one for one in found if one["path"])
    assert by_way["path"]["sentence"].endswith(".")
    story = next(
        one for one in await knows(world_door, "why twelve") if ids([one]) == ["why-twelve"]
    )
    assert story["truth"] == "BRAND_STORY"
    assert "twelve" in story["excerpt"].lower()
    korean = await knows(world_door, "이천 쌀은 어디서 나요?", locale="ko")
    assert {"icheon-rice", "place-icheon-gyeonggi-do"} <= set(ids(korean))
    assert await knows(world_door, "   ") == []
    assert await refused(world_door, KNOWLEDGE, intent="x" * 801) == ["BAD_USER_INPUT"]
    assert await refused(world_door, KNOWLEDGE, intent="rice", first=0) == ["BAD_USER_INPUT"]


async def test_what_staff_learn_is_known(world_door: Door, staff: Api) -> None:
    question = "What is the polishing of the rice?"
    fact = await learn(staff, "seventy of a hundred parts")
    found = await knows(world_door, question)
    (known,) = [one for one in found if one["source"]]
    assert known["excerpt"] == "polishing: seventy of a hundred parts"
    assert (known["node"]["id"], known["truth"]) == ("icheon-rice", "FACT")
    assert known["source"] == "Mill's log of 2026"
    await revert(staff, fact["id"])
    assert [one for one in await knows(world_door, question) if one["source"]] == []
    await relate(staff, "icheon-rice", "RELATED_TO", "wanju-ginger")
    await drained(world_door)
    found = await knows(world_door, "이천 쌀", locale="ko", first=40)
    ginger = next(one for one in found if one["node"]["id"] == "wanju-ginger")
    assert ginger["path"]["sentence"] == "이천 쌀은 완주 봉동 생강과 닮았습니다."


async def test_locked_stories_are_not_known_by_their_words(world_door: Door, staff: Api) -> None:
    async with world_door.db.read() as session:
        secret = (await session.get_one(Lore, "the-jar-that-sings")).body
    await learn(staff, "sings at night", subjectId="the-jar-that-sings")
    for locale in ("ko", "en"):
        sentences = [one for one in secret[locale].split(".") if one.strip()]
        for words in (sentences[0], sentences[-1], "노래하는 독", "The Jar That Sings"):
            answer = await ask(world_door, KNOWLEDGE, intent=words[:200], first=40, locale=locale)
            shown = orjson.dumps(answer["data"]).decode()
            assert "sings at night" not in shown
            for sentence in sentences:
                assert sentence.strip() not in shown
    found = await knows(world_door, "노래하는 독", locale="ko")
    locked = next(one for one in found if one["node"]["id"] == "the-jar-that-sings")
    assert "AR" in locked["excerpt"]
    mine = await staff.one(KNOWLEDGE, intent="The Jar That Sings", first=10)
    open_one = next(
        one for one in mine if one["node"]["id"] == "the-jar-that-sings" and not one["source"]
    )
    assert open_one["excerpt"].split(".")[0] in secret["en"]


@pytest.mark.gate
async def test_without_the_graph_words_and_one_hop_answer(world_door: Door, engine: Stack) -> None:
    question = "Why is NERD12 twelve percent?"
    whole = ids(await knows(world_door, question, first=3))
    await asyncio.to_thread(engine.graph.stop)
    try:
        answer = await ask(world_door, KNOWLEDGE, intent=question)
        assert answer["extensions"]["degraded"].count("world") == 1
        assert set(whole) & set(ids(answer["data"]["knowledge"]))
    finally:
        await asyncio.to_thread(engine.graph.start)

    async def is_whole() -> bool:
        answer = await ask(world_door, KNOWLEDGE, intent=question)
        return "world" not in answer.get("extensions", {}).get("degraded", [])

    await until(is_whole, 60)


async def test_questions_never_become_cypher(
    world_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: set[str] = set()
    run = Graph._run

    async def noted(self: Graph, query: str, *args: Any) -> Any:
        texts.add(query)
        return await run(self, query, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Graph, "_run", noted)
    loop = asyncio.get_running_loop()

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.text(max_size=40) | st.sampled_from(["MATCH (n) DETACH DELETE n", "' OR 1=1 --"]))
    def fuzz(intent: str) -> None:
        asked = ask(world_door, KNOWLEDGE, intent=f"쌀 {intent}")
        answer = asyncio.run_coroutine_threadsafe(asked, loop).result(60)
        codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
        assert codes <= {"BAD_USER_INPUT", "BAD_REQUEST"}

    await asyncio.to_thread(fuzz)
    assert texts <= {*world.QUERIES, "RETURN 1 AS one"}
    async with world_door.db.read() as session:
        assert len(list(await session.scalars(select(Lore.id)))) == 12
