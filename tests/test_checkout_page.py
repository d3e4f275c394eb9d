"""The checkout page in a real Chromium: bought by a person, and by an agent with its buyer."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from graphql import build_schema
from sqlalchemy import func, select, update

from app import App
from models.ar import UnlockCode
from models.catalogue import VariantPrice
from models.order import Order
from sandbox.ar import put_assets
from sandbox.stripe.server import StripeControl
from services import partner
from services.partner import SANDBOX_TOKEN_ID
from tests.acp.agent import SEOUL, Agent, codes
from tests.acp.test_sessions import granted
from tests.checkout.till import BOTTLE, SEE, addressed, start
from tests.conftest import World
from tests.support.api import TLS, Api
from tests.test_browser import TOOLS, Node, browser

__all__ = ["browser"]

ROOT = Path(__file__).resolve().parent.parent
DEADLINE_SECONDS = 240
ORDER = """query ($id: ID!) { order(id: $id) { id number status origin
  totals { total { amount } } unlockCodes { code status } } }"""
MISSING = {"ko": "주문서를 찾을 수 없어요", "en": "No such checkout"}
BUYERS = {
    "a customer in Korea": ("ko", "kr", "하나", "kr-chilled"),
    "a guest in America": ("en", "us", None, "us-ground"),
}
ADDRESSES = {
    "ko": "(04524) 서울특별시 중구 세종대로 110",
    "en": "85 Jay Street, Apt 9, Brooklyn, NY 11201",
}
UNPROVEN = {"ko": "은행 인증을 마치지 못해", "en": "did not get its answer"}
NO_MONEY = {"ko": "잔액이 모자라", "en": "not enough money"}


class Play:
    """A buyer at the page: a script that says what it saw, and waits for others meanwhile."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line(self) -> dict[str, Any]:
        """The next thing that it says."""
        assert self._process.stdout
        async with asyncio.timeout(DEADLINE_SECONDS):
            told = await self._process.stdout.readline()
        assert told, "the script ended without a word"
        return dict(json.loads(told))

    async def until_waiting(self) -> None:
        """Wait until it waits for somebody else."""
        told = await self.line()
        assert "waits" in told, told

    def go_on(self) -> None:
        """Let it go on."""
        assert self._process.stdin
        self._process.stdin.write(b"\n")


