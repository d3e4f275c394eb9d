"""What tests stand on: real servers for the whole run, and for each test a database of its own."""

import asyncio
import gc
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from xdist.remote import Producer

from app import App
from core.migrate import upgrade
from core.settings import Settings
from gateways.storage import S3Storage
from sandbox.java import coverage
from sandbox.stack import Stack
from tests.support import kept, loopback, memory, order, rehearsal
from tests.support.api import Api
from tests.support.databases import Databases
from tests.support.engines import ENGINES, Engines, graph_env
from tests.support.gate import gated
from tests.support.schedule import ByFileAndEngine
from tests.support.serve import Program, free_port, running, serving
from tests.support.settings import settings_of
from tests.support.settle import settle
from workers import seed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SECRETS = {
    "ENVIRONMENT": "test",
    "PORTRAIT_SECRET": "a secret for tests only",
    "COMMERCE_SECRET": "another secret for tests only",
    "SANDBOX_SIGN_IN": "true",
}
FAST = {
    "POLL_SECONDS": "0.2",
    "SUBMIT_SETTLE_SECONDS": "2",
    "STAGE_LEASE_SECONDS": "3",
    "FILM_PRESET": "ultrafast",
}
# How soon a busy machine's provider answers is not what most tests are about.
PATIENT = {"SEARCH_EMBEDDING_SECONDS": "20"}


def pytest_configure() -> None:
    """End at once where the graph's tests have to run on every engine, and cannot."""
    graph, will_do = coverage()
    if not will_do:
        raise pytest.UsageError(f"graph: {graph}")
    # Before anything is started: what is, inherits it.
    loopback.cut()
    loopback.guard()
    kept.keep()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files."""
    if gone := order.gone():
        raise pytest.UsageError(f"tests/support/order.py names what is no more: {gone}")
    order.arrange(items)


def pytest_collection_finish() -> None:
    """Have the collector pass over what is kept to the end."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFileAndEngine:
    """Say which tests run in one process."""
    return ByFileAndEngine(config, log)


def pytest_report_header() -> str:
    """Say which engines the graph's tests run on."""
    return f"graph: {coverage()[0]}"


