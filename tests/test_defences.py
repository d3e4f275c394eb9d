"""Attacks that were tried on a running product, each of which has to stay harmless."""

import asyncio
import base64
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from app import App
from core.telemetry import JsonFormatter, redact
from gateways.renderer import RendererUnavailable
from gateways.renderer.download import download
from models.account import Customer
from models.cameo import CameoShot, CameoSubmission, SubmissionState
from models.catalogue import Likeness
from services import notification
from services.account import SANDBOX_PASSWORD
from tests.conftest import World
from tests.support.api import TLS, Api, Refused, key, person
from tests.support.cameo import CREATE, ask_cameo, make_portrait, request_cameo, watch

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


async def test_no_answer_is_taken_for_a_page(app: App, minsu: Api) -> None:
    for document in ("{ __typename }", "{ <script>"):
        answer = await minsu.http.post("/graphql", json={"query": document})
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "json" in answer.headers["content-type"]


@pytest.mark.parametrize("signature", ["é", "٣" * 64, "\ud7ff", "", "0" * 100_000])
async def test_no_signature_breaks_the_preview(app: App, world: World, signature: str) -> None:
    asked = {"ends": "99999999999", "sig": signature[:60_000]}
    async with httpx2.AsyncClient(verify=TLS, base_url=world.url) as http:
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


NOTIFICATIONS = "subscription { notifications { id } }"
SESSION = """mutation ($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password}) {
    ... on Session { accessToken refreshToken customer { id } } } }"""


async def test_signing_out_on_one_device_silences_no_other(
    world: World, app: App, minsu: Api
) -> None:
    known = {"email": "demo-minsu@example.com", "password": SANDBOX_PASSWORD}
    async with person(world.url) as phone:
        session = await phone.one(SESSION, **known)
        phone.token = session["accessToken"]
        first, second = _next(phone.follow(NOTIFICATIONS)), _next(minsu.follow(NOTIFICATIONS))
        topic = notification.topic(session["customer"]["id"])
        async with asyncio.timeout(10):
            while len(app.bus._watches.get(topic, ())) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        leave = "mutation ($token: String!) { signOut(refreshToken: $token) }"
        assert await phone.one(leave, token=session["refreshToken"])
        with pytest.raises(Refused):
            await first
    async with app.begin() as uow:
        told = await notification.notify(
            uow, session["customer"]["id"], "CAMEO_COMPLETED", "cam_nothing"
        )
    assert told
    async with asyncio.timeout(10):
        assert (await second)["notifications"]["id"] == told.id


def _next(events: AsyncIterator[dict[str, Any]]) -> asyncio.Task[dict[str, Any]]:
    async def read() -> dict[str, Any]:
        return await anext(events)

    return asyncio.create_task(read())


@pytest.mark.parametrize("name", ["\u202eXDREN", "민수\u2066", "a\u202ab"])
async def test_no_name_turns_the_words_around_it(app: App, minsu: Api, name: str) -> None:
    answer = await ask_cameo(minsu, "por_nobody", "with-the-brewmaster", userName=name)
    assert (answer["code"], answer["field"]) == ("INVALID_INPUT", "input.userName")


@pytest.mark.parametrize("host", ["[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[::ffff:10.0.0.1]"])
async def test_translated_addresses_are_those_they_lead_to(tmp_path: Path, host: str) -> None:
    with pytest.raises(RendererUnavailable, match="may not be fetched"):
        await download(f"https://{host}/film.mp4", tmp_path / "film.mp4", loopback=False)


@pytest.mark.usefixtures("workers")
async def test_tastes_are_judged_and_a_licence_that_ended_stops_a_retry(
    app: App, minsu: Api
) -> None:
    await minsu.ask(
        """mutation { updateAccount(input: {preferences: ["nude", "sweet"]}) { __typename } }"""
    )
    templates = await minsu.one("{ cameoTemplates { id } }")
    id = await request_cameo(minsu, await make_portrait(minsu), templates[0]["id"])
    async for job in watch(minsu, id):
        if job["stage"] == "RENDER":
            break
    assert await minsu.one("mutation ($id: ID!) { cancelCameo(id: $id) { __typename } }", id=id)
    async with app.db.read() as session:
        prompts = (await session.scalars(select(CameoShot.prompt))).all()
    assert prompts
    assert not any("nude" in prompt for prompt in prompts)
    await _orders_ended(app)
    async with app.begin() as uow:
        await uow.session.execute(update(Likeness).values(status="blocked"))
    again = """mutation ($id: ID!, $key: String!) { retryCameo(id: $id, idempotencyKey: $key) {
      __typename } }"""
    assert await minsu.one(again, id=id, key=key()) == {"__typename": "CameoJob"}
    ends = [job async for job in watch(minsu, id)][-1]
    assert (ends["status"], ends["failure"]["code"]) == ("FAILED", "TEMPLATE_UNAVAILABLE")


async def _orders_ended(app: App) -> None:
    open_ = (SubmissionState.INTENT, SubmissionState.ACCEPTED)
    count = select(func.count()).where(CameoSubmission.state.in_(open_))
    async with asyncio.timeout(30):
        while True:
            async with app.db.read() as session:
                if not await session.scalar(count):
                    return
            await asyncio.sleep(0.1)
