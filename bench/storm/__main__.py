"""`make storm`: orders many films, does harm all the while, and says what came of them."""

import argparse
import asyncio
import random
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field

import asyncpg
import uvloop

from bench import machine, report
from bench.servers import BenchError
from bench.storm import customers
from bench.storm.customers import Customer
from bench.storm.field import FOLDER, Field, the_field
from bench.storm.history import RECORD, read
from bench.storm.nemesis import Nemesis
from bench.storm.verdict import Outcome, Row, lines, rows_of, strays
from sandbox.server import StartError
from sandbox.setup import SetupError

LIGHT = "query ($id: ID!) { cameo(id: $id) { id status stage percent } }"
A_SECOND = 10
OPEN = "select count(*) from cameo_jobs where status in ('queued', 'running')"
OWED = "select count(*) from outbox where lane <> 'graph'"
HELD = "select count(*) from cameo_submissions where erased_at is null and provider_id is not null"
SETTLE_SECONDS = 180.0


def say(line: str) -> None:
    """Show progress."""
    sys.stdout.write(f"· {line}\n")
    sys.stdout.flush()


@dataclass
class Asking:
    """Someone who looks at a cameo ten times a second, whatever the answers take."""

    customer: Customer
    job: str
    answers: list[tuple[float, float, bool]] = field(default_factory=list)
    """When it was asked, when it was answered, and whether rightly."""

    async def ask_on(self) -> None:
        """Ask until cancelled."""
        loop, asked = asyncio.get_running_loop(), set[asyncio.Task[None]]()
        begun = loop.time()
        for number in range(10_000_000):
            await asyncio.sleep(begun + number / A_SECOND - loop.time())
            task = asyncio.create_task(self._ask(loop.time()))
            asked.add(task)
            task.add_done_callback(asked.discard)

    async def _ask(self, since: float) -> None:
        is_right = False
        with suppress(Exception):
            found = await self.customer.api.one(LIGHT, id=self.job)
            is_right = found["id"] == self.job
        self.answers.append((since, asyncio.get_running_loop().time(), is_right))

    def judged(self, closed: list[tuple[float, float]]) -> tuple[list[float], int]:
        """How long each answer took, and how many were wrong, but for when there was no API."""
        counted = [
            (until - since, is_right)
            for since, until, is_right in self.answers
            if not any(since < end and begin < until for begin, end in closed)
        ]
        return [took for took, _ in counted], sum(not is_right for _, is_right in counted)


async def run(found: Field, options: argparse.Namespace) -> list[Row]:
    """Order, do harm, wait, and judge."""
    async with asyncpg.create_pool(found.dsn, min_size=1, max_size=4) as rows:
        await customers.offer(rows)
        await rows.execute(RECORD)
        say(f"{options.customers} customers register and have their photos checked")
        people = await customers.gather(found.url, options.customers)
        begun = time.monotonic()
        nemesis = Nemesis(found, rows, say, random.Random(options.seed))
        ordering = asyncio.create_task(customers.order(people, options.jobs))
        await nemesis.kill_api_in_orders(ordering)
        ids = await ordering
        say(f"{len(ids)} films ordered in {time.monotonic() - begun:.1f} s")
        asking = Asking(people[0], ids[0])
        doing = (nemesis.kill_workers(), nemesis.kill_relay(), asking.ask_on())
        harm = [asyncio.create_task(one) for one in doing]
        try:
            await storm(rows, nemesis, options)
        finally:
            for task in harm:
                task.cancel()
            await asyncio.gather(*harm, return_exceptions=True)
        lasted = time.monotonic() - begun
        await settle(found, rows)
        outcome = Outcome(found, rows, ids, await read(rows), nemesis, lasted)
        judged = await rows_of(outcome, *asking.judged(nemesis.closed))
        for person in people:
            await person.api.http.aclose()
    return judged


async def storm(rows: asyncpg.Pool, nemesis: Nemesis, options: argparse.Namespace) -> None:
    """Wait until no film is open, and do what is planned on the way."""
    plans = [
        (0.1, nemesis.kill_before_the_doorbell),
        (0.3, nemesis.kill_valkey),
        (0.5, nemesis.empty_valkey),
        (0.7, nemesis.kill_api),
    ]
    told = time.monotonic()
    with suppress(TimeoutError):
        async with asyncio.timeout(options.seconds):
            while left := await rows.fetchval(OPEN):
                if plans and options.jobs - left >= plans[0][0] * options.jobs:
                    await plans.pop(0)[1]()
                if time.monotonic() - told > 15:
                    told = time.monotonic()
                    say(f"{options.jobs - left} done, {len(nemesis.field.kills)} kills")
                await asyncio.sleep(0.2)


async def settle(found: Field, rows: asyncpg.Pool) -> None:
    """Have what was put off done, and what is left over collected, as within two hours."""
    await asyncio.to_thread(found.move_clock, 7200)
    left = [1]
    with suppress(TimeoutError):
        async with asyncio.timeout(SETTLE_SECONDS):
            while any(left):
                await asyncio.sleep(0.5)
                left = [await rows.fetchval(ask) for ask in (OWED, HELD)]
                left.append(len(await strays(found, rows)))
    say("messages owed, orders held, stray objects: " + ", ".join(map(str, left)))


def parser() -> argparse.ArgumentParser:
    """The dials."""
    made = argparse.ArgumentParser(prog="python -m bench.storm", description=__doc__)
    made.add_argument("--jobs", type=int, default=200)
    made.add_argument("--customers", type=int, default=20)
    made.add_argument("--workers", type=int, default=8)
    made.add_argument("--slots", type=int, default=6, help="cameos under way at once")
    made.add_argument("--seconds", type=float, default=1_200, help="then what is open is lost")
    made.add_argument("--seed", type=int, default=7)
    made.add_argument("--keep", action="store_true", help="leave bench/README.md as it is")
    return made


def main() -> int:
    """Run, print the table, and write it into the README; 1 when a bar was missed."""
    options, load = parser().parse_args(), machine.load()
    try:
        with (
            the_field(options.jobs, options.workers, options.slots) as found,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            judged = runner.run(run(found, options))
    except (BenchError, StartError, SetupError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    told = lines(judged, options, load)
    sys.stdout.write("\n".join(told) + "\n")
    if not options.keep:
        report.write(told, name="storm")
    if any(row.passed is False for row in judged):
        say(f"a bar was missed; the logs are in {FOLDER / 'logs'}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