@asynccontextmanager
async def playing(
    node: Node, play: str, script: str = "buy.mjs", **task: object
) -> AsyncIterator[Play]:
    """Start a play of `tests/browser/buy.mjs`, or of another script there."""
    pictures = os.environ.get("BROWSER_PICTURES")
    told = {"play": play, **task, **({"pictures": pictures} if pictures else {})}
    process = await asyncio.create_subprocess_exec(
        *(node.node, script, json.dumps(told)),
        cwd=TOOLS,
        env=node.env,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    try:
        yield Play(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def played(node: Node, play: str, **task: object) -> dict[str, Any]:
    """Run a play to its end; return what it saw."""
    async with playing(node, play, **task) as one:
        return await one.line()


@pytest_asyncio.fixture(loop_scope="session")
async def bank(world: World, app: App) -> StripeControl:
    """The provider, telling this API what happens."""
    control = StripeControl(world.env["STRIPE_BASE_URL"])
    hook = f"{world.url}/webhooks/stripe"
    await asyncio.to_thread(control.webhook, hook, world.env["STRIPE_WEBHOOK_SECRET"])
    return control


def faults(seen: dict[str, Any]) -> list[str]:
    """What the pages did wrong; those of the provider's sandbox have no icon."""
    return [one for one in seen["faults"] if "favicon.ico" not in one]


async def charges(bank: StripeControl, checkout_id: str) -> int:
    """How often somebody paid for a checkout."""
    taken = (await asyncio.to_thread(bank.calls))["charges"]
    return sum(json.dumps(one).count(checkout_id) > 0 for one in taken)


async def codes_made(app: App) -> int:
    async with app.db.read() as session:
        return await session.scalar(select(func.count()).select_from(UnlockCode)) or 0


async def paid(app: App, checkout_id: str) -> int | None:
    async with app.db.read() as session:
        total = select(Order.total).where(Order.checkout_id == checkout_id)
        return await session.scalar(total)


def page_of(world: World, checkout_id: str) -> str:
    return f"{world.url}/checkout/{checkout_id}"


@pytest.mark.usefixtures("workers")
@pytest.mark.parametrize("buyer", ["a customer in Korea", "a guest in America"])
async def test_a_stranger_buys_and_opens_the_bottle(
    world: World,
    app: App,
    api: Api,
    bank: StripeControl,
    browser: Node,
    buyer: str,
) -> None:
    put_assets(world.settings)
    locale, api.headers["x-channel"], persona, way = BUYERS[buyer]
    cart = await start(api, (BOTTLE, 1))
    assert await codes_made(app) == 0
    task = {"url": page_of(world, cart["id"]), "locale": locale, "persona": persona}
    seen = await played(browser, "whole", **task, way=way)
    assert faults(seen) == []
    assert seen["lang"] == locale
    assert set(seen["problems"]) == {"AgeProofRequired", "AddressIncomplete", "DeliveryMissing"}
    assert ADDRESSES[locale] in seen["address"]
    assert seen["codeRefused"]
    assert seen["total"] == await paid(app, cart["id"])
    assert NO_MONEY[locale] in seen["declined"]
    assert UNPROVEN[locale] in seen["unproven"]
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", seen["order"])
    assert len(seen["codes"]) == await codes_made(app) == 1
    assert seen["qr"] > 100
    assert seen["scenes"] == 4
    assert seen["path"] == ""
    assert seen["fits"]
    assert await charges(bank, cart["id"]) == 1


@pytest.mark.usefixtures("workers", "bank")
async def test_an_agent_finishes_what_its_buyer_made_possible(
    world: World, app: App, browser: Node
) -> None:
    token = partner.secret_of(app.settings, SANDBOX_TOKEN_ID)
    async with Agent(world.url, token) as agent, Api(world.url) as hana:
        session = await agent.create(fulfillment_details=SEOUL)
        way = session["fulfillment_options"][0]
        chosen = {"type": way["type"], "option_id": way["id"]}
        ids = [line["id"] for line in session["line_items"]]
        session = await agent.update(
            session, selected_fulfillment_options=[{**chosen, "item_ids": ids}]
        )
        assert codes(session) == ["age_verification_required"]
        url = session["continue_url"]
        assert url == page_of(world, session["id"])
        async with playing(browser, "agent", url=url, locale="en", persona="하나") as buyer:
            await buyer.until_waiting()
            session = (await agent.get(f"/checkout_sessions/{session['id']}")).json()
            assert session["status"] == "ready_for_payment", session["messages"]
            assert await codes_made(app) == 0
            done = (await agent.pay(session, await granted(world))).json()
            assert done["status"] == "completed", done["messages"]
            seen = await buyer.line()
        assert faults(seen) == []
        assert seen["before"] == "Your agent put this together"
        assert seen["ready"] == "Your agent can finish now."
        await hana.sign_in("demo-hana@example.com", "nerdx-sandbox-only")
        order = await hana.one(ORDER, id=done["order"]["id"])
    assert (order["number"], order["origin"]) == (seen["order"], "AGENT")
    assert [one["code"] for one in order["unlockCodes"]] == seen["codes"]


async def test_a_guest_who_signs_in_keeps_the_checkout(
    world: World, api: Api, minsu: Api, browser: Node
) -> None:
    cart = await start(api, (BOTTLE, 2))
    url = page_of(world, cart["id"])
    seen = await played(browser, "member", url=url, locale="ko", persona="민수")
    assert faults(seen) == []
    assert seen["lines"] == ["너드12 시그니처 500ml"]
    assert (await minsu.one(SEE, id=cart["id"]))["lines"][0]["quantity"] == 2
    assert await api.one(SEE, id=cart["id"]) is None


@pytest.mark.parametrize("locale", ["ko", "en"])
async def test_others_see_what_they_see_of_nothing(
    world: World, api: Api, minsu: Api, browser: Node, locale: str
) -> None:
    theirs = await addressed(minsu, await start(minsu))
    absent = f"chk_{'0' * 26}"
    urls = [page_of(world, id) for id in (theirs["id"], absent)]
    async with httpx2.AsyncClient(verify=TLS) as http:
        first, second = [await http.get(url) for url in urls]
    assert (first.status_code, first.text, first.headers["cache-control"]) == (
        second.status_code,
        second.text,
        "no-store",
    )
    assert [await api.one(SEE, id=id) for id in (theirs["id"], absent)] == [None, None]
    seen = await played(browser, "others", urls=urls, locale=locale, persona="하나")
    assert faults(seen) == []
    stranger, signed_in, *of_absent = seen["told"]
    assert [stranger, signed_in] == of_absent
    assert MISSING[locale] in stranger
    assert MISSING[locale] in signed_in
    assert "세종대로" not in "".join(seen["told"])


@pytest.mark.usefixtures("workers")
async def test_a_lost_reply_and_two_tabs_pay_once(
    world: World, api: Api, bank: StripeControl, browser: Node
) -> None:
    cart = await addressed(api, await start(api))
    url = page_of(world, cart["id"])
    seen = await played(browser, "tabs", url=url, locale="ko", persona="민수")
    assert [one for one in faults(seen) if "ERR_CONNECTION_RESET" not in one] == []
    assert seen["lost"] == 1
    assert len(set(seen["orders"])) == 1
    assert await charges(bank, cart["id"]) == 1


@pytest.mark.usefixtures("workers", "bank")
async def test_a_price_that_changed_is_agreed_to_anew(
    world: World, app: App, api: Api, browser: Node
) -> None:
    cart = await addressed(api, await start(api))
    url = page_of(world, cart["id"])
    async with playing(browser, "price", url=url, locale="en", persona="민수") as buyer:
        await buyer.until_waiting()
        async with app.begin() as uow:
            row = update(VariantPrice).where(VariantPrice.variant_id == BOTTLE)
            row = row.where(VariantPrice.channel_id == "kr")
            await uow.session.execute(row.values(amount=19_000))
        buyer.go_on()
        seen = await buyer.line()
    assert faults(seen) == []
    assert "₩18,000 → ₩19,000" in seen["told"]
    assert (seen["before"], seen["after"]) == ("Pay ₩21,500", "Pay ₩22,500")


@pytest.mark.usefixtures("workers")
@pytest.mark.env(STRIPE_PUBLISHABLE_KEY="pk_test_ours")
async def test_stripes_form_pays_after_a_decline(
    world: World, api: Api, bank: StripeControl, browser: Node
) -> None:
    cart = await addressed(api, await start(api))
    provider = {"origin": world.env["STRIPE_BASE_URL"], "key": world.env["STRIPE_API_KEY"]}
    task = {"url": page_of(world, cart["id"]), "locale": "ko", "persona": "민수"}
    hosts = ["js.stripe.com", "api.stripe.com"]
    seen = await played(browser, "stripe", **task, stripe=provider, hosts=hosts)
    assert faults(seen) == []
    assert seen["form"] == "pk_test_ours payment 21500 krw"
    assert seen["declined"] == "Your card was declined."
    assert seen["order"]
    assert await charges(bank, cart["id"]) == 1


def test_every_problem_has_words_in_both_languages() -> None:
    text = (ROOT / "web" / "src" / "checkout" / "strings.ts").read_text(encoding="utf-8")
    korean, _, english = text.partition("const EN")
    schema = build_schema((ROOT / "graphql.schema").read_text(encoding="utf-8"))
    for kind in schema.get_type("CheckoutProblem").types:  # type: ignore[union-attr]
        for words in (korean, english):
            assert re.search(rf"\b{kind.name}: \"", words), kind.name


@pytest.mark.env(STRIPE_PUBLISHABLE_KEY="pk_test_ours")
async def test_only_a_key_lets_stripe_in(world: World, app: App) -> None:
    async with httpx2.AsyncClient(verify=TLS, base_url=world.url) as http:
        till = await http.get("/checkout/chk_nothing")
        other = await http.get("/ar/unlock")
    policy = till.headers["content-security-policy"]
    assert "script-src 'self' https://js.stripe.com https://*.js.stripe.com;" in policy
    assert "frame-src https://js.stripe.com" in policy
    assert "https://api.stripe.com" in policy
    assert "style-src 'self';" in policy
    assert 'name="nerdx-till" content="pk_test_ours"' in till.text
    assert "stripe" not in other.headers["content-security-policy"]


async def test_without_a_key_nothing_foreign_loads(world: World, app: App) -> None:
    async with httpx2.AsyncClient(verify=TLS, base_url=world.url) as http:
        till = await http.get("/checkout/chk_nothing")
    policy = till.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "frame-src" not in policy
    assert "stripe" not in policy
    assert 'name="nerdx-till" content="rehearsal"' in till.text
    assert not re.findall(r"""(?:src|href)="https?:""", till.text)
