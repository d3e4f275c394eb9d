"""The world walked in the graph, and done without it, on each engine."""

import asyncio
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from core.graph import Graph, GraphDown
from models.catalogue import (
    Product,
)
from models.world import Lore
from sandbox.stack import Stack
from services import world
from tests.catalogue.door import REFERENCE, Door, ask, refused, told, trips, until
from tests.catalogue.rows import (
    drained,
    many_products,
    many_stories,
    owed,
    write,
)


async def test_the_reference_query_shows_both_stores(world_door: Door) -> None:
    answer = await ask(world_door, REFERENCE, first=100)
    assert "extensions" not in answer
    nodes = [edge["node"] for edge in answer["data"]["products"]["edges"]]
    assert len(nodes) == 12
    (signature,) = [node for node in nodes if node["id"] == "nerd12-signature"]
    assert [(part["ingredient"]["id"], part["share"]) for part in signature["ingredients"]] == [
        ("icheon-rice", 0.82),
        ("traditional-nuruk", 0.1),
        ("spring-water-seolbong", None),
    ]
    assert signature["ingredients"][0]["ingredient"]["origin"] == "Icheon, Gyeonggi-do"
    founder = signature["lore"][0]
    assert (founder["id"], founder["title"]) == ("founder-story", "The First Batch")
    assert [subject["id"] for subject in founder["features"]] == [
        "nerd12-signature",
        "nerd11-omija",
        "nerd-trio",
        "icheon-rice",
        "traditional-nuruk",
    ]
    assert [knower["name"] for knower in founder["knownBy"]] == ["Maeju", "Nuri"]
    korean = await told(world_door, REFERENCE, locale="ko", first=1)
    assert korean["products"]["edges"][0]["node"]["lore"][0]["title"] == "첫 번째 독"


async def test_the_reference_query_takes_four_trips_however_many(world_door: Door) -> None:
    await many_products(world_door, 100)
    await drained(world_door)
    taken = []
    for first in (1, 1, 20, 100):
        with trips(world_door.db) as seen:
            found = (await told(world_door, REFERENCE, first=first))["products"]["edges"]
        assert len(found) == first
        assert all(edge["node"]["variants"] for edge in found)
        taken.append((len(seen), seen.cypher))
    assert taken[1:] == [(4, 2)] * 3, taken


async def test_five_levels_deep_costs_the_same_for_all(world_door: Door) -> None:
    deep = """query($first: Int!) { products(first: $first) { edges { node { id
      related { id ingredients { ingredient { id lore { id features { id } knownBy { id } } } } }
      pairings { id } recipes { id } warnings { code } arExperience { id }
      tasting { name } priceRange { min { amount } } } } } }"""
    await told(world_door, deep, first=1)
    taken = []
    for first in (1, 6):
        with trips(world_door.db) as seen:
            await told(world_door, deep, first=first)
        taken.append(len(seen))
    assert taken[1] - taken[0] <= 1, taken


async def test_without_the_graph_postgres_answers_and_says_so(
    world_door: Door, engine: Stack
) -> None:
    whole = await ask(world_door, REFERENCE, first=100)
    await asyncio.to_thread(engine.graph.stop)
    try:
        degraded = await ask(world_door, REFERENCE, first=100)
        with trips(world_door.db) as seen:
            again = await ask(world_door, REFERENCE, first=100)
        assert degraded["data"] == whole["data"]
        assert degraded["extensions"] == again["extensions"] == {"degraded": ["world"]}
        assert len(seen) < 20
        plain = await ask(world_door, "{ products { edges { node { id name } } } }")
        assert "extensions" not in plain
        with pytest.raises(GraphDown):
            await world.project(world_door.db, await one_change(world_door))
        assert await owed(world_door) == 1, "what could not be projected is still owed"
    finally:
        await asyncio.to_thread(engine.graph.start)
    await until(lambda: is_whole(world_door))
    assert (await ask(world_door, REFERENCE, first=100))["data"] == whole["data"]


