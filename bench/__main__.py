"""`make bench`: everything in one run, and the figures into `bench/README.md`."""

import argparse
import asyncio
import json
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvloop

from bench import machine, report
from bench.data import add_cameo, write_catalogue
from bench.fanout import Fan, fan_out
from bench.machine import Cores, Meter
from bench.queries import REFERENCE, SMALL
from bench.rounds import Pace, Question, Sample, play, same_answers
from bench.servers import BenchError, Server, newest_node, ours, peer, run
from core.bus import Bus
from core.db import connect
from core.settings import ROOT, Settings
from sandbox.postgres import binaries
from sandbox.server import StartError
from sandbox.setup import SetupError
from sandbox.stack import Stack
from sandbox.state import free_port
from sandbox.supervisor import only_one

FOLDER = ROOT / ".nerdx" / "bench"
FIRST = 50
TIMES = 10
OURS, FALLBACK, YOGA, MERCURIUS = "ours", "ours, graph stopped", "graphql-yoga", "mercurius"
# Java and Node.js compile what they run often: nobody is measured cold.
WARM_UP = Pace(rounds=1, warm_up=0.0, seconds=8.0)
QUESTIONS = (
    Question("reference", f"Reference query, first: {FIRST}", REFERENCE, {"first": FIRST}),
    Question("typename", f"`{SMALL}`", SMALL, {}),
)


@dataclass(frozen=True)
class Field:
    """The servers, all running, on one set of stores."""

    stack: Stack
    env: Mapping[str, str]
    node: Path
    servers: list[Server]
    cores: Cores
    meter: Meter

    def stores(self) -> float:
        """The CPU time that Postgres, the graph and Redis have used so far."""
        pids = [server.pid for server in self.stack.servers.values() if server.pid]
        return self.meter.seconds(*pids)

    @property
    def settings(self) -> Settings:
        """The settings of our own API."""
        names = Settings.model_fields
        return Settings(**{k.lower(): v for k, v in self.env.items() if k.lower() in names})


def say(line: str) -> None:
    """Show progress."""
    sys.stdout.write(f"· {line}\n")
    sys.stdout.flush()


def settings_of(stack: Stack, subscribers: int) -> dict[str, str]:
    """Return our settings: limits as in production, but for how many one viewer may hold."""
    many = str(subscribers + 100)
    return {
        **stack.env,
        "ENVIRONMENT": "test",
        "SANDBOX_SIGN_IN": "true",
        "PORTRAIT_SECRET": "a secret for this run only",
        "COMMERCE_SECRET": "another secret for this run only",
        "REDIS_PREFIX": "bench",
        "DATA_DIR": str(FOLDER / "data"),
        "LOG_LEVEL": "WARNING",
        "MAX_CONNECTIONS": many,
        "MAX_CONNECTIONS_PER_VIEWER": many,
        "MAX_SUBSCRIPTIONS_PER_VIEWER": many,
        # Sixteen at once on one core take longer than a graph that is well: keep asking it.
        "GRAPH_DEADLINE_SECONDS": "10",
    }


@contextmanager
def field(subscribers: int) -> Iterator[Field]:
    """Start the stores, fill them, start the servers; stop all at the end."""
    with ExitStack() as stack:
        stack.enter_context(only_one(FOLDER))
        shutil.rmtree(FOLDER / "state", ignore_errors=True)
        node = newest_node(FOLDER / "node")
        say("starting Postgres, Redis, the graph and the object store")
        stores = stack.enter_context(Stack(FOLDER / "state"))
        env = settings_of(stores, subscribers)
        write_catalogue(FOLDER / "data", TIMES)
        for command in ("migrate", "seed", "rebuild-graph"):
            say(f"nerdx {command}")
            run(command, env)
        servers = participants(env, node, set(stores.state.ports.values()))
        for server in servers:
            stack.enter_context(server)
        cores = Cores()
        for server in servers:
            cores.pin_server(server.pid)
        cores.pin_rest([s.pid for s in stores.servers.values() if s.pid])
        cores.pin_self()
        yield Field(stores, env, node, servers, cores, Meter())


