"""Two replicas, one customer: the same arm from both, and one exposure for each view."""

import asyncio

import pytest
from sqlalchemy import select

from app import App
from models.experiment import Exposure
from tests.conftest import World
from tests.support.api import Api, person
from tests.support.serve import free_port, serving
from tests.support.settings import settings_of

ASK = """query ($context: RecommendationContext) { recommendations(context: $context, first: 5) {
  experiment items { product { id } } } }"""
BORN = """mutation { updateAccount(input: {birthDate: "1990-01-01"}) { ... on Customer { id } } }"""


async def exposures(host: App) -> list[Exposure]:
    async with host.db.read() as session:
        return list(await session.scalars(select(Exposure)))


@pytest.mark.env(EXPERIMENT_SHARES='{"recommender-weights": {"control": 1, "company": 1}}')
async def test_two_replicas_draw_the_same_and_count_a_view_once(world: World) -> None:
    port = free_port()
    other = {"PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    twin = settings_of({**world.env, **other})
    async with serving(world.settings) as here, serving(twin) as there:
        async with person(world.url) as api, Api(other["PUBLIC_URL"]) as replica:
            stranger = await replica.one(ASK)
            await api.guest()
            await api.one(BORN)
            replica.token = api.token
            told = await asyncio.gather(*(one.one(ASK) for one in [api, replica] * 10))
        assert stranger["experiment"] is None, "nothing to draw from"
        await asyncio.gather(here.exposures.close(), there.exposures.close())
        rows = await exposures(here)
        # One list, unless a provider was late for some of them.
        lists = {tuple(item["product"]["id"] for item in one["items"]) for one in told}
        assert sorted(tuple(row.products) for row in rows) == sorted(lists)
        assert lists != {()}
        (drawn,) = {
            (row.customer_id, f"{row.experiment}:{row.arm}", row.propensity) for row in rows
        }
        assert drawn == (api.customer_id, told[0]["experiment"], 0.5)
        assert {one["experiment"] for one in told} == {drawn[1]}
