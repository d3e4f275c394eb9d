"""Partners hear of their orders: signed, in order, again and again, through real workers."""

import asyncio
import itertools
from typing import Any

import pytest
from prometheus_client import REGISTRY

from app import App
from services import partner
from services.partner import SANDBOX_TOKEN_ID
from tests.acp.agent import Agent
from tests.acp.partner import (
    QUICK,
    RESUME,
    Office,
    Receiver,
    bought,
    noted,
    receiving,
    until,
)
from tests.acp.test_sessions import granted, ready
from tests.conftest import World
from tests.order import desk as orders
from tests.support.api import Api
from tests.support.shop import SMALL, Bought

HURRIED = {**QUICK, "PARTNER_WEBHOOK_ATTEMPTS": "3", "PARTNER_WEBHOOK_PAUSE_SECONDS": "0"}
CODES = "query ($id: ID!) { order(id: $id) { unlockCodes { code status } } }"
NEWS = "{ me { notifications(first: 5) { edges { node { kind title body } } } } }"


@pytest.mark.usefixtures("workers")
@pytest.mark.env(**QUICK)
async def test_a_partner_hears_of_an_order_from_its_beginning_to_its_end(
    world: World, app: App, staff: Api, minsu: Api
) -> None:
    with receiving() as receiver:
        office = Office(world, staff, receiver, SANDBOX_TOKEN_ID)
        assert (await office.point())["token"]["webhookUrl"] == receiver.url
        desk = orders.Desk(world, app, minsu, staff)
        async with Agent(world.url, partner.secret_of(app.settings, SANDBOX_TOKEN_ID)) as agent:
            session = await ready(agent, minsu, {"id": SMALL, "quantity": 2})
            done = (await agent.pay(session, await granted(world))).json()
            id, line = done["order"]["id"], done["order"]["line_items"][0]["id"]
            await receiver.until(2, id)
            first, second = receiver.taken(id)
            assert (first.kind, second.kind) == ("order_create", "order_update")
            assert first.order["status"] == "confirmed"
            assert first.codes() == []
            own = (await minsu.one(CODES, id=id))["unlockCodes"]
            assert sorted(second.codes()) == sorted(one["code"] for one in own)
            assert len(own) == 2
            for parcel, code in zip(second.order["fulfillments"], second.codes(), strict=True):
                url = parcel["digital_delivery"]["access_url"]
                assert url == f"{world.url}/ar/unlock#{code}"
                assert (await desk.customer.http.get(url)).status_code in (200, 503)
                assert parcel["line_items"] == [{"id": line, "quantity": 1}]
            seen = (await agent.get(f"/checkout_sessions/{session['id']}")).json()
            assert seen["order"] == second.order
            sold = Bought(id, "", session["id"], "", {orders.SMALL: line}, 0)
            sent = await desk.send(sold, 1)
            await desk.seen(sent["shipments"][0]["id"], "DELIVERED")
            await desk.refund(sold, 1)
            await until(lambda: _codes(receiver, id, 1))
            last = receiver.taken(id)[-1].order
            gone = [one for one in last["fulfillments"] if one["status"] == "canceled"]
            assert [one["type"] for one in gone] == ["digital"]
            assert "digital_delivery" not in gone[0]
            assert {one["type"] for one in last["adjustments"]} == {"refund"}
            again = (await agent.get(f"/checkout_sessions/{session['id']}")).json()
            assert again["order"]["fulfillments"] == last["fulfillments"]
        await until(lambda: _refunded(receiver, id))
        rows = await office.deliveries(id)
        assert [row["sequence"] for row in rows] == list(range(1, len(rows) + 1))
        assert [row["id"] for row in rows][: len(receiver.taken(id))] == [
            one.id for one in receiver.taken(id)
        ]
        assert receiver.faults == []


async def _codes(receiver: Receiver, id: str, count: int) -> bool:
    return len(receiver.taken(id)[-1].codes()) == count


async def _refunded(receiver: Receiver, id: str) -> bool:
    last = receiver.taken(id)[-1].order["adjustments"]
    return bool(last[0]["status"] == "completed")


@pytest.mark.env(**QUICK)
async def test_what_fails_is_tried_again_and_the_next_waits(
    world: World, app: App, office: Office, workers: Any
) -> None:
    office.receiver.script = [500, 302, 401]
    one = await bought(app, office)
    await noted(app, one.id, 2)
    other = await bought(app, office)
    await office.receiver.until(1, other.id)
    rows = await office.ended(6)
    heard = [each for each in office.receiver.heard if each.order_id == one.id]
    assert all(row["status"] == "DELIVERED" for row in rows)
    tried = {row["id"]: row["attempts"] for row in rows}
    assert sum(tried.values()) == len(rows) + 3
    order_of_ids = list(dict.fromkeys(each.id for each in heard))
    mine = [row["id"] for row in rows if row["orderId"] == one.id]
    assert order_of_ids[:3] == mine[:3]
    for earlier, later in itertools.pairwise(mine):
        last = max(each.ended for each in heard if each.id == earlier and each.status == 200)
        assert min(each.began for each in heard if each.id == later) > last
    assert office.receiver.most[one.id] == 1


