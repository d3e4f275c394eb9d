"""Stock against a model of it: any order of what can happen, and time going by meanwhile."""

import asyncio
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from core.errors import InvalidInput
from core.ids import new_id
from core.viewer import Viewer
from models.order import OrderLine
from models.stock import StockLot, StockMove
from services import catalogue, stock
from services.stock import Delivery, OutOfStock, ReservationNotExtendable
from tests.stock.shop import Shop, sold
from tests.support.api import key

STAFF = Viewer(customer_id="cus_demo-staff")
BASKETS = st.dictionaries(st.sampled_from("abx"), st.integers(1, 3), min_size=1, max_size=2)
CARTS = st.integers(0, 1)


@dataclass
class Lot:
    """Units that expire together."""

    id: str
    of: str
    expires: date
    units: int


@dataclass
class Held:
    """What a cart holds."""

    parts: dict[str, int]
    until: datetime
    extended: bool = False


@dataclass
class Sale:
    """An order: units of each line not yet back, and where those of each part came from."""

    lines: dict[str, int]
    units: dict[str, int]
    took: dict[tuple[str, str], list[list[Any]]] = field(default_factory=dict)


class Model:
    """What stock ought to be: `x` is a bundle of one `a` and two `b`."""

    RECIPES = {"a": {"a": 1}, "b": {"b": 1}, "x": {"a": 1, "b": 2}}

    def __init__(self) -> None:
        self.lots: list[Lot] = []
        self.held: dict[str, Held] = {}

    def parts(self, basket: dict[str, int]) -> dict[str, int]:
        """What a basket draws on."""
        total: dict[str, int] = {}
        for name, units in basket.items():
            for part, each in self.RECIPES[name].items():
                total[part] = total.get(part, 0) + units * each
        return total

    def fresh(self, part: str, day: date) -> list[Lot]:
        """Lots to sell from, the first to expire first."""
        good = [lot for lot in self.lots if lot.of == part and lot.units and lot.expires > day]
        return sorted(good, key=lambda lot: (lot.expires, lot.id))

    def open(self, part: str, now: datetime, cart: str = "") -> int:
        """How many units a cart may have."""
        units = sum(lot.units for lot in self.fresh(part, stock.today(now)))
        live = {id: held for id, held in self.held.items() if held.until > now}
        mine = live[cart].parts.get(part, 0) if cart in live else 0
        others = sum(held.parts.get(part, 0) for id, held in live.items() if id != cart)
        before = sum(held.parts.get(part, 0) for id, held in live.items() if id < cart)
        return max(units - others, min(mine, units - before), 0)

    def possible(self, basket: dict[str, int], now: datetime, cart: str) -> bool:
        """Whether a cart can have a basket."""
        wanted = self.parts(basket).items()
        return all(units <= self.open(part, now, cart) for part, units in wanted)


