"""Postgres is stopped at once, and Valkey hangs, while people buy: `python -m bench.faults`.

RELIABILITY 13 and 15: what was acknowledged is there, nobody is charged without an order, and
nobody waits.
"""

import argparse
import asyncio
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

import asyncpg
import httpx2
import uvloop

from bench import machine, report
from bench.people import Crowd, Diary
from bench.servers import BenchError
from bench.shop import Shop, delivered, gather, has, open_shop, staff_of
from bench.storm.verdict import Row, exactly, percentiles
from sandbox.server import StartError
from sandbox.setup import SetupError
from tests.checkout.till import SMALL
from tests.support.books import mistakes_at_rest

SHELF = 100_000
BACK_SECONDS, ANSWER_SECONDS = 10.0, 3.0
OPEN = """select count(*) from payments where status in
  ('intent', 'requires_action', 'requires_payment_method')"""
CODELESS = """select count(*) from orders o where paid_at is not null
  and not exists (select from unlock_codes where order_id = o.id)"""
# Longer than it takes until a payment without an answer is looked up.
LATER_SECONDS = 60


async def stopped_at_once(crowd: Crowd, options: argparse.Namespace) -> list[Row]:
    """Stop Postgres as `pg_ctl stop -m immediate` does, some times, and count afterwards."""
    shop, loop = crowd.shop, asyncio.get_running_loop()
    ready: list[float] = []
    spans: list[tuple[float, float]] = []

    async def stop_and_start(diary: Diary) -> None:
        for _ in range(options.stops):
            since = loop.time()
            await asyncio.sleep(options.seconds)
            spans.append((since, loop.time()))
            await asyncio.to_thread(shop.stack.postgres.stop, "immediate")
            await asyncio.to_thread(shop.stack.postgres.start)
            ready.append(loop.time())
        await asyncio.sleep(options.seconds)

    diary = await crowd.buy_while(stop_and_start)
    crowd.rows = await asyncpg.connect(shop.dsn)
    shop.start("relay", CLOCK_OFFSET_SECONDS=f"{LATER_SECONDS}")
    await nothing_open(crowd.rows)
    shop.start("relay")
    back = [diary.first_after(at) for at in ready]
    passed = all(one is not None and one < BACK_SECONDS for one in back)
    kept = {row["id"] for row in await crowd.rows.fetch("select id from orders")}
    calls = await asyncio.to_thread(shop.bank.calls)
    wrong = await mistakes_at_rest(crowd.rows, calls)
    rates = [diary.rate(*span) for span in spans]
    return [
        Row("stops of Postgres, in the middle of it", "", f"{options.stops}"),
        Row("orders a second before each", "", ", ".join(f"{rate:.1f}" for rate in rates)),
        Row("orders acknowledged", "", f"{len(diary.acknowledged)}"),
        exactly("of those lost", 0, len(set(diary.acknowledged) - kept)),
        Row("orders that nobody was told of in time", "", f"{len(kept - set(diary.acknowledged))}"),
        Row("charges", "", f"{len(calls['charges'])}"),
        exactly("charges without an order, and other mistakes in the books", 0, len(wrong)),
        Row("errors that were tried again", "", told(diary.codes())),
        exactly("other ends than a paid order or a pending one", 0, others(diary)),
        Row(
            "first order after the database was back",
            f"< {BACK_SECONDS:g} s",
            ", ".join("never" if one is None else f"{one:.1f} s" for one in back),
            passed,
        ),
    ]


async def hung(crowd: Crowd, options: argparse.Namespace) -> list[Row]:
    """Let Valkey hang, and see who waits."""
    shop, loop = crowd.shop, asyncio.get_running_loop()
    span: list[float] = []
    late: list[float] = []
    valkey = shop.stack.valkey.process

    async def hang(diary: Diary) -> None:
        await asyncio.sleep(options.seconds)
        span.append(loop.time())
        valkey.signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(options.seconds)
        finally:
            valkey.signal(signal.SIGCONT)
        span.append(loop.time())

    diary = await crowd.buy_while(hang)
    late.append(await delivered(crowd.rows))
    wrong = await mistakes_at_rest(crowd.rows, await asyncio.to_thread(shop.bank.calls))
    since, until = span
    before = (since - options.seconds, since)
    rows = [
        Row("orders a second before, and while it hangs", "", paces(diary, before, (since, until)))
    ]
    for name in ("startCheckout", "completeCheckout"):
        waits = diary.waits(name, since, until)
        usual, _ = percentiles(diary.waits(name, *before))
        p50, _ = percentiles(waits)
        found = f"p50 {p50:.2f} (before: {usual:.2f}), max {max(waits):.2f} s, of {len(waits)}"
        rows.append(Row(name, f"< {ANSWER_SECONDS:g} s", found, max(waits) < ANSWER_SECONDS))
    return [
        *rows,
        exactly("errors", 0, sum(diary.codes().values())),
        exactly("other ends than a paid order", 0, others(diary)),
        exactly("mistakes in the books", 0, len(wrong)),
        Row("all handed over, once it answered", "", f"{late[0]:.1f} s"),
        exactly("paid orders without their codes", 0, await codeless(crowd.rows)),
    ]


