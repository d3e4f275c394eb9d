"""`make dev` as a newcomer types it: in a clean copy of the tree, without a network.

One start makes everything, and dies of SIGKILL; the next keeps its graph in Neo4j, where the
machine can run it, and is given one server that it must not start.
"""

import json
import re
import signal
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from redis import Redis

from sandbox.java import missing
from sandbox.state import State
from sandbox.supervisor import given
from sandbox.valkey import Valkey
from tests.support.api import SIGN_IN
from tests.support.newcomer import END_SECONDS, ROOT, Dev, all_gone, copied, make, until
from tests.test_browser import Node, browser, film_plays
from tests.test_checkout_page import playing
from tests.test_talk_page import NEWCOMERS, is_whole

__all__ = ["browser"]

GRAPH = "arcadedb" if missing() else "neo4j"
REGISTER = """mutation ($input: RegisterInput!) { register(input: $input) {
  ... on Session { customer { id } } } }"""
# How soon a busy machine's graph answers is not what these tests are about.
PATIENT = {"GRAPH_DEADLINE_SECONDS": "10"}
NEWCOMER = {"email": "newcomer@example.com", "password": "a long enough one 7"}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean copy of the tree."""
    return copied(tmp_path_factory.mktemp("newcomer") / "nerdx")


@dataclass
class Runs:
    """What was started here."""

    tree: Path
    started: list[Dev]

    def start(self, *words: str, env: Mapping[str, str] | None = None) -> Dev:
        output = self.tree.with_name(f"{len(self.started)}.out")
        self.started.append(Dev(self.tree, output, *words, env={**PATIENT, **(env or {})}))
        return self.started[-1].ready()


@pytest.fixture(scope="module")
def runs(tree: Path) -> Iterator[Runs]:
    found = Runs(tree, [])
    yield found
    for run in found.started:
        for process in run.family():
            with suppress(psutil.Error):
                process.kill()
        run.process.wait(END_SECONDS)


@pytest.fixture(scope="module")
def first(runs: Runs) -> Dev:
    """The first start, from nothing, in which somebody registers."""
    run = runs.start()
    found = run.ask(REGISTER, input={**NEWCOMER, "birthDate": "1990-01-01"})
    assert found["data"]["register"]["customer"]["id"]
    return run


@dataclass
class Again:
    """A second start, and how things were before it."""

    run: Dev
    ports: dict[str, int]
    explorer: str
    product: Any
    redis: Redis


@pytest.fixture(scope="module")
def again(first: Dev, runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Again]:
    """The second start, after the first was killed; its Redis is somebody else's."""
    ports, product = State(runs.tree / ".nerdx").ports, first.product()
    family = first.family()
    first.supervisor.kill()
    first.process.wait(END_SECONDS)
    until(lambda: all_gone(family), END_SECONDS)
    assert first.family() == []
    server = Valkey(State(tmp_path_factory.mktemp("elsewhere")))
    server.start()
    try:
        run = runs.start(f"GRAPH={GRAPH}", env=server.env())
        with Redis.from_url(server.env()["REDIS_URL"]) as redis:
            yield Again(run, ports, first.printed("Explorer"), product, redis)
    finally:
        server.stop()


def test_the_block_tells_a_newcomer_everything(first: Dev) -> None:
    progress, _, block = first.text.partition("NERDX is ready after")
    for step in ("making .venv", "postgres: ready in", "seed: done in", "worker: ready"):
        assert step in progress
    root = first.printed("Explorer").removesuffix("/explorer")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", root)
    assert f"{root}/watch/<cameo id>" in block
    assert httpx2.get(first.printed("Talk")).status_code == 200
    assert first.printed("GraphQL") == f"{root}/graphql"
    assert first.printed("Logs") == f"{first.tree}/.nerdx/logs/"
    logs = {path.stem for path in Path(first.printed("Logs")).iterdir()}
    assert {"api", "worker", "relay", "postgres", "valkey", "arcadedb", "s3"} <= logs
    people = re.findall(r"(\S+@example\.com)  (\S+)  \(", block)
    assert len(people) >= 4
    for email, password in people:
        session = first.ask(SIGN_IN, email=email, password=password)["data"]["signIn"]
        assert session["__typename"] == "Session", email


