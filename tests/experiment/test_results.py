"""What was shown counts once, and what came of it is as worked out by hand."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from app import App
from core.viewer import Viewer
from models.experiment import Exposure
from services import experiment
from services.account import SANDBOX_PASSWORD
from services.experiment import RECOMMENDER, Assignment, Exposures, Shown
from tests.catalogue.door import until
from tests.conftest import World
from tests.order.desk import Desk
from tests.support.api import Api, Refused, person
from tests.support.shop import buy
from workers import relay
from workers.base import Work

DAILY, SIGNATURE = "nerd6-daily", "nerd12-signature"
ASK = """query ($id: ID!) { experimentResults(id: $id) { id name description
  arms { name share parameters { name value } exposures conversions estimate low high } } }"""
DELETE = """mutation($password: String!) { deleteAccount(password: $password)
  { ... on ErasureReceipt { id stores { name objects } } } }"""


async def exposures(host: App) -> int:
    async with host.db.read() as session:
        return await session.scalar(select(func.count(Exposure.id))) or 0


async def test_a_view_counts_once_however_often_and_wherever_it_is_told(
    world: World, app: App, minsu: Api
) -> None:
    other = App(world.settings)
    viewer = Viewer(customer_id=minsu.customer_id)
    given = experiment.assign(world.settings, viewer, RECOMMENDER)
    view = experiment.view_of("home", [DAILY, SIGNATURE], app.begin.now())
    for _ in range(20):
        for host in (app, other):
            host.exposures.expose(given, view, [DAILY, SIGNATURE])
    app.exposures.expose(given, "a name of the app's \0 \ud800 own", [DAILY])
    nobody = experiment.assign(world.settings, Viewer(), RECOMMENDER)
    app.exposures.expose(nobody, view, [DAILY])
    app.exposures.expose(given, "nothing", [])
    await asyncio.gather(app.exposures.close(), other.exposures.close())
    assert await exposures(app) == 2
    # Retries and parallel requests, each in a transaction of its own.
    shown = [Shown(given, view, (DAILY,), app.begin.now())]

    async def again() -> int:
        async with other.begin() as uow:
            return await experiment.record(uow, shown)

    assert sum(await asyncio.gather(*(again() for _ in range(20)))) == 1, "another name of a view"
    assert sum(await asyncio.gather(*(again() for _ in range(5)))) == 0
    await other.close()


async def test_exposures_wait_while_they_cannot_be_written(app: App, minsu: Api) -> None:
    given = Assignment(RECOMMENDER, "control", 1.0, {}, minsu.customer_id)
    mine = Exposures(app.begin)
    async with app.db.write.begin() as session:
        await session.execute(text("lock table exposures in access exclusive mode"))
        mine.expose(given, "first", [DAILY])
        waiting = select(func.count()).select_from(text("pg_locks")).where(text("not granted"))

        async def waits() -> bool:
            async with app.db.read() as other:
                return bool(await other.scalar(waiting))

        await until(waits, 10)
        # Longer than a statement waits for a lock: the first try has failed.
        await until(lambda: gone(app), 10)
        mine.expose(given, "second", [DAILY])

    async def written() -> bool:
        return await exposures(app) == 2

    await until(written, 20)
    await mine.close()


async def gone(app: App) -> bool:
    async with app.db.read() as other:
        waiting = text("select count(*) from pg_locks where not granted")
        return not await other.scalar(waiting)


async def show(
    host: App, customer: str, arm: str, chance: float, ago: timedelta, products: Sequence[str]
) -> None:
    """Write that a customer was shown something by an arm some time ago."""
    given = Assignment(RECOMMENDER, arm, chance, {}, customer)
    at: datetime = host.begin.now() - ago
    async with host.begin() as uow:
        shown = Shown(given, at.isoformat(), tuple(products), at)
        assert await experiment.record(uow, [shown]) == 1


async def arms(api: Api) -> dict[str, Any]:
    found = await api.one(ASK, id="exp_recommender-weights")
    return {arm["name"]: arm for arm in found["arms"]}


def numbers(arm: Any) -> Any:
    return tuple(arm[name] for name in ("exposures", "conversions", "estimate", "low", "high"))


DAY = timedelta(days=1)


@pytest.mark.env(
    EXPERIMENT_SHARES='{"recommender-weights": {"control": 3, "company": 1}}',
    EXPERIMENT_RETENTION_DAYS="7",
)
async def test_results_are_as_worked_out_by_hand(world: World, app: App, minsu: Api) -> None:
    async with person(world.url) as staff, person(world.url) as stranger:
        await staff.sign_in("demo-staff@example.com", SANDBOX_PASSWORD)
        guest = str((await stranger.guest()).customer_id)
        desk = Desk(world, app, minsu, staff)
        me = str(minsu.customer_id)
        await show(app, me, "control", 0.5, 3 * DAY, [DAILY, SIGNATURE])
        await show(app, me, "control", 0.5, DAY, [SIGNATURE, DAILY])
        await show(app, "cus_demo-alice", "control", 0.5, DAY, [SIGNATURE])
        await show(app, "cus_demo-hana", "control", 0.8, 8 * DAY, [DAILY])
        await show(app, guest, "company", 0.5, DAY, [DAILY])
        await show(app, guest, "retired", 0.5, DAY, [SIGNATURE])
        bought = await desk.bought(3)
        for customer in ("cus_demo-alice", "cus_demo-hana", guest):
            await buy(app, customer, {"nerd6-daily-180": 1})
        await buy(app, guest, {"nerd6-daily-180": 1}, paid=False)
        found = await arms(staff)
        # Weights 4, 2 and 1.25 of three customers; two of 7.25 converted, of 2.4377 customers.
        by_hand = (4, 1, 0.275862, 0.037468, 0.788503)
        assert numbers(found["control"]) == pytest.approx(by_hand, abs=1e-5)
        assert numbers(found["company"]) == pytest.approx((1, 1, 1, 0.206549, 1), abs=1e-5)
        assert numbers(found["likeness"]) == (0, 0, 0, 0, 1)
        assert numbers(found["retired"])[:3] == (1, 0, 0)
        assert [arm["share"] for arm in found.values()] == [0.75, 0.25, 0, 0]
        assert found["company"]["parameters"][0] == {"name": "content", "value": 0.25}
        await desk.refund(bought, 1)
        assert (await arms(staff))["control"]["conversions"] == 1, "two bottles are kept"
        await desk.refund(bought, 2)
        none = (await arms(staff))["control"]
        assert numbers(none) == pytest.approx((4, 0, 0, 0, 0.611781), abs=1e-5)
        await minsu.one(DELETE, password=SANDBOX_PASSWORD)
        left = (await arms(staff))["control"]
        assert numbers(left) == pytest.approx((2, 0, 0, 0, 0.669205), abs=1e-5)
        async with app.begin() as uow:
            late = Assignment(RECOMMENDER, "control", 1.0, {}, me)
            shown = [Shown(late, "late", (DAILY,), uow.now())]
            assert await experiment.record(uow, shown) == 0, "nothing is written of who is gone"
        work = Work.of(world.settings)
        await relay.retain(work)
        await work.close()
        assert (await arms(staff))["control"]["exposures"] == 1


async def test_staff_alone_see_results(world: World, api: Api, minsu: Api) -> None:
    for who, code in ((minsu, "FORBIDDEN"), (api, "UNAUTHENTICATED")):
        with pytest.raises(Refused) as refused:
            await who.one(ASK, id="exp_recommender-weights")
        assert refused.value.code == code
        with pytest.raises(Refused) as refused:
            await who.one("{ experiments { id } }")
        assert refused.value.code == code
    async with person(world.url) as staff:
        await staff.sign_in("demo-staff@example.com", SANDBOX_PASSWORD)
        assert await staff.one(ASK, id="exp_nothing") is None
        found = await staff.one(ASK, id="exp_recommender-weights")
        assert found["description"].startswith("The three weights")
        assert [one["id"] for one in await staff.one("{ experiments { id } }")] == [found["id"]]
