"""What films may cost: shots are counted by customer and day, whatever becomes of the films."""

import asyncio
from functools import partial
from typing import Any

import pytest

from services.account import SANDBOX_PASSWORD
from tests.cameo.crew import Crew
from tests.cameo.desk import DOUBLE, SHORT, Desk, ended, until
from tests.cameo.test_limits import DELETE, ERASE, cancel, gone_there
from tests.cameo.test_remix import remix
from tests.cameo.test_renderer import order
from tests.conftest import World
from tests.support.api import Api, key
from tests.support.cameo import ask_cameo, make_portrait, request_cameo
from tests.test_cameo import DELETE_ACCOUNT, REGISTER

RETRY = """mutation ($id: ID!, $key: String!) { retryCameo(id: $id, idempotencyKey: $key) {
  __typename ... on UserError { code message retryable }
  ... on RateLimited { retryAfterSeconds } } }"""
REMIX = """mutation ($i: RemixCameoInput!) { remixCameo(input: $i) {
  __typename ... on UserError { message } ... on RateLimited { retryAfterSeconds } } }"""
BORN = """mutation { updateAccount(input: {birthDate: "1990-01-01"}) { __typename } }"""
PAID = "select count(*) from paid_shots where customer_id = $1"
TODAY = PAID + " and ordered_at > now() - interval '24 hours'"
AGE = "update paid_shots set ordered_at = ordered_at - make_interval(hours => $1)"
DAY = 86_400
NAMES = ("Ada", "Ben", "Cho")


async def paid(desk: Desk, api: Api) -> int:
    """Return how many of a customer's shots count."""
    return int(await desk.one(PAID, api.customer_id))


async def has_paid(desk: Desk, api: Api, shots: int) -> bool:
    """Tell whether so many of a customer's shots count."""
    return await paid(desk, api) == shots


@pytest.mark.env(MAX_SHOTS_PER_DAY="5", MAX_OPEN_CAMEOS="12", RENDER_SLOTS="12")
async def test_parallel_requests_share_what_a_day_allows(
    minsu: Api, photo: str, crew: Crew, desk: Desk
) -> None:
    release = asyncio.Event()
    crew.trap("POST", r"/videos$", hold=release, times=-1)
    answers = await asyncio.gather(*(ask_cameo(minsu, photo, DOUBLE) for _ in range(12)))
    jobs = [answer["id"] for answer in answers if answer["__typename"] == "CameoJob"]
    refused = [answer for answer in answers if answer["__typename"] == "RateLimited"]
    assert (len(jobs), len(refused)) == (2, 10)
    assert {(one["code"], one["retryable"]) for one in refused} == {("RATE_LIMITED", True)}
    # Two shots of each are promised, so that one more is left.
    third = await request_cameo(minsu, photo, SHORT)
    await until(partial(has_paid, desk, minsu, 3))
    again = await minsu.one(REMIX, i={"cameoId": third, "idempotencyKey": key()})
    assert again["__typename"] == "CameoStateConflict"
    for job in (*jobs, third):
        await cancel(minsu, job)
    # What was never ordered is free again; what was, stays counted although nothing is left of it.
    assert (await minsu.one(DELETE, id=third))["__typename"] == "ErasureReceipt"
    assert await paid(desk, minsu) == 3
    assert (await remix(minsu, jobs[0]))["__typename"] == "CameoJob"
    for job in jobs:
        refusal = await minsu.one(RETRY, id=job, key=key())
        assert (refusal["code"], refusal["retryable"]) == ("RATE_LIMITED", True)
        assert 0 <= DAY - refusal["retryAfterSeconds"] < 600
    again = await minsu.one(REMIX, i={"cameoId": jobs[0], "idempotencyKey": key()})
    assert 0 <= DAY - again["retryAfterSeconds"] < 600
    assert (await ask_cameo(minsu, photo, SHORT))["code"] == "RATE_LIMITED"
    release.set()


@pytest.mark.env(MAX_SHOTS_PER_DAY="2")
async def test_orders_count_for_a_day_and_outlive_the_customer(
    minsu: Api, photo: str, crew: Crew, desk: Desk
) -> None:
    release = asyncio.Event()
    held = crew.trap("POST", r"/videos$", hold=release, times=-1)
    for hours in (2, 1):
        job = await request_cameo(minsu, photo, SHORT)
        async with asyncio.timeout(60):
            await held.met.wait()
        held.met.clear()
        await cancel(minsu, job)
        await desk.rows.execute(AGE, hours)
    asked = {"cameoId": job, "idempotencyKey": key()}
    refusal = await minsu.one(REMIX, i=asked)
    assert 0 <= 21 * 3600 - refusal["retryAfterSeconds"] < 600
    assert refusal["message"].startswith("You can have 2 shots filmed in 24 hours. Try again in 12")
    await desk.rows.execute(AGE, 21)
    # What was refused may be sent again with the same key.
    assert (await minsu.one(REMIX, i=asked))["__typename"] == "CameoJob"
    async with asyncio.timeout(60):
        await held.met.wait()
    count = await paid(desk, minsu)
    receipt = await minsu.one(DELETE_ACCOUNT, p=SANDBOX_PASSWORD)
    assert receipt["__typename"] == "ErasureReceipt"
    assert await paid(desk, minsu) == count >= 2
    await desk.rows.execute(AGE, 25)
    await crew.move_clock(0)
    await until(partial(has_paid, desk, minsu, 0))
    release.set()


