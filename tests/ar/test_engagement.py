"""What people do in experiences: counted once, whenever it arrives."""

import asyncio
import random
from typing import Any

import pytest
from sqlalchemy import func, select

from models.account import CustomerInterest
from models.ar import ArDevice, ArEngagement, LoreUnlock
from services import world
from services.account import SANDBOX_PASSWORD
from tests.ar.bar import EXPERIENCE, MINI, SIGNATURE, SINGING, Bar, event, until
from tests.support.api import Api
from tests.support.shop import buy
from workers.world import import_projections

HALF_LIFE_DAYS = 30
LORE = """query ($id: ID!) { node(id: $id) { ... on Lore { body lockedBy { reason } } } }"""


async def interest(bar: Bar, product: str = SIGNATURE) -> float:
    row = CustomerInterest
    mine = (row.customer_id == bar.customer.customer_id, row.product_id == product)
    async with bar.host.db.read() as session:
        return float(await session.scalar(select(row.score).where(*mine)) or 0)


async def entered(bar: Bar) -> None:
    assert (await bar.unlock(await bar.code()))["__typename"] == "ArUnlock"


async def test_listening_opens_the_story(bar: Bar, hana: Api) -> None:
    await entered(bar)
    locked = await bar.customer.one(LORE, id=SINGING)
    assert locked["lockedBy"] == {"reason": locked["body"]}
    heard = event("LISTEN", seconds=20)
    answer = await bar.track(event(), heard)
    assert (answer["accepted"], answer["repeated"], answer["refused"]) == (2, 0, [])
    (lore,) = answer["unlockedLore"]
    assert lore["id"] == SINGING
    assert lore["body"] != locked["body"], "told in the same answer"
    opened = await bar.customer.one(LORE, id=SINGING)
    assert opened == {"body": lore["body"], "lockedBy": None}
    assert (await hana.one(LORE, id=SINGING)) == locked
    again = await bar.track(heard)
    assert (again["accepted"], again["repeated"]) == (0, 1)
    assert [one["id"] for one in again["unlockedLore"]] == [SINGING], "an answer may get lost"


async def test_events_count_once_in_any_order_and_from_any_queue(bar: Bar) -> None:
    await entered(bar)
    before = await interest(bar)
    events = [event("SCAN", ago=86_400 * n / 2) for n in range(50)]
    batches = [random.Random(seed).sample(events, 40) for seed in range(8)] + [events]
    answers = await asyncio.gather(*(bar.track(*batch) for batch in batches))
    assert sum(answer["accepted"] for answer in answers) == 50
    assert sum(answer["repeated"] for answer in answers) == 8 * 40
    fading = sum(0.01 * 0.5 ** (n / 2 / HALF_LIFE_DAYS) for n in range(50))
    assert await interest(bar) == pytest.approx(before + fading, abs=0.005)
    async with bar.host.db.read() as session:
        kept = await session.scalar(select(func.count()).select_from(ArEngagement))
    assert kept == 50
    twice = event("TAP")
    answer = await bar.track(twice, twice)
    assert (answer["accepted"], answer["repeated"]) == (1, 1)


async def test_the_same_ids_of_two_people_are_two_events(bar: Bar, hana: Api) -> None:
    code = await bar.code()
    await bar.unlock(code)
    await bar.unlock(code, api=hana)
    same = event("TAP")
    for api in (bar.customer, hana):
        assert (await bar.track(same, api=api))["accepted"] == 1


async def test_events_of_the_future_the_past_and_of_nowhere_are_refused_alone(bar: Bar) -> None:
    await entered(bar)
    day = 86_400
    future, old = event(ago=-600), event(ago=31 * day)
    nowhere, locked = event(experienceId="ar-nothing"), event(experienceId="ar-nerd6-daily")
    fine = [event(ago=-60), event(ago=29 * day)]
    answer = await bar.track(future, old, nowhere, locked, *fine)
    assert answer["accepted"] == 2
    assert {one["eventId"]: one["fault"] for one in answer["refused"]} == {
        future["eventId"]: "IN_THE_FUTURE",
        old["eventId"]: "TOO_OLD",
        nowhere["eventId"]: "UNKNOWN_EXPERIENCE",
        locked["eventId"]: "LOCKED",
    }
    assert all(one["message"] for one in answer["refused"])


