"""The world in the graph: projected, rebuilt, walked, and done without, on each engine."""

import asyncio
import os
import sys
from typing import Any

import orjson
import pytest
from sqlalchemy import delete, func, select, update

from core.graph import Graph, GraphDown
from core.outbox import GraphChange, Lane, Outbox
from core.settings import ROOT
from models.catalogue import (
    BundlePart,
    Product,
    ProductIngredient,
    Stock,
    Variant,
    VariantKind,
    VariantPrice,
)
from models.world import Ingredient, Lore, LoreFeature, SubjectKind
from sandbox.stack import Stack
from services import world
from services.world.project import LOCK
from tests.catalogue.door import REFERENCE, Door, ask, refused, told, trips, until
from workers.world import consume

DEADLINE = 20.0


async def write(door: Door, *rows: Any, changes: tuple[tuple[str, str], ...] = ()) -> None:
    """Keep rows, and owe the graph these changes, in one transaction."""
    async with door.begin() as uow:
        for row in rows:
            uow.session.add(row)
            await uow.session.flush()
        for kind, key in changes:
            uow.send(GraphChange(kind, key))


async def drained(door: Door) -> int:
    """Project until nothing is owed; return how many changes that took."""
    total = 0
    while done := await world.project(door.db, door.graph):
        total += done
    return total


async def many_products(door: Door, number: int) -> None:
    """Add products, each with a variant, two ingredients, stories and relatives."""
    async with door.begin() as uow:
        session = uow.session
        base = await session.get_one(Product, "nerd6-daily")
        copied = {c.key: getattr(base, c.key) for c in Product.__table__.columns}
        ids = [f"many-{at:03d}" for at in range(number)]
        for id in ids:
            session.add(Product(**{**copied, "id": id, "sku": id}))
        await session.flush()
        for id in ids:
            kind, name = VariantKind.BOTTLE, {"ko": id, "en": id}
            session.add(Variant(id=f"{id}-v", product_id=id, name=name, kind=kind, volume_ml=500))
            for at, part in enumerate(("icheon-rice", "traditional-nuruk")):
                own = {"product_id": id, "ingredient_id": part, "share": 0.5, "position": at}
                session.add(ProductIngredient(id=f"{id}:{part}", **own))
            subject = {"subject_kind": SubjectKind.PRODUCT, "subject_id": id, "position": 9}
            session.add(LoreFeature(id=f"why-twelve:{id}", lore_id="why-twelve", **subject))
            uow.send(GraphChange("product", id))
            uow.send(GraphChange("variant", f"{id}-v"))
        await session.flush()
        for id in ids:
            price = {"variant_id": f"{id}-v", "channel_id": "kr", "amount": 5, "currency": "KRW"}
            session.add(VariantPrice(id=f"{id}-v:kr", **price))
            session.add(Stock(id=f"{id}-v", on_hand=9, low_stock_at=1))


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
    assert signature["ingredients"][0]["ingredient"]["origin"]["name"] == "Icheon, Gyeonggi-do"
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


async def test_the_reference_query_takes_six_trips_however_many(world_door: Door) -> None:
    await many_products(world_door, 100)
    await drained(world_door)
    taken = []
    for first in (1, 1, 20, 100):
        with trips(world_door.db) as seen:
            found = (await told(world_door, REFERENCE, first=first))["products"]["edges"]
        assert len(found) == first
        assert all(edge["node"]["variants"] for edge in found)
        taken.append((len(seen), seen.cypher))
    assert taken[1:] == [(6, 4)] * 3, taken


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


async def is_whole(door: Door) -> bool:
    return "extensions" not in await ask(door, REFERENCE, first=1)


async def has_hash(door: Door, expected: str) -> bool:
    return await world.graph_hash(door.graph) == expected


async def one_change(door: Door) -> Graph:
    await write(door, changes=(("product", "nerd6-daily"),))
    return door.graph


async def owed(door: Door) -> int:
    async with door.db.read() as session:
        changes = await session.scalars(select(Outbox.id).where(Outbox.lane == Lane.GRAPH))
        return len(list(changes))


async def test_a_product_that_is_not_projected_yet_is_whole(world_door: Door) -> None:
    await many_products(world_door, 1)
    query = """{ product(id: "many-000") { ingredients { ingredient { id } } lore { id } } }"""
    early = await ask(world_door, query)
    assert len(early["data"]["product"]["ingredients"]) == 2
    assert "extensions" not in early, "late is not degraded"
    await drained(world_door)
    assert await ask(world_door, query) == early


async def test_incremental_and_rebuilt_graphs_have_the_same_hash(world_door: Door) -> None:
    door = world_door
    start = await world.graph_hash(door.graph)
    await many_products(door, 7)
    async with door.begin() as uow:
        rice = update(Ingredient).where(Ingredient.id == "icheon-rice")
        await uow.session.execute(rice.values(kind="changed", active=False))
        await uow.session.execute(delete(LoreFeature).where(LoreFeature.lore_id == "founder-story"))
        for id in ("nerd12-signature", "nerd11-omija", "nerd-trio", "many-003"):
            uow.send(GraphChange("product", id))
        for id in ("icheon-rice", "traditional-nuruk", "not-there"):
            uow.send(GraphChange("ingredient", id))
    assert await drained(door) > 7
    changed = await world.graph_hash(door.graph)
    assert changed != start
    await remove_product(door, "many-003")
    await drained(door)
    incremental = await world.graph_hash(door.graph)
    assert incremental != changed
    assert await world.rebuild(door.db, door.graph) == incremental
    assert await drained(door) == 0


