"""What we add to a model's first words with 100 chats at once: `python -m bench.chat` (row C1)."""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

import asyncpg
import httpx2
import orjson
import uvloop
from openai import AsyncOpenAI

from bench import machine, report
from bench.machine import Meter
from bench.servers import BenchError
from bench.shop import Buyer, Shop, gather, open_shop
from sandbox.server import StartError
from sandbox.setup import SetupError
from services.chat.sentences import Sentences
from tests.support.api import key

# The same words for all, at the speed that `make dev` speaks with.
SAID = (
    "어서 오세요, 반가워요. 오늘은 바람이 조용하네요. 먼저 숨을 고르고 잔을 닦아요. "
    "손끝이 천천히 따뜻해져요. 마음도 따라서 느려져요. 이제 귀를 기울여 보세요. "
    "멀리서 종이 울려요. 누가 문을 두드려요. 자리는 넉넉해요."
)
PACE = 1 / 25
ASKED = "저녁 인사 한마디 들려주세요"
# About as much as a character is told: persona, rules, five pieces of the world.
TOLD = "You greet people. " * 300
START = """mutation ($input: StartChatInput!) { startChat(input: $input) {
  __typename ... on Chat { id } ... on UserError { code } } }"""
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Heard:
    """One answer: the seconds to its first words, its first whole sentence, and its end."""

    first: float
    sentence: float
    end: float


@dataclass(frozen=True)
class Round:
    """All chats at once: the provider alone, then through us; CPU seconds of our processes."""

    direct: Sequence[Heard]
    ours: Sequence[Heard]
    cpu: float


async def heard(words: AsyncIterator[str], since: float) -> Heard:
    """Read an answer to its end, and see that it is the one that was to come."""
    cutter, first, sentence, text = Sentences(), 0.0, 0.0, ""
    async for some in words:
        now = time.perf_counter() - since
        first, text = first or now, text + some
        if cutter.feed(some) and not sentence:
            sentence = now
    if not text.startswith(SAID):
        raise BenchError(f"an answer came out wrong: {text[:200]!r}")
    return Heard(first, sentence, time.perf_counter() - since)


async def directly(client: AsyncOpenAI) -> Heard:
    """Ask the provider by its own SDK, as we do."""

    async def words() -> AsyncIterator[str]:
        events = await client.responses.create(
            model="gpt-6-luna",
            instructions=TOLD,
            input=ASKED,
            stream=True,
            background=True,
            store=True,
        )
        async for event in events:
            if event.type == "response.output_text.delta":
                yield event.delta

    return await heard(words(), time.perf_counter())


async def through_us(buyer: Buyer, chat_id: str) -> Heard:
    """Say it in a chat, as `useChat` does, and read the answer from the same request."""

    async def words() -> AsyncIterator[str]:
        said = {"id": key(), "role": "user", "parts": [{"type": "text", "text": ASKED}]}
        request = buyer.http.stream(
            "POST",
            f"{buyer.base_url}/chat",
            json={"id": chat_id, "messages": [said]},
            headers=buyer.auth(),
        )
        async with request as answer:
            if answer.status_code != 200:
                raise BenchError((await answer.aread()).decode()[:500])
            async for line in answer.aiter_lines():
                if line.startswith("data: {"):
                    part = orjson.loads(line[6:])
                    if part["type"] in ("error", "abort"):
                        raise BenchError(f"a reply ended with {part}")
                    if part["type"] == "text-delta":
                        yield part["delta"]

    return await heard(words(), time.perf_counter())


async def started(buyer: Buyer) -> str:
    """Begin a chat."""
    given = {"characterId": "maeju-ai", "locale": "ko", "idempotencyKey": key()}
    chat = await buyer.one(START, input=given)
    if chat["__typename"] != "Chat":
        raise BenchError(str(chat))
    return str(chat["id"])


async def measure(chats: int, rounds: int) -> list[str]:
    """Run, and return the report."""
    load = machine.load()
    with open_shop("chat-bench") as shop:
        rows = await asyncpg.connect(shop.dsn)
        try:
            played = await _played(shop, rows, chats, rounds)
        finally:
            await rows.close()
    return list(_told(played, chats, load))


