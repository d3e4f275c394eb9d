"""What the graph tells a film, and what a film and its customer are in it, on each engine."""

import re
from collections.abc import Mapping
from typing import Any, LiteralString

import pytest

from app import App
from gateways.registry import Gateways
from models.checkout import SalesOrigin
from services import world as graphs
from tests.ar.bar import EXPERIENCE, Bar, event
from tests.cameo.crew import Crew
from tests.cameo.desk import SHORT, Desk, ended, until
from tests.conftest import World
from tests.support.api import Api
from tests.support.cameo import make_portrait, request_cameo
from tests.support.shop import SMALL, Bought, buy
from tests.test_cameo import DELETE_ACCOUNT, REGISTER, rows_with

LIKES = re.compile(r"The guest likes (.*): let props", re.MULTILINE)
KNOWN = """MATCH (c:Customer {id: $id}) OPTIONAL MATCH (c)-[:INTERESTED_IN]->(p:Product)
RETURN count(p.doc) AS products"""
FILM = """MATCH (f:Cameo {id: $id})-[r]->(n)
RETURN properties(f) AS film, type(r) AS type, labels(n)[0] AS label, n.id AS id"""
ARROWS = """MATCH (:Customer {id: $id})-[r]->(n) RETURN type(r) AS type, n.id AS id"""
NODES = "MATCH (n) RETURN labels(n) AS labels, properties(n) AS told"
EDGES = """MATCH (a)-[r]->(b)
RETURN a.id AS a, type(r) AS type, properties(r) AS told, b.id AS b"""
PASSWORD = "a rather long password"
CANARY, MAIL, BORN = "카나리아새", "canary-bird@example.com", "1991-02-03"


async def join(api: Api, email: str) -> Api:
    """Register an adult of whom nothing else is known."""
    asked = {"email": email, "password": PASSWORD, "name": CANARY, "birthDate": BORN}
    made = await api.one(REGISTER, i=asked)
    api.token, api.customer_id = made["accessToken"], made["customer"]["id"]
    return api


async def is_known(app: App, api: Api, products: int) -> bool:
    """Whether the graph has this customer, with so many products that they like."""
    rows = await app.graph.read(KNOWN, id=api.customer_id)
    return [row["products"] for row in rows] == [products]


@pytest.mark.usefixtures("engine")
async def test_a_film_hints_at_what_its_guest_likes(
    minsu: Api, photo: str, crew: Crew, desk: Desk, app: App
) -> None:
    # What customers write is in the account too; the drinks they like are in the graph alone.
    await until(lambda: is_known(app, minsu, 2))
    job = await request_cameo(minsu, photo, SHORT)
    assert (await ended(minsu, job))["status"] == "COMPLETED"
    (order,) = await desk.paid(job)
    assert LIKES.findall(str(order["prompt"])) == ["dry, deep, NERD14 Triple Brew, NERD15 Clear"]


@pytest.mark.env(NEO4J_URI="bolt://127.0.0.1:9")
async def test_without_the_graph_a_film_hints_at_what_the_account_says(
    minsu: Api, photo: str, crew: Crew, desk: Desk
) -> None:
    job = await request_cameo(minsu, photo, SHORT)
    assert (await ended(minsu, job))["status"] == "COMPLETED"
    (order,) = await desk.paid(job)
    assert LIKES.findall(str(order["prompt"])) == ["dry, deep"]


async def shown(app: App, query: LiteralString, id: str | None) -> list[Mapping[str, Any]]:
    """What the graph says of one node."""
    return await app.graph.read(query, id=id)


async def everything(app: App) -> str:
    """All that the graph holds, as one text."""
    return str([await app.graph.read(NODES), await app.graph.read(EDGES)])


@pytest.mark.usefixtures("engine")
async def test_a_finished_film_is_in_the_graph_and_leaves_it_with_its_customer(
    api: Api, crew: Crew, desk: Desk, app: App, world: World
) -> None:
    """Row 48: Postgres, the object store, the renderer and the graph hold nothing afterwards."""
    me = str((await join(api, MAIL)).customer_id)
    portrait = await make_portrait(api)
    await until(lambda: is_known(app, api, 0))
    more = {"userName": CANARY, "preferredProductId": "nerd11-omija"}
    job = await request_cameo(api, portrait, SHORT, **more)
    assert (await ended(api, job))["status"] == "COMPLETED"
    references = await desk.refs(job)
    (order,) = desk.accepted(references)
    assert "The guest likes" not in str(order["prompt"]), "nothing is known of them"

    async def is_finished() -> bool:
        films = [row["film"] for row in await shown(app, FILM, job)]
        return bool(films) and films[0]["status"] == "completed"

    await until(is_finished)
    rows = await shown(app, FILM, job)
    assert {(row["type"], row["label"], row["id"]) for row in rows} == {
        ("STARS", "Customer", me),
        ("MADE_AFTER", "Template", SHORT),
        ("SHOWS", "Product", "nerd11-omija"),
    }
    assert set(rows[0]["film"]) == {"id", "status", "created_at"}
    bought = await listened(Bar(world, app, api, api))
    await until(lambda: has_arrows(app, me))
    before = await everything(app)
    assert [text for text in (CANARY, MAIL, BORN, portrait) if text in before] == []
    assert [text for text in (me, job, bought.checkout_id) if text not in before] == []

    receipt = await api.one(DELETE_ACCOUNT, p=PASSWORD)
    stores = {store["name"]: store["objects"] for store in receipt["stores"]}
    assert stores["keys"] == 1
    assert stores["objects"] >= 5
    assert stores["postgres"] >= 3
    storage = Gateways.of(world.settings).storage
    assert [key for key in await storage.keys("") if portrait in key or job in key] == []
    assert await rows_with(world, CANARY, MAIL, BORN) == []
    again = await api.answer("{ me { id } }")
    assert again["errors"][0]["extensions"]["code"] == "TOKEN_INVALID"

    async def is_forgotten() -> bool:
        after = await everything(app)
        return not [text for text in (me, job, bought.checkout_id) if text in after]

    await until(is_forgotten)
    await until(lambda: all_deleted(desk, references))
    grown = await graphs.graph_hash(app.graph)
    assert await graphs.rebuild(app.db, app.graph) == grown


async def has_arrows(app: App, customer_id: str) -> bool:
    """Whether the graph says what somebody bought, and what they did with its label."""
    found = {(row["type"], row["id"]) for row in await shown(app, ARROWS, customer_id)}
    return {
        ("PURCHASED", "nerd12-signature"),
        ("ENGAGED_WITH", EXPERIENCE),
        ("INTERESTED_IN", "nerd12-signature"),
    } <= found


async def listened(bar: Bar) -> Bought:
    """Have the customer buy a bottle through an agent, and listen to its label."""
    bought = await buy(bar.host, bar.customer.customer_id, {SMALL: 1}, origin=SalesOrigin.AGENT)
    await bar.make(bought)
    (code,) = await bar.codes(bought)
    assert (await bar.unlock(code["code"]))["__typename"] == "ArUnlock"
    assert (await bar.track(event("LISTEN")))["accepted"] == 1
    return bought


async def all_deleted(desk: Desk, references: list[str]) -> bool:
    """Whether the renderer keeps none of these films."""
    return all(order["deleted"] for order in desk.accepted(references))
