"""How fast things are found among 10,000 drinks: `python -m bench.search` (PRODUCT 126, row R5)."""

import argparse
import asyncio
import shutil
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx2
import uvloop
from sqlalchemy import text

from bench import machine, report
from bench.drinks import fill, texts
from bench.queries import HEADERS
from bench.servers import BenchError, Server, ours, run
from core.db import connect
from core.settings import ROOT, Settings
from gateways.embedding import OpenAIEmbeddings
from sandbox.openai.server import OpenAISandbox
from sandbox.server import StartError
from sandbox.setup import SetupError
from sandbox.stack import Graph, Stack
from sandbox.state import free_port
from sandbox.supervisor import only_one
from services import search
from services.search import Vectors
from workers.base import Work

FOLDER = ROOT / ".nerdx" / "search"
BAR_MS = 100.0
FIND = """query ($text: String!) { search(text: $text, first: 20) {
  edges { score snippet node { __typename ... on Product { id name } } } } }"""
WHOLE = """query ($text: String!) { search(text: $text, first: 20) { totalCount
  facets { field values { value label count } }
  edges { score snippet node { __typename ... on Product { id name } } } } }"""
ILIKE = """query ($text: String!) { products(first: 20, filter: { text: $text }) {
  edges { node { __typename id name } } } }"""
SUGGEST = """query ($text: String!) { suggestions(text: $text) {
  text hit { __typename ... on Product { id } } } }"""
PLAIN = text(
    """SELECT id, ts_rank(v, q) AS rank
    FROM (SELECT id, to_tsvector('simple', concat_ws(' ', name->>'ko', name->>'en',
          description->>'ko', description->>'en')) AS v FROM products) AS said,
         plainto_tsquery('simple', :text) AS q WHERE v @@ q ORDER BY rank DESC, id LIMIT 20"""
)


