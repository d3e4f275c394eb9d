"""Who sees which order: its buyer, staff, and whoever knows number and address."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from models.checkout import SalesOrigin
from models.order import Order
from services import order
from tests.order.desk import ASK_BACK, CANCEL, READ, SMALL, Desk
from tests.support.api import Api, Refused, key, person
from tests.support.shop import Bought, buy

BY_NUMBER = """query ($number: String!, $email: String!) {
  orderByNumber(number: $number, email: $email) { id number lines { quantity } } }"""
LIST = """query ($first: Int!, $after: String, $filter: OrderFilter) {
  orders(first: $first, after: $after, filter: $filter) {
    totalCount edges { node { id } } pageInfo { hasNextPage endCursor } } }"""
MINE = """{ me { orders(first: 2) { totalCount edges { node { id number } }
  pageInfo { hasNextPage } } } }"""
NODES = """query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Order { number }
  ... on OrderLine { quantity variant { id } } ... on Payment { amount { amount } } } }"""
FOLLOW = "subscription ($id: ID!) { orderChanged(id: $id) { status refunds { status } } }"


async def test_an_order_of_others_looks_like_one_that_is_not_there(desk: Desk, hana: Api) -> None:
    bought = await desk.arrived(1)
    refunded = await desk.refund(bought, goodwill=1)
    parts = [bought.lines[SMALL], bought.payment_id]
    parts += [refunded["refunds"][0]["id"], refunded["shipments"][0]["id"]]
    ids = [bought.id, *parts]
    own = (await desk.customer.ask(NODES, ids=ids))["nodes"]
    kinds = ["Order", "OrderLine", "Payment", "Refund", "Shipment"]
    assert [node["__typename"] for node in own] == kinds
    assert (await desk.staff.ask(NODES, ids=ids))["nodes"] == own
    async with person(desk.world.url) as guest:
        for api in (hana, await guest.guest()):
            assert await desk.read(bought.id, api) is None
            assert (await api.ask(NODES, ids=ids))["nodes"] == [None] * len(ids)
            await changes_nothing(api, bought)
    async with person(desk.world.url) as stranger:
        assert (await stranger.ask(NODES, ids=ids))["nodes"] == [None] * len(ids)
        with pytest.raises(Refused) as refused:
            await stranger.one(READ, id=bought.id)
    assert refused.value.code == "UNAUTHENTICATED"
    with pytest.raises(Refused) as refused:
        await hana.one(LIST, first=1)
    assert refused.value.code == "FORBIDDEN"


async def changes_nothing(api: Api, bought: Bought) -> None:
    """Mutations and subscriptions of somebody else answer as for an order that is not there."""
    for query, more in ((CANCEL, {}), (ASK_BACK, {"lines": []})):
        given = {"orderId": bought.id, "reason": "mine?", "idempotencyKey": key(), **more}
        absent = {**given, "orderId": "ord_absent", "idempotencyKey": key()}
        answer = await api.one(query, i=given)
        assert answer == await api.one(query, i=absent)
        assert answer["code"] == "NOT_FOUND"
    with pytest.raises(Refused) as refused:
        assert [event async for event in api.follow(FOLLOW, id=bought.id)] == []
    assert refused.value.code == "NOT_FOUND"


async def test_a_buyer_without_an_account_finds_an_order_by_its_number(desk: Desk) -> None:
    bought = await buy(desk.host, None, {SMALL: 2}, email="구매자@example.com")
    async with person(desk.world.url) as guest:
        for number, email in (
            (bought.number, "구매자@example.com"),
            (bought.number.lower().replace("-", " "), " 구매자@EXAMPLE.com "),
        ):
            found = await guest.one(BY_NUMBER, number=number, email=email)
            assert found == {"id": bought.id, "number": bought.number, "lines": [{"quantity": 2}]}
        for number, email in (
            (bought.number, "other@example.com"),
            (bought.number, ""),
            ("K7M2-94FX", "구매자@example.com"),
            ("' or 1=1 --", "구매자@example.com"),
        ):
            assert await guest.one(BY_NUMBER, number=number, email=email) is None


@pytest.mark.usefixtures("still")
async def test_numbers_cannot_be_tried_out(desk: Desk) -> None:
    bought = await desk.bought(1)
    async with person(desk.world.url) as guest:
        for n in range(10):
            tried = {"number": bought.number, "email": f"{n}@example.com"}
            assert await guest.one(BY_NUMBER, **tried) is None
        right = {"number": bought.number, "email": "buyer@example.com"}
        with pytest.raises(Refused) as refused:
            await guest.one(BY_NUMBER, **right)
        assert refused.value.code == "RATE_LIMITED"


async def test_staff_list_and_find_orders(desk: Desk) -> None:
    made = [await desk.bought(1) for _ in range(4)]
    agent = await buy(
        desk.host, None, {SMALL: 1}, origin=SalesOrigin.AGENT, email="agent-50%_off@example.com"
    )
    await desk.cancel(made[0])
    newest = [agent.id, *[one.id for one in reversed(made)]]
    first = await desk.staff.one(LIST, first=3)
    assert [edge["node"]["id"] for edge in first["edges"]] == newest[:3]
    assert first["totalCount"] == 5
    cursor = first["pageInfo"]["endCursor"]
    await desk.bought(1)
    rest = await desk.staff.one(LIST, first=3, after=cursor)
    assert [edge["node"]["id"] for edge in rest["edges"]] == newest[3:]
    assert not rest["pageInfo"]["hasNextPage"]
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    for asked, found in (
        ({"status": ["CANCELED"]}, [made[0].id]),
        ({"status": []}, []),
        ({"origin": ["AGENT"]}, [agent.id]),
        ({"text": made[1].number.lower().replace("-", "")}, [made[1].id]),
        ({"text": "50%_OFF"}, [agent.id]),
        ({"text": "%"}, [agent.id]),
        ({"placedAfter": later}, []),
        ({"placedBefore": later, "origin": ["AGENT"], "text": "김민수"}, [agent.id]),
    ):
        shown = await desk.staff.one(LIST, first=20, filter=asked)
        assert [edge["node"]["id"] for edge in shown["edges"]] == found, asked
        assert shown["totalCount"] == len(found)


async def test_customers_list_their_own(desk: Desk, hana: Api) -> None:
    made = [await desk.bought(1) for _ in range(3)]
    await buy(desk.host, hana.customer_id, {SMALL: 1})
    mine = (await desk.customer.one(MINE))["orders"]
    assert [edge["node"]["id"] for edge in mine["edges"]] == [made[2].id, made[1].id]
    assert (mine["totalCount"], mine["pageInfo"]["hasNextPage"]) == (3, True)
    assert (await hana.one(MINE))["orders"]["totalCount"] == 1


async def test_an_order_is_followed_live(desk: Desk) -> None:
    bought = await desk.bought(1)
    seen: list[str] = []
    ready = asyncio.Event()

    async def watch() -> None:
        async for event in desk.customer.follow(FOLLOW, id=bought.id):
            seen.append(event["orderChanged"]["status"])
            ready.set()

    async with asyncio.timeout(30):
        task = asyncio.create_task(watch())
        await ready.wait()
        await desk.send(bought, 1)
        while "SHIPPED" not in seen:
            ready.clear()
            await ready.wait()
        await hand_over(desk, bought)
        with pytest.raises(Refused) as refused:
            await task
    assert seen[0] == "PAID"
    assert refused.value.code == "NOT_FOUND"


async def hand_over(desk: Desk, bought: Bought) -> None:
    """Give an order to somebody else while it is watched, and let it change."""
    async with desk.host.begin() as uow:
        rows = update(Order).where(Order.id == bought.id)
        await uow.session.execute(rows.values(customer_id="cus_demo-hana"))
        uow.send(order.order_changed(bought.id))
