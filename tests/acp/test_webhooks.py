"""Partners hear of their orders: signed, in order, again and again, through real workers."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from prometheus_client import REGISTRY
from sqlalchemy import func, select, update

from app import App
from core.viewer import Viewer
from models.order import Order
from models.partner import PartnerToken, WebhookDelivery
from services import acp, ar, order, partner
from services.account import SANDBOX_PASSWORD
from services.partner import SANDBOX_TOKEN_ID
from services.partner.deliveries import forget
from tests.acp.agent import Agent
from tests.acp.partner import (
    CREATE,
    LIST,
    REPLAY,
    REPLAY_ALL,
    RESUME,
    REVOKE,
    ROTATE,
    SET,
    Office,
    Receiver,
    receiving,
    until,
)
from tests.acp.test_sessions import granted, ready
from tests.conftest import World
from tests.order import desk as orders
from tests.support.api import Api, Refused, key
from tests.support.shop import SMALL, Bought, buy

QUICK = {"PARTNER_WEBHOOK_RETRY_SECONDS": "0.2", "PARTNER_WEBHOOK_TIMEOUT_SECONDS": "2"}
HURRIED = {**QUICK, "PARTNER_WEBHOOK_ATTEMPTS": "3", "PARTNER_WEBHOOK_PAUSE_SECONDS": "0"}
CODES = "query ($id: ID!) { order(id: $id) { unlockCodes { code status } } }"
NEWS = "{ me { notifications(first: 5) { edges { node { kind title body } } } } }"


@pytest_asyncio.fixture(loop_scope="session")
async def staff(world: World, app: App) -> AsyncIterator[Api]:
    """Somebody of ours."""
    async with Api(world.url) as client:
        yield await client.sign_in("demo-staff@example.com", SANDBOX_PASSWORD)


@pytest_asyncio.fixture(loop_scope="session")
async def office(world: World, staff: Api) -> AsyncIterator[Office]:
    """A partner with a server, told of its orders."""
    with receiving() as receiver:
        given = {"name": "한잔", "scopes": ["checkout", "orders"], "webhookUrl": receiver.url}
        made = await staff.one(CREATE, i={**given, "idempotencyKey": key()})
        assert made["token"]["webhookUrl"] == receiver.url
        receiver.secret = made["webhookSecret"]
        yield Office(world, staff, receiver, made["token"]["id"])
        assert receiver.faults == []


async def bought(app: App, office: Office, units: int = 2, **more: Any) -> Bought:
    """An order that the partner's agent made."""
    return await buy(app, None, {SMALL: units}, partner_id=office.token, **more)


async def noted(app: App, id: str, times: int = 1) -> None:
    """Have something happen to an order, each time in a transaction of its own."""
    for _ in range(times):
        async with app.begin() as uow:
            await order.locked(uow, id)
            uow.send(order.order_changed(id))


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


async def test_no_code_is_kept_and_none_is_told_before_the_order_is_paid(
    app: App, office: Office
) -> None:
    one = await bought(app, office, paid=False)
    async with app.db.read() as session:
        row = await session.get_one(Order, one.id)
        told = await acp.order_of(session, app.settings, row)
    assert (told["status"], told["fulfillments"]) == ("created", [])
    paid = await bought(app, office)
    async with app.begin() as uow:
        await ar.make(uow, app.settings, paid.id)
    async with app.db.read() as session:
        rows = select(WebhookDelivery.body).where(WebhookDelivery.order_id == paid.id)
        kept = (await session.scalars(rows.order_by(WebhookDelivery.sequence.desc()))).first()
    assert kept is not None
    assert [one["type"] for one in kept["fulfillments"]] == ["digital"] * 2
    assert "license_key" not in str(kept)
    assert "unlock#" not in str(kept)


async def test_a_webhook_commits_with_its_change_or_not_at_all(app: App, office: Office) -> None:
    one = await bought(app, office)
    before = len(await office.deliveries(one.id))
    assert before == 1
    with suppress(ZeroDivisionError):
        async with app.begin() as uow:
            uow.send(order.order_changed(one.id))
            assert 1 / 0
    async with app.begin() as uow:
        with suppress(ZeroDivisionError):
            async with uow.session.begin_nested():
                uow.send(order.order_changed(one.id))
                assert 1 / 0
    assert len(await office.deliveries(one.id)) == before
    async with app.begin() as uow:
        uow.send(order.order_changed(one.id))
        uow.send(order.order_changed(one.id))
    assert len(await office.deliveries(one.id)) == before + 1


