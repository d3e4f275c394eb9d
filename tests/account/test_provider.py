"""Signing in with a provider, through the door: who is let in, linked, upgraded and refused."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import func, select, text

from models.account import Customer, Identity, SignInState
from sandbox.stack import Stack
from tests.account.door import (
    CHANGE_PASSWORD,
    DELETE,
    GUEST,
    ME,
    PASSWORD,
    REGISTER,
    SIGN_IN,
    UPDATE,
    Door,
    code,
    member,
)
from tests.account.provider import FINISH, MINA, REDIRECT, WAYS, Browser

pytestmark = pytest.mark.env(SIGN_IN_REDIRECT_URIS=REDIRECT)


@pytest_asyncio.fixture(loop_scope="session")
async def browser(door: Door, stack: Stack) -> AsyncIterator[Browser]:
    """Someone at the provider."""
    someone = Browser(door, stack)
    await someone.meets()
    yield someone
    await someone.meets()


async def count(door: Door, table: type[Customer | Identity | SignInState]) -> int:
    async with door.db.read() as session:
        return int(await session.scalar(select(func.count()).select_from(table)) or 0)


async def test_the_first_sign_in_makes_a_member_and_the_next_finds_them(
    door: Door, browser: Browser
) -> None:
    shown = await door.did("{ signInProviders { name label } }")
    assert shown == [{"name": "sandbox", "label": "Sandbox sign-in"}]
    made = await browser.signed_in()
    assert made["customer"]["email"] == "mina@example.com"
    assert made["customer"]["name"] == "미나"
    assert made["customer"]["isGuest"] is False
    again = await browser.signed_in(**{**MINA, "email": "mina.new@example.com"})
    assert again["customer"] == made["customer"], "the subject counts, not the address"
    ways = await door.did(WAYS, again["accessToken"])
    assert ways["hasPassword"] is False
    assert [one["provider"] for one in ways["linkedProviders"]] == ["sandbox"]


async def test_what_is_asked_of_the_provider(door: Door, browser: Browser) -> None:
    begun = await browser.begun()
    asked = begun["authorizationUrl"]
    for part in ("response_type=code", "code_challenge_method=S256", "code_challenge=", "nonce="):
        assert part in asked
    assert asked.startswith(f"{browser.url}/authorize?")
    async with door.db.read() as session:
        kept = (await session.scalars(select(SignInState))).one()
    assert begun["state"] not in (kept.id, kept.nonce, kept.verifier)
    assert kept.verifier not in asked


async def test_only_known_providers_and_known_addresses(browser: Browser) -> None:
    unknown = await browser.begun(provider="somebody")
    assert (unknown["code"], unknown["field"]) == ("NOT_FOUND", "input.provider")
    for uri in ("https://evil.example/", REDIRECT + "/", REDIRECT.upper(), "", "javascript:1"):
        refused = await browser.begun(redirectUri=uri)
        assert (refused["code"], refused["field"]) == ("INVALID_INPUT", "input.redirectUri")


async def test_a_state_is_good_once_and_for_ten_minutes(door: Door, browser: Browser) -> None:
    begun = await browser.begun()
    answer = await browser.code(begun)
    assert "accessToken" in await browser.finished(begun, answer)
    for state in (begun["state"], "never begun", ""):
        refused = await door.did(FINISH, state=state, code=answer)
        assert (refused["code"], refused["field"]) == ("SIGN_IN_STATE_INVALID", "input.state")
    late = await browser.begun()
    answer = await browser.code(late)
    door.later(minutes=10, seconds=1)
    assert code(await browser.finished(late, answer)) == "SIGN_IN_STATE_INVALID"


async def test_a_state_belongs_to_who_began(door: Door, browser: Browser) -> None:
    kim = (await member(door, "kim@example.com"))["accessToken"]
    guest = (await door.did(GUEST))["accessToken"]
    for beginner, others in ((None, (kim, guest)), (kim, (None, guest)), (guest, (None, kim))):
        begun = await browser.begun(beginner)
        answer = await browser.code(begun, sub=f"x-{beginner}"[:20])
        for other in others:
            refused = await browser.finished(begun, answer, other)
            assert code(refused) == "SIGN_IN_STATE_INVALID"
        assert "accessToken" in await browser.finished(begun, answer, beginner)


async def test_a_code_is_good_once_and_for_its_own_sign_in(browser: Browser) -> None:
    first, second = await browser.begun(), await browser.begun()
    answer = await browser.code(first)
    stolen = await browser.finished(second, answer)
    assert (stolen["code"], stolen["retryable"]) == ("PROVIDER_REFUSED", False)
    for given in (answer, "", "x" * 5_000):
        begun = await browser.begun()
        assert code(await browser.finished(begun, given)) == "PROVIDER_REFUSED"


async def test_an_account_with_the_same_address_is_not_taken_over(
    door: Door, browser: Browser
) -> None:
    owner = await member(door, "mina@example.com")
    guest = (await door.did(GUEST))["accessToken"]
    for token in (None, guest):
        refused = await browser.signed_in(token)
        assert (refused["code"], refused["retryable"]) == ("ACCOUNT_EXISTS", False)
    loud = await browser.signed_in(**{**MINA, "email": "MINA@Example.com"})
    assert code(loud) == "ACCOUNT_EXISTS"
    assert await count(door, Identity) == 0
    linked = await browser.signed_in(owner["accessToken"])
    assert linked["customer"]["id"] == owner["customer"]["id"]
    back = await browser.signed_in()
    assert back["customer"]["id"] == owner["customer"]["id"]
    assert await door.did(SIGN_IN, email="mina@example.com", password=PASSWORD)


async def test_an_address_nobody_verified_counts_for_nothing(door: Door, browser: Browser) -> None:
    await member(door, "mina@example.com")
    made = await browser.signed_in(**{**MINA, "email_verified": "false"})
    assert made["customer"]["email"] is None
    async with door.db.read() as session:
        assert await session.scalar(select(func.count()).where(Customer.email.is_not(None))) == 7


async def test_a_member_links_a_provider_soon_after_signing_in(
    door: Door, browser: Browser
) -> None:
    kim = await member(door, "kim@example.com")
    door.later(minutes=5, seconds=1)
    stale = await browser.begun(kim["accessToken"])
    assert stale["code"] == "REAUTHENTICATION_NEEDED"
    fresh = await door.did(SIGN_IN, email="kim@example.com", password=PASSWORD)
    linked = await browser.signed_in(fresh["accessToken"])
    assert linked["customer"]["email"] == "kim@example.com"
    assert (await door.did(WAYS, linked["accessToken"]))["hasPassword"] is True
    lee = await member(door, "lee@example.com")
    taken = await browser.signed_in(lee["accessToken"])
    assert taken["code"] == "IDENTITY_TAKEN"
    assert await count(door, Identity) == 1


async def test_a_guest_becomes_a_member_and_stays_the_same(door: Door, browser: Browser) -> None:
    guest = await door.did(GUEST)
    token = guest["accessToken"]
    await door.did(UPDATE, token, input={"preferences": ["dry"], "birthDate": "1990-02-03"})
    made = await browser.signed_in(token)
    assert made["customer"]["id"] == guest["customer"]["id"]
    assert made["customer"]["preferences"] == ["dry"]
    assert made["customer"]["isGuest"] is False
    assert await door.errors(ME, token) == ["TOKEN_INVALID"]
    other = (await door.did(GUEST))["accessToken"]
    known = await browser.signed_in(other)
    assert known["customer"]["id"] == made["customer"]["id"], "an older account is found"
    assert (await door.did(ME, other))["isGuest"] is True


async def test_finished_at_the_same_time_one_account_is_made(door: Door, browser: Browser) -> None:
    before = await count(door, Customer)
    begun = [await browser.begun() for _ in range(8)]
    codes = [await browser.code(one) for one in begun]
    pairs = zip(begun, codes, strict=True)
    made = await asyncio.gather(*(browser.finished(one, answer) for one, answer in pairs))
    assert len({one["customer"]["id"] for one in made}) == 1
    again = await browser.begun()
    answer = await browser.code(again)
    same = await asyncio.gather(*(browser.finished(again, answer) for _ in range(8)))
    assert sorted(str(code(one)) for one in same) == ["None"] + ["SIGN_IN_STATE_INVALID"] * 7
    assert await count(door, Identity) == 1
    assert await count(door, Customer) == before + 1


async def test_without_a_password_a_fresh_sign_in_confirms(door: Door, browser: Browser) -> None:
    made = await browser.signed_in()
    token = made["accessToken"]
    assert code(await door.did(REGISTER, email=MINA["email"], password=PASSWORD)) == "EMAIL_TAKEN"
    door.later(minutes=5, seconds=1)
    for query, given in ((DELETE, {}), (CHANGE_PASSWORD, {"new": "another horse 7"})):
        refused = await door.did(query, token, **given)
        assert refused["code"] == "REAUTHENTICATION_NEEDED"
    fresh = (await browser.signed_in())["accessToken"]
    changed = await door.did(CHANGE_PASSWORD, fresh, new="another horse 7")
    token = changed["accessToken"]
    assert (await door.did(WAYS, token))["hasPassword"] is True
    assert (await door.did(DELETE, token))["code"] == "BAD_CREDENTIALS"
    assert (await door.did(DELETE, token, password="another horse 7"))["signature"]


async def test_without_an_address_there_is_no_password_to_set(door: Door, browser: Browser) -> None:
    made = await browser.signed_in(sub="no-mail")
    refused = await door.did(CHANGE_PASSWORD, made["accessToken"], new="another horse 7")
    assert (refused["code"], refused["field"]) == ("INVALID_INPUT", "input.newPassword")


async def test_deleting_erases_what_the_provider_said(door: Door, browser: Browser) -> None:
    someone = {"sub": "canary-subject", "email": "canary@example.com", "email_verified": "true"}
    made = await browser.signed_in(**someone, name="Canary")
    pending = await browser.begun(made["accessToken"])
    receipt = await door.did(DELETE, made["accessToken"])
    assert receipt["subject"] == made["customer"]["id"]
    answer = await browser.code(pending, **someone)
    assert await door.errors(FINISH, made["accessToken"], state=pending["state"], code=answer) == [
        "TOKEN_INVALID"
    ]
    async with door.db.read() as session:
        for table in ("customers", "identities", "sign_in_states", "outbox", "erasure_receipts"):
            kept = str((await session.execute(text(f"select t::text from {table} t"))).all())
            assert "canary" not in kept.lower(), table
    again = await browser.signed_in(**someone)
    assert again["customer"]["id"] != made["customer"]["id"]