async def nothing_open(rows: asyncpg.Connection) -> None:
    """Wait until the relay and a worker have found out about every payment."""
    async with asyncio.timeout(120):
        while await rows.fetchval(OPEN):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await delivered(rows)


async def codeless(rows: asyncpg.Connection) -> int:
    """Return how many paid orders have nothing to unlock, once a worker had time for it."""
    with suppress(TimeoutError):
        async with asyncio.timeout(60):
            while await rows.fetchval(CODELESS):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    return int(await rows.fetchval(CODELESS))


def others(diary: Diary) -> int:
    """Count what should not have come of a purchase."""
    return sum(n for end, n in diary.ends.items() if end not in ("PAID", "PaymentPending"))


def told(codes: Counter[str]) -> str:
    """Write errors with their numbers."""
    return ", ".join(f"{number} × {code}" for code, number in codes.most_common()) or "none"


def paces(diary: Diary, *spans: tuple[float, float]) -> str:
    """Write orders a second."""
    return ", ".join(f"{diary.rate(*span):.1f}" for span in spans)


async def measure(shop: Shop, options: argparse.Namespace) -> list[tuple[str, list[Row]]]:
    """Do both harms."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=2)
    rows = await asyncpg.connect(shop.dsn)
    async with httpx2.AsyncClient(limits=limits, timeout=60, verify=False) as http:
        buyers = await gather(shop, http, rows, options.buyers)
        staff = await staff_of(shop, http)
        await has(staff, rows, SMALL, SHELF)
        crowd = Crowd(shop, rows, buyers)
        stops = await stopped_at_once(crowd, options)
        # More than this machine can serve wait for each other, and would hide who waits for Valkey.
        hangs = await hung(Crowd(shop, crowd.rows, buyers[: options.few]), options)
    return [("Postgres, stopped at once", stops), ("Valkey, hanging", hangs)]


def lines(
    found: Sequence[tuple[str, Sequence[Row]]], options: argparse.Namespace, busy: float
) -> list[str]:
    """Tell it as Markdown."""
    words = {True: "kept", False: "**missed**", None: ""}
    told = [
        f"Run on {datetime.now(UTC):%Y-%m-%d} on {machine.name()}. Load average before the run: "
        f"{busy:.2f}. {options.buyers} people buy one after the other, four requests each; while "
        f"Valkey hangs {options.few} of them do."
    ]
    for name, judged in found:
        cells = [(row.what, row.bar, row.found, words[row.passed]) for row in judged]
        told += ["", *report.table((name, "bar", "found", ""), cells)]
    return told


def main() -> int:
    """Run, print the tables, and write them into the README; 1 when a bar was missed."""
    made = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    made.add_argument("--buyers", type=int, default=50, help="how many buy at a time")
    made.add_argument("--few", type=int, default=8, help="how many do while Valkey hangs")
    made.add_argument("--seconds", type=float, default=10.0, help="between stops, and of the hang")
    made.add_argument("--stops", type=int, default=3)
    made.add_argument("--keep", action="store_true", help="leave bench/README.md as it is")
    options, busy = made.parse_args(), machine.load()
    try:
        with (
            open_shop("faults", durable=True) as shop,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            found = runner.run(measure(shop, options))
    except (BenchError, StartError, SetupError, TimeoutError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    shown = lines(found, options, busy)
    sys.stdout.write("\n".join(shown) + "\n")
    if not options.keep:
        report.write(shown, name="faults")
    return int(any(row.passed is False for _, judged in found for row in judged))


if __name__ == "__main__":
    sys.exit(main())