async def _played(shop: Shop, rows: asyncpg.Connection, chats: int, rounds: int) -> list[Round]:
    base = shop.env["OPENAI_BASE_URL"]
    limits = httpx2.Limits(max_connections=2 * chats)
    async with (
        httpx2.AsyncClient(limits=limits, timeout=PATIENCE_SECONDS) as http,
        AsyncOpenAI(
            base_url=base, api_key=shop.env["OPENAI_API_KEY"], timeout=PATIENCE_SECONDS
        ) as client,
    ):
        buyers = await gather(shop, http, rows, chats)
        open_chats = [await started(buyer) for buyer in buyers]
        found: list[Round] = []
        # Round 0 is for warming up.
        for number in range(rounds + 1):
            say(f"round {number} of {rounds}")
            found.append(await _round(shop, http, client, buyers, open_chats))
    return found[1:]


async def _round(
    shop: Shop,
    http: httpx2.AsyncClient,
    client: AsyncOpenAI,
    buyers: Sequence[Buyer],
    chats: Sequence[str],
) -> Round:
    plan = {"script": [{"say": SAID, "pace": PACE}] * len(chats)}
    knob = shop.env["OPENAI_BASE_URL"].removesuffix("/v1") + "/sandbox/chat"
    (await http.post(knob, json=plan)).raise_for_status()
    direct = await asyncio.gather(*(directly(client) for _ in chats))
    (await http.post(knob, json=plan)).raise_for_status()
    meter, pids = Meter(), [shop.api.pid, *(one.pid for one in shop.crew.values() if one.pid)]
    before = meter.seconds(*pids)
    pairs = zip(buyers, chats, strict=True)
    ours = await asyncio.gather(*(through_us(buyer, chat) for buyer, chat in pairs))
    return Round(direct, ours, meter.seconds(*pids) - before)


def say(line: str) -> None:
    """Show progress."""
    sys.stdout.write(f"· {line}\n")
    sys.stdout.flush()


def _told(rounds: Sequence[Round], chats: int, load: float) -> Iterator[str]:
    day = datetime.now(UTC).date()
    busy = " **The machine was busy: run again.**" if load > report.BUSY else ""
    yield (
        f"Run on {day} on {machine.name()}. Load average before the run: {load:.2f}.{busy} "
        f"{chats} chats at once, {len(rounds)} rounds after one of warm-up; medians over rounds."
    )
    yield ""
    heads = (
        "asked",
        "first words p50 ms",
        "p95 ms",
        "first sentence p50 ms",
        "p95 ms",
        "end p50 ms",
    )
    sides = (("provider, by the openai SDK", "direct"), ("ours, `POST /chat`", "ours"))
    yield from report.table(heads, [_row(name, rounds, side) for name, side in sides])
    yield ""
    added = [
        _middle(rounds, "ours", "first", of) - _middle(rounds, "direct", "first", of)
        for of in (50, 95)
    ]
    judged = _middle(rounds, "ours", "first", 50) - _middle(rounds, "direct", "sentence", 50)
    ratio = _middle(rounds, "ours", "first", 50) / _middle(rounds, "direct", "first", 50)
    yield (
        f"**Added to the first words: {report.number(added[0])} ms** (p95: "
        f"{report.number(added[1])} ms), {ratio:.1f} times the provider's own. Our first words are "
        f"a whole sentence, since that is what is judged: {report.number(judged)} ms after the "
        "provider's own first whole one."
    )
    cpu = median(one.cpu for one in rounds) / chats
    yield ""
    yield f"CPU of API, worker and relay for each reply: {report.number(cpu * 1_000)} ms."


def _row(name: str, rounds: Sequence[Round], side: str) -> list[str]:
    asked = (("first", 50), ("first", 95), ("sentence", 50), ("sentence", 95), ("end", 50))
    return [name, *(report.number(_middle(rounds, side, what, of)) for what, of in asked)]


def _middle(rounds: Sequence[Round], side: str, what: str, of_hundred: int) -> float:
    """Return a percentile in milliseconds, the median over the rounds."""
    found = []
    for one in rounds:
        ranked = sorted(getattr(heard, what) for heard in getattr(one, side))
        found.append(ranked[min(len(ranked) * of_hundred // 100, len(ranked) - 1)] * 1_000)
    return float(median(found))


def main() -> int:
    """Run, print the report, and write it into the README."""
    parser = argparse.ArgumentParser(prog="python -m bench.chat", description=__doc__)
    parser.add_argument("--chats", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", action="store_true", help="leave bench/README.md as it is")
    chosen = parser.parse_args()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            lines = runner.run(measure(chosen.chats, chosen.rounds))
    except (BenchError, StartError, SetupError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("\n".join(lines) + "\n")
    if not chosen.keep:
        report.write(lines, name="chat")
    return 0


if __name__ == "__main__":
    sys.exit(main())
