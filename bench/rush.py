"""500 buyers at once for 50 bottles, through the door: `python -m bench.rush` (RELIABILITY 2)."""

import argparse
import asyncio
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
import httpx2
import uvloop

from bench import machine, report
from bench.servers import BenchError
from bench.shop import Buyer, Shop, delivered, gather, has, left, open_shop, staff_of
from sandbox.server import StartError
from sandbox.setup import SetupError
from tests.checkout.till import SMALL, TRIO, addressed, pay, start
from tests.support.api import Api, Refused
from tests.support.books import mistakes_at_rest

BAR_SECONDS = 30.0
EMAIL = "buyer@example.com"
CARDS = ("pm_card_visa", "pm_card_mastercard", "pm_card_kr")
LAPSE = "update reservations set expires_at = now() - interval '1 second'"
LAPSED = "update stock set held_until = now() - interval '1 second' where reserved > 0"
SOLD = """select count(distinct l.order_id) from order_lines l join orders o on o.id = l.order_id
  where l.variant_id = $1 and o.paid_at is not null"""

type Rush = Callable[[Buyer, str, str], Awaitable[str]]


@dataclass(frozen=True)
class Round:
    """What came of one rush."""

    name: str
    seed: int
    answers: Counter[str]
    statuses: Counter[int]
    sold: int
    left: int
    charged: int
    wrong: list[str]
    seconds: float
    cpu: float

    def row(self) -> tuple[str, ...]:
        """Lay it out."""
        others = sum(self.answers.values()) - self.answers["PAID"] - self.answers[GONE]
        return (
            self.name,
            f"{self.seed}",
            f"{self.answers['PAID']}",
            f"{self.answers[GONE]}",
            f"{others}",
            f"{self.broken}",
            f"{self.sold}",
            f"{self.charged}",
            f"{self.left}",
            f"{len(self.wrong)}",
            f"{self.seconds:.1f}",
            f"{self.cpu:.1f}",
        )

    @property
    def broken(self) -> int:
        """How many answers were errors of ours."""
        return sum(number for status, number in self.statuses.items() if status >= 500)

    def missed(self, buyers: int, units: int) -> list[str]:
        """Return which bars were missed."""
        found = {
            f"answers are {dict(self.answers)}": self.answers
            == Counter({"PAID": units, GONE: buyers - units}),
            f"statuses are {dict(self.statuses)}": not self.broken,
            f"{self.sold} sold, {self.charged} charged, {self.left} left": (
                (self.sold, self.charged, self.left) == (units, units, 0)
            ),
            f"the books: {self.wrong[:3]}": not self.wrong,
            f"{self.seconds:.1f} s": self.seconds < BAR_SECONDS,
        }
        return [
            f"{self.name}, {self.seed}: {text}" for text, is_kept in found.items() if not is_kept
        ]


KINDS = (("shelf", SMALL), ("shelf", TRIO), ("till", SMALL), ("till", TRIO))
GONE = "InsufficientStock"
HEADS = ("for", "seed", "paid", "sold out", "other", "5xx", "orders", "charges", "left")
HEADS += ("mistakes", "seconds", "CPU s of the API")


async def from_the_shelf(buyer: Buyer, variant: str, card: str) -> str:
    """Buy as an app does: put it into a cart, say where it goes, pay."""
    cart = await start(buyer, (variant, 1), email=EMAIL)
    if cart["__typename"] != "Checkout":
        return str(cart["__typename"])
    buyer.cart = await addressed(buyer, cart)
    return await at_the_till(buyer, variant, card)


async def at_the_till(buyer: Buyer, variant: str, card: str) -> str:
    """Pay for a cart that is full."""
    answer = await pay(buyer, buyer.cart, card)
    return str(answer["order"]["status"] if answer.get("order") else answer["__typename"])


async def fill(buyers: Sequence[Buyer], variant: str, rows: asyncpg.Connection) -> None:
    """Have everybody's cart full, and let what it kept lapse."""
    room = asyncio.Semaphore(4)

    async def one(buyer: Buyer) -> None:
        async with room:
            buyer.cart = await addressed(buyer, await start(buyer, (variant, 1), email=EMAIL))

    await asyncio.gather(*map(one, buyers))
    await rows.execute(LAPSE)
    await rows.execute(LAPSED)


