"""The graph goes away and comes back under a steady load: `python -m bench.outage` (row W5)."""

import argparse
import asyncio
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from typing import Any

import httpx2
import uvloop

from bench import machine, report
from bench.data import write_catalogue
from bench.gate import gate_before
from bench.queries import HEADERS, REFERENCE, SIGN_IN
from bench.servers import BenchError, Server, ours, run
from core.settings import ROOT
from sandbox.server import StartError
from sandbox.setup import SetupError
from sandbox.stack import Stack
from sandbox.state import free_port
from sandbox.supervisor import only_one
from services.account import SANDBOX_PASSWORD
from tests.support.api import key

BUYER = "demo-minsu@example.com"
FOLDER = ROOT / ".nerdx" / "outage"
LORE = """query ($about: ID!) { loreEntries(first: 20, filter: { about: $about }) { edges { node {
  id title truth features { id name } knownBy { id name } } } }
  product(id: $about) { id name lore { id title features { id } knownBy { id name } } } }"""
RELATED = """query ($id: ID!) { related(id: $id, first: 20) { distance relation
  node { ... on Node { id } } } }"""
# Carts hold what is in them: one drink alone would be sold out.
BOTTLES = cycle(("nerd12-signature-500", "nerd6-daily-750", "nerd9-cloud-750"))
CHECKOUT = """mutation ($key: String!, $bottle: ID!) { startCheckout(input: { idempotencyKey: $key,
  lines: [{ variantId: $bottle, quantity: 1 }] }) { ... on Checkout { id
    totals { total { amount } } lines { quantity variant { id product { name
      ingredients { ingredient { id name } } } } } }
  ... on UserError { code message } } }"""
type Variables = Callable[[], dict[str, Any]]
# What row W5 names, and a walk.
QUESTIONS: tuple[tuple[str, str, Variables], ...] = (
    ("catalogue", REFERENCE, lambda: {"first": 20}),
    ("lore", LORE, lambda: {"about": "nerd12-signature"}),
    ("checkout", CHECKOUT, lambda: {"key": key(), "bottle": next(BOTTLES)}),
    ("walk", RELATED, lambda: {"id": "icheon-rice"}),
)
TIMES = 10
BAR_MS = 300.0
RECOVER_SECONDS = 60.0
SLOW_SECONDS = 1.0


