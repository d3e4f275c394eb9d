"""Attacks that were tried on a running product, each of which has to stay harmless."""

import base64
import logging

import httpx
import orjson
import pytest
from sqlalchemy.exc import IntegrityError

from app import App
from core.telemetry import JsonFormatter, redact
from models.account import Customer
from services.account import SANDBOX_PASSWORD
from tests.conftest import World
from tests.support.api import Api, Refused, key, person
from tests.support.cameo import CREATE

LISTS = (
    "me { cameos(after: $after) { edges { cursor } } }",
    "me { portraits(after: $after) { edges { cursor } } }",
    "me { notifications(after: $after) { edges { cursor } } }",
    "ingredients(after: $after) { edges { cursor } }",
    "loreEntries(after: $after) { edges { cursor } }",
    "products(after: $after) { edges { cursor } }",
)
KEYS: tuple[object, ...] = (
    [5],
    [-1],
    [2.5],
    [None],
    [True],
    [2**63],
    [],
    [["x"]],
    [{"x": 1}],
    [True, "x", "y"],
)
SIGN_IN = """mutation ($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { ... on Session { customer {
    id cameos { totalCount } portraits { totalCount edges { node { id } } }
    notifications { unreadCount edges { cursor } } } } } }"""


def forged(values: object) -> str:
    """A cursor of these values."""
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


@pytest.mark.parametrize("field", LISTS, ids=lambda field: field.partition("(")[0])
async def test_forged_cursors_are_bad_input(app: App, minsu: Api, field: str) -> None:
    document = f"query ($after: String) {{ {field} }}"
    for values in KEYS:
        answer = await minsu.answer(document, after=forged(values))
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        assert codes <= {"BAD_USER_INPUT"}, values


async def test_a_number_of_five_thousand_digits_is_no_fault(app: App, minsu: Api) -> None:
    with pytest.raises(Refused) as refused:
        await minsu.ask("{ nodes(ids: %s) { id } }" % ("1" * 5_000))
    assert refused.value.code == "TOO_MANY_NODES"


@pytest.mark.parametrize("signature", ["é", "٣" * 64, "\ud7ff", "", "0" * 100_000])
async def test_no_signature_breaks_the_preview(app: App, world: World, signature: str) -> None:
    asked = {"ends": "99999999999", "sig": signature[:60_000]}
    async with httpx.AsyncClient(base_url=world.url) as http:
        answer = await http.get("/portraits/por_nobody.jpg", params=asked)
    assert answer.status_code in (403, 431)


async def test_signing_in_shows_what_is_of_who_signed_in(
    app: App, world: World, minsu: Api
) -> None:
    asked = {"contentType": "image/jpeg", "byteSize": 9, "idempotencyKey": key()}
    own = (await minsu.one(CREATE, i=asked))["portrait"]["id"]
    known = {"email": "demo-minsu@example.com", "password": SANDBOX_PASSWORD}
    async with person(world.url) as hana, person(world.url) as stranger:
        await hana.sign_in("demo-hana@example.com", SANDBOX_PASSWORD)
        for who in (minsu, hana, stranger):
            seen = (await who.one(SIGN_IN, **known))["customer"]
            assert seen["id"] == minsu.customer_id
            assert [edge["node"]["id"] for edge in seen["portraits"]["edges"]] == [own]
            assert seen["notifications"] == {"unreadCount": 0, "edges": []}
        other = {"email": "demo-hana@example.com", "password": SANDBOX_PASSWORD}
        seen = (await minsu.one(SIGN_IN, **other))["customer"]
    assert seen["id"] == hana.customer_id
    assert seen["portraits"]["totalCount"] == 0


async def test_what_customers_wrote_is_not_in_the_errors_of_the_store(app: App) -> None:
    with pytest.raises(IntegrityError) as refused:
        async with app.begin() as uow:
            uow.session.add(Customer(id="cus_x", roles=[], name="김비밀"))
    record = logging.makeLogRecord({"msg": "bug", "exc_info": refused._excinfo})
    line = JsonFormatter().format(record)
    assert "violates not-null constraint" in line
    assert "김비밀" not in line


def test_passwords_without_a_user_name_are_redacted() -> None:
    assert "hunter2" not in redact("cannot reach redis://:hunter2@valkey:6379/0")
