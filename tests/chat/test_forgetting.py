"""RELIABILITY 48: who is erased stays so, whatever is sent again: chats, orders, all stores."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from app import App
from core.outbox import Task
from models.order import OrderStatus
from sandbox.stack import Stack
from sandbox.stripe.server import StripeControl
from services import order as orders
from services import world as graph
from services.account import SANDBOX_PASSWORD
from services.account.erase import EraseCustomer
from services.chat import AnswerChat, ForgetCalls, NoteOrder, SummarizeChat
from tests.catalogue.door import until
from tests.chat.conftest import Talk
from tests.chat.test_done import prepared
from tests.chat.test_memory import rows, runs, summary, told
from tests.chat.test_orders import bought, seen
from tests.conftest import World
from tests.payment.till import HOOK
from tests.recommendation.asked import asked as recommended
from tests.support.api import Api
from tests.world.test_people import DELETE

# Of nobody else: what was said, and where the parcel went.
CANARIES = ("카나리아", "세종대로", "김민수", "demo-minsu@example.com")
TABLES = "select table_name from information_schema.tables where table_schema = 'public'"
NODES = "MATCH (n) RETURN properties(n) AS told"
PAYMENT = "select provider_id from payments where order_id = :id"


async def in_postgres(app: App, canaries: Sequence[str] = CANARIES) -> dict[str, str]:
    """The tables that hold a canary, each with the first row that does."""
    found: dict[str, str] = {}
    for (table,) in await rows(app, TABLES):
        for (row,) in await rows(app, f"select to_jsonb(t)::text from {table} t"):
            if any(one in row for one in canaries):
                found.setdefault(table, row[:300])
    return found


async def in_redis(app: App, world: World, canaries: Sequence[str]) -> list[str]:
    """The keys of this test's corner of Redis that hold a canary."""
    redis, found = app.bus.redis, []
    async for key in redis.scan_iter(match=f"{world.env['REDIS_PREFIX']}*"):
        kept = await _kept(redis, key)
        if any(one in f"{key} {kept}" for one in canaries):
            found.append(f"{key}: {kept[:200]}")
    return found


async def cached(app: App, world: World, customer_id: str) -> list[str]:
    """The keys of Redis that name a customer, but for doorbells and news."""
    prefix = world.env["REDIS_PREFIX"]
    found = app.bus.redis.scan_iter(match=f"{prefix}:*{customer_id}*")
    passing = (f"{prefix}:topic:", f"{prefix}:dramatiq")
    return [key async for key in found if not key.startswith(passing)]


async def _kept(redis: Any, key: str) -> str:
    kind = await redis.type(key)
    if kind == "string":
        return str(await redis.get(key))
    if kind == "list":
        return str(await redis.lrange(key, 0, -1))
    if kind == "hash":
        return str(await redis.hgetall(key))
    if kind == "set":
        return str(await redis.smembers(key))
    if kind == "zset":
        return str(await redis.zrange(key, 0, -1))
    return str(await redis.xrange(key)) if kind == "stream" else ""


async def in_storage(app: App, canaries: Sequence[str]) -> list[str]:
    """The objects that hold a canary."""
    storage, found = app.gateways.storage, []
    for key in await storage.keys(""):
        body = await storage.get(key, 50_000_000)
        if any(one.encode() in body for one in canaries):
            found.append(key)
    return found


async def traces(
    app: App, world: World, logged: str, canaries: Sequence[str] = CANARIES
) -> dict[str, Any]:
    """Where a canary still is."""
    nodes = str(await app.graph.write(NODES))
    logs = "".join(path.read_text() for path in world.folder.glob("*.log")) + logged
    mine = [run for run in await runs(world) if any(one in str(run) for one in canaries)]
    found = {
        "postgres": await in_postgres(app, canaries),
        "redis": await in_redis(app, world, canaries),
        "graph": [one for one in canaries if one in nodes],
        "storage": await in_storage(app, canaries),
        "logs": [one for one in canaries if one in logs],
        "provider": [run["id"] for run in mine],
    }
    return {place: what for place, what in found.items() if what}