class Shelves(RuleBasedStateMachine):
    """Does to the real thing what is done to the model, and compares."""

    shop: Shop
    loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        super().__init__()
        self.model, self.sales = Model(), dict[str, Sale]()
        mark = secrets.token_hex(4)
        self.ids = {name: f"{name}-{mark}" for name in "abx"}
        self.carts = [new_id("chk") for _ in range(2)]
        self.now = datetime(2026, 9, 1, 3, tzinfo=UTC)
        self.shop.begin.now = lambda: self.now
        self.run(self.shop.add(self.ids["a"]))
        self.run(self.shop.add(self.ids["b"]))
        self.run(self.shop.add(self.ids["x"], {self.ids["a"]: 1, self.ids["b"]: 2}))

    def run[T](self, work: Coroutine[Any, Any, T]) -> T:
        """Do it on the loop of the servers."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def real(self, basket: dict[str, int]) -> dict[str, int]:
        """A basket as the shop knows it."""
        return {self.ids[name]: units for name, units in basket.items()}

    @initialize(units=st.lists(st.integers(2, 6), min_size=4, max_size=4))
    def open_shop(self, units: list[int]) -> None:
        for at, number in enumerate(units):
            if number:
                self.receive("ab"[at % 2], 1 + at // 2, number)

    @rule(part=st.sampled_from("ab"), lot=st.integers(1, 3), units=st.integers(1, 5))
    def receive(self, part: str, lot: int, units: int) -> None:
        expires = date(2026, 9, 2 + lot)
        delivery = Delivery(self.ids[part], f"L{lot}", expires, units)

        async def work() -> str:
            async with self.shop.begin() as uow:
                await stock.receive(uow, STAFF, delivery, key())
            async with self.shop.db.read() as session:
                same = StockLot.variant_id == self.ids[part], StockLot.lot == f"L{lot}"
                return str(await session.scalar(select(StockLot.id).where(*same)))

        if expires <= stock.today(self.now):
            self.refused(InvalidInput, work())
            return
        id = self.run(work())
        known = next((one for one in self.model.lots if one.id == id), None)
        if known is None:
            self.model.lots.append(known := Lot(id, part, expires, 0))
        known.units += units

    @precondition(lambda self: self.model.lots)
    @rule(data=st.data(), delta=st.integers(-6, 3).filter(bool))
    def adjust(self, data: st.DataObject, delta: int) -> None:
        lot = data.draw(st.sampled_from(self.model.lots))

        async def work() -> None:
            async with self.shop.begin() as uow:
                await stock.adjust(uow, STAFF, lot.id, delta, "test", key())

        if lot.units + delta < 0:
            self.refused(InvalidInput, work())
        else:
            self.run(work())
            lot.units += delta

    @precondition(lambda self: self.model.lots)
    @rule(data=st.data(), counted=st.integers(0, 4))
    def count(self, data: st.DataObject, counted: int) -> None:
        lot = data.draw(st.sampled_from(self.model.lots))

        async def work() -> None:
            async with self.shop.begin() as uow:
                await stock.count(uow, STAFF, lot.id, counted, None, key())

        self.run(work())
        lot.units = counted

    @rule(at=CARTS, basket=BASKETS, pays=st.booleans(), seconds=st.integers(300, 90_000))
    def keep(self, at: int, basket: dict[str, int], pays: bool, seconds: int) -> None:
        cart, until = self.carts[at], self.now + timedelta(seconds=seconds)
        held = self.model.held.get(cart)
        live = held if held and held.until > self.now else None

        async def work() -> None:
            async with self.shop.begin() as uow:
                way = stock.hold if pays else stock.reserve
                await way(uow, cart, self.real(basket), until=until)

        if not self.model.possible(basket, self.now, cart):
            self.refused(OutOfStock, work())
            return
        self.run(work())
        if live and pays:
            until = max(until, live.until)
        extended = live.extended if live else False
        self.model.held[cart] = Held(self.model.parts(basket), until, extended)

    @rule(at=CARTS)
    def extend(self, at: int) -> None:
        held = self.model.held.get(self.carts[at])

        async def work() -> None:
            async with self.shop.begin() as uow:
                await stock.extend(uow, self.carts[at], self.shop.settings)

        if held is None or held.extended or held.until <= self.now:
            self.refused(ReservationNotExtendable, work())
            return
        self.run(work())
        held.until += timedelta(seconds=600)
        held.extended = True

    @rule(at=CARTS)
    def release(self, at: int) -> None:
        async def work() -> None:
            async with self.shop.begin() as uow:
                await stock.release(uow, self.carts[at])

        self.run(work())
        self.model.held.pop(self.carts[at], None)

    @rule(at=CARTS, basket=BASKETS)
    def take(self, at: int, basket: dict[str, int]) -> None:
        cart = self.carts[at]

        async def work() -> tuple[str, dict[str, str]]:
            async with self.shop.begin() as uow:
                order = await sold(uow, self.real(basket), cart)
            async with self.shop.db.read() as session:
                rows = await session.scalars(select(OrderLine).where(OrderLine.order_id == order))
                return order, {row.variant_id: row.id for row in rows}

        if not self.model.possible(basket, self.now, cart):
            self.refused(OutOfStock, work())
            return
        order, lines = self.run(work())
        sale = Sale({name: lines[self.ids[name]] for name in basket}, dict(basket))
        for name, units in basket.items():
            for part, each in self.model.RECIPES[name].items():
                sale.took[name, part] = self.out_of_lots(part, units * each)
        self.sales[order] = sale
        self.model.held.pop(cart, None)
        self.carts[at] = new_id("chk")

    def out_of_lots(self, part: str, units: int) -> list[list[Any]]:
        """Take units of the model's lots, and tell how many of which."""
        took = []
        for lot in self.model.fresh(part, stock.today(self.now)):
            some = min(units, lot.units)
            if some:
                lot.units -= some
                units -= some
                took.append([lot, some])
        assert units == 0
        return took

    @precondition(lambda self: any(any(s.units.values()) for s in self.sales.values()))
    @rule(data=st.data(), restock=st.booleans())
    def give_back(self, data: st.DataObject, restock: bool) -> None:
        some = [id for id, sale in self.sales.items() if any(sale.units.values())]
        order = data.draw(st.sampled_from(some))
        sale = self.sales[order]
        name = data.draw(st.sampled_from([n for n, units in sale.units.items() if units]))
        units = data.draw(st.integers(1, sale.units[name] + 1))

        async def work() -> None:
            async with self.shop.begin() as uow:
                back = {sale.lines[name]: units}
                await stock.give_back(uow, order, back, restock=restock)

        if units > sale.units[name]:
            self.refused(ValueError, work())
            return
        self.run(work())
        sale.units[name] -= units
        for part, each in self.model.RECIPES[name].items():
            left = units * each
            latest = sorted(sale.took[name, part], key=lambda took: took[0].expires, reverse=True)
            for took in latest:
                moved = min(left, took[1])
                took[1] -= moved
                left -= moved
                took[0].units += moved if restock else 0

    @rule(hours=st.sampled_from([0.1, 0.2, 12, 24]))
    def wait(self, hours: float) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def sweep(self) -> None:
        async def work() -> None:
            async with self.shop.begin() as uow:
                await stock.sweep(uow)

        self.run(work())
        self.model.held = {c: h for c, h in self.model.held.items() if h.until > self.now}

    def refused(self, error: type[Exception], work: Coroutine[Any, Any, Any]) -> None:
        """Expect to be refused, and nothing to have changed."""
        try:
            self.run(work)
        except error:
            return
        raise AssertionError(f"no {error.__name__}")

    @invariant()
    def agrees(self) -> None:
        self.run(self.compare())

    async def compare(self) -> None:
        """What is kept, what is shown and what the ledger says are what the model has."""
        ids = list(self.ids.values())
        free = {part: self.model.open(part, self.now) for part in "ab"}
        free["x"] = min(free["a"], free["b"] // 2)
        async with self.shop.db.read() as session:
            lots = await session.scalars(select(StockLot).where(StockLot.variant_id.in_(ids)))
            assert {lot.id: lot.on_hand for lot in lots} == {
                lot.id: lot.units for lot in self.model.lots
            }
            moves = await session.scalars(select(StockMove).where(StockMove.variant_id.in_(ids)))
            ledger = dict.fromkeys((lot.id for lot in self.model.lots), 0)
            for move in moves:
                ledger[move.lot_id] += move.delta
            assert ledger == {lot.id: lot.units for lot in self.model.lots}
            offers = await catalogue.offers(session, "kr", ids, self.now)
            available = await stock.available(session, ids, self.now)
            levels = await stock.levels(session, ids, self.now)
            for cart in self.carts:
                own = await stock.available(session, ids, self.now, checkout_id=cart)
                for part in "ab":
                    assert own[self.ids[part]] == self.model.open(part, self.now, cart)
        for name, id in self.ids.items():
            assert offers[id].sellable == available[id] == levels[id].available == free[name]
            assert levels[id].on_hand >= levels[id].expired >= 0


async def test_stock_is_what_its_model_is(shop: Shop) -> None:
    class Here(Shelves):
        pass

    Here.shop, Here.loop = shop, asyncio.get_running_loop()
    await asyncio.to_thread(
        run_state_machine_as_test,
        Here,
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