async def test_batches_are_of_one_to_a_hundred_possible_events(bar: Bar) -> None:
    await entered(bar)
    for bad in (
        [],
        [event() for _ in range(101)],
        [event(eventId="")],
        [event(eventId="x" * 129)],
        [event(), event(seconds=-1)],
        [event(seconds=86_401)],
    ):
        answer = await bar.track(*bad)
        assert answer["code"] == "INVALID_INPUT"
    assert answer["field"] == "input.events.0"
    assert (await bar.track(*(event() for _ in range(100))))["accepted"] == 100


async def test_who_never_entered_opens_nothing(bar: Bar, hana: Api) -> None:
    await entered(bar)
    answer = await bar.track(event("LISTEN"), api=hana)
    assert (answer["accepted"], answer["unlockedLore"]) == (0, [])
    assert [one["fault"] for one in answer["refused"]] == ["LOCKED"]
    assert (await hana.one(LORE, id=SINGING))["lockedBy"]
    async with bar.host.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(LoreUnlock)) == 0


async def test_interest_never_passes_one(bar: Bar) -> None:
    await entered(bar)
    for _ in range(2):
        assert (await bar.track(*(event("HOLD") for _ in range(40))))["accepted"] == 40
    assert await interest(bar) == 1.0


EDGES = """MATCH (:Customer {id: $id})-[r]->(n) WHERE type(r) IN ['ENGAGED_WITH', 'INTERESTED_IN']
RETURN type(r) AS type, n.id AS id, properties(r) AS told"""


@pytest.mark.usefixtures("engine")
async def test_the_graph_follows_and_a_rebuild_has_the_same_hash(bar: Bar) -> None:
    import_projections()
    graph, db = bar.host.graph, bar.host.db
    await world.remake(db, graph)
    await entered(bar)
    before = await interest(bar)
    events = [event("LISTEN", ago=60), event("SCAN", ago=120), event("SCAN", ago=30)]
    await bar.track(*events)
    while await world.project(db, graph):
        pass
    found: dict[tuple[str, str], Any] = {
        (one["type"], one["id"]): one["told"]
        for one in await graph.write(EDGES, id=bar.customer.customer_id)
    }
    engaged = found["ENGAGED_WITH", EXPERIENCE]
    assert (engaged["scan"], engaged["listen"]) == (2, 1)
    liked = found["INTERESTED_IN", SIGNATURE]
    assert liked["score"] == pytest.approx(before + 0.05, abs=0.005)
    assert liked["changed_at"] > 1e12, "when it was so much, in milliseconds"
    incremental = await world.graph_hash(graph)
    assert await world.rebuild(db, graph) == incremental


ERASE = "mutation ($password: String) { deleteAccount(password: $password) { __typename } }"


async def test_erasing_a_person_takes_their_ar_with_it(bar: Bar, hana: Api) -> None:
    code = await bar.code()
    for api in (bar.customer, hana):
        await bar.unlock(code, api=api)
        assert (await bar.track(event("LISTEN"), api=api))["accepted"] == 1
    assert await hana.one(ERASE, password=SANDBOX_PASSWORD) == {"__typename": "ErasureReceipt"}
    async with bar.host.db.read() as session:
        for model in (ArDevice, ArEngagement, LoreUnlock):
            (row,) = await session.scalars(select(model))
            assert row.customer_id == bar.customer.customer_id
    assert (await bar.seen())["unlocked"]


async def test_a_paid_bottle_opens_with_real_processes(bar: Bar, workers: object) -> None:
    bought = await buy(bar.host, bar.customer.customer_id, {MINI: 1})
    (code,) = await until(lambda: bar.codes(bought))
    assert (await bar.unlock(code["code"]))["__typename"] == "ArUnlock"
    assert (await bar.track(event("TAP")))["accepted"] == 1
