"""What time brings about: lapsed reservations are swept, and customers hear of what is back."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from core.bus import Bus
from models.notification import Notification
from models.stock import Reservation, RestockNotice
from services import stock
from tests.catalogue.door import until
from tests.conftest import World
from tests.stock.shop import BOX, MINI, Shop
from tests.support.api import Api, key, person
from tests.support.serve import Program

ASK = """mutation ($i: RestockNoticeInput!) { restockNotice(input: $i) {
  __typename ... on RestockSubscription { id variant { id } } ... on UserError { code field } } }"""
TOLD = "subscription { notifications { kind title body subject { id } } }"
NODE = "query ($id: ID!) { node(id: $id) { ... on RestockSubscription { id variant { id } } } }"
LATER = 20.0


async def rows(shop: Shop, model: Any) -> int:
    async with shop.db.read() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def wait_for(api: Api, variant_id: str, **more: Any) -> Any:
    return await api.one(ASK, i={"variantId": variant_id, "idempotencyKey": key(), **more})


async def mails(api: Api, shop: Shop, to: str) -> list[dict[str, str]]:
    kept = (await api.http.get(shop.settings.mail_url or "")).json()
    kept = kept["messages"] if isinstance(kept, dict) else kept
    return [one for one in (one.get("message", one) for one in kept) if one["to"] == to]


@pytest.fixture
def relay(world: World, shop: Shop) -> Program:
    """A relay, as a real process."""
    return world.program("relay")


@pytest.mark.usefixtures("relay")
async def test_a_lapsed_reservation_is_swept_and_told(shop: Shop, world: World) -> None:
    kept = await shop.reserve({MINI: 1}, seconds=600)
    bus = Bus(world.settings)
    id = "chk_01k3v9y7q2c8x4m6n0p5r7t9wz"
    async with bus.watch(f"checkout:{id}") as watch:
        async with shop.begin() as uow:
            await stock.reserve(uow, id, {MINI: 2, BOX: 1}, until=shop.soon(1))
        event = await asyncio.wait_for(watch.next(), LATER)
    await bus.close()
    assert event is not None
    assert event["checkout_id"] == id
    async with shop.db.read() as session:
        assert (await session.scalars(select(Reservation.id))).all() == [kept]
    assert (await shop.read(MINI))["reserved"] == 1
    await shop.check()


async def test_a_sweep_renews_sums_of_lots_that_expired(shop: Shop) -> None:
    await shop.later(days=31)
    async with shop.begin() as uow:
        assert await stock.sweep(uow) > 0
    async with shop.begin() as uow:
        assert await stock.sweep(uow) == 0
    async with shop.db.read() as session:
        assert MINI in await stock.low(session)
    assert await shop.availability(MINI) == "SOLD_OUT"
    await shop.check()


@pytest.mark.usefixtures("workers")
async def test_told_once_when_it_is_back(shop: Shop, world: World, minsu: Api) -> None:
    await shop.has(MINI, 0)
    given = {"idempotencyKey": key()}
    asked = await wait_for(minsu, MINI, **given)
    assert asked["variant"] == {"id": MINI}
    again = await wait_for(minsu, MINI)
    assert again["id"] == asked["id"] == (await minsu.one(NODE, id=asked["id"]))["id"]
    assert await shop.staff.one(NODE, id=asked["id"]) is None
    before = len(await mails(minsu, shop, "demo-minsu@example.com"))
    news = aiter(minsu.follow(TOLD))
    first = asyncio.ensure_future(anext(news))
    async with asyncio.timeout(LATER):
        while not any("notifications" in t for t in shop.host.bus._watches):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await shop.has(MINI, 3)
    told = (await asyncio.wait_for(first, LATER))["notifications"]
    assert (told["kind"], told["subject"]) == ("RESTOCKED", {"id": MINI})
    assert told["body"].startswith("You can buy “NERD6")

    async def mailed() -> bool:
        return len(await mails(minsu, shop, "demo-minsu@example.com")) == before + 1

    await until(mailed)
    mail = (await mails(minsu, shop, "demo-minsu@example.com"))[0]
    assert mail["subject"] == "기다리시던 술이 들어왔어요"
    assert await minsu.one(NODE, id=asked["id"]) is None
    assert (await wait_for(minsu, MINI, **given))["id"] == asked["id"]
    await shop.has(MINI, 0)
    await shop.has(MINI, 5)
    async with shop.begin() as uow:
        assert await stock.tell_restocked(uow) == 0
    assert await rows(shop, Notification) == 1
    await news.aclose()


async def test_back_is_what_can_be_bought(shop: Shop, world: World, minsu: Api) -> None:
    """Of a bundle every part, and nothing that others hold."""

    async def told() -> int:
        async with shop.begin() as uow:
            return await stock.tell_restocked(uow)

    await shop.has(MINI, 0)
    async with person(world.url) as guest:
        await guest.guest()
        for api in (minsu, guest):
            for id in (BOX, MINI):
                assert (await wait_for(api, id))["__typename"] == "RestockSubscription"
    assert await told() == 0
    await shop.has(MINI, 1)
    held = await shop.reserve({MINI: 1})
    assert await told() == 0
    assert await rows(shop, RestockNotice) == 4
    async with shop.begin() as uow:
        await stock.release(uow, held)
    assert sum(await asyncio.gather(told(), told(), told())) + await told() == 4
    assert await rows(shop, RestockNotice) == 0
    assert await rows(shop, Notification) == 4


@pytest.mark.usefixtures("still")
async def test_refused_notices(shop: Shop, world: World, minsu: Api) -> None:
    for id in ("nothing", "", "막걸리", "nerd6-daily"):
        refused = await wait_for(minsu, id)
        assert (refused["code"], refused["field"]) == ("NOT_FOUND", "input.variantId")
    one = key()
    await wait_for(minsu, MINI, idempotencyKey=one)
    conflict = await wait_for(minsu, BOX, idempotencyKey=one)
    assert conflict["code"] == "IDEMPOTENCY_CONFLICT"
    codes = {(await wait_for(minsu, MINI)).get("code") for _ in range(60)}
    assert "RATE_LIMITED" in codes
    async with person(world.url) as stranger:
        answer = await stranger.answer(ASK, i={"variantId": MINI, "idempotencyKey": "x"})
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_who_left_waits_for_nothing(shop: Shop, world: World) -> None:
    async with person(world.url) as guest:
        await guest.guest()
        await wait_for(guest, MINI)
        assert await rows(shop, RestockNotice) == 1
        gone = await guest.one("mutation { deleteAccount { __typename } }")
        assert gone == {"__typename": "ErasureReceipt"}
    assert await rows(shop, RestockNotice) == 0