def participants(env: Mapping[str, str], node: Path, taken: set[int]) -> list[Server]:
    """Make the servers under test, on ports that nobody has."""
    ports: list[int] = []
    for _ in range(5):
        ports.append(free_port(taken | set(ports)))
    nobody = {"NEO4J_URI": f"bolt://127.0.0.1:{ports[4]}", "GRAPH_DEADLINE_SECONDS": "0.5"}
    logs = FOLDER / "logs"
    return [
        ours(OURS, env, ports[0], logs),
        ours(FALLBACK, {**env, **nobody}, ports[1], logs),
        peer(YOGA, node, env, ports[2], logs),
        peer(MERCURIUS, node, env, ports[3], logs),
    ]


async def measure(
    field: Field, pace: Pace, subscribers: int, events: int
) -> tuple[list[Sample], list[Fan]]:
    """Measure everything."""
    for question in QUESTIONS:
        same_answers(field.servers, question)
    say("all servers give the same answers; warming them up")
    await play(field.servers, QUESTIONS[:1], WARM_UP, field.stores, lambda line: None)
    samples = await play(field.servers, QUESTIONS, pace, field.stores, say)
    settings = field.settings
    db, bus = connect(settings), Bus(settings)
    try:
        await add_cameo(db)
        say(f"{subscribers} subscribers on each of two servers, both started anew")
        mine, _, yoga, _ = field.servers
        for server in (mine, yoga):
            server.restart()
            field.cores.pin_server(server.pid)
        found = await fan_out(mine, yoga, db, bus, subscribers=subscribers, events=events)
    finally:
        await bus.close()
        await db.close()
    return samples, found


def software(node: Path) -> list[str]:
    """Say which versions ran."""
    packages = json.loads((ROOT / "bench" / "peers" / "package.json").read_text())["dependencies"]
    names = ("graphql-yoga", "mercurius", "fastify", "graphql", "dataloader", "pg", "graphql-ws")
    peers = ", ".join(f"{name} {packages[name]}" for name in names)
    return [
        f"Ours: {machine.ours()}.",
        f"Peers: Node.js {machine.said(node, '--version')}, {peers}.",
        f"{machine.said(binaries() / 'postgres', '--version')}; ArcadeDB as the graph.",
    ]


def tell(
    field: Field, pace: Pace, load: float, samples: list[Sample], found: list[Fan]
) -> list[str]:
    """Write the report."""
    answer = field.servers[0].ask(REFERENCE, first=FIRST)
    size = len(json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode())
    about = report.Run(
        machine=machine.name(),
        software=software(field.node),
        are_split=field.cores.are_split,
        load=load,
        products=12 * TIMES,
        answer_bytes=size,
        pace=pace,
    )
    names = [server.name for server in field.servers]
    pairs = [(mine, theirs) for mine in (OURS, FALLBACK) for theirs in (YOGA, MERCURIUS)]
    lines = about.lines()
    for question in QUESTIONS:
        lines += ["", f"### {question.title}", "", *report.figures(samples, question.name, names)]
        lines += ["", *report.compared(samples, question.name, pairs)]
    return [*lines, "", "### Fan-out", "", *report.fans(found)]


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--warm-up", type=float, default=1.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--subscribers", type=int, default=1_000)
    parser.add_argument("--events", type=int, default=40)
    parser.add_argument("--keep", action="store_true", help="leave bench/README.md as it is")
    return parser.parse_args()


def main() -> int:
    """Run, print the report, and write it into the README."""
    chosen = options()
    pace = Pace(chosen.rounds, chosen.warm_up, chosen.seconds, chosen.connections)
    load, begun = machine.load(), time.monotonic()
    try:
        with field(chosen.subscribers) as servers:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                found = runner.run(measure(servers, pace, chosen.subscribers, chosen.events))
            lines = tell(servers, pace, load, *found)
    except (BenchError, StartError, SetupError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("\n".join(lines) + "\n")
    if not chosen.keep:
        report.write(lines)
    say(f"done in {time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
