"""What follows from orders: the graph, the metrics, one order for one checkout, erasure."""

import asyncio
from collections import Counter

import httpx2
import pytest
from sqlalchemy import delete, func, select, update

from core.outbox import Outbox, Tally
from models.checkout import Checkout, CheckoutStatus, SalesOrigin
from models.order import Order, OrderEvent
from models.payment import Payment
from models.stock import StockLot
from services import order, pricing, stock, world
from services.account import SANDBOX_PASSWORD
from tests.order.desk import SMALL, Desk
from tests.support.api import TLS
from tests.support.shop import ADDRESS, Bought, buy

LEAVE = "mutation ($password: String) { deleteAccount(password: $password) { __typename } }"
EDGES = """MATCH (c:Customer {id: $id})-[r:PURCHASED]->(p:Product)
  RETURN p.id AS product, r.quantity AS quantity, r.acp_session AS session ORDER BY p.id"""


async def projected(desk: Desk) -> None:
    """Bring the graph up to date."""
    while await world.project(desk.host.db, desk.host.graph):
        pass


async def edges(desk: Desk, customer_id: str) -> list[tuple[str, int, str | None]]:
    """What the graph says that a customer bought."""
    await projected(desk)
    rows = await desk.host.graph.write(EDGES, id=customer_id)
    return [(row["product"], row["quantity"], row["session"]) for row in rows]


@pytest.mark.usefixtures("engine")
async def test_paid_orders_are_edges_and_a_rebuild_makes_the_same_graph(desk: Desk) -> None:
    me = desk.customer.customer_id or ""
    async with desk.host.begin() as uow:
        await uow.session.execute(delete(Outbox))
    await world.remake(desk.host.db, desk.host.graph)
    empty = await world.graph_hash(desk.host.graph)
    waiting = await desk.bought(1, paid=False)
    assert await edges(desk, me) == []
    bought = await desk.bought(2)
    agents = await buy(
        desk.host, me, {SMALL: 1, "nerd12-signature-500": 1}, origin=SalesOrigin.AGENT
    )
    session = agents.checkout_id
    assert await edges(desk, me) == [
        ("nerd12-signature", 1, session),
        ("nerd6-daily", 3, session),
    ]
    assert await world.graph_hash(desk.host.graph) != empty
    await desk.refund(bought, units=1)
    await desk.cancel(agents)
    assert await edges(desk, me) == [("nerd6-daily", 1, None)]
    incremental = await world.graph_hash(desk.host.graph)
    assert await world.rebuild(desk.host.db, desk.host.graph) == incremental
    await desk.refund(bought, units=1)
    await desk.cancel(waiting)
    assert await edges(desk, me) == []
    assert await world.graph_hash(desk.host.graph) == empty


async def test_paid_orders_are_counted_by_channel(desk: Desk) -> None:
    for channel in ("kr", "kr", "us"):
        await buy(desk.host, None, {SMALL: 1}, channel=channel)
    await desk.bought(1, paid=False)
    rows = select(Tally.id, Tally.value).where(Tally.id.startswith("acp_orders_completed_total"))
    async with desk.host.db.read() as session:
        counted = {id.partition("=")[2]: value for id, value in await session.execute(rows)}
    assert counted == {"kr": 2, "us": 1}


async def _checkout(desk: Desk, units: int) -> tuple[str, pricing.Quote]:
    async with desk.host.begin() as uow:
        row = Checkout(status=CheckoutStatus.PAYING, origin=SalesOrigin.STOREFRONT, locale="en")
        row.channel_id, row.expires_at, row.email = "kr", uow.now(), "race@example.com"
        row.shipping_address = ADDRESS
        uow.session.add(row)
        await uow.session.flush()
        cart = pricing.Cart("kr", [(SMALL, units)], postal_code="04524", country="KR")
        return row.id, await pricing.quote(uow.session, cart, uow.now())


async def _place(desk: Desk, checkout_id: str, quote: pricing.Quote) -> str:
    async with desk.host.begin() as uow:
        row = await uow.session.get_one(Checkout, checkout_id, with_for_update=True)
        payment = Payment(checkout_id=row.id, status="succeeded", amount=quote.due, method="card")
        payment.gift_card_amount, payment.currency, payment.request = 0, quote.currency, {}
        uow.session.add(payment)
        await uow.session.flush()
        return (await order.place(uow, row, quote, payment, paid=True)).id


async def test_a_checkout_becomes_one_order_however_often_it_is_paid(desk: Desk) -> None:
    before = await desk.on_hand()
    checkout_id, quote = await _checkout(desk, 2)
    ids = await asyncio.gather(*(_place(desk, checkout_id, quote) for _ in range(8)))
    assert len(set(ids)) == 1
    assert await desk.on_hand() == before - 2
    steps = select(func.count(OrderEvent.id)).where(OrderEvent.order_id == ids[0])
    assert await desk.scalar(steps) == 2


async def test_what_is_sold_out_makes_no_order(desk: Desk) -> None:
    checkout_id, quote = await _checkout(desk, 2)
    async with desk.host.begin() as uow:
        lots = update(StockLot).where(StockLot.variant_id == SMALL).values(on_hand=0)
        await uow.session.execute(lots)
    with pytest.raises(stock.OutOfStock):
        await _place(desk, checkout_id, quote)
    made = select(func.count(Order.id)).where(Order.checkout_id == checkout_id)
    assert await desk.scalar(made) == 0


async def test_numbers_are_unique_when_many_are_made_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [order.new_number() for _ in range(4)]
    drawn = Counter[str]()

    def drawing() -> str:
        number = few[sum(drawn.values()) % len(few)] if drawn.total() < 12 else order.new_number()
        drawn[number] += 1
        return number

    monkeypatch.setattr("services.order.number.made", drawing)
    made = await asyncio.gather(*(desk.bought(1) for _ in range(8)))
    assert len({one.number for one in made}) == 8


async def _kept(desk: Desk, bought: Bought) -> tuple[object, ...]:
    async with desk.host.db.read() as session:
        row = await session.get_one(Order, bought.id)
        return row.email, row.shipping_address, row.customer_id, row.total


async def test_who_is_erased_leaves_amounts_and_lines(desk: Desk) -> None:
    done, open_ = await desk.arrived(2), await desk.bought(1)
    await desk.ask_back(done, 1, reason="call me at 010-1234-5678")
    await desk.take_back(done, 1)
    me = desk.customer.customer_id
    receipt = await desk.customer.one(LEAVE, password=SANDBOX_PASSWORD)
    assert receipt["__typename"] == "ErasureReceipt", receipt
    assert await _kept(desk, done) == (None, None, me, done.total)
    assert (await _kept(desk, open_))[1] == ADDRESS
    seen = await desk.read(done.id)
    assert (seen["shippingAddress"], seen["email"]) == (None, None)
    assert [line["quantity"] for line in seen["lines"]] == [2]
    assert "010-1234" not in str(seen)
    await desk.cancel(open_, desk.staff)
    async with desk.host.begin() as uow:
        assert await order.forget(uow) == 1
        assert await order.forget(uow) == 0
    assert await _kept(desk, open_) == (None, None, me, open_.total)


async def test_metrics_tell_the_orders(desk: Desk) -> None:
    await desk.bought(1)
    async with httpx2.AsyncClient(verify=TLS, base_url=desk.world.url) as http:
        text = (await http.get("/metrics")).text
    assert 'acp_orders_completed_total{channel="kr"} 1' in text