@pytest.fixture(autouse=True)
def on_loopback() -> Iterator[None]:
    """Fail a test that tries to leave the machine."""
    before = len(loopback.tried)
    yield
    assert loopback.tried[before:] == [], "a test left loopback"


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Every server, with ArcadeDB as the graph."""
    with memory.folder() as place, Stack(place, providers=True, graph="arcadedb") as servers:
        yield servers


@pytest.fixture(scope="session")
def engines(stack: Stack) -> Iterator[Engines]:
    """The graph servers of this run."""
    with memory.folder() as place:
        servers = Engines(stack, place)
        yield servers
        servers.stop()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, engines: Engines, tmp_path: Path) -> Iterator[Stack]:
    """The graph of a test and of its world, empty; the test runs on each engine, and may stop it.

    Every test that looks into the graph asks for this: `test_engines` sees to it. With
    `@pytest.mark.gate` a Neo4j that it stops goes on behind a door that is shut.
    """
    found = engines.empty(request.param)
    if request.param == "arcadedb" or not request.node.get_closest_marker("gate"):
        yield found
        # Those who ask for no engine have this one, and would wait for it at each start.
        found.graph.start()
        return
    behind = gated(found, tmp_path / "gate")
    yield behind
    behind.graph.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def databases(stack: Stack) -> AsyncIterator[Databases]:
    """Makes the databases of this process."""
    found = Databases(stack)
    yield found
    await found.aclose()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def template(stack: Stack, databases: Databases) -> str:
    """A database with every table and nothing in it."""
    url = await databases.make("template_empty")
    await upgrade(settings_of({**stack.env, **SECRETS, "DATABASE_URL": url}))
    return "template_empty"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def seeded_template(stack: Stack, databases: Databases, template: str) -> str:
    """A database with the catalogue and the personas in it."""
    url = await databases.copy(template, "template_seeded")
    assert await seed.run(settings_of({**stack.env, **SECRETS, "DATABASE_URL": url})) == 0
    return "template_seeded"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def settled_template(
    stack: Stack,
    databases: Databases,
    seeded_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """A database with the catalogue in it, of a product that has run for a minute."""
    name = "template_settled"
    env = {**stack.env, **SECRETS, **FAST, "S3_BUCKET": "settled", "REDIS_PREFIX": name}
    stage = await databases.copy(seeded_template, "rehearsal")
    rehearsal.at({**env, "DATABASE_URL": stage, "REDIS_PREFIX": "rehearsal"})
    env["DATABASE_URL"] = await databases.copy(seeded_template, name)
    await settle(settings_of(env), env, tmp_path_factory.mktemp("settling"))
    return name


@pytest.fixture
def seeded(request: pytest.FixtureRequest) -> str:
    """The database that a test's own is a copy of."""
    just = request.node.get_closest_marker("just_seeded")
    return str(request.getfixturevalue("seeded_template" if just else "settled_template"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def s3(stack: Stack) -> AsyncIterator["S3Client"]:
    """A way to the store that all tests have in common: to make one costs more than a bucket."""
    storage = S3Storage(settings_of({**stack.env, **SECRETS}))
    yield storage._client
    await storage.aclose()


@dataclass
class World:
    """One test's own corner of the servers."""

    stack: Stack
    env: dict[str, str]
    folder: Path
    _programs: list[Any]

    @property
    def settings(self) -> Settings:
        """The settings of this corner."""
        return settings_of(self.env)

    @property
    def dsn(self) -> str:
        """The database of this corner, for a connection of one's own."""
        return self.env["DATABASE_URL"].replace("+asyncpg", "")

    @property
    def url(self) -> str:
        """Where the API of this corner is, once it runs."""
        return self.env["PUBLIC_URL"]

    def program(self, name: str, **env: str) -> Program:
        """Start a `nerdx` process that ends with the test."""
        manager = running(name, {**self.env, **env}, self.folder / f"{name}.log")
        self._programs.append(manager)
        return manager.__enter__()


@pytest_asyncio.fixture(loop_scope="session")
async def world(
    stack: Stack,
    databases: Databases,
    seeded: str,
    s3: "S3Client",
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> AsyncIterator[World]:
    """A seeded database, a Redis prefix and a port of this test's own.

    `@pytest.mark.env(NAME="value")` sets variables for the test, and `@pytest.mark.just_seeded`
    has what the seed owes still to be done. Its graph is the test's `engine`,
    or else the ArcadeDB of the run with what other tests left in it.
    """
    name = f"test_{secrets.token_hex(6)}"
    url = await databases.copy(seeded, name)
    port = free_port()
    marked = request.node.get_closest_marker("env")
    has_engine = "engine" in request.fixturenames
    env = {
        **stack.env,
        **SECRETS,
        **FAST,
        **PATIENT,
        **(graph_env(request.getfixturevalue("engine")) if has_engine else {}),
        "DATABASE_URL": url,
        "REDIS_PREFIX": name,
        "S3_BUCKET": name.replace("_", "-"),
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TOKEN_KEYS_PATH": str(tmp_path / "keys"),
        **(marked.kwargs if marked else {}),
    }
    corner = World(stack, env, tmp_path, [])
    # The test may have its own API look elsewhere.
    there = {**env, "S3_ENDPOINT_URL": stack.env["S3_ENDPOINT_URL"]}
    storage = S3Storage(settings_of(there))
    vars(storage)["_client"] = s3
    await storage.ensure_bucket()
    yield corner
    for manager in reversed(corner._programs):
        await asyncio.to_thread(manager.__exit__, None, None, None)
    await databases.drop(name)


@pytest_asyncio.fixture(loop_scope="session")
async def app(world: World) -> AsyncIterator[App]:
    """The API, serving on a port in this event loop."""
    async with serving(world.settings) as host:
        yield host


@pytest.fixture
def still(app: App) -> None:
    """The minutes in which the API counts tries: the one that runs does not end in the test."""
    now = time.time()
    app.throttle.clock = lambda: now


@pytest_asyncio.fixture(loop_scope="session")
async def api(world: World, app: App) -> AsyncIterator[Api]:
    """A stranger's connection to the API."""
    async with Api(world.url) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def minsu(world: World, app: App) -> AsyncIterator[Api]:
    """An adult Korean customer, signed in."""
    from services.account import SANDBOX_PASSWORD

    async with Api(world.url) as client:
        yield await client.sign_in("demo-minsu@example.com", SANDBOX_PASSWORD)


@pytest.fixture
def workers(world: World) -> tuple[Program, Program]:
    """A worker and a relay, as real processes."""
    return world.program("worker"), world.program("relay")
