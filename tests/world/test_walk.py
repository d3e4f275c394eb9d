"""Ways through the world, on each engine: typed, bounded, and told in words."""

import asyncio
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.graph import Graph
from core.pages import Page
from models.world import WorldKind
from sandbox.stack import Stack
from services import world
from tests.catalogue.door import Door, ask, refused, told, until
from tests.catalogue.rows import drained, many_products

PATH = """query($from: ID!, $to: ID!, $hops: Int = 3) {
  lorePath(from: $from, to: $to, maxHops: $hops) {
    sentence steps { relation from { ... on Node { id } } to { ... on Node { id } } } } }"""
NEAR = """query($id: ID!, $relations: [WorldRelation!], $first: Int = 20) {
  related(id: $id, relations: $relations, first: $first) { distance relation node { __typename
    ... on Node { id } ... on Lore { title body } ... on Place { name latitude } } } }"""


async def way(door: Door, start: str, end: str, **more: Any) -> Any:
    return (await told(door, PATH, **{"from": start, "to": end, **more}))["lorePath"]


async def near(door: Door, id: str, **more: Any) -> list[Any]:
    found: list[Any] = (await told(door, NEAR, id=id, **more))["related"]
    return found


async def test_a_path_is_told_in_both_languages(world_door: Door) -> None:
    one = await way(world_door, "nerd12-signature", "icheon-rice")
    assert one["sentence"] == "NERD12 Signature is made with Icheon Rice."
    found = await way(world_door, "nerd12-signature", "place-icheon-gyeonggi-do")
    assert [step["relation"] for step in found["steps"]] == ["HAS_INGREDIENT", "GROWN_AT"]
    assert found["sentence"] == (
        "NERD12 Signature is made with Icheon Rice, which comes from Icheon, Gyeonggi-do."
    )
    korean = await way(world_door, "nerd12-signature", "place-icheon-gyeonggi-do", locale="ko")
    assert korean["sentence"] == (
        "너드12 시그니처는 이천 쌀로 빚고, 이천 쌀은 경기도 이천에서 납니다."
    )
    story = await way(world_door, "pear-moon", "why-twelve")
    assert [step["relation"] for step in story["steps"]] == ["MADE_WITH", "FEATURES_IN_LORE"]
    assert story["sentence"] == (
        "Pear Moon is mixed with NERD12 Signature, which appears in the story “Why Twelve”."
    )
    told_by = await way(world_door, "maeju-ai", "naju-pear", locale="ko")
    assert len(told_by["steps"]) <= 3
    assert told_by["sentence"].startswith("매주는 ‘")
    assert told_by["sentence"].endswith("다.")


async def test_paths_are_no_longer_than_asked_for(world_door: Door) -> None:
    pair = ("bossam", "maeju-ai")
    three = await way(world_door, *pair)
    assert len(three["steps"]) == 3
    ends = [three["steps"][0]["from"]["id"], three["steps"][-1]["to"]["id"]]
    assert ends == list(pair)
    assert await way(world_door, *pair, hops=2) is None
    assert await way(world_door, *pair, hops=1) is None
    for hops in (0, 4, -1, 2**31 - 1):
        asked = {"from": pair[0], "to": pair[1], "hops": hops}
        assert await refused(world_door, PATH, **asked) == ["BAD_USER_INPUT"]
    assert await way(world_door, "nowhere", "bossam") is None
    assert await way(world_door, "nerd12-signature-500", "bossam") is None, "not of the world"
    same = await way(world_door, "bossam", "bossam")
    assert (same["steps"], same["sentence"]) == ([], "They are the same: Bossam.")


async def test_what_is_near_comes_nearest_first(world_door: Door) -> None:
    found = await near(world_door, "mungyeong-omija", first=100)
    distances = [one["distance"] for one in found]
    assert distances == sorted(distances)
    assert (distances[0], distances[-1]) == (1, 3)
    ids = [one["node"]["id"] for one in found]
    assert len(ids) == len(set(ids))
    assert "mungyeong-omija" not in ids
    first = {(one["relation"], one["node"]["id"]) for one in found if one["distance"] == 1}
    assert ("GROWN_AT", "place-mungyeong-gyeongsangbuk-do") in first
    assert ("HAS_INGREDIENT", "nerd11-omija") in first
    assert ("FEATURES_IN_LORE", "five-tastes") in first
    assert [one["node"]["id"] for one in await near(world_door, "mungyeong-omija", first=3)] == (
        ids[:3]
    )
    grown = await near(world_door, "place-icheon-gyeonggi-do", relations=["GROWN_AT"])
    assert {one["node"]["id"] for one in grown} == {
        "icheon-rice",
        "traditional-nuruk",
        "spring-water-seolbong",
    }
    assert await near(world_door, "icheon-rice", relations=[]) == []
    assert await near(world_door, "nothing") == []
    for first_ in (0, 101):
        assert await refused(world_door, NEAR, id="icheon-rice", first=first_) == ["BAD_USER_INPUT"]


