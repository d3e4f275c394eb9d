"""The product feed: files, the resource, and what hosts of agents are told; all by the schema."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from sqlalchemy import select, update

from app import App
from models.catalogue import Product, Variant, VariantPrice
from models.feed import FeedHost
from services import feed, partner
from services.acp.document import VERSION, validator
from services.partner import SANDBOX_TOKEN_ID
from services.partner.tokens import put
from tests.acp.agent import Agent
from tests.conftest import World
from tests.support.api import TLS

pytestmark = pytest.mark.just_seeded
PRODUCT, BOTTLE, SMALL = "nerd15-clear", "nerd15-clear-375", "nerd6-daily-180"
MINUTE = 60.0


def valid(name: str, body: Any) -> Any:
    """Fail unless it is what the schema of feeds says."""
    faults = [
        f"{one.json_path}: {one.message}" for one in validator(name, "feed").iter_errors(body)
    ]
    assert faults == [], (faults, body)
    return body


async def until[T](ask: Callable[[], Awaitable[T | None]], seconds: float = MINUTE) -> T:
    """Wait until a question has an answer."""
    async with asyncio.timeout(seconds):
        while True:
            if (found := await ask()) is not None:
                return found
            await asyncio.sleep(0.2)


class Reader:
    """Somebody who reads the files, and believes none that breaks the schema."""

    def __init__(self, world: World) -> None:
        self.http = httpx2.AsyncClient(verify=TLS, base_url=f"{world.url}/acp/feed")

    async def file(self, channel: str = "kr", **headers: str) -> httpx2.Response:
        return await self.http.get("/products.jsonl", params={"channel": channel}, headers=headers)

    async def products(self, channel: str = "kr") -> dict[str, Any]:
        answer = await self.file(channel)
        assert answer.status_code == 200, answer.text
        lines = [valid("Product", json.loads(line)) for line in answer.text.splitlines()]
        assert len({one["id"] for one in lines}) == len(lines)
        return {one["id"]: one for one in lines}

    async def variant(self, id: str) -> dict[str, Any] | None:
        """A variant as the file has it now."""
        found = [one for product in (await self.products()).values() for one in product["variants"]]
        return next((one for one in found if one["id"] == id), None)

    async def status(self, id: str) -> str | None:
        found = await self.variant(id)
        return found["availability"]["status"] if found else None


async def refresh(app: App) -> None:
    """Look at prices and stock, as the relay does again and again."""
    async with app.begin() as uow:
        await feed.refresh(uow, app.settings)


@pytest_asyncio.fixture(loop_scope="session")
async def reader(world: World, app: App) -> AsyncIterator[Reader]:
    """A reader, once there is something to read."""
    await refresh(app)
    one = Reader(world)
    async with one.http:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def relay(world: World, reader: Reader, app: App) -> None:
    """A relay, as a real process, that has begun to look at prices and stock."""
    begun = app.begin.now()
    world.program("relay")

    async def looked() -> bool | None:
        async with app.db.read() as session:
            found = await feed.find(session, "kr")
        return (found is not None and found.checked_at > begun) or None

    await until(looked)


@pytest_asyncio.fixture(loop_scope="session")
async def agent(world: World, app: App) -> AsyncIterator[Agent]:
    """The sandbox's agent."""
    async with Agent(world.url, partner.secret_of(app.settings, SANDBOX_TOKEN_ID)) as one:
        yield one


class Platform:
    """The sandbox's feeds, and this world's feed for Korea there."""

    def __init__(self, world: World, app: App) -> None:
        self._app, told = app, json.loads(world.env["ACP_FEED_PUSH"])[0]
        self.name, bearer = told["name"], f"Bearer {told['token']}"
        self.http = httpx2.AsyncClient(
            verify=TLS, base_url=told["url"], headers={"authorization": bearer}
        )

    async def id(self) -> str | None:
        async with self._app.db.read() as session:
            row = await session.scalar(select(FeedHost).where(FeedHost.id == self.name))
        return row.remote_id if row else None

    async def products(self) -> dict[str, Any]:
        id = await self.id()
        answer = await self.http.get(f"/feeds/{id}/products") if id else None
        if answer is None or answer.status_code == 404:
            return {}
        told = valid("ProductsResponse", answer.json())
        return {one["id"]: one for one in told["products"]}

    async def fail(self, **fault: Any) -> None:
        told = {"feed": await self.id(), "status": 503, "times": 1, **fault}
        (await self.http.post("/faults", json=told)).raise_for_status()

    async def full(self) -> dict[str, Any] | None:
        found = await self.products()
        return found if len(found) == 12 else None