@pytest.mark.env(MAX_SHOTS_PER_DAY="1")
async def test_a_shot_beyond_the_cap_fails_the_film_until_there_is_room(
    minsu: Api, photo: str, crew: Crew, desk: Desk
) -> None:
    assert (await ask_cameo(minsu, photo, DOUBLE))["code"] == "RATE_LIMITED"
    desk.studio.faults(order("Ada", 1, "fail_render"))
    job = await request_cameo(minsu, photo, SHORT, userName="Ada")
    final = await ended(minsu, job)
    assert (final["status"], final["failure"]["code"]) == ("FAILED", "SHOT_LIMIT_REACHED")
    assert final["failure"]["retryable"]
    assert final["allowedActions"] == ["RETRY", "REMIX", "DELETE"]
    assert len(await desk.paid(job)) == 1
    assert (await minsu.one(RETRY, id=job, key=key()))["code"] == "RATE_LIMITED"
    await desk.rows.execute(AGE, 24)
    # Being busy costs nothing, so it does not count.
    desk.studio.faults(order("Ada", 1, "429", seconds=1))
    assert (await minsu.one(RETRY, id=job, key=key()))["__typename"] == "CameoJob"
    final = await ended(minsu, job)
    assert final["status"] == "COMPLETED", final
    # The one before is a day old: a relay may have forgotten it.
    assert await desk.one(TODAY, minsu.customer_id) == 1


@pytest.mark.env(SHOT_ATTEMPTS="1", MAX_OPEN_CAMEOS="9")
async def test_what_was_filmed_waits_for_a_retry_but_not_for_an_erased_photo(
    minsu: Api, photo: str, crew: Crew, desk: Desk
) -> None:
    desk.studio.faults(*(order(name, 1, "fail_render") for name in NAMES))
    jobs = [await request_cameo(minsu, photo, DOUBLE, userName=name) for name in NAMES]
    for final in await asyncio.gather(*(ended(minsu, job) for job in jobs)):
        assert (final["status"], final["failure"]["code"]) == ("FAILED", "RENDER_FAILED")
    ada, ben, cho = jobs

    async def lost_one_copy(job: str) -> bool:
        copies = await desk.paid(job)
        return sorted(bool(copy["deleted"]) for copy in copies) == [False, True]

    for job in jobs:
        await until(partial(lost_one_copy, job))
    assert (await minsu.one(RETRY, id=ada, key=key()))["__typename"] == "CameoJob"
    final = await ended(minsu, ada)
    assert final["status"] == "COMPLETED", final
    assert len(await desk.paid(ada)) == 3
    assert await paid(desk, minsu) == 7
    hours_ago = "update cameo_jobs set finished_at = finished_at - interval '2 hours' where id = $1"
    await desk.rows.execute(hours_ago, cho)
    await crew.move_clock(0)
    await until(partial(gone_there, desk, cho))
    assert await lost_one_copy(ben)
    assert (await minsu.one(ERASE, id=photo))["__typename"] == "ErasureReceipt"
    await until(partial(gone_there, desk, ben))


async def guest(world: World) -> Api:
    """A guest of legal age."""
    api = await Api(world.url).guest()
    await api.one(BORN)
    return api


@pytest.mark.env(MAX_SHOTS_PER_DAY_GUEST="1", GUEST_CAMEOS_PER_CLIENT="3", MAX_OPEN_CAMEOS="9")
@pytest.mark.usefixtures("app")
async def test_guests_have_less_and_share_a_network(world: World, crew: Crew, desk: Desk) -> None:
    crew.trap("POST", r"/videos$", hold=asyncio.Event(), times=-1)
    one, two, three = [await guest(world) for _ in range(3)]
    photos = {api: await make_portrait(api) for api in (one, two, three)}

    async def ask(api: Api, **more: Any) -> str:
        answer = await ask_cameo(api, photos[api], SHORT, **more)
        return str(answer.get("code") or answer["status"])

    assert await ask(one) == "QUEUED"
    # Refusals do not count for the network.
    for _ in range(4):
        assert await ask(one) == "RATE_LIMITED"
    assert await ask(two, userName=" ") == "INVALID_INPUT"
    assert await ask(two) == "QUEUED"
    born = {"name": "Kim", "birthDate": "1990-01-01", "password": "a rather long password"}
    member = await one.one(REGISTER, i={**born, "email": "guest-one@example.com"})
    guests_token, one.token = one.token, member["accessToken"]
    assert guests_token != one.token
    assert await ask(one) == "QUEUED"
    (job,) = [row["id"] for row in await jobs_of(desk, two)]
    await until(partial(has_paid, desk, two, 1))
    await cancel(two, job)
    await desk.rows.execute(AGE, 25)
    assert (await two.one(RETRY, id=job, key=key()))["__typename"] == "CameoJob"
    refusal = await two.one(REMIX, i={"cameoId": job, "idempotencyKey": key()})
    assert 0 < refusal["retryAfterSeconds"] <= DAY
    assert await ask(three) == "RATE_LIMITED"
    three.headers["x-forwarded-for"] = "203.0.113.7"
    assert await ask(three) == "QUEUED"
    for api in photos:
        await api.http.aclose()


async def jobs_of(desk: Desk, api: Api) -> list[Any]:
    """Return the cameos of a customer."""
    mine = "select id from cameo_jobs where customer_id = $1"
    return list(await desk.rows.fetch(mine, api.customer_id))
