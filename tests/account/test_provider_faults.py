"""Providers that fail, lie or change: nobody is let in, and what may be tried again says so."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from pydantic import ValidationError

from core.setting_shapes import SettingsUnusable
from core.settings import Settings
from gateways.identity import IdentityUnavailable, OpenIdConnect, _check
from sandbox.identity.faults import SIGNING_FAULTS, TOKEN_FAULTS
from sandbox.stack import Stack
from services import account
from tests.account.door import Door, code
from tests.account.provider import MINA, REDIRECT, Browser, elsewhere, fault
from tests.support.serve import free_port

pytestmark = pytest.mark.env(SIGN_IN_REDIRECT_URIS=REDIRECT)
HURRIED = pytest.mark.env(SIGN_IN_REDIRECT_URIS=REDIRECT, SIGN_IN_TIMEOUT_SECONDS="2")
# Each lie, and by what it is found out.
LIES = {
    "alg_none": "algorithm none",
    "bad_signature": "InvalidSignatureError",
    "expired": "expired",
    "hs256": "algorithm HS256",
    "no_subject": "subject",
    "old": "not issued now",
    "two_audiences": "authorized party",
    "unknown_key": "no such key",
    "wrong_aud": "InvalidAudienceError",
    "wrong_azp": "authorized party",
    "wrong_iss": "InvalidIssuerError",
    "wrong_nonce": "nonce",
}


@pytest_asyncio.fixture(loop_scope="session")
async def browser(door: Door, stack: Stack) -> AsyncIterator[Browser]:
    """Someone at the provider."""
    someone = Browser(door, stack)
    await someone.meets()
    yield someone
    await someone.meets()


@pytest.mark.parametrize("lie", LIES)
async def test_a_token_that_does_not_hold_lets_nobody_in(
    browser: Browser, lie: str, caplog: pytest.LogCaptureFixture
) -> None:
    await browser.meets(fault(lie))
    refused = await browser.signed_in()
    assert (refused["code"], refused["field"]) == ("PROVIDER_REFUSED", "input.code")
    assert f"does not hold: {LIES[lie]}" in caplog.text
    assert "accessToken" in await browser.signed_in(), "the next, honest one does"


def test_every_lie_of_the_sandbox_is_told() -> None:
    assert {*TOKEN_FAULTS, *SIGNING_FAULTS} - {"user_info_only", "no_kid"} == set(LIES)


async def test_keys_are_kept_and_a_new_one_is_found(browser: Browser) -> None:
    before = await browser.calls()
    for _ in range(3):
        assert "accessToken" in await browser.signed_in()
    after = await browser.calls()
    for path in ("/jwks", "/.well-known/openid-configuration"):
        assert after[path] - before.get(path, 0) == 1
    await browser.rotated()
    assert "accessToken" in await browser.signed_in()
    assert (await browser.calls())["/jwks"] - after["/jwks"] == 1
    await browser.meets(fault("unknown_key", times=3))
    for _ in range(3):
        assert code(await browser.signed_in()) == "PROVIDER_REFUSED"
    assert (await browser.calls())["/jwks"] - after["/jwks"] == 1, "and nobody makes us ask on"


async def test_a_single_key_needs_no_name(browser: Browser) -> None:
    await browser.meets(fault("no_kid"))
    assert "accessToken" in await browser.signed_in()


AWAY = ["500", "503", "429", "redirect", "malformed", "huge"]
SLOW = pytest.param("slow", marks=HURRIED)


@pytest.mark.parametrize("name", [*AWAY, SLOW])
async def test_a_provider_that_is_away_may_be_asked_again(browser: Browser, name: str) -> None:
    begun = await browser.begun()
    answer = await browser.code(begun)
    await browser.meets(fault(name, seconds=10))
    away = await browser.finished(begun, answer)
    assert (away["code"], away["retryable"]) == ("PROVIDER_UNAVAILABLE", True)
    await browser.meets()
    later = await browser.finished(begun, answer)
    assert "accessToken" in later, later


@pytest.mark.parametrize("name", ["500", "404", "malformed", "foreign_endpoint"])
async def test_a_document_that_is_no_document_begins_nothing(browser: Browser, name: str) -> None:
    await browser.meets(fault(name, "/.well-known/openid-configuration"))
    away = await browser.begun()
    assert (away["code"], away["retryable"]) == ("PROVIDER_UNAVAILABLE", True)
    assert "authorizationUrl" in await browser.begun()


@pytest.mark.env(
    SIGN_IN_REDIRECT_URIS=REDIRECT, SIGN_IN_PROVIDERS=elsewhere(f"http://127.0.0.1:{free_port()}")
)
async def test_a_provider_that_is_not_there(browser: Browser) -> None:
    assert (await browser.begun())["code"] == "PROVIDER_UNAVAILABLE"


async def test_what_only_the_user_info_tells_is_asked_there(browser: Browser) -> None:
    await browser.meets(fault("user_info_only"))
    made = await browser.signed_in()
    assert (made["customer"]["email"], made["customer"]["name"]) == (MINA["email"], "미나")


@pytest.mark.env(SIGN_IN_REDIRECT_URIS=REDIRECT, ACCOUNTS_PER_CLIENT="2")
@pytest.mark.usefixtures("still")
async def test_beginning_is_limited(browser: Browser) -> None:
    told = [code(await browser.begun()) for _ in range(3)]
    assert told == [None, None, "RATE_LIMITED"]


async def test_old_states_are_forgotten(door: Door, browser: Browser) -> None:
    begun = await browser.begun()
    answer = await browser.code(begun)
    door.later(minutes=11)
    async with door.begin() as uow:
        await account.forget_old(uow)
    assert code(await browser.finished(begun, answer)) == "SIGN_IN_STATE_INVALID"


@pytest.mark.parametrize(
    ("issuer", "url", "fine"),
    [
        ("https://accounts.google.com", "https://oauth2.googleapis.com/token", True),
        ("https://kauth.kakao.com", "https://kauth.kakao.com/oauth/token", True),
        ("https://10.0.0.7", "https://10.0.0.7/token", True),
        ("https://accounts.google.com", "http://oauth2.googleapis.com/token", False),
        ("https://accounts.google.com", "https://169.254.169.254/token", False),
        ("https://accounts.google.com", "https://[::1]/token", False),
        ("https://accounts.google.com", "https://localhost/token", False),
        ("https://accounts.google.com", "file:///etc/passwd", False),
        ("http://127.0.0.1:81", "http://127.0.0.1:82/token", False),
        ("http://127.0.0.1:81", "https://oauth2.googleapis.com/token", False),
        ("https://accounts.google.com", None, False),
    ],
)
def test_where_an_endpoint_may_be(issuer: str, url: str | None, fine: bool) -> None:
    if fine:
        _check(issuer, url)
        return
    with pytest.raises(IdentityUnavailable):
        _check(issuer, url)


def test_settings_that_lead_nowhere_stop_the_start() -> None:
    plain = elsewhere("http://id.example")
    live = Settings(environment="production", sign_in_providers=plain)  # type: ignore[arg-type]
    with pytest.raises(SettingsUnusable, match="https"):
        OpenIdConnect(live)
    twice = plain[:-1] + "," + plain[1:]
    with pytest.raises(SettingsUnusable, match="same name"):
        OpenIdConnect(Settings(environment="test", sign_in_providers=twice))  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        Settings(sign_in_providers='[{"name": "x", "issuer": "ftp://x", "client_id": "y"}]')  # type: ignore[arg-type]