async def test_a_key_shows_and_reads_two_hundred_ends_at_most(
    world_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many_stories(world_door, "nerd6-daily", 230)
    await drained(world_door)
    seen: list[int] = []
    run = Graph._run

    async def counted(self: Graph, *args: Any) -> Any:
        found = await run(self, *args)
        seen.append(sum(len(record["links"]) for record in found))
        return found

    monkeypatch.setattr(Graph, "_run", counted)
    query = """{ product(id: "nerd6-daily") { lore { id } } }"""
    answer = await ask(world_door, query)
    assert "extensions" not in answer
    assert len(answer["data"]["product"]["lore"]) == 200
    assert seen == [200]


async def is_whole(door: Door) -> bool:
    return "extensions" not in await ask(door, REFERENCE, first=1)


async def one_change(door: Door) -> Graph:
    await write(door, changes=(("product", "nerd6-daily"),))
    return door.graph


async def test_a_product_that_is_not_projected_yet_is_whole(world_door: Door) -> None:
    await many_products(world_door, 1)
    query = """{ product(id: "many-000") { ingredients { ingredient { id } } lore { id } } }"""
    early = await ask(world_door, query)
    assert len(early["data"]["product"]["ingredients"]) == 2
    assert "extensions" not in early, "late is not degraded"
    await drained(world_door)
    assert await ask(world_door, query) == early


async def test_words_from_outside_never_become_cypher(world_door: Door) -> None:
    before = await world.graph_hash(world_door.graph)
    query = "query($id: ID!) { node(id: $id) { id } ingredient(id: $id) { lore { id } } }"
    for id in ("x'}) DETACH DELETE n //", '"}) MATCH (n) DELETE n', "$ids", "`"):
        assert await told(world_door, query, id=id) == {"node": None, "ingredient": None}
    listing = """query($text: String, $id: ID) { loreEntries(filter: { text: $text, about: $id }) {
      edges { node { id } } } }"""
    for text in ("' OR 1=1 --", "}) DETACH DELETE (n", "%", "_"):
        assert (await told(world_door, listing, text=text, id=text))["loreEntries"]["edges"] == []
    assert await world.graph_hash(world_door.graph) == before
    with pytest.raises(ValueError, match="not a name"):
        world.projects("x", "Product) DETACH DELETE (n", Product)


async def test_locked_stories_do_not_leak(world_door: Door) -> None:
    query = """query($id: ID!) { lore(id: $id) { title body truth
        lockedBy { reason product { id } } }
      node(id: $id) { ... on Lore { body } }
      product(id: "nerd12-signature") { lore { id body } }
      character(id: "maeju-ai") { knows { id body } } }"""
    found = await told(world_door, query, id="the-jar-that-sings", locale="ko")
    lore = found["lore"]
    assert (lore["title"], lore["truth"]) == ("노래하는 독", "GENERAL")
    assert lore["lockedBy"] == {"reason": lore["body"], "product": {"id": "nerd12-signature"}}
    async with world_door.db.read() as session:
        rows = {row.id: row for row in await session.scalars(select(Lore))}
    shown = orjson.dumps(found).decode()
    for text in rows["the-jar-that-sings"].body.values():
        assert text[:20] not in shown
    open_one = await told(world_door, query, id="why-twelve")
    assert open_one["lore"]["body"] == rows["why-twelve"].body["en"]
    assert open_one["lore"]["lockedBy"] is None
    ordered = await told(world_door, query, id="ai-and-the-jar")
    assert ordered["lore"]["lockedBy"]["product"]["id"] == "nerd5-sparkle"
    secret = rows["the-jar-that-sings"].body["en"].split()[5:9]
    search = "query($text: String) { loreEntries(filter: { text: $text }) { totalCount } }"
    found = await told(world_door, search, text=" ".join(secret))
    assert found["loreEntries"]["totalCount"] == 0


async def test_ingredients_and_their_products(world_door: Door) -> None:
    query = """query($first: Int!, $after: String) { ingredients(first: $first, after: $after) {
      totalCount pageInfo { hasNextPage endCursor } edges { node { id place { name latitude }
      kind harvestMonths allergens { code } lore { id }
      products(first: 2) { totalCount edges { cursor node { id } }
        pageInfo { hasNextPage } } } } } }"""
    first = (await told(world_door, query, first=10))["ingredients"]
    after = first["pageInfo"]["endCursor"]
    with trips(world_door.db) as seen:
        rest = (await told(world_door, query, first=10, after=after))["ingredients"]
    assert len(seen) <= 5
    nodes = [edge["node"] for edge in first["edges"] + rest["edges"]]
    assert len({node["id"] for node in nodes}) == first["totalCount"] == 15
    rice = next(node for node in nodes if node["id"] == "icheon-rice")
    assert rice["products"]["totalCount"] == 12
    assert [edge["node"]["id"] for edge in rice["products"]["edges"]] == [
        "nerd-trio",
        "nerd5-sparkle",
    ]
    more = """query($after: String) { ingredient(id: "icheon-rice") {
      products(first: 2, after: $after) { edges { node { id } } } } }"""
    cursor = rice["products"]["edges"][-1]["cursor"]
    page = (await told(world_door, more, after=cursor))["ingredient"]["products"]["edges"]
    assert [edge["node"]["id"] for edge in page] == ["nerd10-pine", "nerd15-clear"]
    assert await refused(world_door, more, after="nonsense") == ["BAD_USER_INPUT"]
    assert await refused(world_door, query, first=101) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"kind": ["science"]}, {"five-tastes"}),
        ({"truth": ["FACT"]}, {"home-brew-houses"}),
        ({"truth": ["BRAND_STORY"]}, {"founder-story", "why-twelve", "ai-and-the-jar"}),
        ({"tags": ["jumak", "sound"]}, {"tavern-night", "the-jar-that-sings"}),
        ({"about": "nerd5-sparkle"}, {"pouring-manners", "ai-and-the-jar"}),
        ({"text": "Icheon", "kind": ["brand"]}, {"founder-story"}),
        ({"tags": []}, set()),
    ],
)
async def test_stories_are_filtered(door: Door, filter: dict[str, Any], expected: set[str]) -> None:
    query = """query($filter: LoreFilter) { loreEntries(filter: $filter) {
      totalCount edges { node { id } } } }"""
    found = (await told(door, query, filter=filter))["loreEntries"]
    assert {edge["node"]["id"] for edge in found["edges"]} == expected
    assert found["totalCount"] == len(expected)