async def test_changes_at_the_same_time_have_their_places(app: App, office: Office) -> None:
    one = await bought(app, office)
    await asyncio.gather(*(noted(app, one.id) for _ in range(8)))
    rows = await office.deliveries(one.id)
    assert [row["sequence"] for row in rows] == list(range(1, 10))


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


@pytest.mark.env(**QUICK)
async def test_replays_tell_how_orders_are_now(
    app: App, office: Office, staff: Api, workers: Any
) -> None:
    one, other = await bought(app, office), await bought(app, office)
    rows = await office.ended(4)
    first = next(row for row in rows if row["orderId"] == one.id)
    count = len(rows)
    asked = {"id": first["id"], "idempotencyKey": key()}
    again = await staff.one(REPLAY, i=asked)
    assert (again["kind"], again["replayOf"]) == ("order_create", first["id"])
    assert (await staff.one(REPLAY, i=asked))["id"] == again["id"]
    await office.ended(count + 1)
    last = office.receiver.taken(one.id)[-1]
    assert (last.id, last.kind) == (again["id"], "order_create")
    assert len(last.codes()) == 2
    since = {"tokenId": office.token, "since": first["createdAt"], "idempotencyKey": key()}
    assert await staff.one(REPLAY_ALL, i=since) == {"__typename": "WebhookReplay", "orders": 2}
    assert (await staff.one(REPLAY_ALL, i=since))["orders"] == 2
    await office.ended(count + 3)
    late = {**since, "since": datetime.now(UTC).isoformat(), "idempotencyKey": key()}
    assert (await staff.one(REPLAY_ALL, i=late))["orders"] == 0
    assert len(office.receiver.taken(other.id)) == len(await office.deliveries(other.id))
    nowhere = await staff.one(REPLAY, i={"id": "whd_none", "idempotencyKey": key()})
    assert (nowhere["__typename"], nowhere["field"]) == ("NotFound", "input.id")


@pytest.mark.env(**QUICK)
async def test_secrets_rotate_and_addresses_go(
    app: App, office: Office, staff: Api, workers: Any
) -> None:
    old = office.receiver.secret
    asked = {"id": office.token, "idempotencyKey": key()}
    turned = await staff.one(ROTATE, i=asked)
    assert turned["webhookSecret"] not in (None, old)
    assert await staff.one(ROTATE, i=asked) == turned
    office.receiver.secret = turned["webhookSecret"]
    await bought(app, office)
    await office.ended(2)
    office.receiver.status = 500
    one = await bought(app, office)
    nowhere = {"id": office.token, "webhookUrl": None, "idempotencyKey": key()}
    gone = await staff.one(SET, i=nowhere)
    assert (gone["webhookSecret"], gone["token"]["webhookUrl"]) == (None, None)
    rows = await office.deliveries(one.id)
    assert {row["status"] for row in rows} == {"GIVEN_UP"}
    count = len(await office.deliveries())
    await noted(app, one.id)
    assert len(await office.deliveries()) == count
    refused = await staff.one(REPLAY, i={"id": rows[0]["id"], "idempotencyKey": key()})
    assert refused["__typename"] == "InvalidInput"
    refused = await staff.one(ROTATE, i={"id": office.token, "idempotencyKey": key()})
    assert refused["__typename"] == "InvalidInput"


async def test_a_revoked_token_hears_nothing_more(app: App, office: Office, staff: Api) -> None:
    one = await bought(app, office)
    assert (await office.deliveries(one.id))[0]["status"] == "WAITING"
    await staff.one(REVOKE, id=office.token)
    (row,) = await office.deliveries(one.id)
    assert (row["status"], row["lastFault"]) == ("GIVEN_UP", "ADDRESS_REMOVED")
    await noted(app, one.id)
    assert len(await office.deliveries(one.id)) == 1
    assert (await office.point())["__typename"] == "NotFound"


