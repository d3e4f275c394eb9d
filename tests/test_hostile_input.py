"""Rows 30, 42 and 43: hostile text into every argument, and other people's ids into every field."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import asyncpg
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    is_leaf_type,
)

from app import App
from resolvers.root import schema
from services import world as graphs
from services.account import SANDBOX_PASSWORD
from tests.conftest import World
from tests.support.api import Api, key
from tests.support.cameo import CREATE

TEXTS = (
    "",
    " ",
    "\0",
    "a\0b",
    "\u202e법\u200f",
    "👩🏽‍🚀🍶",
    "Z\u0335\u0321" * 50,
    "x" * 100_000,
    "null",
    "../../../etc/passwd",
    "%00",
    "${7*7}{{7*7}}",
    "<script>alert(1)</script>",
    "' OR '1'='1",
    "'; DROP TABLE customers; --",
    '" OR 1=1 --',
    "1; SELECT pg_sleep(9)",
    "\\'; DELETE FROM products; --",
    "') UNION SELECT password_hash FROM customers --",
    "}) DETACH DELETE n //",
    "' RETURN 1 UNION MATCH (n) DETACH DELETE n //",
    "*/ MATCH (n) DETACH DELETE n /*",
    "%' AND 1=CAST((SELECT 1) AS int) --",
    "\u0041\u030a\u212b",
)
CYPHER = [text for text in TEXTS if "DETACH" in text]
# What a text may be refused with; anything else would be a fault of ours.
REFUSALS = {
    "BAD_REQUEST",
    "BAD_USER_INPUT",
    "BODY_TOO_LARGE",
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "ACCOUNT_REQUIRED",
    "AGE_UNKNOWN",
    "RATE_LIMITED",
    "NOT_FOUND",
}
LEAVES: dict[str, Any] = {
    "Int": 1,
    "Float": 1.0,
    "Boolean": True,
    "String": "plain",
    "ID": "nerd12-signature",
    "Date": "1990-01-01",
    "DateTime": "2026-01-01T00:00:00Z",
    "URL": "https://nerdx.com/",
}
# They would end the session that the other calls need.
LEAVING = {"signOut", "signOutEverywhere", "deleteAccount", "changePassword"}


def value(kind: GraphQLInputType, text: str | None) -> Any:
    """A value of this type; every text in it is `text`, where one is given."""
    if isinstance(kind, GraphQLNonNull):
        return value(kind.of_type, text)
    if isinstance(kind, GraphQLList):
        return [value(kind.of_type, text)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        return {name: value(field.type, text) for name, field in kind.fields.items()}
    if kind.name in ("String", "ID"):
        return LEAVES[kind.name] if text is None else text
    return LEAVES[kind.name]


def operations() -> Iterator[tuple[str, str, GraphQLField]]:
    """Every query and mutation that takes arguments, as (name, document, field)."""
    roots = (("query", schema._schema.query_type), ("mutation", schema._schema.mutation_type))
    for word, root in roots:
        assert root is not None
        for name, field in root.fields.items():
            if field.args and name not in LEAVING:
                heads = ", ".join(f"${arg}: {part.type}" for arg, part in field.args.items())
                passes = ", ".join(f"{arg}: ${arg}" for arg in field.args)
                chosen = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
                yield name, f"{word} ({heads}) {{ {name}({passes}){chosen} }}", field


async def counts(world: World) -> dict[str, int]:
    """How many rows the tables have that no stranger may change."""
    connection = await asyncpg.connect(world.dsn)
    found = {}
    for table in ("products", "lore", "cameo_templates", "consents", "cameo_jobs"):
        found[table] = await connection.fetchval(f"select count(*) from {table}")
    await connection.close()
    return found


@pytest.mark.env(SIGN_IN_TRIES_PER_CLIENT="100000", REGISTER_TRIES_PER_CLIENT="100000")
async def test_no_text_in_any_argument_breaks_anything(world: World, app: App, minsu: Api) -> None:
    before = await counts(world)
    assert await faults_of(minsu, TEXTS) == []
    assert await counts(world) == before


@pytest.mark.usefixtures("engine")
@pytest.mark.env(SIGN_IN_TRIES_PER_CLIENT="100000", REGISTER_TRIES_PER_CLIENT="100000")
async def test_no_text_in_any_argument_becomes_cypher(app: App, minsu: Api) -> None:
    """Not on its way to the graph's readers, and not when what was kept of it is projected."""
    before = await graphs.rebuild(app.db, app.graph)
    assert await faults_of(minsu, CYPHER) == []
    assert await graphs.graph_hash(app.graph) == before
    while await graphs.project(app.db, app.graph):
        pass
    grown = await graphs.graph_hash(app.graph)
    assert await graphs.rebuild(app.db, app.graph) == grown


