"""Tokens of partners, made and ended by staff."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from app import App
from core.errors import InvalidInput
from core.viewer import Viewer
from models.partner import PartnerToken
from services import partner
from services.account import SANDBOX_PASSWORD
from tests.acp.agent import Agent
from tests.conftest import World
from tests.support.api import Api, Refused, key
from tests.support.settings import settings_of

CREATE = """mutation ($i: CreatePartnerTokenInput!) { createPartnerToken(input: $i) { __typename
  ... on CreatedPartnerToken { secret webhookSecret
    token { id name scopes lastFour expiresAt revokedAt webhookUrl } }
  ... on UserError { code message field } } }"""
REVOKE = """mutation ($id: ID!) { revokePartnerToken(id: $id) { __typename
  ... on PartnerToken { id revokedAt } ... on UserError { code } } }"""
ROTATE = """mutation ($i: RotatePartnerTokenInput!) { rotatePartnerToken(input: $i) { __typename
  ... on RotatedPartnerToken { secret token { id lastFour oldSecretUntil } }
  ... on UserError { code field } } }"""
LIST = "{ partnerTokens { id name lastFour revokedAt lastUsedAt } }"


@pytest_asyncio.fixture(loop_scope="session")
async def staff(world: World, app: App) -> AsyncIterator[Api]:
    """Somebody of ours."""
    async with Api(world.url) as client:
        yield await client.sign_in("demo-staff@example.com", SANDBOX_PASSWORD)


async def _known(app: App, secret: str) -> bool:
    try:
        async with app.db.read() as session:
            await partner.identify(session, app.settings, f"Bearer {secret}", app.begin.now())
    except partner.PartnerUnknown:
        return False
    return True


async def test_a_token_lives_until_it_is_revoked(staff: Api, app: App) -> None:
    given = {"name": "한잔 에이전트", "scopes": ["checkout", "orders"], "idempotencyKey": key()}
    made = await staff.one(CREATE, i=given)
    assert made["__typename"] == "CreatedPartnerToken", made
    assert made["secret"].endswith(made["token"]["lastFour"])
    assert await _known(app, made["secret"])
    assert await staff.one(CREATE, i=given) == made
    assert made["token"]["id"] in [row["id"] for row in await staff.one(LIST)]
    ended = await staff.one(REVOKE, id=made["token"]["id"])
    assert ended["revokedAt"]
    assert await staff.one(REVOKE, id=made["token"]["id"]) == ended
    assert not await _known(app, made["secret"])


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("input.scopes", {"scopes": []}),
        ("input.scopes", {"scopes": ["everything"]}),
        ("input.name", {"name": " "}),
        ("input.expiresAt", {"expiresAt": "2020-01-01T00:00:00Z"}),
        ("input.webhookUrl", {"webhookUrl": "no address"}),
    ],
)
async def test_odd_tokens_are_refused(staff: Api, field: str, given: dict[str, object]) -> None:
    asked = {"name": "x", "scopes": ["checkout"], "idempotencyKey": key(), **given}
    refused = await staff.one(CREATE, i=asked)
    assert (refused["__typename"], refused["field"]) == ("InvalidInput", field)


async def test_customers_neither_make_nor_see_tokens(minsu: Api) -> None:
    with pytest.raises(Refused) as refused:
        await minsu.one(LIST)
    assert refused.value.code == "FORBIDDEN"
    assert await minsu.one('{ node(id: "ptk_sandbox") { id } }') is None


@pytest.mark.parametrize(
    "url",
    [
        "http://partner.example/hook",
        "https://127.0.0.1/hook",
        "https://169.254.169.254/latest",
        "https://[::1]/hook",
        "https://localhost/hook",
        "https://user:pw@partner.example/hook",
        "https://db.internal/hook",
    ],
)
async def test_webhooks_leave_the_house_in_production(url: str, world: World, app: App) -> None:
    settings = settings_of({**world.env, "ENVIRONMENT": "production"})
    asked = partner.TokenRequest("x", ["orders"], webhook_url=url)
    with pytest.raises(InvalidInput) as refused:
        async with app.begin() as uow:
            await partner.create(uow, Viewer(customer_id="cus_x"), settings, asked, key())
    assert refused.value.field == "input.webhookUrl"


async def _made(staff: Api) -> tuple[str, str]:
    given = {"name": "x", "scopes": ["checkout"], "idempotencyKey": key()}
    made = await staff.one(CREATE, i=given)
    return made["token"]["id"], made["secret"]


async def _rotated(staff: Api, id: str, same: str | None = None) -> dict[str, Any]:
    done = await staff.one(ROTATE, i={"id": id, "idempotencyKey": same or key()})
    assert done["__typename"] == "RotatedPartnerToken", done
    return dict(done)


async def test_a_rotated_token_keeps_its_sessions(staff: Api, app: App, world: World) -> None:
    id, first = await _made(staff)
    async with Agent(world.url, first) as agent:
        seen = await agent.create()
    turned, now = await _rotated(staff, id), app.begin.now()
    until = datetime.fromisoformat(turned["token"]["oldSecretUntil"])
    assert timedelta(hours=23) < until - now <= timedelta(hours=24)
    assert turned["secret"].endswith(turned["token"]["lastFour"])
    for secret in (first, turned["secret"]):
        async with Agent(world.url, secret) as agent:
            found = await agent.get(f"/checkout_sessions/{seen['id']}")
            assert (found.status_code, found.json()["id"]) == (200, seen["id"])


async def test_when_a_token_was_used_is_seen(staff: Api, world: World) -> None:
    id, secret = await _made(staff)
    for used in (False, True):
        (row,) = [row for row in await staff.one(LIST) if row["id"] == id]
        assert (row["lastUsedAt"] is not None) == used
        async with Agent(world.url, secret) as agent:
            await agent.create()


async def test_an_old_secret_ends(staff: Api, app: App) -> None:
    id, first = await _made(staff)
    second = (await _rotated(staff, id))["secret"]
    async with app.begin() as uow:
        row = await uow.session.get_one(PartnerToken, id)
        row.old_secret_until = uow.now()
    assert [await _known(app, one) for one in (first, second)] == [False, True]
    third = (await _rotated(staff, id))["secret"]
    assert [await _known(app, one) for one in (first, second, third)] == [False, True, True]
    # With the next one the second is ended at once, as when it has leaked.
    fourth = (await _rotated(staff, id))["secret"]
    secrets = (second, third, fourth)
    assert [await _known(app, one) for one in secrets] == [False, True, True]
    await staff.one(REVOKE, id=id)
    assert [await _known(app, one) for one in secrets] == [False, False, False]
    refused = await staff.one(ROTATE, i={"id": id, "idempotencyKey": key()})
    assert (refused["__typename"], refused["field"]) == ("NotFound", "input.id")


async def test_a_repeat_shows_the_same_secret(staff: Api, app: App) -> None:
    given = {"name": "x", "scopes": ["checkout"], "idempotencyKey": key()}
    made, same = await staff.one(CREATE, i=given), key()
    id = made["token"]["id"]
    turned = await _rotated(staff, id, same)
    assert await _rotated(staff, id, same) == turned
    assert await _known(app, made["secret"])
    later = await _rotated(staff, id)
    assert (await _rotated(staff, id, same))["secret"] == turned["secret"] != later["secret"]
    assert (await staff.one(CREATE, i=given))["secret"] == made["secret"]
    other, _ = await _made(staff)
    refused = await staff.one(ROTATE, i={"id": other, "idempotencyKey": same})
    assert refused["code"] == "IDEMPOTENCY_CONFLICT"


async def test_a_token_that_has_expired_opens_no_door(staff: Api, app: App, world: World) -> None:
    later = app.begin.now() + timedelta(hours=1)
    asked = {"name": "x", "scopes": ["checkout"], "expiresAt": later.isoformat()}
    made = await staff.one(CREATE, i={**asked, "idempotencyKey": key()})
    async with Agent(world.url, made["secret"]) as agent:
        seen = await agent.create()
        async with app.begin() as uow:
            row = await uow.session.get_one(PartnerToken, made["token"]["id"])
            row.expires_at = uow.now() - timedelta(seconds=1)
        path = f"/checkout_sessions/{seen['id']}"
        for refused in (await agent.get(path), await agent.post(path, {})):
            assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
            assert refused.headers["www-authenticate"] == "Bearer"
            assert seen["id"] not in refused.text
