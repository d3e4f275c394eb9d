"""How fast drinks are recommended among 10,000: `python -m bench.recommend` (PRODUCT 126)."""

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import uvloop

from bench import machine, report
from bench.drinks import FRUITS, MOODS
from bench.search import Took, field, say
from bench.servers import BenchError
from sandbox.server import StartError
from sandbox.setup import SetupError
from tests.support.api import Api, key

BAR_MS = 1_000.0
TASTES = 6
BORN = """mutation ($i: UpdateAccountInput!) { updateAccount(input: $i) {
  __typename ... on UserError { code message } } }"""
RATE = """mutation ($i: RateTasteInput!) { rateTaste(input: $i) {
  __typename ... on UserError { code message } } }"""
ASK = """query ($context: RecommendationContext) {
  recommendations(context: $context, first: 12) { degraded
    items { score reason parts { content collaborative ai } product { id name }
      paths { sentence } } } }"""
LIKED = """{ popularProducts(category: "Makgeolli", first: 12) { id name } }"""


async def people(url: str, number: int, products: int) -> list[Api]:
    """Begin guests' sessions, each with tastes of their own."""
    draw, found = random.Random(5), []
    for _ in range(number):
        api = await Api(url, locale="ko").guest()
        await _did(api, BORN, birthDate="1990-01-01")
        drinks = draw.sample(range(products), TASTES)
        likings = ("LIKES", "LIKES", "LIKES", "LIKES", "DISLIKES", "DISLIKES")
        ratings = [
            {"productId": f"bench-{drink:05d}", "liking": liking}
            for drink, liking in zip(drinks, likings, strict=True)
        ]
        await _did(api, RATE, ratings=ratings, idempotencyKey=key())
        found.append(api)
    return found


async def _did(api: Api, query: str, **given: Any) -> None:
    answer = await api.one(query, i=given)
    if answer["__typename"] != "Customer":
        raise BenchError(str(answer))


async def asked(name: str, everybody: Sequence[Api], query: str, *contexts: Any) -> Took:
    """Have everybody ask, one after the other."""
    took = Took(name, [])
    for n, api in enumerate(everybody):
        given = {"context": contexts[n % len(contexts)]} if contexts else {}
        since = time.perf_counter()
        answer = await api.one(query, **given)
        took.seconds.append(time.perf_counter() - since)
        if isinstance(answer, dict) and (answer["degraded"] or len(answer["items"]) < 12):
            raise BenchError(f"{name}: {str(answer)[:300]}")
    return took


def _wishes() -> list[dict[str, str]]:
    draw = random.Random(9)
    return [
        {"wish": f"{draw.choice(MOODS)[0]}에 어울리는 {draw.choice(FRUITS)[0]} 술"}
        for _ in range(97)
    ]


async def measure(products: int, number: int) -> list[str]:
    """Run, and return the report."""
    load = machine.load()
    more = {"ACCOUNTS_PER_CLIENT": "10000"}
    async with field(products, graph="arcadedb", more=more) as (api, *_):
        say(f"{number} people tell what they like")
        everybody = await people(f"http://127.0.0.1:{api.port}", number + 1, products)
        first, *others = everybody
        say("warming up")
        for _ in range(3):
            await first.one(ASK, context=None)
            await first.one(ASK, context={"wish": "가벼운 술"})
        likes = [{"productId": f"bench-{n:05d}"} for n in range(0, products, 37)]
        runs = [
            await asked("`recommendations`, the first time each", others, ASK, None),
            await asked("`recommendations`, the next time", others, ASK, None),
            await asked("`recommendations(productId)`", others, ASK, *likes),
            await asked("`recommendations(wish)`", others, ASK, *_wishes()),
            await asked("peer: `popularProducts`, the same for all", others, LIKED),
        ]
        for one in everybody:
            await one.http.aclose()
    return list(_told(runs, products, number, load))


def _told(runs: Sequence[Took], products: int, number: int, load: float) -> Iterator[str]:
    heads = ["asked", "p50 ms", "p90 ms", "p99 ms", "p90 to the peer's"]
    peer, day = runs[-1], datetime.now(UTC).date()
    busy = " **The machine was busy: run again.**" if load > report.BUSY else ""
    yield (
        f"Run on {day} on {machine.name()}. Load average before the run: {load:.2f}.{busy} "
        f"{products:,} drinks beside the catalogue's, {number} people, one after the other."
    )
    yield ""
    rows = [
        [
            one.name,
            *(report.number(one.percentile(n)) for n in (50, 90, 99)),
            f"{one.percentile(90) / peer.percentile(90):.1f}",
        ]
        for one in runs
    ]
    yield from report.table(heads, rows)
    yield ""
    verdict = "kept" if max(one.percentile(90) for one in runs) < BAR_MS else "missed"
    yield f"Bar of PRODUCT 126, p90 below {BAR_MS:,.0f} ms: {verdict}."


def main() -> int:
    """Run, print the report, and write it into the README."""
    parser = argparse.ArgumentParser(prog="python -m bench.recommend", description=__doc__)
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=120)
    parser.add_argument("--keep", action="store_true", help="leave bench/README.md as it is")
    chosen = parser.parse_args()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            lines = runner.run(measure(chosen.products, chosen.people))
    except (BenchError, StartError, SetupError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("\n".join(lines) + "\n")
    if not chosen.keep:
        report.write(lines, name="recommend")
    return 0


if __name__ == "__main__":
    sys.exit(main())