@pytest.mark.env(**HURRIED)
async def test_what_is_never_taken_is_given_up_and_the_next_goes(
    app: App, office: Office, workers: Any
) -> None:
    office.receiver.script = [503] * 3
    one = await bought(app, office)
    rows = await office.ended(2)
    assert [row["status"] for row in rows] == ["GIVEN_UP", "DELIVERED"]
    assert (rows[0]["attempts"], rows[0]["lastStatus"]) == (3, 503)
    assert (rows[0]["lastFault"], rows[0]["dueAt"]) == ("STATUS", None)
    assert rows[0]["gaveUpAt"]
    found = await office.deliveries(status="GIVEN_UP")
    assert [row["id"] for row in found] == [rows[0]["id"]]
    assert [each.id for each in office.receiver.taken(one.id)] == [rows[1]["id"]]


@pytest.mark.env(
    **{**QUICK, "PARTNER_WEBHOOK_PAUSE_SECONDS": "0"}, PARTNER_WEBHOOK_PAUSE_FAILURES="4"
)
async def test_an_address_that_keeps_failing_is_paused_until_staff_resume(
    app: App, office: Office, staff: Api, workers: Any
) -> None:
    office.receiver.status = 500
    one = await bought(app, office)

    async def paused() -> Any:
        return (await office.seen())["webhookPausedAt"]

    await until(paused)
    assert (await office.seen())["webhookFailures"] == 4
    tries = len(office.receiver.heard)
    assert tries == 4
    await noted(app, one.id)
    told = (await staff.one(NEWS))["notifications"]["edges"][0]["node"]
    assert told["kind"] == "PARTNER_WEBHOOK_PAUSED"
    assert "한잔" in told["body"]
    office.receiver.status = 200
    assert len(office.receiver.heard) == tries
    metrics = await _metrics(app)
    assert metrics["partner_webhooks_paused"] == 1
    assert metrics["partner_webhook_overdue_seconds"] > 0
    resumed = await staff.one(RESUME, id=office.token)
    assert (resumed["webhookPausedAt"], resumed["webhookFailures"]) == (None, 0)
    rows = await office.ended(3)
    taken = [each.id for each in office.receiver.taken(one.id)]
    assert taken == [row["id"] for row in rows]
    assert (await _metrics(app))["partner_webhook_overdue_seconds"] == 0


async def _metrics(app: App) -> dict[str, float]:
    async with app.db.read() as session:
        await partner.observe(session)
    names = ("partner_webhooks_paused", "partner_webhook_overdue_seconds")
    return {name: REGISTRY.get_sample_value(name) or 0.0 for name in names}


@pytest.mark.env(**QUICK)
async def test_an_address_that_is_gone_is_paused_at_once(
    app: App, office: Office, workers: Any
) -> None:
    office.receiver.status = 410
    await bought(app, office)

    async def paused() -> Any:
        return (await office.seen())["webhookPausedAt"]

    await until(paused)
    assert len(office.receiver.heard) == 1


@pytest.mark.env(**QUICK)
async def test_a_killed_worker_loses_nothing(world: World, app: App, office: Office) -> None:
    world.program("relay")
    first = world.program("worker")
    office.receiver.gate.clear()
    one = await bought(app, office)

    async def heard() -> bool:
        return len(office.receiver.heard) == 1

    await until(heard)
    first.kill()
    await noted(app, one.id)
    office.receiver.gate.set()
    second = world.program("worker")
    rows = await office.ended(3)
    assert all(row["status"] == "DELIVERED" for row in rows)
    came = [each.id for each in office.receiver.heard if each.order_id == one.id]
    assert came[:2] == [rows[0]["id"]] * 2
    assert came[2:] == [row["id"] for row in rows[1:]]
    assert rows[0]["attempts"] == 2
    assert office.receiver.most[one.id] == 1
    assert second.is_running


@pytest.mark.env(**QUICK)
async def test_two_workers_keep_the_order_of_each_order(
    world: World, app: App, office: Office, workers: Any
) -> None:
    world.program("worker")
    office.receiver.pause = 0.05
    sold = [await bought(app, office) for _ in range(4)]
    await asyncio.gather(*(noted(app, one.id, 4) for one in sold))
    rows = await office.ended(4 * 6)
    assert all(row["status"] == "DELIVERED" for row in rows)
    for one in sold:
        mine = [row["id"] for row in rows if row["orderId"] == one.id]
        assert [each.id for each in office.receiver.taken(one.id)] == mine
        assert office.receiver.most[one.id] == 1
