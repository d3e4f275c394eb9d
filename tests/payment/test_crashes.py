"""Orders, money and stock under any history, by processes that die between any two steps (row 24).

`CRASH_RUNS` histories are drawn, 20 when it is not set.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any

import asyncpg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from core.errors import DomainError
from tests.checkout.till import proven
from tests.payment.mill import Mill
from tests.payment.mortal import POINTS, Killed
from tests.payment.till import Till
from tests.support.api import Api, key
from tests.support.books import mistakes, mistakes_at_rest

RUNS, STEPS = int(os.environ.get("CRASH_RUNS", "20")), 25
PARTS = ("nerd6-daily-180", "nerd9-cloud-180", "nerd12-signature-180")
BOX = "nerd-trio-box"
METHODS = st.sampled_from(
    (
        "pm_card_visa",
        "pm_card_visa",
        "pm_card_chargeDeclined",
        "kakao_pay",
        "pm_card_authenticationRequired",
        "pm_usBankAccount_success",
        None,
    )
)
CRASHES = st.none() | st.tuples(st.sampled_from(POINTS), st.sampled_from((0, 0, 0, 1, 2)))
BASKETS = st.dictionaries(st.sampled_from((*PARTS, BOX)), st.integers(1, 3), min_size=1, max_size=2)
PICKS, UNITS = st.integers(0, 9), st.integers(1, 3)

type Crash = tuple[str, int] | None
type Purchase = tuple[dict[str, int], str | None, Crash]
type Step = Callable[[], Awaitable[object]]


class History(RuleBasedStateMachine):
    """Does what people, the bank and our own processes do, and looks at the books after each."""

    mill: Mill
    rows: asyncpg.Connection
    loop: asyncio.AbstractEventLoop
    seen: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.carts: list[str] = []
        self.cards: list[str] = []
        self.promised: set[str] = set()
        self.asked: list[Step] = []
        self.run(self.mill.empty(self.rows))

    def run[T](self, work: Coroutine[Any, Any, T]) -> T:
        """Do it on the loop of the servers."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def attempt(self, crash: Crash, step: Callable[[], Coroutine[Any, Any, object]]) -> object:
        """Do something that may be refused, by a process that may die over it."""
        self.mill.fuse.light(*(crash or ()))
        try:
            return self.run(step())
        except DomainError as error:
            self.seen[type(error).__name__] += 1
        except Killed as end:
            self.seen[f"killed: {end}"] += 1
        finally:
            self.mill.fuse.light()
        return None

    def ask(self, crash: Crash, step: Callable[[], Coroutine[Any, Any, object]]) -> object:
        """Attempt what an app may ask for again, in the same words."""
        self.asked = [*self.asked[-4:], step]
        return self.attempt(crash, step)

    @initialize(
        units=st.tuples(UNITS, UNITS, UNITS),
        card=st.sampled_from((0, 2_000, 90_000)),
        first=st.lists(st.tuples(BASKETS, METHODS, CRASHES), min_size=2, max_size=4),
    )
    def open_shop(self, units: tuple[int, int, int], card: int, first: list[Purchase]) -> None:
        for part, number in zip(PARTS, units, strict=True):
            self.run(self.mill.receive(part, 4 * number, key()))
        if card:
            self.cards.append(self.run(self.mill.card(card)))
        for purchase in first:
            self.buy_one(*purchase)

    @rule(basket=BASKETS, with_card=st.booleans(), crash=CRASHES)
    def fill(self, basket: dict[str, int], with_card: bool, crash: Crash) -> None:
        same, cards = key(), self.cards if with_card else []
        id = self.ask(crash, lambda: self.mill.fill(basket, cards, same))
        if isinstance(id, str):
            self.carts.append(id)

    @rule(basket=BASKETS, method=METHODS, crash=CRASHES)
    def buy(self, basket: dict[str, int], method: str | None, crash: Crash) -> None:
        self.buy_one(basket, method, crash)

    def buy_one(self, basket: dict[str, int], method: str | None, crash: Crash) -> None:
        """Fill a cart and pay for it."""
        same = key()
        id = self.attempt(None, lambda: self.mill.fill(basket, self.cards, same))
        if isinstance(id, str):
            self.carts.append(id)
            self.pay_for(id, method, crash)

    @rule(pick=PICKS, method=METHODS, crash=CRASHES)
    def pay(self, pick: int, method: str | None, crash: Crash) -> None:
        if self.carts:
            self.pay_for(chosen(self.carts, pick), method, crash)

    def pay_for(self, cart: str, method: str | None, crash: Crash) -> None:
        """Pay for a cart, be it paid or gone already."""
        same = key()
        self.ask(crash, lambda: self.promise(cart, method, same))

    async def promise(self, cart: str, method: str | None, same: str) -> None:
        """Pay, and remember which orders were promised."""
        if order_id := await self.mill.pay(cart, method, same):
            self.promised.add(order_id)

    @rule(pick=PICKS, crash=CRASHES)
    def ask_again(self, pick: int, crash: Crash) -> None:
        if self.asked:
            self.attempt(crash, chosen(self.asked, pick))

    @rule(pick=PICKS, crash=CRASHES)
    def leave(self, pick: int, crash: Crash) -> None:
        if self.carts:
            self.attempt(crash, lambda: self.mill.leave(chosen(self.carts, pick)))

    @rule(pick=PICKS, ok=st.booleans())
    def answer(self, pick: int, ok: bool) -> None:
        if waiting := self.run(self.mill.waiting()):
            self.run(self.mill.answer(chosen(waiting, pick), ok))

    @rule(pick=st.integers(0, 99), crash=CRASHES)
    def hear(self, pick: int, crash: Crash) -> None:
        if events := self.run(self.mill.events()):
            self.attempt(crash, lambda: self.mill.hear(chosen(events, pick)))

    @rule(pick=PICKS, crash=CRASHES)
    def cancel(self, pick: int, crash: Crash) -> None:
        if lines := self.run(self.mill.lines()):
            order_id, same = chosen(lines, pick).order_id, key()
            self.ask(crash, lambda: self.mill.cancel(order_id, same))

    @rule(pick=PICKS, units=UNITS, crash=CRASHES)
    def send(self, pick: int, units: int, crash: Crash) -> None:
        if lines := self.run(self.mill.lines()):
            line, same = chosen(lines, pick), key()
            self.ask(crash, lambda: self.mill.send(line, min(units, line.quantity), same))

    @rule(pick=PICKS, crash=CRASHES)
    def arrive(self, pick: int, crash: Crash) -> None:
        if parcels := self.run(self.mill.parcels()):
            same = key()
            self.attempt(crash, lambda: self.mill.arrive(chosen(parcels, pick), same))

    @rule(pick=PICKS, units=UNITS, crash=CRASHES)
    def ask_back(self, pick: int, units: int, crash: Crash) -> None:
        if lines := self.run(self.mill.lines()):
            same = key()
            self.ask(crash, lambda: self.mill.ask_back(chosen(lines, pick), units, same))

    @rule(pick=PICKS, units=UNITS, restock=st.booleans(), crash=CRASHES)
    def take_back(self, pick: int, units: int, restock: bool, crash: Crash) -> None:
        if lines := self.run(self.mill.lines()):
            line, same = chosen(lines, pick), key()
            self.ask(crash, lambda: self.mill.take_back(line, units, restock, same))

    @rule(pick=PICKS, units=st.none() | UNITS, crash=CRASHES, some=st.integers(1, 20_000))
    def refund(self, pick: int, units: int | None, crash: Crash, some: int) -> None:
        if lines := self.run(self.mill.lines()):
            line, same = chosen(lines, pick), key()
            goodwill = some if units is None else None
            self.ask(crash, lambda: self.mill.refund(line, units, goodwill, same))

    @rule(part=st.sampled_from(PARTS), units=UNITS, crash=CRASHES)
    def receive(self, part: str, units: int, crash: Crash) -> None:
        same = key()
        self.ask(crash, lambda: self.mill.receive(part, units, same))

    @rule(minutes=st.sampled_from((0.5, 1, 3, 10, 40)))
    def wait(self, minutes: float) -> None:
        self.mill.later(timedelta(minutes=minutes))

    @rule(crash=CRASHES)
    def relay(self, crash: Crash) -> None:
        self.attempt(crash, self.mill.relay)

    @rule(crash=CRASHES)
    def labour(self, crash: Crash) -> None:
        self.attempt(crash, self.mill.labour)

    @invariant()
    def the_books_are_right(self) -> None:
        assert self.run(mistakes(self.rows)) == []

    def teardown(self) -> None:
        self.mill.fuse.light()
        self.run(self.mill.ten_minutes())
        self.run(self.at_rest())

    async def at_rest(self) -> None:
        """Ten minutes later nothing is open, and whoever was told of an order has it."""
        calls = await asyncio.to_thread(self.mill.till.bank.calls)
        assert await mistakes_at_rest(self.rows, calls) == []
        kept = {row["id"] for row in await self.rows.fetch("select id from orders")}
        assert self.promised <= kept
        for row in await self.rows.fetch("select status from orders"):
            self.seen[f"order {row['status']}"] += 1
        self.seen["histories"] += 1


def chosen[T](some: list[T], pick: int) -> T:
    """One of them; 9 is the last."""
    return some[-1] if pick == 9 else some[pick % len(some)]


async def test_whatever_dies_money_and_bottles_are_counted_right(till: Till, minsu: Api) -> None:
    assert minsu.customer_id
    await proven(till.host.begin, minsu.customer_id)
    till.bank.speed(processing_seconds=3_600)
    rows = await asyncpg.connect(till.world.dsn)

    class Here(History):
        pass

    Here.mill, Here.rows = Mill(till, minsu.customer_id), rows
    Here.loop, Here.seen = asyncio.get_running_loop(), Counter()
    try:
        await asyncio.to_thread(run_state_machine_as_test, Here, settings=drawn())
    finally:
        await rows.close()
        print(sorted(Here.seen.items()))
    assert Here.mill.fuse.burnt


def drawn() -> settings:
    """How many histories, and how long."""
    return settings(
        max_examples=RUNS,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
