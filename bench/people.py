"""People who buy on and on, as an app does, and what all of them saw."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx2

from bench.shop import Buyer, Shop
from tests.checkout.till import COMPLETE, SEOUL, SMALL, START
from tests.support.api import Refused, key

AGAIN_SECONDS, PATIENCE_SECONDS = 0.25, 90.0
# What an app tries again, with the same key.
PASSING = frozenset({"SERVICE_UNAVAILABLE"})
CHANGED = "{ __typename ... on Checkout { id totals { total { amount } } deliveryOptions { id } } }"
ADDRESS = (
    f"""mutation ($i: SetCheckoutAddressInput!) {{ setCheckoutAddress(input: $i) {CHANGED} }}"""
)
DELIVERY = (
    f"mutation ($i: SetCheckoutDeliveryInput!) {{ setCheckoutDelivery(input: $i) {CHANGED} }}"
)


@dataclass
class Answer:
    """One answer: when it was asked for, and how long it took."""

    name: str
    at: float
    seconds: float
    code: str | None = None


@dataclass
class Diary:
    """What all buyers saw."""

    answers: list[Answer] = field(default_factory=list)
    acknowledged: dict[str, float] = field(default_factory=dict)
    ends: Counter[str] = field(default_factory=Counter)

    def codes(self) -> Counter[str]:
        """Every error, by its code."""
        return Counter(one.code for one in self.answers if one.code)

    def first_after(self, at: float) -> float | None:
        """How long after that time the first order was acknowledged."""
        later = [when - at for when in self.acknowledged.values() if when >= at]
        return min(later, default=None)

    def rate(self, since: float, until: float) -> float:
        """Orders a second in a span."""
        some = sum(since <= at < until for at in self.acknowledged.values())
        return some / (until - since)

    def waits(self, name: str, since: float, until: float) -> list[float]:
        """How long answers of a kind took that were asked for in a span."""
        return [one.seconds for one in self.answers if one.name == name and since <= one.at < until]


@dataclass
class Person:
    """Buys on and on, as an app does: what passes is tried again with the same key."""

    buyer: Buyer
    diary: Diary
    stop: asyncio.Event

    async def shop_on(self) -> None:
        """Buy until told to stop; what was begun is ended."""
        while not self.stop.is_set():
            self.diary.ends[await self.buy()] += 1

    async def buy(self) -> str:
        """Buy a bottle; tell what came of it."""
        first = {"lines": [{"variantId": SMALL, "quantity": 1}], "email": "buyer@example.com"}
        cart = await self.ask("startCheckout", START, **first)
        mine = {"checkoutId": cart["id"]}
        cart = await self.ask("setCheckoutAddress", ADDRESS, **mine, shipping=SEOUL)
        way = cart["deliveryOptions"][0]["id"]
        cart = await self.ask("setCheckoutDelivery", DELIVERY, **mine, deliveryOptionId=way)
        total = cart["totals"]["total"]["amount"]
        paying = {"paymentMethod": "pm_card_visa", "expectedTotal": total}
        done = await self.ask("completeCheckout", COMPLETE, **mine, **paying)
        if done.get("order"):
            loop = asyncio.get_running_loop()
            self.diary.acknowledged[done["order"]["id"]] = loop.time()
            return str(done["order"]["status"])
        return str(done["__typename"])

    async def ask(self, name: str, query: str, **given: Any) -> Any:
        """Ask until there is an answer. Raises TimeoutError."""
        asked = {"idempotencyKey": key(), **given}
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                with suppress(httpx2.HTTPError, ValueError):
                    if (answer := await self.once(name, query, asked)) is not None:
                        return answer
                await asyncio.sleep(AGAIN_SECONDS)

    async def once(self, name: str, query: str, asked: dict[str, Any]) -> Any:
        """Ask once; None is for what may be asked again."""
        loop = asyncio.get_running_loop()
        told = Answer(name, loop.time(), 0.0)
        self.diary.answers.append(told)
        try:
            return await self.buyer.one(query, i=asked)
        except Refused as error:
            told.code = error.code
            if error.code not in PASSING:
                raise
        except (httpx2.HTTPError, ValueError) as error:
            told.code = type(error).__name__
            raise
        finally:
            told.seconds = loop.time() - told.at
        return None


@dataclass
class Crowd:
    """Everybody who buys."""

    shop: Shop
    rows: asyncpg.Connection
    buyers: Sequence[Buyer]

    async def buy_while(self, work: Callable[[Diary], Awaitable[None]]) -> Diary:
        """Have all buy for as long as something takes; then let them end what they began."""
        diary, stop = Diary(), asyncio.Event()
        people = [asyncio.create_task(Person(b, diary, stop).shop_on()) for b in self.buyers]
        try:
            await work(diary)
        finally:
            stop.set()
            await asyncio.gather(*people)
        return diary
