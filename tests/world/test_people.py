"""What people do moves what ties them to the world, fades with time, and goes with them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import func, select, update

from core.outbox import GraphChange
from models.account import CustomerInterest
from models.cameo import CameoJob, CameoStatus
from models.people import CustomerChat, CustomerView, InterestMove
from services import world
from services.account import SANDBOX_PASSWORD
from tests.catalogue.door import Door, until
from tests.catalogue.rows import drained
from tests.catalogue.test_remix_projection import portrait
from tests.support.api import Api, Refused, key, person
from tests.support.cameo import request_cameo
from tests.support.shop import buy
from workers.world import import_projections

SIGNATURE, DAILY = "nerd12-signature", "nerd6-daily"
INTERESTS = "{ interests { score changedAt product { id } } }"
VIEW = """mutation($id: ID!, $key: String!) {
  recordProductView(productId: $id, idempotencyKey: $key) {
    ... on Interest { score product { id } } ... on UserError { code field } } }"""
WATCH = """mutation($id: ID!, $key: String!) { recordCameoView(cameoId: $id, idempotencyKey: $key)
  { ... on CameoJob { id } ... on UserError { code field } } }"""
DELETE = """mutation($password: String!) { deleteAccount(password: $password)
  { ... on ErasureReceipt { id } ... on UserError { code } } }"""
EDGES = """MATCH (:Customer {id: $id})-[r]->(n) RETURN type(r) AS type, n.id AS id,
  properties(r) AS told ORDER BY type, id"""


async def scores(api: Api) -> dict[str, float]:
    return {one["product"]["id"]: one["score"] for one in await api.one(INTERESTS)}


async def again(api: Api) -> Api:
    """Sign in, also when the clock has moved on."""
    api.token = None
    return await api.sign_in("demo-minsu@example.com", SANDBOX_PASSWORD)


@pytest_asyncio.fixture(loop_scope="session")
async def api(door: Door) -> AsyncIterator[Api]:
    """A customer at the door."""
    async with Api(door.url) as client:
        yield await again(client)


async def test_looking_at_a_drink_counts_once_for_each_key(door: Door, api: Api) -> None:
    assert DAILY not in await scores(api)
    same = key()
    for _ in range(3):
        shown = await api.one(VIEW, id=DAILY, key=same)
        assert (shown["product"]["id"], shown["score"]) == (DAILY, 0.02)
    await asyncio.gather(*(api.one(VIEW, id=DAILY, key=key()) for _ in range(5)))
    assert (await scores(api))[DAILY] == pytest.approx(0.12)
    assert (await api.one(VIEW, id="nowhere", key=key()))["code"] == "NOT_FOUND"
    other = await api.one(VIEW, id=SIGNATURE, key=same)
    assert other["code"] == "IDEMPOTENCY_CONFLICT"
    assert (await api.one(VIEW, id=DAILY, key=""))["code"] == "INVALID_INPUT"
    async with person(door.url) as stranger:
        with pytest.raises(Refused) as refused:
            await stranger.one(VIEW, id=DAILY, key=key())
        assert refused.value.code == "UNAUTHENTICATED"
        guest = await stranger.guest()
        assert (await guest.one(VIEW, id=DAILY, key=key()))["score"] == 0.02


@pytest.mark.env(INTEREST_HALF_LIFE_DAYS="10")
async def test_interest_halves_with_each_half_life(door: Door, api: Api) -> None:
    customer = "cus_demo-minsu"
    async with door.begin() as uow:
        await world.interest(uow, door.host.settings, customer, DAILY, 0.8)
    for days, left in ((10, 0.4), (10, 0.2)):
        door.later(days=days)
        await again(api)
        assert (await scores(api))[DAILY] == pytest.approx(left, abs=1e-3)
    async with door.begin() as uow:
        settings, before = door.host.settings, uow.now() - timedelta(days=10)
        await world.interest(uow, settings, customer, DAILY, 0.2)
        late = await world.interest(uow, settings, customer, DAILY, 0.2, before)
        assert late.score == pytest.approx(0.2 + 0.2 + 0.1, abs=1e-3), "late counts as if in time"
        full = await world.interest(uow, settings, customer, DAILY, 5.0)
        assert full.score == 1.0
    door.later(days=200)
    assert DAILY not in await scores(await again(api)), "forgotten"


@pytest.mark.usefixtures("workers")
async def test_an_order_moves_interest_once(door: Door, api: Api) -> None:
    before = await scores(api)
    bought = await buy(door.host, "cus_demo-minsu", {"nerd6-daily-750": 2})

    async def has_moved() -> bool:
        return (await scores(api)).get(DAILY, 0) != before.get(DAILY, 0)

    await until(has_moved, 30)
    once = (await scores(api))[DAILY]
    assert once == pytest.approx(before.get(DAILY, 0) + 0.3, abs=1e-3)
    for _ in range(2):
        async with door.begin() as uow:
            await world.people.bought(uow, door.host.settings, bought.id)
    assert (await scores(api))[DAILY] == once


async def film(door: Door, api: Api) -> str:
    """Ask for a film, and finish it by hand."""
    id = await request_cameo(api, await portrait(door, api), "neon-seoul-bar")
    done = {"status": CameoStatus.COMPLETED, "product_id": SIGNATURE, "finished_at": func.now()}
    async with door.begin() as uow:
        await uow.session.execute(update(CameoJob).where(CameoJob.id == id).values(**done))
        uow.send(GraphChange("cameo", id))
    return id


async def test_all_of_it_is_in_the_graph_and_goes_with_the_customer(world_door: Door) -> None:
    import_projections()
    async with person(world_door.url) as api:
        await does_it_all(world_door, await again(api))


async def does_it_all(door: Door, api: Api) -> None:
    customer = "cus_demo-minsu"
    id = await film(door, api)
    async with door.begin() as uow:
        await world.chatted(uow, customer, "maeju-ai")
        await world.chatted(uow, customer, "maeju-ai")
    assert (await api.one(WATCH, id=id, key=key()))["id"] == id
    assert (await api.one(WATCH, id="cam_nothing", key=key()))["code"] == "NOT_FOUND"
    async with Api(door.url) as other:
        await other.sign_in("demo-alice@example.com", SANDBOX_PASSWORD)
        assert (await other.one(WATCH, id=id, key=key()))["code"] == "NOT_FOUND"
    await drained(door)
    found = {
        (one["type"], one["id"]): one["told"] for one in await door.graph.write(EDGES, id=customer)
    }
    assert found["CHATTED_WITH", "maeju-ai"]["times"] == 2
    assert found["CHATTED_WITH", "maeju-ai"]["timestamp"].startswith("20")
    assert found["WATCHED", id]["times"] == 1
    assert found["INTERESTED_IN", SIGNATURE]["score"] == pytest.approx(0.03)
    incremental = await world.graph_hash(door.graph)
    assert await world.rebuild(door.db, door.graph) == incremental
    door.later(days=30)
    assert await world.rebuild(door.db, door.graph) == incremental, "fading is not projected"
    await again(api)
    assert "id" in await api.one(DELETE, password=SANDBOX_PASSWORD)
    async with door.db.read() as session:
        for model in (CustomerInterest, CustomerChat, CustomerView, InterestMove):
            left = select(model.id).where(model.customer_id == customer)
            assert list(await session.scalars(left)) == [], model
    await drained(door)
    assert await door.graph.write(EDGES, id=customer) == []
