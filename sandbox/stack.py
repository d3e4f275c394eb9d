"""All servers of the sandbox as one thing, for `nerdx dev` and for the tests."""

import asyncio
import fcntl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal, Self

from sandbox.arcadedb import ArcadeDB
from sandbox.neo4j import Neo4j
from sandbox.postgres import Postgres
from sandbox.process import poll
from sandbox.providers import Agents, Carriers, Feeds, Identity, Mail, OpenAI, Stripe
from sandbox.s3 import S3
from sandbox.server import Server, StartError
from sandbox.state import State
from sandbox.valkey import Valkey

Graph = Literal["arcadedb", "neo4j"]
SETTLE_SECONDS = 30.0
START_SECONDS = 900.0


def quiet(line: str) -> None:
    """Take a line of progress and show nothing."""


class Stack:
    """Starts every server that `given` does not name, in parallel, and stops them together.

    `graph` chooses the Bolt engine (None: none), `providers` adds the paid providers' sandboxes,
    `durable` turns Postgres' fsync on. Use it as a context manager, plain or async.
    """

    def __init__(
        self,
        state_dir: Path | State,
        *,
        graph: Graph | None = "arcadedb",
        providers: bool = False,
        durable: bool = False,
        webhook_url: str | None = None,
        neo4j_version: str | None = None,
        given: Mapping[str, str] | None = None,
        say: Callable[[str], None] = quiet,
    ) -> None:
        self.state = state_dir if isinstance(state_dir, State) else State(state_dir)
        # The last run's servers must be gone before we see which ports are free.
        await_guards(self.state.lock, say)
        self._say = say
        self._given = dict(given or {})
        self._starting: list[threading.Thread] = []
        makers: dict[str, tuple[str, Callable[[], Server]]] = {
            "postgres": ("DATABASE_URL", lambda: Postgres(self.state, durable=durable)),
            "valkey": ("REDIS_URL", lambda: Valkey(self.state)),
            "s3": ("S3_ENDPOINT_URL", lambda: S3(self.state)),
        }
        if graph == "arcadedb":
            makers["graph"] = ("NEO4J_URI", lambda: ArcadeDB(self.state))
        elif graph == "neo4j":
            makers["graph"] = ("NEO4J_URI", lambda: Neo4j(self.state, neo4j_version, say))
        if providers:
            makers["openai"] = ("OPENAI_BASE_URL", lambda: OpenAI(self.state, webhook_url))
            makers["stripe"] = ("STRIPE_BASE_URL", lambda: Stripe(self.state, webhook_url))
            makers["mail"] = ("MAIL_URL", lambda: Mail(self.state))
            makers["carriers"] = ("CARRIER_URL", lambda: Carriers(self.state, webhook_url))
            if webhook_url:
                url = webhook_url
                makers["agents"] = ("SANDBOX_AGENT_URL", lambda: Agents(self.state, url))
            makers["feeds"] = ("ACP_FEED_PUSH", lambda: Feeds(self.state))
            makers["identity"] = ("SIGN_IN_PROVIDERS", lambda: Identity(self.state))
        self.servers = {
            role: make() for role, (setting, make) in makers.items() if not self._given.get(setting)
        }

    @property
    def env(self) -> dict[str, str]:
        """The settings of our program that lead to these servers."""
        found = {
            key: value for server in self.servers.values() for key, value in server.env().items()
        }
        return found | self._given

    @property
    def postgres(self) -> Postgres:
        """The database server."""
        return self._one("postgres", Postgres)

    @property
    def valkey(self) -> Valkey:
        """The broker."""
        return self._one("valkey", Valkey)

    @property
    def graph(self) -> Server:
        """The Bolt server, whichever engine it is."""
        return self._one("graph", Server)  # type: ignore[type-abstract]

    @property
    def s3(self) -> S3:
        """The object store."""
        return self._one("s3", S3)

    @property
    def openai(self) -> OpenAI:
        """The sandbox that speaks OpenAI's wire."""
        return self._one("openai", OpenAI)

    @property
    def stripe(self) -> Stripe:
        """The sandbox that speaks Stripe's wire."""
        return self._one("stripe", Stripe)

    @property
    def mail(self) -> Mail:
        """The sandbox that takes mail."""
        return self._one("mail", Mail)

    @property
    def identity(self) -> Identity:
        """The sandbox that people sign in with."""
        return self._one("identity", Identity)

    @property
    def carriers(self) -> Carriers:
        """The sandbox that knows where parcels are."""
        return self._one("carriers", Carriers)

    @property
    def agents(self) -> Agents:
        """The sandbox that hears of agents' orders."""
        return self._one("agents", Agents)

    @property
    def feeds(self) -> Feeds:
        """The sandbox that keeps feeds of products."""
        return self._one("feeds", Feeds)

    def _one[T: Server](self, role: str, kind: type[T]) -> T:
        server = self.servers.get(role)
        if not isinstance(server, kind):
            raise LookupError(f"this stack has no {role}")
        return server

    def start(self) -> Self:
        """Start all and return when all answer; on any failure stop all and raise StartError."""
        problems: list[BaseException] = []
        self._starting = [
            threading.Thread(target=self._start_one, args=(server, problems), daemon=True)
            for server in self.servers.values()
        ]
        try:
            for thread in self._starting:
                thread.start()
            poll(lambda: bool(problems) or not self._is_starting, START_SECONDS)
            if problems:
                raise problems[0]
        except BaseException:
            self.stop()
            raise
        return self

    def _start_one(self, server: Server, problems: list[BaseException]) -> None:
        begun = time.monotonic()
        try:
            server.start()
        except Exception as error:  # whatever it is, the starting thread must tell the caller
            problems.append(error)
            return
        self._say(f"{server.name}: ready in {time.monotonic() - begun:.1f} s")

    @property
    def _is_starting(self) -> bool:
        return any(thread.is_alive() for thread in self._starting)

    def stop(self) -> None:
        """Stop all at the same time and wait until they are gone."""
        # A start that is under way may bring up one more after the first round.
        poll(self._stopped, SETTLE_SECONDS)

    def _stopped(self) -> bool:
        stop_all(self.servers.values())
        return not self._is_starting

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.start)

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.stop)


def stop_all(servers: Iterable[Server]) -> None:
    """Ask all to stop, then wait for each."""
    waiting = list(servers)
    for server in waiting:
        server.process.request_stop()
    for server in waiting:
        server.process.stop()


def await_guards(path: Path, say: Callable[[str], None]) -> None:
    """Wait until no guard holds the lock file any more; raises StartError when one stays."""
    with path.open("a") as lock:
        if free(lock.fileno()):
            return
        say("waiting for the last run's servers to end")
        if not poll(lambda: free(lock.fileno()), SETTLE_SECONDS):
            raise StartError(f"servers of an earlier run still use {path.parent}")


def free(lock: int) -> bool:
    """Whether nobody holds the lock; leaves it free."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(lock, fcntl.LOCK_UN)
    return True