async def went(buyer: Buyer, rush: Rush, variant: str, card: str) -> str:
    """Go, and tell what came of it."""
    try:
        return await rush(buyer, variant, card)
    except Refused as error:
        return error.code
    except (httpx2.HTTPError, ValueError, KeyError) as error:
        return type(error).__name__


@dataclass
class Doors:
    """What a round needs."""

    shop: Shop
    rows: asyncpg.Connection
    staff: Api
    buyers: list[Buyer]


async def one_round(doors: Doors, kind: str, variant: str, seed: int, units: int) -> Round:
    """Open the doors once."""
    rows, chance, loop = doors.rows, random.Random(seed), asyncio.get_running_loop()
    crowd = chance.sample(doors.buyers, len(doors.buyers))
    rush: Rush = from_the_shelf
    if kind == "till":
        await has(doors.staff, rows, variant, len(crowd) + units)
        await fill(crowd, variant, rows)
        rush = at_the_till
    await has(doors.staff, rows, variant, units)
    await delivered(rows)
    sold, charged = await rows.fetchval(SOLD, variant), await charges(doors.shop)
    said = crowd[0].said
    said.clear()
    begun, busy = loop.time(), doors.shop.api.cpu_seconds
    ends = await asyncio.gather(*(went(b, rush, variant, chance.choice(CARDS)) for b in crowd))
    lasted, busy = loop.time() - begun, doors.shop.api.cpu_seconds - busy
    await delivered(rows)
    calls = await asyncio.to_thread(doors.shop.bank.calls)
    return Round(
        name=f"{variant}, {'at the till' if kind == 'till' else 'from the shelf'}",
        seed=seed,
        answers=Counter(ends),
        statuses=Counter(said),
        sold=await rows.fetchval(SOLD, variant) - sold,
        left=await left(rows, variant),
        charged=await charges(doors.shop) - charged,
        wrong=await mistakes_at_rest(rows, calls),
        seconds=lasted,
        cpu=busy,
    )


async def charges(shop: Shop) -> int:
    """Return how many charges the provider took so far."""
    return len((await asyncio.to_thread(shop.bank.calls))["charges"])


async def measure(shop: Shop, options: argparse.Namespace) -> list[Round]:
    """Rush for a bottle and for a bundle, from the shelf and at the till, with each seed."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=2)
    rows = await asyncpg.connect(shop.dsn)
    async with httpx2.AsyncClient(limits=limits, timeout=120, verify=False) as http:
        buyers = await gather(shop, http, rows, options.buyers)
        doors = Doors(shop, rows, await staff_of(shop, http), buyers)
        found = []
        for kind, variant in KINDS[: options.kinds]:
            for seed in range(1, options.seeds + 1):
                found.append(await one_round(doors, kind, variant, seed, options.units))
                sys.stdout.write(f"· {' | '.join(found[-1].row())}\n")
                sys.stdout.flush()
    await rows.close()
    return found


def lines(found: Sequence[Round], options: argparse.Namespace, busy: float) -> list[str]:
    """Tell it as Markdown."""
    return [
        f"Run on {datetime.now(UTC):%Y-%m-%d} on {machine.name()}. Load average before the run: "
        f"{busy:.2f}. {options.buyers} buyers at once for {options.units} units.",
        "",
        *report.table(HEADS, [one.row() for one in found]),
    ]


def main() -> int:
    """Run, print the table, and write it into the README; 1 when a bar was missed."""
    made = argparse.ArgumentParser(prog="python -m bench.rush", description=__doc__)
    made.add_argument("--buyers", type=int, default=500)
    made.add_argument("--units", type=int, default=50)
    made.add_argument("--seeds", type=int, default=3)
    made.add_argument("--kinds", type=int, default=4, help="bottle, bundle, and both at the till")
    made.add_argument("--keep", action="store_true", help="leave bench/README.md as it is")
    options, busy = made.parse_args(), machine.load()
    try:
        with (
            open_shop("rush") as shop,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            found = runner.run(measure(shop, options))
    except (BenchError, StartError, SetupError, TimeoutError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    told = lines(found, options, busy)
    sys.stdout.write("\n".join(told) + "\n")
    if not options.keep:
        report.write(told, name="rush")
    missed = [line for one in found for line in one.missed(options.buyers, options.units)]
    for line in missed:
        sys.stdout.write(f"{line}\n")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