def test_the_pages_and_a_seeded_product_answer(first: Dev) -> None:
    page = httpx2.get(first.printed("Explorer"))
    assert page.status_code == 200
    root = first.printed("Explorer").removesuffix("/explorer")
    (script, *_) = re.findall(r'<script[^>]+src="([^"]+)"', page.text)
    assert len(httpx2.get(httpx2.URL(f"{root}/explorer").join(script)).content) > 10_000
    catalogue = json.loads((ROOT / "data" / "catalogue.json").read_text())
    written = next(one for one in catalogue["products"] if one["id"] == "nerd12-signature")
    found = first.product()["product"]
    assert found["name"] in written["name"].values()
    assert len(found["ingredients"]) == len(written["ingredients"])
    assert {variant["id"] for variant in found["variants"]} == {
        variant["id"] for variant in written["variants"]
    }


@pytest.mark.parametrize(
    ("locale", "persona", "film"),
    [("ko", "민수", "traditional-tavern"), ("en", "Alice", "neon-seoul-bar")],
)
async def test_a_newcomers_photo_becomes_a_playing_film(
    first: Dev, browser: Node, locale: str, persona: str, film: str
) -> None:
    base = first.printed("Explorer").removesuffix("/explorer")
    await film_plays(browser, base, locale, persona, film)


async def test_a_newcomer_talks_with_maeju_and_buys_from_joon(first: Dev, browser: Node) -> None:
    task = {"url": first.printed("Talk"), "locale": "ko", "way": "kr-chilled", **NEWCOMERS["ko"]}
    async with playing(browser, "whole", "talk.mjs", **task) as one:
        is_whole(await one.line(), "ko")


def test_a_second_one_says_who_is_running(first: Dev) -> None:
    second = make(first.tree, "dev")
    assert second.returncode != 0
    assert f"already running here: process {first.supervisor.pid}" in second.stdout
    assert first.printed("Explorer") in second.stdout
    refused = make(first.tree, "reset")
    assert refused.returncode != 0
    assert "already running" in refused.stdout
    assert first.product()


def test_a_dead_worker_is_started_again(first: Dev) -> None:
    dead = first.worker()
    dead.kill()
    found = until(lambda: re.search(r"worker: started again, process (\d+)", first.text))
    assert "worker ended (137)" in first.text
    assert first.worker().pid == int(found[1]) != dead.pid


def test_the_next_start_knows_its_ports_and_what_was_made(again: Again) -> None:
    assert again.run.printed("Explorer") == again.explorer
    ports = State(again.run.tree / ".nerdx").ports
    assert {name: ports[name] for name in again.ports} == again.ports
    assert "seed: done" not in again.run.text
    session = again.run.ask(SIGN_IN, **NEWCOMER)["data"]["signIn"]
    assert session["__typename"] == "Session"


def test_another_engine_is_filled_with_the_same_graph(again: Again) -> None:
    assert ("rebuild-graph: done" in again.run.text) is (GRAPH == "neo4j")
    engines = {"neo4j": "org.neo4j.server", "arcadedb": "arcadedb_embedded"}
    words = " ".join(word for process in again.run.family() for word in process.cmdline())
    assert [name for name, word in engines.items() if word in words] == [GRAPH]
    assert again.run.product() == again.product


def test_a_server_that_is_given_is_used_and_not_started(again: Again) -> None:
    assert "valkey: ready" not in again.run.text
    assert "valkey-server" not in {process.name() for process in again.run.family()}
    until(lambda: len(again.redis.client_list()) > len(("this test", "api", "worker", "relay")))
    assert again.redis.dbsize()


def test_paid_providers_are_given_with_their_keys_alone() -> None:
    address = {"OPENAI_BASE_URL": "https://renderer.example/v1"}
    assert given(address) == {}
    assert given({**address, "OPENAI_API_KEY": "sk-1"}) == address
    stores = {"DATABASE_URL": "postgresql+asyncpg://db/nerdx", "S3_ENDPOINT_URL": "https://s3"}
    assert given({**stores, "REDIS_URL": "", "PATH": "/bin"}) == stores


def test_it_ends_when_it_is_asked_and_leaves_nothing(again: Again) -> None:
    run, family = again.run, again.run.family()
    assert len(family) > 20
    run.process.send_signal(signal.SIGTERM)
    run.process.wait(END_SECONDS)
    until(lambda: "Stopped." in run.text)
    assert run.family() == []
    assert all_gone(family)


def test_reset_forgets_everything(again: Again) -> None:
    state = again.run.tree / ".nerdx"
    assert (state / "state.json").exists()
    done = make(again.run.tree, "reset")
    assert (done.returncode, done.stdout.strip()) == (0, "The sandbox is empty.")
    assert not state.exists()
