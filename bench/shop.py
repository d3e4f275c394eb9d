"""The whole shop on this machine, and buyers of age who share one process and its connections."""

import asyncio
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx2

from bench.servers import Server, ours, run
from core.settings import ROOT
from sandbox.process import Process
from sandbox.providers import PAYMENTS_PATH
from sandbox.stack import Stack
from sandbox.state import State, free_port
from sandbox.stripe.server import StripeControl
from sandbox.supervisor import only_one
from services.account import SANDBOX_PASSWORD
from tests.stock.shop import COUNT, READ
from tests.support.api import Api, key

# What production has, but for the limits that one address has: here all buyers share it.
LIFTED = {
    "ENVIRONMENT": "test",
    "SANDBOX_SIGN_IN": "true",
    "PORTRAIT_SECRET": "a secret for this run only",
    "COMMERCE_SECRET": "another secret for this run only",
    "LOG_LEVEL": "WARNING",
    "ACCOUNTS_PER_CLIENT": "1000000",
    "CHECKOUTS_PER_CLIENT": "1000000",
    "ADDRESS_OPERATIONS_PER_MINUTE": "1000000",
    "ADDRESS_OPERATIONS_PER_HOUR": "1000000",
}
OF_AGE = """update customers set birth_date = '1990-01-01', age_verified_at = now()
  where id = any($1)"""
OWED = "select count(*) from outbox where lane <> 'graph'"


class Buyer(Api):
    """Somebody of age. What HTTP said is counted for all of them together."""

    def __init__(self, url: str, http: httpx2.AsyncClient, said: Counter[int]) -> None:
        self.base_url, self.http, self.said = url, http, said
        self.token = self.customer_id = None
        self.cart: dict[str, Any] = {}
        self.headers = {"accept-language": "ko", "x-channel": "kr"}

    async def answer(self, query: str, **variables: Any) -> dict[str, Any]:
        """Run an operation and return the whole answer. Raises httpx2.HTTPError, ValueError."""
        body = {"query": query, "variables": variables}
        answer = await self.http.post(f"{self.base_url}/graphql", json=body, headers=self.auth())
        self.said[answer.status_code] += 1
        return dict(answer.json())


@dataclass
class Shop:
    """Everything that runs."""

    stack: Stack
    env: Mapping[str, str]
    folder: Path
    api: Server
    crew: dict[str, Process] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the API is."""
        return self.env["PUBLIC_URL"]

    @property
    def dsn(self) -> str:
        """The address of Postgres for asyncpg."""
        return self.env["DATABASE_URL"].replace("postgresql+asyncpg://", "postgresql://")

    @property
    def bank(self) -> StripeControl:
        """The knobs and the books of the payment provider's sandbox."""
        return StripeControl(self.env["STRIPE_BASE_URL"])

    def start(self, name: str, **more: str) -> None:
        """Start one of our own processes, in place of the one of this name."""
        self.stop(name)
        argv, log = (sys.executable, ROOT / "cli.py", name), self.folder / "logs" / f"{name}.log"
        env = {**os.environ, **self.env, **more}
        self.crew[name] = Process(name, argv, env=env, cwd=ROOT, log=log, grace=25)
        self.crew[name].start()

    def stop(self, *names: str) -> None:
        """Stop some of them, or all."""
        gone = [self.crew.pop(name) for name in names or tuple(self.crew) if name in self.crew]
        for process in gone:
            process.request_stop()
        for process in gone:
            process.stop()


@contextmanager
def open_shop(name: str, *, durable: bool = False) -> Iterator[Shop]:
    """Start everything from nothing; stop all at the end."""
    folder = ROOT / ".nerdx" / name
    with ExitStack() as opened:
        opened.enter_context(only_one(folder))
        for old in ("state", "keys", "logs"):
            shutil.rmtree(folder / old, ignore_errors=True)
        state = State(folder / "state")
        port = free_port(set(state.ports.values()))
        url = f"http://127.0.0.1:{port}"
        stack = Stack(state, providers=True, durable=durable, webhook_url=f"{url}{PAYMENTS_PATH}")
        opened.enter_context(stack)
        own = {"REDIS_PREFIX": name, "TOKEN_KEYS_PATH": str(folder / "keys")}
        env = {**stack.env, **LIFTED, **own, "PORT": str(port), "PUBLIC_URL": url}
        for command in ("migrate", "seed", "rebuild-graph"):
            run(command, env)
        api = opened.enter_context(ours("api", env, port, folder / "logs"))
        shop = Shop(stack, env, folder, api)
        opened.callback(shop.stop)
        shop.start("worker")
        shop.start("relay")
        yield shop


async def gather(
    shop: Shop, http: httpx2.AsyncClient, rows: asyncpg.Connection, count: int
) -> list[Buyer]:
    """Have so many buyers come in, each with a guest's session and a proof of age."""
    said, room = Counter[int](), asyncio.Semaphore(4)
    buyers = [Buyer(shop.url, http, said) for _ in range(count)]

    async def come_in(buyer: Buyer) -> None:
        async with room:
            await buyer.guest()

    await asyncio.gather(*map(come_in, buyers))
    await rows.execute(OF_AGE, [buyer.customer_id for buyer in buyers])
    said.clear()
    return buyers


async def staff_of(shop: Shop, http: httpx2.AsyncClient) -> Api:
    """Sign somebody of the staff in."""
    staff = Buyer(shop.url, http, Counter())
    return await staff.sign_in("demo-staff@example.com", SANDBOX_PASSWORD)


async def has(staff: Api, rows: asyncpg.Connection, variant: str, units: int) -> None:
    """Have staff count the shelf until there are so many of a variant, or of a bundle's parts."""
    for part, each in await parts_of(rows, variant):
        first, *others = (await staff.one(READ, id=part))["lots"]
        for lot, wanted in [(first, units * each), *((lot, 0) for lot in others)]:
            asked = {"lotId": lot["id"], "counted": wanted, "idempotencyKey": key()}
            await staff.one(COUNT, i=asked)


async def left(rows: asyncpg.Connection, variant: str) -> int:
    """Return how many of a variant are there."""
    ask = "select coalesce(sum(on_hand), 0) from stock_lots where variant_id = $1"
    parts = await parts_of(rows, variant)
    return int(min([await rows.fetchval(ask, part) // each for part, each in parts]))


async def parts_of(rows: asyncpg.Connection, variant: str) -> Sequence[tuple[str, int]]:
    """Return what one unit of a variant draws on."""
    ask = "select part_id, quantity from bundle_parts where bundle_id = $1"
    return [tuple(row) for row in await rows.fetch(ask, variant)] or [(variant, 1)]


async def delivered(rows: asyncpg.Connection, seconds: float = 120) -> float:
    """Wait until the outbox owes nothing; return how long that took. Raises TimeoutError."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with asyncio.timeout(seconds):
        while await rows.fetchval(OWED):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return loop.time() - begun