async def test_addresses_are_public_and_need_the_scope(
    app: App, office: Office, staff: Api
) -> None:
    for url in ("http://10.0.0.1/hook", "https://[::ffff:10.0.0.1]/hook", "http://x.example/"):
        refused = await office.point(url)
        assert (refused["__typename"], refused["field"]) == ("InvalidInput", "input.webhookUrl")
    given = {"name": "x", "scopes": ["checkout"], "webhookUrl": office.receiver.url}
    refused = await staff.one(CREATE, i={**given, "idempotencyKey": key()})
    assert (refused["__typename"], refused["field"]) == ("InvalidInput", "input.webhookUrl")


async def test_customers_neither_see_nor_move_webhooks(
    app: App, office: Office, minsu: Api
) -> None:
    one = await bought(app, office)
    (row,) = await office.deliveries(one.id)
    with pytest.raises(Refused) as refused:
        await minsu.one(LIST)
    assert refused.value.code == "FORBIDDEN"
    with pytest.raises(Refused):
        await minsu.one(REPLAY, i={"id": row["id"], "idempotencyKey": key()})
    node = f'{{ node(id: "{row["id"]}") {{ id }} }}'
    assert await minsu.one(node) is None
    assert (await office.staff.one(node))["id"] == row["id"]


async def test_old_webhooks_and_the_words_of_the_erased_go(
    app: App, office: Office, minsu: Api
) -> None:
    one = await buy(app, minsu.customer_id, {SMALL: 2}, partner_id=office.token)
    async with app.begin() as uow:
        why = "제 사정입니다"
        await order.cancel(uow, Viewer(customer_id=minsu.customer_id), one.id, why, key())
    first, second = await office.deliveries(one.id)
    async with app.begin() as uow:
        done = update(WebhookDelivery).where(WebhookDelivery.id == first["id"])
        month = uow.now() - timedelta(days=31)
        ended = {"due_at": None, "delivered_at": month, "created_at": month}
        await uow.session.execute(done.values(**ended))
        assert why in str((await uow.session.get_one(WebhookDelivery, second["id"])).body)
    async with app.begin() as uow:
        await partner.forget_old(uow)
    (left,) = await office.deliveries(one.id)
    assert left["id"] == second["id"]
    async with app.begin() as uow:
        await forget(uow, minsu.customer_id or "")
    async with app.db.read() as session:
        assert why not in str((await session.get_one(WebhookDelivery, second["id"])).body)


async def test_an_expired_token_hears_nothing_more(app: App, office: Office) -> None:
    one = await bought(app, office)
    async with app.begin() as uow:
        mine = update(PartnerToken).where(PartnerToken.id == office.token)
        await uow.session.execute(mine.values(expires_at=uow.now() - timedelta(seconds=1)))
    async with app.begin() as uow:
        assert await partner.claim(uow, app.settings, office.token) is None
    assert (await office.deliveries(one.id))[0]["status"] == "GIVEN_UP"


async def test_one_try_at_a_time_and_the_dead_have_no_say(app: App, office: Office) -> None:
    await bought(app, office)
    await bought(app, office)
    await bought(app, office)

    async def claimed() -> Any:
        async with app.begin() as uow:
            return await partner.claim(uow, app.settings, office.token)

    tries = await asyncio.gather(*(claimed() for _ in range(4)))
    held = [one for one in tries if one is not None]
    assert len(held) == partner.courier.AT_ONCE
    assert len({one.id for one in held}) == len(held)
    async with app.begin() as uow:
        later = update(WebhookDelivery).where(WebhookDelivery.id == held[0].id)
        await uow.session.execute(
            later.values(held_until=uow.now(), due_at=datetime(2020, 1, 1, tzinfo=UTC))
        )
    retaken = await claimed()
    assert (retaken.id, retaken.attempt) == (held[0].id, 2)
    async with app.begin() as uow:
        await partner.settle(uow, app.settings, held[0], partner.Outcome(None, 200))
    async with app.db.read() as session:
        count = select(func.count()).where(WebhookDelivery.delivered_at.is_not(None))
        assert await session.scalar(count) == 0