@dataclass
class Took:
    """How long answers took, in seconds."""

    name: str
    seconds: list[float]

    def percentile(self, of_hundred: int) -> float:
        """Return so many hundredths' time in milliseconds."""
        ranked = sorted(self.seconds)
        return ranked[min(len(ranked) * of_hundred // 100, len(ranked) - 1)] * 1000

    def row(self, peer: "Took") -> list[str]:
        """Lay it out, beside the peer."""
        p50, p95, p99 = (self.percentile(n) for n in (50, 95, 99))
        ratio = f"{p95 / peer.percentile(95):.2f}"
        return [self.name, *(report.number(n) for n in (p50, p95, p99)), ratio]


async def asked(http: httpx2.AsyncClient, name: str, query: str, said: Sequence[str]) -> Took:
    """Ask one after the other."""
    took = Took(name, [])
    for one in said:
        since = time.perf_counter()
        body = {"query": query, "variables": {"text": one}}
        answer = await http.post("/graphql", json=body, headers=HEADERS)
        took.seconds.append(time.perf_counter() - since)
        if answer.status_code != 200 or "errors" in answer.json():
            raise BenchError(answer.text[:500])
    return took


async def plain(settings: Settings, said: Sequence[str]) -> Took:
    """Ask Postgres for the words as they stand, with no index and no server of ours between."""
    took, db = Took("Postgres, plain full text without an index", []), connect(settings)
    for one in said:
        since = time.perf_counter()
        async with db.read() as session:
            (await session.execute(PLAIN, {"text": one})).all()
        took.seconds.append(time.perf_counter() - since)
    await db.close()
    return took


async def index(settings: Settings) -> float:
    """Make the index, and return the seconds that took."""
    work, since = Work.of(settings), time.perf_counter()
    embeddings = OpenAIEmbeddings(settings)
    await search.refresh(work.begin, Vectors(settings, work.db, work.bus, embeddings))
    await embeddings.aclose()
    await work.close()
    return time.perf_counter() - since


def settings_of(env: dict[str, str]) -> Settings:
    """Read settings from these variables alone."""
    names = Settings.model_fields
    return Settings(**{k.lower(): v for k, v in env.items() if k.lower() in names})


def say(line: str) -> None:
    """Show progress."""
    sys.stdout.write(f"· {line}\n")
    sys.stdout.flush()


@asynccontextmanager
async def field(
    number: int, *, graph: Graph | None = None, more: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[Server, Settings, float]]:
    """Start the stores with so many drinks, and one API; with a graph they are in it, too."""
    with ExitStack() as opened:
        opened.enter_context(only_one(FOLDER))
        shutil.rmtree(FOLDER / "state", ignore_errors=True)
        stack = opened.enter_context(Stack(FOLDER / "state", graph=graph))
        provider = opened.enter_context(OpenAISandbox.at(FOLDER / "state" / "openai"))
        env = {
            **stack.env,
            "ENVIRONMENT": "test",
            "PORTRAIT_SECRET": "a secret for this run only",
            "COMMERCE_SECRET": "another secret for this run only",
            "OPENAI_BASE_URL": provider.base_url,
            "OPENAI_API_KEY": provider.config.api_key,
            "SEARCH_EMBEDDING_SECONDS": "5",
            "LOG_LEVEL": "WARNING",
            **(more or {}),
        }
        for command in ("migrate", "seed"):
            run(command, env)
        settings = settings_of(env)
        say(f"adding {number} drinks")
        await fill(settings, number)
        say("indexing them")
        took = await index(settings)
        if graph:
            say("putting them into the graph")
            run("rebuild-graph", env)
        port = free_port(set(stack.state.ports.values()))
        api = await asyncio.to_thread(opened.enter_context, ours("api", env, port, FOLDER / "logs"))
        yield api, settings, took


async def measure(number: int, questions: int) -> list[str]:
    """Run, and return the report."""
    load = machine.load()
    async with field(number) as (api, settings, indexing):
        url = f"http://127.0.0.1:{api.port}"
        said = texts(questions)
        async with httpx2.AsyncClient(base_url=url, timeout=60) as http:
            say("warming up")
            # The analyser of Korean is loaded by the first who searches.
            await asked(http, "", WHOLE, ["달콤한 술"])
            await asyncio.sleep(10)
            await asked(http, "", WHOLE, texts(24))
            await asked(http, "", ILIKE, texts(24))
            runs = []
            for name, query in (
                ("`search`, the first time each", FIND),
                ("`search`, vectors known", FIND),
                ("`search` with facets and count", WHOLE),
                ("`suggestions`", SUGGEST),
                ("peer: `products(filter: {text})`, ILIKE", ILIKE),
            ):
                say(name)
                runs.append(await asked(http, name, query, said))
        # Half a second each: a tenth of them will do.
        runs.append(await plain(settings, said[:24]))
    return list(_told(runs, number, questions, load, indexing))


def _told(
    runs: Sequence[Took], number: int, questions: int, load: float, indexing: float
) -> Iterator[str]:
    peer = next(one for one in runs if "ILIKE" in one.name)
    heads = ["asked", "p50 ms", "p95 ms", "p99 ms", "p95 to ILIKE's"]
    day = datetime.now(UTC).date()
    yield (
        f"Run on {day} on {machine.name()}. Load average before the run: {load:.2f}. "
        f"{number:,} drinks beside the catalogue's, {questions} texts, one after the other; "
        f"indexing them with vectors of the sandbox took {indexing:.0f} s."
    )
    yield ""
    yield from report.table(heads, [one.row(peer) for one in runs])
    known = [one.percentile(95) for one in runs if "known" in one.name or "facets" in one.name]
    yield ""
    verdict = "kept" if max(known) < BAR_MS else "missed"
    yield (
        f"Bar of PRODUCT 126, p95 below {BAR_MS:.0f} ms with vectors known, "
        f"with facets and count as without: {verdict}."
    )


def main() -> int:
    """Run, print the report, and write it into the README."""
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=240)
    parser.add_argument("--keep", action="store_true", help="leave bench/README.md as it is")
    chosen = parser.parse_args()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            lines = runner.run(measure(chosen.products, chosen.questions))
    except (BenchError, StartError, SetupError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("\n".join(lines) + "\n")
    if not chosen.keep:
        report.write(lines, name="search")
    return 0


if __name__ == "__main__":
    sys.exit(main())