async def test_a_walk_sees_two_hundred_things_at_most(
    world_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many_products(world_door, 260)
    await drained(world_door)
    looked: list[int] = []
    run = Graph._run

    async def counted(self: Graph, *args: Any) -> Any:
        found = await run(self, *args)
        looked.append(len({record["end"] for record in found}))
        return found

    monkeypatch.setattr(Graph, "_run", counted)
    async with asyncio.timeout(10):
        found = await near(world_door, "icheon-rice", first=100)
        assert len(found) == 100
        assert all(one["distance"] == 1 for one in found)
        direct = await way(world_door, "icheon-rice", "many-259")
    assert len(direct["steps"]) == 1, "beyond what a hub shows, but seen from the other end"
    assert max(looked) <= world.MAX_NODES
    walker = world.walker_of(world_door.db, world_door.graph, world_door.begin.now())
    reached = await world.spread(walker, [world.Thing(WorldKind.INGREDIENT, "icheon-rice")], 3)
    assert len(reached) < world.MAX_NODES


@pytest.mark.gate
async def test_without_the_graph_one_hop_is_answered_and_said_so(
    world_door: Door, engine: Stack
) -> None:
    pairs = [
        ("nerd12-signature", "icheon-rice"),
        ("icheon-rice", "place-icheon-gyeonggi-do"),
        ("bossam", "nerd12-signature"),
        ("maeju-ai", "why-twelve"),
        ("pear-moon", "nerd12-signature"),
        ("nerd9-cloud", "nerd12-signature"),
    ]
    whole = [await way(world_door, *pair) for pair in pairs]
    around = {id: await first_hop(world_door, id) for pair in pairs for id in pair}
    await asyncio.to_thread(engine.graph.stop)
    try:
        answer = await ask(world_door, PATH, **{"from": pairs[0][0], "to": pairs[0][1]})
        assert answer["extensions"] == {"degraded": ["world"]}
        assert [await way(world_door, *pair) for pair in pairs] == whole
        answer = await ask(world_door, NEAR, id="icheon-rice")
        assert answer["extensions"] == {"degraded": ["world"]}
        for id, expected in around.items():
            assert await first_hop(world_door, id) == expected, id
        started = time.monotonic()
        assert await way(world_door, "bossam", "maeju-ai") is None
        assert time.monotonic() - started < 2
    finally:
        await asyncio.to_thread(engine.graph.start)

    async def is_whole() -> bool:
        return "extensions" not in await ask(world_door, NEAR, id="icheon-rice")

    await until(is_whole, 60)


async def first_hop(door: Door, id: str) -> set[tuple[str, str]]:
    found = await near(door, id, first=100)
    return {(one["relation"], one["node"]["id"]) for one in found if one["distance"] == 1}


async def test_a_locked_story_shows_its_title_alone(world_door: Door) -> None:
    async with world_door.db.read() as session:
        found = await world.lore_page(session, world.LoreFilter(), Page(50))
    secret = next(row for row in found if row.id == "the-jar-that-sings").body
    for locale in ("ko", "en"):
        answer = await ask(world_door, NEAR, id="nerd12-signature", first=100, locale=locale)
        walked = await ask(
            world_door, PATH, **{"from": "maeju-ai", "to": "the-jar-that-sings"}, locale=locale
        )
        shown = f"{answer}{walked}"
        assert "the-jar-that-sings" in shown
        assert secret[locale][:20] not in shown


ODD = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "x'}) DETACH DELETE n //",
            '"}) MATCH (n) DELETE n',
            "$now",
            "`",
            "nerd12-signature' OR 1=1",
            "\0",
            "\ud800",
            "a" * 10_000,
        ]
    ),
)


async def test_no_text_of_a_client_becomes_cypher(
    world_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: set[str] = set()
    run = Graph._run

    async def noted(self: Graph, query: str, *args: Any) -> Any:
        texts.add(query)
        return await run(self, query, *args)  # type: ignore[arg-type]

    before = await world.graph_hash(world_door.graph)
    monkeypatch.setattr(Graph, "_run", noted)
    loop = asyncio.get_running_loop()

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(ODD, ODD, st.integers(-(2**31), 2**31 - 1))
    def fuzz(one: str, other: str, number: int) -> None:
        async def both() -> None:
            known = "nerd12-signature"
            for start, end in ((one, other), (known, other), (one, known)):
                await ask(world_door, PATH, **{"from": start, "to": end, "hops": number})
            await ask(world_door, NEAR, id=one, first=number)
            await ask(world_door, NEAR, id=known, relations=[other])

        asyncio.run_coroutine_threadsafe(both(), loop).result(60)

    await asyncio.to_thread(fuzz)
    monkeypatch.undo()
    assert texts <= {*world.QUERIES, "RETURN 1 AS one"}
    assert await world.graph_hash(world_door.graph) == before
