"""Tokens of partners, made and ended by staff."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app import App
from core.errors import InvalidInput
from core.viewer import Viewer
from services import partner
from services.account import SANDBOX_PASSWORD
from tests.conftest import World, settings_of
from tests.support.api import Api, Refused, key

CREATE = """mutation ($i: CreatePartnerTokenInput!) { createPartnerToken(input: $i) { __typename
  ... on CreatedPartnerToken { secret webhookSecret
    token { id name scopes lastFour expiresAt revokedAt webhookUrl } }
  ... on UserError { code message field } } }"""
REVOKE = """mutation ($id: ID!) { revokePartnerToken(id: $id) { __typename
  ... on PartnerToken { id revokedAt } ... on UserError { code } } }"""
LIST = "{ partnerTokens { id name lastFour revokedAt } }"


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