async def faults_of(api: Api, texts: Iterable[str]) -> list[str]:
    """Put each text into every argument, and return what was answered as no text may be."""
    faults = []
    for name, document, field in operations():
        for text in texts:
            given = {arg: value(part.type, text) for arg, part in field.args.items()}
            body = {"query": document, "variables": given}
            answer = await api.http.post("/graphql", json=body, headers=api.auth())
            if fault := _fault(answer.status_code, answer.content):
                faults.append(f"{name} with {text[:40]!r}: {fault}")
    return faults


async def test_lone_surrogates_are_refused(app: App, minsu: Api) -> None:
    for name, document, field in operations():
        given = {arg: value(part.type, "\ud800") for arg, part in field.args.items()}
        body = json.dumps({"query": document, "variables": given}).encode()
        headers = {**minsu.auth(), "content-type": "application/json"}
        answer = await minsu.http.post("/graphql", content=body, headers=headers)
        assert _fault(answer.status_code, answer.content) is None, name


def _fault(status: int, content: bytes) -> str | None:
    if status >= 500:
        return f"status {status}"
    codes = {error["extensions"]["code"] for error in json.loads(content).get("errors") or ()}
    return None if codes <= REFUSALS else f"{codes}"


OTHERS = """query ($id: ID!, $ids: [ID!]!) { node(id: $id) { id } nodes(ids: $ids) { id }
  cameo(id: $id) { id } }"""
BY_ID = (
    "cancelCameo",
    "deleteCameo",
    "erasePortrait",
    "revokeCameoShare",
)


async def test_other_peoples_ids_look_like_ids_of_nothing(world: World, minsu: Api) -> None:
    """Each id of one customer, in the hands of another one, a guest and a stranger."""
    asked = {"contentType": "image/jpeg", "byteSize": 9, "idempotencyKey": key()}
    portrait = (await minsu.one(CREATE, i=asked))["portrait"]["id"]
    receipt = await minsu.one(
        "mutation ($id: ID!) { erasePortrait(id: $id) { ... on ErasureReceipt { id } } }",
        id=portrait,
    )
    ids = [portrait, receipt["id"], minsu.customer_id]
    own = await minsu.one("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert [node["id"] for node in own] == ids
    async with Api(world.url) as other, Api(world.url) as guest:
        await other.sign_in("demo-hana@example.com", SANDBOX_PASSWORD)
        await guest.guest()
        for person in (other, guest):
            for id in ids:
                seen = await person.ask(OTHERS, id=id, ids=[id])
                assert seen == {"node": None, "nodes": [None], "cameo": None}
                for name in BY_ID:
                    theirs = await _by_id(person, name, id)
                    nothing = await _by_id(person, name, "cam_00000000000000000000000000")
                    assert theirs == nothing
                    assert theirs["code"] == "NOT_FOUND"
    async with Api(world.url) as stranger:
        nodes = await stranger.one("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert nodes == [None, None, None]


async def _by_id(person: Api, name: str, id: str) -> Any:
    document = (
        f"mutation ($id: ID!) {{ {name}(id: $id) {{ ... on UserError {{ code message }} }} }}"
    )
    return await person.one(document, id=id)
