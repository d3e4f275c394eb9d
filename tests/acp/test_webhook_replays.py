"""Webhooks sent again, new secrets, and addresses that go."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app import App
from tests.acp.partner import QUICK, REPLAY, REPLAY_ALL, ROTATE, SET, Office, bought, noted
from tests.support.api import Api, key


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
    # What a worker was writing as the address went is given up as it is taken up.
    await office.ended(3)
    rows = await office.deliveries(one.id)
    assert {row["status"] for row in rows} == {"GIVEN_UP"}
    count = len(await office.deliveries())
    await noted(app, one.id)
    assert len(await office.deliveries()) == count
    refused = await staff.one(REPLAY, i={"id": rows[0]["id"], "idempotencyKey": key()})
    assert refused["__typename"] == "InvalidInput"
    refused = await staff.one(ROTATE, i={"id": office.token, "idempotencyKey": key()})
    assert refused["__typename"] == "InvalidInput"