@dataclass
class Phase:
    """What was answered while the graph was in one state."""

    name: str
    times: list[tuple[str, float]] = field(default_factory=list)
    degraded: int = 0
    wrong: int = 0

    @property
    def seconds(self) -> list[float]:
        """What each answer took."""
        return [seconds for _, seconds in self.times]

    def row(self) -> tuple[str, ...]:
        """Lay it out."""
        count = len(self.seconds)
        p50, p95, p99 = (report.number(self.percentile(n)) for n in (50, 95, 99))
        slowest = report.number(max(self.seconds) * 1000)
        share = f"{100 * self.degraded / count:.0f} %"
        each = [report.number(self.percentile(95, kind)) for kind, _, _ in QUESTIONS]
        return (self.name, f"{count}", p50, p95, p99, slowest, *each, share, f"{self.wrong}")

    @property
    def slow(self) -> list[str]:
        """Which kinds of questions missed row W5's bar."""
        return [kind for kind, _, _ in QUESTIONS if self.percentile(95, kind) >= BAR_MS]

    def percentile(self, of_hundred: int, kind: str | None = None) -> float:
        """Return so many hundredths' time in milliseconds, of one kind or of all."""
        ranked = sorted(seconds for name, seconds in self.times if kind in (None, name))
        return ranked[min(len(ranked) * of_hundred // 100, len(ranked) - 1)] * 1000


class Load:
    """Asks on a fixed beat, whatever the answers take; each counts for the phase it began in."""

    def __init__(self, http: httpx2.AsyncClient, rate: float) -> None:
        self._http, self._pause = http, 1 / rate
        self._questions = cycle(QUESTIONS)

    async def run(self, phase: Phase, seconds: float) -> Phase:
        """Ask for so long, and wait for the last answers."""
        loop = asyncio.get_running_loop()
        begun, asked = loop.time(), list[asyncio.Task[bool]]()
        for number in range(round(seconds / self._pause)):
            await asyncio.sleep(begun + number * self._pause - loop.time())
            asked.append(asyncio.create_task(self.ask(phase)))
        await asyncio.gather(*asked)
        return phase

    async def ask(self, phase: Phase) -> bool:
        """Ask once; return whether the answer was whole."""
        kind, query, variables = next(self._questions)
        since, is_whole = time.perf_counter(), False
        try:
            body = {"query": query, "variables": variables()}
            answer = await self._http.post("/graphql", json=body)
            found = answer.json()
            is_degraded = "degraded" in found.get("extensions", {})
            is_good = answer.status_code == 200 and "errors" not in found and _holds(found["data"])
            is_whole = is_good and not is_degraded
            phase.degraded += is_degraded
            phase.wrong += not is_good
        except (httpx2.HTTPError, ValueError):
            phase.wrong += 1
        phase.times.append((kind, time.perf_counter() - since))
        return is_whole

    async def until_whole(self, phase: Phase) -> float:
        """Ask on until an answer is whole; return how long that took. Raises TimeoutError."""
        begun = time.perf_counter()
        async with asyncio.timeout(RECOVER_SECONDS):
            while not await self.ask(phase):  # noqa: ASYNC110
                await asyncio.sleep(self._pause)
        return time.perf_counter() - begun


def _holds(data: dict[str, Any]) -> bool:
    """Tell whether what was asked for is there, and is no fault."""
    return all(found and "code" not in found for found in data.values())


@dataclass(frozen=True)
class Field:
    """The stores, one API, and the port where its graph is."""

    stack: Stack
    api: Server
    gate: int


@contextmanager
def the_field() -> Iterator[Field]:
    """Start the stores with the catalogue ten times over."""
    with ExitStack() as opened:
        opened.enter_context(only_one(FOLDER))
        shutil.rmtree(FOLDER / "state", ignore_errors=True)
        stack = opened.enter_context(Stack(FOLDER / "state"))
        port = free_port(set(stack.state.ports.values()))
        gate = free_port({*stack.state.ports.values(), port})
        env = {
            **stack.env,
            "ENVIRONMENT": "test",
            "SANDBOX_SIGN_IN": "true",
            "PORTRAIT_SECRET": "a secret for this run only",
            "COMMERCE_SECRET": "another secret for this run only",
            "DATA_DIR": str(FOLDER / "data"),
            "LOG_LEVEL": "WARNING",
            # One buyer begins what a thousand do.
            "CHECKOUTS_PER_CLIENT": "1000000",
        }
        write_catalogue(FOLDER / "data", TIMES)
        for command in ("migrate", "seed", "rebuild-graph"):
            run(command, env)
        env["NEO4J_URI"] = f"bolt://127.0.0.1:{gate}"
        yield Field(stack, opened.enter_context(ours("api", env, port, FOLDER / "logs")), gate)


@dataclass
class Found:
    """Every phase, and how long each return took."""

    phases: list[Phase] = field(default_factory=list)
    returns: list[tuple[str, float]] = field(default_factory=list)


async def measure(place: Field, options: argparse.Namespace) -> Found:
    """Take the graph away in three ways, and give it back each time."""
    graph, found, seconds = place.stack.graph, Found(), options.seconds
    url = f"http://127.0.0.1:{place.api.port}"
    async with (
        gate_before(graph.port, place.gate) as gate,
        httpx2.AsyncClient(base_url=url, headers=HEADERS, timeout=30) as http,
    ):
        given = {"email": BUYER, "password": SANDBOX_PASSWORD}
        signed = await http.post("/graphql", json={"query": SIGN_IN, "variables": given})
        token = signed.json()["data"]["signIn"]["accessToken"]
        http.headers["authorization"] = f"Bearer {token}"
        load = Load(http, options.rate)
        await load.run(Phase("warm-up"), options.warm_up)
        found.phases.append(await load.run(Phase("up"), seconds))
        await asyncio.to_thread(graph.kill)
        found.phases.append(await load.run(Phase("stopped"), seconds))
        await asyncio.to_thread(graph.start)
        await back(load, found, "stopped")
        graph.process.signal(signal.SIGSTOP)
        found.phases.append(await load.run(Phase("hung"), seconds))
        graph.process.signal(signal.SIGCONT)
        await back(load, found, "hung")
        gate.delay = SLOW_SECONDS
        found.phases.append(await load.run(Phase(f"slow by {SLOW_SECONDS:g} s"), seconds))
        gate.delay = 0.0
        await back(load, found, "slow")
        found.phases.append(await load.run(Phase("up again"), seconds))
    return found


async def back(load: Load, found: Found, after: str) -> None:
    """Wait until answers are whole again, and note how long it took."""
    found.returns.append((after, await load.until_whole(Phase("back"))))


def lines(found: Found, options: argparse.Namespace, busy: float) -> list[str]:
    """Tell it as Markdown."""
    each = [f"{kind} p95" for kind, _, _ in QUESTIONS]
    times = ("p50 ms", "p95 ms", "p99 ms", "max ms")
    heads = ("graph", "answers", *times, *each, "degraded", "errors")
    returns = ", ".join(f"{seconds:.1f} s after {name}" for name, seconds in found.returns)
    return [
        f"Run on {datetime.now(UTC):%Y-%m-%d} on {machine.name()}. Load average before the run: "
        f"{busy:.2f}. {options.rate:g} requests a second, {options.seconds:g} s for each state.",
        "",
        *report.table(heads, [phase.row() for phase in found.phases]),
        "",
        f"Whole again, once the graph answered: {returns}.",
    ]


def missed(found: Found) -> list[str]:
    """Return which bars were missed."""
    slow = [
        f"p95 of the {kind} while {p.name} is not below {BAR_MS:g} ms"
        for p in found.phases
        for kind in p.slow
    ]
    wrong = [f"{p.wrong} errors while {p.name}" for p in found.phases if p.wrong]
    return slow + wrong


def main() -> int:
    """Run, print the table, and write it into the README; 1 when a bar was missed."""
    made = argparse.ArgumentParser(prog="python -m bench.outage", description=__doc__)
    made.add_argument("--rate", type=float, default=10.0, help="requests a second")
    made.add_argument("--seconds", type=float, default=20.0, help="for each state of the graph")
    made.add_argument("--warm-up", type=float, default=10.0)
    made.add_argument("--keep", action="store_true", help="leave bench/README.md as it is")
    options, busy = made.parse_args(), machine.load()
    try:
        with the_field() as place, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            found = runner.run(measure(place, options))
    except (BenchError, StartError, SetupError, TimeoutError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    told = lines(found, options, busy)
    sys.stdout.write("\n".join(told) + "\n")
    if not options.keep:
        report.write(told, name="outage")
    for line in missed(found):
        sys.stdout.write(f"{line}\n")
    return bool(missed(found))


if __name__ == "__main__":
    sys.exit(main())
