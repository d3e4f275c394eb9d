"""Postgres is stopped at once in the middle of paying: nothing that was said is unsaid (row 13)."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from app import App
from core.migrate import upgrade
from sandbox.postgres import Postgres
from sandbox.stack import Stack
from sandbox.stripe.server import StripeControl
from services import payment
from services.account import SANDBOX_PASSWORD
from tests.checkout.till import SEE, pay, proven, ready
from tests.conftest import World
from tests.support.api import Api, Refused, key
from tests.support.books import mistakes_at_rest
from tests.support.proxy import Proxy, Trap, proxied
from tests.support.serve import serving
from tests.support.settings import settings_of
from workers import seed

CREATE = "^/v1/payment_intents$"


@dataclass
class Counter:
    """A shop whose Postgres is its own, and whose way to the provider can be watched."""

    world: World
    host: App
    minsu: Api
    postgres: Postgres
    traps: list[Trap]

    def crash(self) -> None:
        """Stop Postgres as `pg_ctl stop -m immediate` does, and start it."""
        self.postgres.stop("immediate")
        self.postgres.start()

    def crash_when(self, moment: str) -> None:
        """Do so when the provider is asked for the next charge, or when it has made it."""

        def act(_: Proxy) -> None:
            self.postgres.stop("immediate")

        after = act if moment == "charged" else None
        before = act if moment == "asked" else None
        self.traps.append(Trap("POST", CREATE, before=before, after=after))

    async def paid(self, seen: Any, same: str) -> Any:
        """Pay as an app does: what passes is tried again with the same key."""
        async with asyncio.timeout(60):
            while True:
                try:
                    return await pay(self.minsu, seen, idempotencyKey=same)
                except Refused as error:
                    if error.code != "SERVICE_UNAVAILABLE":
                        raise
                await asyncio.sleep(0.05)

    async def books(self) -> list[str]:
        """What is wrong once a worker has looked payments up."""
        rows = await asyncpg.connect(self.world.dsn)
        for row in await rows.fetch("select id from payments where due_at is not null"):
            await payment.reconcile(self.host.begin, self.host.gateways.payments, row["id"])
        calls = StripeControl(self.world.stack.env["STRIPE_BASE_URL"]).calls()
        try:
            return await mistakes_at_rest(rows, calls)
        finally:
            await rows.close()


@pytest_asyncio.fixture(loop_scope="session")
async def counter(world: World) -> AsyncIterator[Counter]:
    """A shop on a Postgres that keeps what it commits."""
    traps: list[Trap] = []
    with (
        tempfile.TemporaryDirectory(prefix="nerdx-tests-") as folder,
        Stack(Path(folder), graph=None, durable=True, given=others(world.stack)) as own,
    ):
        async with proxied(world.env["STRIPE_BASE_URL"], traps) as door:
            world.env |= {**own.env, "STRIPE_BASE_URL": door.url}
            settings = settings_of(world.env)
            await upgrade(settings)
            assert await seed.run(settings) == 0
            async with serving(settings) as host, Api(world.url) as minsu:
                await minsu.sign_in("demo-minsu@example.com", SANDBOX_PASSWORD)
                await proven(host.begin, minsu.customer_id or "")
                yield Counter(world, host, minsu, own.postgres, traps)


def others(stack: Stack) -> dict[str, str]:
    """The servers of the whole run that are used here too: all but Postgres."""
    return {name: value for name, value in stack.env.items() if name != "DATABASE_URL"}


async def test_an_order_that_was_told_is_there_afterwards(counter: Counter) -> None:
    seen, same = await ready(counter.minsu), key()
    first = await counter.paid(seen, same)
    assert first["order"]["status"] == "PAID"
    await asyncio.to_thread(counter.crash)
    assert await counter.paid(seen, same) == first
    again = await counter.paid(await ready(counter.minsu), key())
    assert again["order"]["status"] == "PAID"
    assert await counter.books() == []


@pytest.mark.parametrize("moment", ["asked", "charged"])
async def test_a_crash_in_the_middle_of_paying_charges_once(counter: Counter, moment: str) -> None:
    seen, same = await ready(counter.minsu), key()
    counter.crash_when(moment)
    with pytest.raises(Refused) as refused:
        await pay(counter.minsu, seen, idempotencyKey=same)
    assert refused.value.code == "SERVICE_UNAVAILABLE"
    await asyncio.to_thread(counter.postgres.start)
    assert (await counter.paid(seen, same))["order"]["status"] == "PAID"
    assert await counter.books() == []


async def test_who_does_not_ask_again_has_an_order_all_the_same(counter: Counter) -> None:
    seen = await ready(counter.minsu)
    counter.crash_when("charged")
    with pytest.raises(Refused):
        await pay(counter.minsu, seen)
    await asyncio.to_thread(counter.postgres.start)
    assert await counter.books() == []
    assert (await counter.minsu.one(SEE, id=seen["id"]))["order"]["status"] == "PAID"