@pytest_asyncio.fixture(loop_scope="session")
async def platform(world: World, relay: None, app: App) -> AsyncIterator[Platform]:
    """A platform that has heard of everything."""
    one = Platform(world, app)
    world.program("worker")
    async with one.http:
        await until(one.full)
        yield one


async def price(app: App, amount: int) -> None:
    """Sell the bottle at this price."""
    async with app.begin() as uow:
        mine = (VariantPrice.variant_id == BOTTLE, VariantPrice.channel_id == "kr")
        await uow.session.execute(update(VariantPrice).where(*mine).values(amount=amount))


async def withdraw(app: App) -> None:
    """Stop selling the product."""
    async with app.begin() as uow:
        gone = update(Product).where(Product.id == PRODUCT).values(active=False)
        await uow.session.execute(gone)


async def counted(world: World, name: str, host: str = "sandbox-kr") -> float:
    """What a metric says of a host."""
    async with httpx2.AsyncClient(verify=TLS) as http:
        text = (await http.get(f"{world.url}/metrics")).text
    wanted = f'{name}{{host="{host}"}} '
    found = (line for line in text.splitlines() if line.startswith(wanted))
    return float(next(found, " 0").rpartition(" ")[2])


async def test_the_files_are_what_the_schema_says(reader: Reader, agent: Agent) -> None:
    for channel, country, currency in (("kr", "KR", "KRW"), ("us", "US", "USD")):
        products = await reader.products(channel)
        assert len(products) == 12
        variants = [one for product in products.values() for one in product["variants"]]
        assert {one["price"]["currency"] for one in variants} == {currency}
        about = await reader.http.get("/metadata.json", params={"channel": channel})
        told = valid("FeedMetadata", about.json())
        assert (told["id"], told["target_country"]) == (channel, country)
        seen = await agent.create({"id": variants[0]["id"]}, currency=currency.lower())
        assert seen["line_items"][0]["unit_amount"] == variants[0]["price"]["amount"]
    assert len(await reader.products("apec")) == 12
    missing = await reader.file("nowhere")
    assert (missing.status_code, valid("Error", missing.json())["code"]) == (404, "feed_not_found")


async def test_who_has_the_file_is_not_sent_it_again(reader: Reader, app: App) -> None:
    first = await reader.file()
    assert first.headers["cache-control"] == "public, max-age=30"
    etag, changed = first.headers["etag"], first.headers["last-modified"]
    for known in ({"if-none-match": f'"x", {etag}'}, {"if-modified-since": changed}):
        again = await reader.file(**known)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    old = {"if-none-match": '"x"', "if-modified-since": changed}
    assert (await reader.file(**old)).status_code == 200
    assert (await reader.file(**{"if-modified-since": "yesterday"})).status_code == 200
    await refresh(app)
    assert (await reader.file(**{"if-none-match": etag})).status_code == 304
    await price(app, 30_000)
    await refresh(app)
    assert (await reader.file(**{"if-none-match": etag})).status_code == 200


@pytest.mark.usefixtures("relay")
async def test_prices_and_stock_are_told_within_a_minute(
    reader: Reader, agent: Agent, app: App
) -> None:
    found = await reader.variant(BOTTLE)
    assert found is not None
    assert (found["price"], found["availability"]["status"]) == (
        {"amount": 32_000, "currency": "KRW"},
        "in_stock",
    )
    assert found["unit_price"]["amount"] == 8_533
    begun = time.monotonic()
    await price(app, 31_000)

    async def cheaper() -> bool | None:
        seen = await reader.variant(BOTTLE)
        return (seen is not None and seen["price"]["amount"] == 31_000) or None

    await until(cheaper)
    cart = await agent.create({"id": BOTTLE})
    left = cart["line_items"][0]["available_quantity"]
    await agent.update(cart, line_items=[{"id": BOTTLE, "quantity": left}])

    async def sold_out() -> bool | None:
        return await reader.status(BOTTLE) == "out_of_stock" or None

    await until(sold_out)
    # A cache between may hold it for half a minute.
    assert time.monotonic() - begun < MINUTE - 30


