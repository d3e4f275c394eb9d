"""The chief things about the graph on the Neo4j that `docker/compose.yaml` ships."""

import pytest

from models.catalogue import Product
from sandbox.java import LTS
from services import world
from services.cameo.script import TASTES
from tests.catalogue.door import REFERENCE, Door, ask, told, trips
from tests.catalogue.rows import drained, many_products, refuses_a_second, remove_product
from tests.support.engines import SHIPPED

VERSION = """CALL dbms.components() YIELD name, versions WHERE name = 'Neo4j Kernel'
RETURN versions[0] AS version"""
# Each way that the program walks, but those of the reference query.
WALK = """{ product(id: "nerd12-signature") { related { id } pairings { id }
  ingredients { ingredient { id lore { id } } } } character(id: "maeju-ai") { knows { id } } }"""


@pytest.mark.parametrize("engine", [SHIPPED], indirect=True)
async def test_what_is_shipped_is_walked_and_grows_as_it_is_made_anew(world_door: Door) -> None:
    door = world_door
    (server,) = await door.graph.read(VERSION)
    assert server["version"] == LTS
    with trips(door.db) as seen:
        answer = await ask(door, REFERENCE, first=100)
    assert "extensions" not in answer
    assert seen.cypher == 2
    nodes = {edge["node"]["id"]: edge["node"] for edge in answer["data"]["products"]["edges"]}
    signature = nodes["nerd12-signature"]
    assert len(nodes) == 12
    assert [(part["share"], part["ingredient"]["id"]) for part in signature["ingredients"]] == [
        (0.82, "icheon-rice"),
        (0.1, "traditional-nuruk"),
        (None, "spring-water-seolbong"),
    ]
    assert [one["name"] for one in signature["lore"][0]["knownBy"]] == ["Maeju", "Nuri"]
    walked = await ask(door, WALK)
    assert "extensions" not in walked
    assert all(walked["data"]["product"].values())
    assert walked["data"]["character"]["knows"]
    (minsu,) = await door.graph.read(TASTES, customer="cus_demo-minsu")
    liked = [world.from_doc(Product, doc).id for doc in minsu["liked"]]
    assert (minsu["preferences"], liked) == (["dry", "deep"], ["nerd14-samyang", "nerd15-clear"])

    await many_products(door, 3)
    assert await drained(door) == 6
    assert len((await told(door, REFERENCE, first=100))["products"]["edges"]) == 15
    await remove_product(door, "many-001")
    assert await drained(door) == 2
    grown = await world.graph_hash(door.graph)
    assert await world.rebuild(door.db, door.graph) == grown
    await refuses_a_second(door, "nerd6-daily")
    assert await world.graph_hash(door.graph) == grown