async def lived(api: Api, app: App) -> tuple[Talk, str]:
    """Talk, buy, and get the parcel; return the chat and the order."""
    chat, _ = await prepared(api, app)
    order = await bought(chat)
    await told(chat, "저는 카나리아를 키워요.", "제 카나리아는 노래해요.", *["고마워요."] * 6)
    for _ in range(6):
        if "카나리아" in (kept := await summary(app, chat)):
            break
        await told(chat, "고마워요.")
    assert "카나리아" in kept
    await seen(chat, "PAID")
    return chat, str(order["id"])


@pytest.mark.usefixtures("unheard")
@pytest.mark.env(CHAT_HISTORY_TOKENS="150")
async def test_nothing_brings_back_who_was_erased(
    engine: Stack,
    minsu: Api,
    workers: object,
    world: World,
    app: App,
    caplog: pytest.LogCaptureFixture,
) -> None:
    chat, order_id = await lived(minsu, app)
    me, prefix = str(minsu.customer_id), world.env["REDIS_PREFIX"]

    async def is_kept() -> bool:
        # What was made while a store was slow is not kept.
        assert await recommended(minsu)
        keys = {*await cached(app, world, me)}
        return {f"{prefix}:user:preference:{me}", f"{prefix}:rec:user:{me}"} <= keys

    await until(is_kept, 60)
    replies = [row.id for row in await rows(app, "select id from chat_messages")]
    calls = await rows(app, "select provider_id from chat_calls where provider_id is not null")
    provider_ids = [row.provider_id for row in calls]
    ((payment,),) = await rows(app, PAYMENT, id=order_id)
    assert {"chats", "chat_messages", "orders"} <= set(await in_postgres(app))
    assert "id" in await minsu.one(DELETE, password=SANDBOX_PASSWORD)
    async with app.begin() as uow:
        done = text("update orders set status = :status where id = :id")
        await uow.session.execute(done, {"status": OrderStatus.DELIVERED, "id": order_id})
        await orders.forget(uow)

    async def is_gone() -> bool:
        left = await cached(app, world, me)
        return not left and not await traces(app, world, caplog.text)

    try:
        await until(is_gone, 60)
    except TimeoutError:
        assert await traces(app, world, caplog.text) == {}
        assert await cached(app, world, me) == []
    again: list[Task] = [
        *(AnswerChat(id) for id in replies),
        SummarizeChat(chat.id),
        NoteOrder(order_id),
        ForgetCalls(provider_ids),
        EraseCustomer(me),
    ]
    async with app.begin() as uow:
        for task in again:
            uow.send(task)
        uow.send(orders.order_changed(order_id))
    assert await resent(world, payment) == {200}
    owed = "select count(*) from outbox where lane in ('task', 'event')"

    async def are_done() -> bool:
        ((left,),) = await rows(app, owed)
        queued = [key async for key in app.bus.redis.scan_iter(match=f"*{_queues(world)}*.msgs")]
        return left == 0 and not queued

    await until(are_done, 60)
    await graph.remake(app.db, app.graph)
    assert await traces(app, world, caplog.text) == {}
    kept = "select customer_id, email, shipping_address, total from orders where id = :id"
    ((customer, email, address, total),) = await rows(app, kept, id=order_id)
    assert (email, address) == (None, None), "the invoice is kept, and says nobody's name"
    assert total > 0
    erased = "select erased_at is not null, name, email from customers where id = :id"
    assert [tuple(row) for row in await rows(app, erased, id=customer)] == [(True, None, None)]
    assert await rows(app, "select 1 from chats") == []


def _queues(world: World) -> str:
    return f"{world.env['REDIS_PREFIX']}:dramatiq"


async def resent(world: World, payment: str) -> set[int]:
    """Have the payment provider send all that it said of a payment once more, twice."""
    bank = StripeControl(world.env["STRIPE_BASE_URL"])
    secret = world.env["STRIPE_WEBHOOK_SECRET"]
    await asyncio.to_thread(bank.webhook, world.url + HOOK, secret)
    try:
        events = [str(one["id"]) for one in await asyncio.to_thread(bank.events, payment)]
        assert events
        return set(await asyncio.to_thread(bank.send, events, 2))
    finally:
        await asyncio.to_thread(bank.webhook, None)
