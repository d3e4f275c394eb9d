"""What a guest brings to the account that turns out to be theirs."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select, text

from models.account import AccountSession
from sandbox.stack import Stack
from tests.account.door import GUEST, PASSWORD, SIGN_IN, Door, member
from tests.account.provider import REDIRECT, Browser

pytestmark = pytest.mark.env(SIGN_IN_REDIRECT_URIS=REDIRECT)
START = """mutation ($key: String!) { startCheckout(input: { idempotencyKey: $key
  lines: [{ variantId: "nerd12-signature-180", quantity: 1 }] }) { ... on Checkout { id } } }"""
CART = "{ me { checkout { id } } }"


@pytest_asyncio.fixture(loop_scope="session")
async def browser(door: Door, stack: Stack) -> AsyncIterator[Browser]:
    """Someone at the provider."""
    someone = Browser(door, stack)
    await someone.meets()
    yield someone


async def guest_with_cart(door: Door) -> tuple[str, Any]:
    """A guest's token, and the cart."""
    token = (await door.did(GUEST))["accessToken"]
    return token, (await door.did(START, token, key="a cart for a guest"))["id"]


async def cart(door: Door, token: str) -> Any:
    return (await door.did(CART, token))["checkout"]


async def sessions(door: Door) -> int:
    async with door.db.read() as session:
        return await session.scalar(select(func.count()).select_from(AccountSession)) or 0


async def test_a_provider_brings_the_cart_as_a_password_does(door: Door, browser: Browser) -> None:
    await browser.signed_in()
    token, id = await guest_with_cart(door)
    again = await browser.signed_in(token)
    assert again["customer"]["email"] == "mina@example.com"
    assert await cart(door, again["accessToken"]) == {"id": id}


async def test_a_guest_who_becomes_a_member_by_a_provider_keeps_the_cart(
    door: Door, browser: Browser
) -> None:
    token, id = await guest_with_cart(door)
    made = await browser.signed_in(token)
    assert await cart(door, made["accessToken"]) == {"id": id}


async def test_signing_in_brings_the_cart_or_does_not_happen(door: Door) -> None:
    await member(door, "kim@example.com")
    token, id = await guest_with_cart(door)
    before = await sessions(door)
    who = {"email": "kim@example.com", "password": PASSWORD}
    async with door.db.write.begin() as busy:
        await busy.execute(text("select id from checkouts where id = :id for update"), {"id": id})
        assert await door.errors(SIGN_IN, token, **who) == ["SERVICE_UNAVAILABLE"]
    assert await sessions(door) == before
    done = await door.did(SIGN_IN, token, **who)
    assert await cart(door, done["accessToken"]) == {"id": id}