async def test_what_is_withdrawn_leaves_the_file(reader: Reader, agent: Agent, app: App) -> None:
    await withdraw(app)
    async with app.begin() as uow:
        small = update(Variant).where(Variant.id == SMALL).values(active=False)
        await uow.session.execute(small)
    await refresh(app)
    assert PRODUCT not in await reader.products()
    assert (await reader.status(SMALL), await reader.status("nerd6-daily-750")) == (
        "discontinued",
        "in_stock",
    )
    headers = {**agent.headers, "api-version": VERSION}
    told = await agent.http.get("/feeds/kr/products", headers=headers)
    products = {one["id"]: one for one in valid("ProductsResponse", told.json())["products"]}
    assert len(products) == 12
    status = {one["availability"]["status"] for one in products[PRODUCT]["variants"]}
    assert status == {"discontinued"}
    about = await agent.http.get("/feeds/kr", headers=headers)
    assert valid("FeedMetadata", about.json())["id"] == "kr"


async def test_the_resource_is_for_partners_who_may(app: App, world: World) -> None:
    async with app.begin() as uow:
        await put(uow, app.settings, "ptk_cart", "cart", ["carts"], "test")
        await put(uow, app.settings, "ptk_feed", "feed", ["feed"], "test")
    async with Agent(world.url, partner.secret_of(app.settings, "ptk_cart")) as cart:
        assert (await cart.get("/feeds/kr")).status_code == 403
    async with Agent(world.url, partner.secret_of(app.settings, "ptk_feed")) as feed:
        missing = await feed.get("/feeds/nowhere/products")
        assert (missing.status_code, missing.json()["code"]) == (404, "feed_not_found")


async def test_hosts_hear_of_what_changed_and_of_nothing_else(
    platform: Platform, reader: Reader, app: App, world: World
) -> None:
    about = valid("FeedMetadata", (await platform.http.get(f"/feeds/{await platform.id()}")).json())
    assert about["target_country"] == "KR"
    assert await platform.products() == await reader.products()
    assert await counted(world, "feed_products_pushed_total") == 12
    await platform.fail(times=2)
    await price(app, 31_000)

    async def heard() -> bool | None:
        (bottle, *_) = (await platform.products())[PRODUCT]["variants"]
        return bottle["price"]["amount"] == 31_000 or None

    await until(heard)
    assert await counted(world, "feed_products_pushed_total") == 13
    assert await counted(world, "feed_push_failures_total") == 2
    await withdraw(app)

    async def gone() -> bool | None:
        told = (await platform.products())[PRODUCT]["variants"]
        return not any(one["availability"]["available"] for one in told) or None

    await until(gone)
    assert await counted(world, "feed_lag_seconds") == 0


async def test_one_product_that_is_refused_holds_up_no_other_and_a_lost_feed_is_made_anew(
    platform: Platform, app: App, world: World
) -> None:
    await platform.fail(status=400, times=99, product=PRODUCT)
    async with app.begin() as uow:
        raised = VariantPrice.amount + 100
        mine = VariantPrice.channel_id == "kr"
        await uow.session.execute(update(VariantPrice).where(mine).values(amount=raised))

    async def heard() -> bool | None:
        return await counted(world, "feed_products_refused_total") == 1 or None

    await until(heard)
    told = await platform.products()
    assert told[PRODUCT]["variants"][0]["price"]["amount"] == 32_000
    assert told["nerd6-daily"]["variants"][0]["price"]["amount"] == 6_600
    before = await platform.id()
    await platform.http.delete(f"/feeds/{before}")

    async def anew() -> bool | None:
        return (await platform.id() != before and await platform.full() is not None) or None

    await price(app, 31_000)
    await until(anew)
