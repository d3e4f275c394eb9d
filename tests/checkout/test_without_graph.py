"""A bottle is bought, and what it is made of is read, while there is no graph (row W5)."""

import asyncio

import pytest

from app import App
from sandbox.stack import Stack
from tests.checkout.till import BOTTLE, pay, proven, ready
from tests.support.api import Api

LINES = """query ($id: ID!) { checkout(id: $id) { status lines { quantity variant { product { name
  ingredients { share ingredient { name } } lore { title } } } } } }"""


@pytest.mark.gate
async def test_a_bottle_is_bought_while_the_graph_is_stopped(
    engine: Stack, app: App, minsu: Api
) -> None:
    assert minsu.customer_id
    await proven(app.begin, minsu.customer_id)
    await asyncio.to_thread(engine.graph.stop)
    cart = await ready(minsu, (BOTTLE, 2))
    bought = await pay(minsu, cart)
    assert bought["__typename"] == "CheckoutCompletion", bought
    assert bought["order"]["status"] == "PAID"
    seen = await minsu.answer(LINES, id=cart["id"])
    assert seen["extensions"] == {"degraded": ["world"]}
    assert "errors" not in seen
    (line,) = seen["data"]["checkout"]["lines"]
    assert seen["data"]["checkout"]["status"] == "COMPLETED"
    parts = line["variant"]["product"]["ingredients"]
    assert [part["share"] for part in parts] == [0.82, 0.1, None]
    assert parts[0]["ingredient"]["name"] == "Icheon Rice"
    assert line["variant"]["product"]["lore"]
