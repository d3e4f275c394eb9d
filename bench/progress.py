"""What who waits for a film is told, and how soon: `python -m bench.progress` (rows V3, 44)."""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import asyncpg
import uvloop

from bench import machine, report
from bench.servers import BenchError
from bench.storm import customers
from bench.storm.customers import TEMPLATE, Customer
from bench.storm.field import Field, the_field
from bench.storm.verdict import percentiles
from sandbox.server import StartError
from sandbox.setup import SetupError
from tests.support.api import Api, key
from tests.support.cameo import CONSENT, PORTRAIT, SUBMIT, request_cameo, upload
from tests.support.socket import socket

ASK = "query ($id: ID!) { cameo(id: $id) { id status stage percent queuePosition } }"
TELL = """subscription ($id: ID!) { cameoChanged(id: $id) {
  id status stage percent queuePosition eta { likelyAt latestAt } } }"""
FIRST_SECONDS, REFUSED_SECONDS = 1.0, 2.0
BAD = {
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"><rect/></svg>',
    "HTML": b"<!doctype html><script>fetch('//evil.example')</script>",
    "half a JPEG": b"\xff\xd8\xff" + bytes(100_000),
}


@dataclass
class Guesses:
    """How often a film was there by the time that its customer was told when it began."""

    likely: int = 0
    latest: int = 0
    films: int = 0

    def judge(self, eta: dict[str, str], at: datetime) -> None:
        """Count one film that was there at this time."""
        self.films += 1
        self.likely += at <= datetime.fromisoformat(eta["likelyAt"])
        self.latest += at <= datetime.fromisoformat(eta["latestAt"])


@dataclass
class Found:
    """Everything that was measured, in seconds."""

    asked: list[float] = field(default_factory=list)
    by_stream: list[float] = field(default_factory=list)
    by_socket: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    guesses: Guesses = field(default_factory=Guesses)


async def timed(doing: Callable[[], Awaitable[object]]) -> float:
    """Do something, and return how long it took."""
    begun = time.perf_counter()
    await doing()
    return time.perf_counter() - begun


async def first_events(api: Api, job: str, times: int, found: Found) -> None:
    """Ask for a film, and begin to follow it over both wires, by turns."""

    async def by_stream() -> None:
        events = api.follow(TELL, id=job)
        await anext(events)
        await events.aclose()  # type: ignore[attr-defined]

    async with socket(api) as opened:
        for number in range(times):

            async def by_socket(name: str) -> None:
                await opened.subscribe(name, TELL, id=job)
                while (await opened.receive())["type"] != "next":
                    pass

            found.asked.append(await timed(lambda: api.one(ASK, id=job)))
            found.by_stream.append(await timed(by_stream))
            found.by_socket.append(await timed(lambda name=str(number): by_socket(name)))
            await opened.send({"type": "complete", "id": f"{number}"})


async def refusals(api: Api, times: int, found: Found) -> None:
    """Send what is no photo, and see how long it takes from its submission to the word."""
    for bad in [*BAD.values()] * times:
        id = await upload(api, bad)
        found.refused.append(await timed(lambda id=id: refused(api, id)))


async def refused(api: Api, id: str) -> None:
    """Submit what was uploaded, and wait for the word. Raises BenchError for another one."""
    asked = {"portraitId": id, "consentVersion": CONSENT, "idempotencyKey": key()}
    await api.one(SUBMIT, i=asked)
    states = [event["portraitChanged"]["status"] async for event in api.follow(PORTRAIT, id=id)]
    if states[-1] != "REJECTED":
        raise BenchError(f"a photo was not refused: {states}")


async def film(customer: Customer, guesses: Guesses) -> None:
    """Order a film, and compare when it is there with what was said as it began."""
    job, eta = await request_cameo(customer.api, customer.portrait, TEMPLATE), None
    async for event in customer.api.follow(TELL, id=job):
        state = event["cameoChanged"]
        if state["status"] == "RUNNING":
            eta = eta or state["eta"]
    if state["status"] != "COMPLETED" or eta is None:
        raise BenchError(f"a film ended as {state}")
    guesses.judge(eta, datetime.now(UTC))


async def run(field: Field, options: argparse.Namespace) -> Found:
    """Measure everything."""
    found = Found()
    async with asyncpg.create_pool(field.dsn, min_size=1, max_size=2) as rows:
        await customers.offer(rows)
        (customer,) = await customers.gather(field.url, 1)
        for _ in range(options.films):
            # The first are what the guesses of the others are made from.
            await film(customer, Guesses())
        for _ in range(options.films):
            await film(customer, found.guesses)
        await refusals(customer.api, options.refusals, found)
        for worker in field.workers:
            await asyncio.to_thread(worker.process.stop)
        job = await request_cameo(customer.api, customer.portrait, TEMPLATE)
        await first_events(customer.api, job, options.times, found)
        await customer.api.http.aclose()
    return found


def row(what: str, bar: float | None, seconds: list[float]) -> tuple[str, ...]:
    """Lay out one measurement."""
    p50, p99 = (report.number(value * 1000) for value in percentiles(seconds))
    verdict = ("kept" if max(seconds) < bar else "**missed**") if bar else ""
    slowest = report.number(max(seconds) * 1000)
    return (what, f"< {bar * 1000:g} ms" if bar else "", p50, p99, slowest, verdict)


def lines(found: Found, load: float) -> list[str]:
    """Tell it as Markdown."""
    guesses = found.guesses
    rows = [
        row("the film, asked for once", None, found.asked),
        row("first event over server-sent events", FIRST_SECONDS, found.by_stream),
        row("first event over an open WebSocket", FIRST_SECONDS, found.by_socket),
        row("what is no photo, from its submission to REJECTED", REFUSED_SECONDS, found.refused),
    ]
    return [
        f"Run on {datetime.now(UTC):%Y-%m-%d} on {machine.name()}. "
        f"Load average before the run: {load:.2f}.",
        "",
        *report.table(("", "bar", "p50 ms", "p99 ms", "max ms", ""), rows),
        "",
        f"Of {guesses.films} films {guesses.likely} were there by `likelyAt` (the median of those "
        f"before) and {guesses.latest} by `latestAt` (nine in ten), as said when they began.",
    ]


def main() -> int:
    """Run, print the table, and write it into the README."""
    made = argparse.ArgumentParser(prog="python -m bench.progress", description=__doc__)
    made.add_argument("--films", type=int, default=15)
    made.add_argument("--times", type=int, default=100)
    made.add_argument("--refusals", type=int, default=5)
    made.add_argument("--keep", action="store_true", help="leave bench/README.md as it is")
    options, load = made.parse_args(), machine.load()
    try:
        with (
            the_field(10_000, 1, 6) as everything,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            told = lines(runner.run(run(everything, options)), load)
    except (BenchError, StartError, SetupError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("\n".join(told) + "\n")
    if not options.keep:
        report.write(told, name="progress")
    return 1 if any("missed" in line for line in told) else 0


if __name__ == "__main__":
    sys.exit(main())