async def remove_product(door: Door, id: str) -> None:
    async with door.begin() as uow:
        for model, column in (
            (VariantPrice, VariantPrice.variant_id),
            (Stock, Stock.id),
            (Variant, Variant.id),
        ):
            await uow.session.execute(delete(model).where(column == f"{id}-v"))
        for statement in (
            delete(ProductIngredient).where(ProductIngredient.product_id == id),
            delete(LoreFeature).where(LoreFeature.subject_id == id),
            delete(Product).where(Product.id == id),
        ):
            await uow.session.execute(statement)
        uow.send(GraphChange("product", id))
        uow.send(GraphChange("variant", f"{id}-v"))


async def test_changes_may_come_twice_and_in_any_order(world_door: Door) -> None:
    door = world_door
    await many_products(door, 3)
    await drained(door)
    expected = await world.graph_hash(door.graph)
    keys = ["many-002", "many-000", "many-001", "many-002", "many-000"]
    for key in keys:
        await write(door, changes=(("product", key), ("lore", "why-twelve")))
    await asyncio.gather(*(world.project(door.db, door.graph) for _ in range(4)))
    await drained(door)
    assert await world.graph_hash(door.graph) == expected


async def test_only_one_consumer_writes_and_the_lag_is_told(world_door: Door) -> None:
    door = world_door
    await write(door, changes=(("product", "nerd6-daily"),))
    async with door.db.write.begin() as session:
        await session.execute(select(func.pg_advisory_xact_lock(LOCK)))
        assert await world.project(door.db, door.graph) == 0
        await asyncio.sleep(0.05)
        async with door.db.read() as reading:
            assert await world.lag(reading) >= 0.05
        text = (await door.http.get(f"{door.url}/metrics")).text
        (shown,) = [line for line in text.splitlines() if line.startswith("graph_projection_lag")]
        assert float(shown.split()[1]) >= 0.05
    assert await world.project(door.db, door.graph) == 1
    async with door.db.read() as reading:
        assert await world.lag(reading) == 0.0


async def test_a_change_that_cannot_be_projected_holds_up_no_other(world_door: Door) -> None:
    door = world_door
    async with door.db.write.begin() as session:
        # A map is no value that a node can have.
        bad = update(Product).where(Product.id == "nerd6-daily")
        await session.execute(bad.values(story_tags=[{"a": 1}]))
    await write(door, changes=(("product", "nerd6-daily"),))
    await write(door, changes=(("product", "nerd9-cloud"), ("likeness", "host-sam")))
    async with asyncio.timeout(DEADLINE):
        while await owed(door) > 1:
            await world.project(door.db, door.graph)
    async with door.db.read() as session:
        (left,) = await session.scalars(select(Outbox))
    assert left.payload == {"kind": "product", "key": "nerd6-daily"}


async def test_an_unknown_kind_is_left_for_a_process_that_knows_it(world_door: Door) -> None:
    await write(world_door, changes=(("comet", "halley"),))
    assert await world.project(world_door.db, world_door.graph) == 0
    assert await owed(world_door) == 1


async def test_the_consumer_fills_an_empty_graph(world_door: Door) -> None:
    door = world_door
    expected = await world.graph_hash(door.graph)
    await door.graph.write("MATCH (n) DETACH DELETE n")
    task = asyncio.create_task(consume(door.db, door.graph))
    try:
        await until(lambda: has_hash(door, expected))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_rebuild_graph_prints_the_hash(world_door: Door) -> None:
    expected = await world.graph_hash(world_door.graph)
    settings = world_door.host.settings
    env = {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "NEO4J_URI": settings.neo4j_uri,
        "NEO4J_USER": settings.neo4j_user,
        "NEO4J_PASSWORD": settings.neo4j_password.get_secret_value(),
        "NEO4J_DATABASE": settings.neo4j_database,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "cli.py",
        "rebuild-graph",
        cwd=ROOT,
        env={**os.environ, **env},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert (process.returncode, out.decode().strip()) == (0, expected)


async def test_one_typed_graph(world_door: Door) -> None:
    """Row W1: every kind is a label, and the file's relations are there to walk."""
    query = (
        "MATCH (a)-[r]->(b) "
        "RETURN labels(a)[0] AS a, type(r) AS r, labels(b)[0] AS b, count(*) AS n"
    )
    found = {(row["a"], row["r"], row["b"]): row["n"] for row in await world_door.graph.read(query)}
    assert found["Product", "HAS_INGREDIENT", "Ingredient"] == 37
    assert found["Product", "FEATURES_IN_LORE", "Lore"] == 27
    assert found["Ingredient", "FEATURES_IN_LORE", "Lore"] == 17
    assert found["Character", "KNOWS_ABOUT", "Lore"] == 22
    assert found["Likeness", "KNOWS_ABOUT", "Lore"] == 1
    assert found["Variant", "CONTAINS", "Variant"] == 3
    assert found["Product", "PAIRS_WITH", "Pairing"] == 35
    assert found["Customer", "INTERESTED_IN", "Product"] == 6
    async with world_door.db.read() as session:
        parts = await session.scalars(select(BundlePart.id))
    assert len(list(parts)) == 3


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
      totalCount pageInfo { hasNextPage endCursor } edges { node { id origin { name latitude }
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
