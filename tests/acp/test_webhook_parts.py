"""Webhooks that carry what was chosen, and are still what the protocol says."""

from typing import Any

import pytest

from app import App
from models.order import Order
from services.acp.document import validator
from services.acp.orders import order_of
from services.partner import WebhookPart
from services.partner.parts import ALWAYS, chosen, cut
from tests.acp.partner import QUICK, Office, bought, noted
from tests.support.api import Api, Refused

CHOOSE = """mutation ($id: ID!, $parts: [WebhookPart!]) {
  choosePartnerWebhookParts(id: $id, parts: $parts) { __typename
    ... on PartnerToken { id webhookParts } ... on UserError { code } } }"""
FEW = {*ALWAYS, "permalink_url"}


async def choose(office: Office, *parts: str, all: bool = False) -> Any:
    """Choose what the partner is told."""
    return await office.staff.one(CHOOSE, id=office.token, parts=None if all else list(parts))


async def test_every_choice_is_an_order_of_the_protocol(app: App, office: Office) -> None:
    one = await bought(app, office)
    async with app.db.read() as session:
        row = await session.get_one(Order, one.id)
        whole = await order_of(session, app.settings, row)
    assert {part.value for part in WebhookPart} | FEW == set(whole)
    for parts in ([], *([part] for part in WebhookPart), list(WebhookPart)):
        told = {**cut(whole, chosen(parts)), "permalink_url": whole["permalink_url"]}
        assert set(told) == FEW | {part.value for part in parts}
        assert list(validator("Order").iter_errors(told)) == []


@pytest.mark.env(**QUICK)
async def test_what_was_chosen_is_what_is_sent(app: App, office: Office, workers: Any) -> None:
    done = await choose(office, "TOTALS", "LINE_ITEMS", "TOTALS")
    assert done["webhookParts"] == ["LINE_ITEMS", "TOTALS"]
    one = await bought(app, office)
    await office.ended(1)
    assert [set(each.order) for each in office.receiver.taken(one.id)][:1] == [
        FEW | {"line_items", "totals"}
    ]
    assert (await choose(office))["webhookParts"] == []
    other = await bought(app, office)
    await office.receiver.until(1, other.id)
    told = office.receiver.taken(other.id)[0].order
    assert set(told) == FEW
    assert told["permalink_url"].endswith(told["order_number"])
    assert (await choose(office, all=True))["webhookParts"] is None
    third = await bought(app, office)
    await office.receiver.until(2, third.id)
    assert office.receiver.taken(third.id)[-1].codes() != []


@pytest.mark.env(**QUICK)
async def test_what_was_not_chosen_is_no_news(app: App, office: Office, workers: Any) -> None:
    await choose(office)
    one = await bought(app, office)
    await noted(app, one.id, 3)
    rows = await office.ended(1)
    assert [(row["sequence"], row["kind"]) for row in rows] == [(1, "order_create")]
    await choose(office, all=True)
    await noted(app, one.id, 2)
    rows = await office.ended(3)
    assert [row["sequence"] for row in rows] == [1, 2, 3]


async def test_what_waits_is_cut_to_what_was_chosen(world: Any, app: App, office: Office) -> None:
    one = await bought(app, office)
    assert [row["status"] for row in await office.deliveries(one.id)] == ["WAITING"]
    await choose(office)
    world.program("relay")
    world.program("worker")
    await office.receiver.until(1, one.id)
    assert set(office.receiver.taken(one.id)[0].order) == FEW


async def test_staff_alone_choose(office: Office, minsu: Api) -> None:
    with pytest.raises(Refused) as refused:
        await minsu.one(CHOOSE, id=office.token, parts=[])
    assert refused.value.code == "FORBIDDEN"
    missing = await office.staff.one(CHOOSE, id="ptk_nosuch", parts=[])
    assert missing == {"__typename": "NotFound", "code": "NOT_FOUND"}
