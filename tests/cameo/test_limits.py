"""Who gets what, in which order, and how often: limits, keys, the queue, and ways to stop."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from app import App
from services.account import SANDBOX_PASSWORD
from tests.cameo.crew import Crew
from tests.cameo.desk import SHORT, Desk, ended, until
from tests.cameo.test_kills import EFFECTS
from tests.cameo.test_renderer import RETRY
from tests.conftest import World
from tests.support.api import Api, key, person
from tests.support.cameo import ask_cameo, make_portrait, request_cameo

CANCEL = """mutation ($id: ID!) { cancelCameo(id: $id) {
  __typename ... on CameoJob { status } ... on UserError { code } } }"""
DELETE = """mutation ($id: ID!) { deleteCameo(id: $id) {
  __typename ... on ErasureReceipt { id subject stores { name objects } signature }
  ... on UserError { code } ... on CameoStateConflict { status allowedActions } } }"""
ERASE = """mutation ($id: ID!) { erasePortrait(id: $id) {
  __typename ... on ErasureReceipt { id subject stores { name objects } } } }"""
QUEUE = """{ me { cameos(first: 20) { edges { node {
  id status queuePosition eta { likelyAt latestAt } } } } } }"""


@pytest_asyncio.fixture(loop_scope="session")
async def hana(world: World, app: App) -> AsyncIterator[Api]:
    """Another adult customer."""
    async with person(world.url) as api:
        yield await api.sign_in("demo-hana@example.com", SANDBOX_PASSWORD)


async def cancel(api: Api, job: str) -> None:
    """Stop a cameo."""
    answer = await api.one(CANCEL, id=job)
    assert answer == {"__typename": "CameoJob", "status": "CANCELED"}


async def test_parallel_requests_meet_the_limit_and_the_key(
    minsu: Api, hana: Api, photo: str, crew: Crew, desk: Desk
) -> None:
    hers = await make_portrait(hana)
    release = asyncio.Event()
    crew.trap("POST", r"/videos$", hold=release, times=-1)
    answers = await asyncio.gather(*(ask_cameo(minsu, photo, SHORT) for _ in range(12)))
    jobs = [answer["id"] for answer in answers if answer["__typename"] == "CameoJob"]
    refused = [answer for answer in answers if answer["__typename"] == "CameoLimitReached"]
    assert (len(jobs), len(refused)) == (3, 9)
    assert {(one["code"], one["limit"], one["running"]) for one in refused} == {
        ("CAMEO_LIMIT_REACHED", 3, 3)
    }
    same = key()
    asked = [ask_cameo(hana, hers, SHORT, idempotencyKey=same) for _ in range(20)]
    answers = await asyncio.gather(*asked)
    assert {answer["__typename"] for answer in answers} == {"CameoJob"}
    assert len({answer["id"] for answer in answers}) == 1
    other = await ask_cameo(hana, hers, SHORT, idempotencyKey=same, userName="Other")
    assert other["code"] == "IDEMPOTENCY_CONFLICT"
    count = "select count(*) from cameo_jobs where customer_id = $1"
    assert await desk.one(count, hana.customer_id) == 1
    for job in jobs:
        await cancel(minsu, job)
    await cancel(hana, answers[0]["id"])
    release.set()


async def queue(api: Api) -> dict[str, dict[str, Any]]:
    """Return one's cameos by id, oldest first."""
    me = await api.one(QUEUE)
    return {edge["node"]["id"]: edge["node"] for edge in reversed(me["cameos"]["edges"])}


