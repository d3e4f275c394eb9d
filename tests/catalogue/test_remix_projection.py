"""What was made out of what, in the graph: alike whether it grew or was made anew."""

from datetime import timedelta

from core.ids import new_id
from models.cameo import Portrait, PortraitStatus
from services import world
from services.account import SANDBOX_PASSWORD
from tests.cameo.test_limits import DELETE, cancel
from tests.cameo.test_remix import remix
from tests.catalogue.door import Door
from tests.catalogue.rows import drained
from tests.support.api import Api, person
from tests.support.cameo import request_cameo

REMIXES = """MATCH (child:Cameo)-[:REMIX_OF]->(parent:Cameo)
RETURN child.id AS child, parent.id AS parent, parent.status AS status ORDER BY child"""


async def portrait(door: Door, api: Api) -> str:
    """Keep a photo that is ready, as if a worker had looked at it."""
    async with door.begin() as uow:
        row = Portrait(id=new_id("por"), customer_id=api.customer_id, content_type="image/jpeg")
        row.status, row.expires_at = PortraitStatus.READY, uow.now() + timedelta(days=1)
        uow.session.add(row)
    return row.id


async def test_remixes_are_the_same_in_a_grown_and_a_rebuilt_graph(world_door: Door) -> None:
    door = world_door

    async def is_alike(*expected: tuple[str, str]) -> None:
        await drained(door)
        rows = await door.graph.read(REMIXES)
        assert [(row["child"], row["parent"]) for row in rows] == list(expected)
        assert all(row["status"] == "canceled" for row in rows)
        grown = await world.graph_hash(door.graph)
        assert await world.rebuild(door.db, door.graph) == grown

    async with person(door.url) as api:
        await api.sign_in("demo-minsu@example.com", SANDBOX_PASSWORD)
        photo = await portrait(door, api)
        first = await request_cameo(api, photo, "neon-seoul-bar")
        await cancel(api, first)
        second = (await remix(api, first))["id"]
        await is_alike((second, first))
        await cancel(api, second)
        third = (await remix(api, second))["id"]
        fourth = (await remix(api, first))["id"]
        for job in (third, fourth):
            await cancel(api, job)
        await is_alike((second, first), (third, second), (fourth, first))
        assert (await api.one(DELETE, id=first))["__typename"] == "ErasureReceipt"
        await is_alike((third, second))
        assert (await api.one(DELETE, id=third))["__typename"] == "ErasureReceipt"
        await is_alike()
