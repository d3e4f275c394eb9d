"""What is owed to partners, and who may see and end it; nothing is sent here."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app import App
from core.viewer import Viewer
from models.order import Order, OrderLine
from models.partner import PartnerToken, WebhookDelivery
from services import acp, ar, order, partner
from services.partner.deliveries import forget
from tests.acp.partner import CREATE, LIST, REPLAY, REVOKE, Office, bought, noted
from tests.support.api import Api, Refused, key
from tests.support.shop import SMALL, buy


async def test_no_code_is_kept_and_none_is_told_before_the_order_is_paid(
    app: App, office: Office
) -> None:
    one = await bought(app, office, paid=False)
    async with app.db.read() as session:
        row = await session.get_one(Order, one.id)
        told = await acp.order_of(session, app.settings, row)
    assert (told["status"], told["fulfillments"]) == ("created", [])
    assert told["confirmation"]["confirmation_email_sent"] is False
    paid = await bought(app, office)
    async with app.begin() as uow:
        await ar.make(uow, app.settings, paid.id)
    async with app.db.read() as session:
        rows = select(WebhookDelivery.body).where(WebhookDelivery.order_id == paid.id)
        kept = (await session.scalars(rows.order_by(WebhookDelivery.sequence.desc()))).first()
    assert kept is not None
    assert [one["type"] for one in kept["fulfillments"]] == ["digital"] * 2
    assert kept["confirmation"]["confirmation_email_sent"] is True
    assert "license_key" not in str(kept)
    assert "unlock#" not in str(kept)


async def test_a_line_is_fulfilled_when_nothing_is_left_to_send(app: App, office: Office) -> None:
    one = await bought(app, office)
    for fulfilled, refunded, status in ((1, 0, "partial"), (1, 1, "fulfilled"), (0, 2, "removed")):
        async with app.begin() as uow:
            line = update(OrderLine).where(OrderLine.order_id == one.id, OrderLine.quantity == 2)
            await uow.session.execute(line.values(fulfilled=fulfilled, refunded=refunded))
        async with app.db.read() as session:
            row = await session.get_one(Order, one.id)
            told = await acp.order_of(session, app.settings, row)
        assert [line["status"] for line in told["line_items"]] == [status]


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