@pytest.mark.env(RENDER_SLOTS="1", MAX_OPEN_CAMEOS="6", SUBMIT_SETTLE_SECONDS="60")
async def test_many_films_of_one_customer_delay_another_by_one(
    minsu: Api, hana: Api, photo: str, crew: Crew, desk: Desk
) -> None:
    hers = await make_portrait(hana)
    release = asyncio.Event()
    first = crew.trap("POST", r"/videos$", hold=release)
    many = [await request_cameo(minsu, photo, SHORT) for _ in range(6)]
    await first.met.wait()
    second = crew.trap("POST", r"/videos$", hold=release)
    one = await request_cameo(hana, hers, SHORT)
    mine, her = await queue(minsu), (await queue(hana))[one]
    assert [mine[job]["queuePosition"] for job in many] == [None, 1, 2, 3, 4, 5]
    assert her["queuePosition"] == 0
    guesses = [mine[job]["eta"] for job in many]
    assert [guess["likelyAt"] for guess in guesses] == sorted(g["likelyAt"] for g in guesses)
    assert all(guess["likelyAt"] <= guess["latestAt"] for guess in guesses)
    await cancel(minsu, many[0])
    async with asyncio.timeout(120):
        await second.met.wait()
    assert (await desk.job(one))["stage"] == "submit"
    assert (await queue(minsu))[many[1]]["queuePosition"] == 0
    for job in many[1:]:
        await cancel(minsu, job)
    await cancel(hana, one)
    release.set()
    for job in (many[0], one):
        await until(partial(gone_there, desk, job))


async def gone_there(desk: Desk, job: str) -> bool:
    """Tell whether the renderer took an order of this cameo, and has deleted it."""
    orders = await desk.paid(job)
    return bool(orders) and all(order["deleted"] for order in orders)


@pytest.mark.env(SUBMIT_SETTLE_SECONDS="60")
async def test_cancel_in_each_stage_then_retry_then_delete(
    minsu: Api, photo: str, crew: Crew, desk: Desk
) -> None:
    job, paid = "", 0
    for stage, effect in EFFECTS.items():
        release = asyncio.Event()
        held = crew.trap(*effect, hold=release)
        if job:
            again = await minsu.one(RETRY, id=job, key=key())
            assert again["__typename"] == "CameoJob", again
        else:
            job = await request_cameo(minsu, photo, SHORT)
        async with asyncio.timeout(60):
            await held.met.wait()
        assert (await desk.job(job))["stage"].upper() == stage
        conflict = await minsu.one(DELETE, id=job)
        assert (conflict["code"], conflict["allowedActions"]) == (
            "CAMEO_STATE_CONFLICT",
            ["CANCEL"],
        )
        await cancel(minsu, job)
        release.set()
        if stage == "SUBMIT":
            await until(partial(gone_there, desk, job))
        if stage == "FINISH":
            paid = len(await desk.paid(job))
    await minsu.one(RETRY, id=job, key=key())
    final = await ended(minsu, job)
    assert final["status"] == "COMPLETED", final
    refs = await desk.refs(job)
    assert len(desk.accepted(refs)) == paid
    await until(lambda: gone_there(desk, job))
    receipt = await minsu.one(DELETE, id=job)
    assert receipt["subject"] == job
    assert await minsu.one(DELETE, id=job) == receipt

    async def no_objects() -> bool:
        return not await desk.objects(job)

    await until(no_objects)


async def test_erasing_stops_films_and_leaves_no_orphans(
    minsu: Api, photo: str, crew: Crew, desk: Desk
) -> None:
    release = asyncio.Event()
    held = crew.trap("PUT", r"/shots/1-", hold=release)
    job = await request_cameo(minsu, photo, SHORT)
    watching = asyncio.create_task(ended(minsu, job))
    await held.met.wait()
    assert await desk.storage.keys(f"portraits/{photo}/")
    receipt = await minsu.one(ERASE, id=photo)
    assert {"name": "keys", "objects": 1} in receipt["stores"]
    assert (await watching)["status"] == "CANCELED"
    assert await desk.storage.keys(f"portraits/{photo}/") == []
    again = await minsu.one(RETRY, id=job, key=key())
    assert again["code"] == "PORTRAIT_NOT_USABLE"
    refs = await desk.refs(job)
    assert (await minsu.one(DELETE, id=job))["__typename"] == "ErasureReceipt"
    # The worker was only slow: what it stores now belongs to nobody.
    release.set()

    async def stored() -> bool:
        return bool(await desk.objects(job))

    async def collected() -> bool:
        return not await desk.objects(job)

    await until(stored)
    await crew.move_clock(0)
    await until(collected)
    assert [order["deleted"] for order in desk.accepted(refs)] == [True]
