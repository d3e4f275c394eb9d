"""The graph kept in line with Postgres, on each engine."""

import asyncio
import os
import sys

from sqlalchemy import delete, func, select, update

from core.outbox import GraphChange, Lane, Outbox
from core.settings import ROOT
from models.catalogue import (
    BundlePart,
    Product,
)
from models.world import Ingredient, LoreFeature
from services import world
from services.world.project import LOCK
from tests.catalogue.door import Door, until
from tests.catalogue.rows import (
    drained,
    many_products,
    owed,
    refuses_a_second,
    remove_product,
    write,
)
from workers.world import consume

DEADLINE = 20.0


async def has_hash(door: Door, expected: str) -> bool:
    return await world.graph_hash(door.graph) == expected


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
        (left,) = await session.scalars(select(Outbox).where(Outbox.lane == Lane.GRAPH))
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


async def test_an_id_is_there_once(world_door: Door) -> None:
    before = await world.graph_hash(world_door.graph)
    await world.prepare(world_door.graph)
    await refuses_a_second(world_door, "nerd6-daily")
    assert await world.graph_hash(world_door.graph) == before


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
