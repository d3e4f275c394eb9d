"""What the stores hold after the storm, against what they should hold."""

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import quantiles
from typing import Any

import asyncpg

from bench import machine
from bench.report import table
from bench.storm.field import Field
from bench.storm.history import History
from bench.storm.nemesis import Nemesis
from core.settings import Settings
from gateways.renderer import mark
from gateways.storage import S3Storage

TAKEN_UP, MOVED_ON, ANSWERED = 30.0, 60.0, 0.5
MAX_FILM = 64 * 1024 * 1024


@dataclass(frozen=True)
class Row:
    """One line of the table; `passed` is None where there is no bar."""

    what: str
    bar: str
    found: str
    passed: bool | None = None


def exactly(what: str, wanted: int, found: int) -> Row:
    """A count that must be met."""
    return Row(what, f"{wanted}", f"{found}", found == wanted)


def within(what: str, limit: float, found: Sequence[float | None]) -> Row:
    """Times in seconds of which all must stay below a limit; there must be some."""
    bar = f"< {limit:g} s"
    never = sum(value is None for value in found)
    known = [value for value in found if value is not None]
    if never or not known:
        return Row(what, bar, f"{never} never, {len(known)} ever", False)
    p50, _ = percentiles(known)
    text = f"p50 {p50:.1f}, max {max(known):.1f} s, of {len(known)}"
    return Row(what, bar, text, max(known) < limit)


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """Return the median and the 99th percentile."""
    if len(values) < 2:
        return values[0], values[0]
    cuts = quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[98]


def paid(orders: Sequence[Mapping[str, Any]], shots: Mapping[str, Sequence[str]]) -> list[Row]:
    """Judge the renderer's own log; `shots` are the references of each shot's orders."""
    times = Counter[int]()
    for references in shots.values():
        marks = [mark(reference) for reference in references]
        times[sum(any(m in str(order["prompt"]) for m in marks) for order in orders)] += 1
    strangers = len(orders) - sum(count * number for count, number in times.items())
    more = sum(number for count, number in times.items() if count > 1)
    return [
        exactly("shots paid once, by the renderer's log", len(shots), times[1]),
        exactly("shots paid twice, or orders of no shot", 0, more + strangers),
    ]


def kept(keys: Sequence[str], jobs: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Judge what is in the bucket against what the rows name."""
    films = Counter(key.split("/")[1] for key in keys if key.endswith("/video.mp4"))
    named, present = named_by(jobs), set(keys)
    return [
        exactly("cameos with more than one film in the bucket", 0, over(films.values())),
        exactly("objects that a row names and that are missing", 0, len(named - present)),
        exactly("objects that no row names", 0, len(present - named)),
    ]


def named_by(jobs: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the keys of everything that the rows name."""
    files = {job[name] for job in jobs for name in ("video_key", "poster_key", "strip_key")}
    return files | {preview["key"] for job in jobs for preview in job["previews"]}


def over(counts: Any) -> int:
    """Return how many of the counts are above one."""
    return sum(count > 1 for count in counts)


@dataclass(frozen=True)
class Outcome:
    """Everything that is judged."""

    field: Field
    rows: asyncpg.Pool
    ordered: Sequence[str]
    history: History
    nemesis: Nemesis
    lasted: float


async def rows_of(outcome: Outcome, answers: Sequence[float], wrong: int) -> list[Row]:
    """Judge everything."""
    return [
        *await films(outcome),
        *await orders(outcome),
        *await objects(outcome),
        *times(outcome),
        *api(answers, wrong),
    ]


async def films(outcome: Outcome) -> list[Row]:
    """Judge what became of what was ordered."""
    ask = "select status, count(*) from cameo_jobs where id = any($1) group by status"
    found = {row["status"]: row["count"] for row in await outcome.rows.fetch(ask, outcome.ordered)}
    twice = "select count(*) from cameo_jobs where not id = any($1)"
    told = """select count(*) from cameo_jobs j where (select count(*) from notifications n
      where n.subject_id = j.id) <> 1"""
    wanted = len(outcome.ordered)
    return [
        exactly("cameos COMPLETED", wanted, found.get("completed", 0)),
        exactly("cameos lost", 0, wanted - sum(found.values())),
        exactly(
            "cameos that nobody was told of", 0, await outcome.rows.fetchval(twice, outcome.ordered)
        ),
        exactly(
            "cameos still open, failed or canceled",
            0,
            sum(n for status, n in found.items() if status != "completed"),
        ),
        exactly("cameos announced twice, or never", 0, await outcome.rows.fetchval(told)),
    ]


async def orders(outcome: Outcome) -> list[Row]:
    """Judge what was paid."""
    ask = """select s.id, array_agg(o.id) as refs from cameo_shots s
      left join cameo_submissions o on o.shot_id = s.id group by s.id"""
    shots = {row["id"]: [r for r in row["refs"] if r] for row in await outcome.rows.fetch(ask)}
    return paid(outcome.field.studio.accepted(), shots)


async def objects(outcome: Outcome) -> list[Row]:
    """Judge what is kept, byte by byte."""
    storage, jobs = storage_of(outcome.field), await completed(outcome.rows)
    broken = 0
    for job in jobs:
        film = await storage.get(job["video_key"], MAX_FILM)
        broken += hashlib.sha256(film).hexdigest() != job["sha256"]
    return [
        *kept(await storage.keys("cameos/"), jobs),
        exactly("films whose bytes are not what the row says", 0, broken),
    ]


async def strays(field: Field, rows: asyncpg.Pool) -> set[str]:
    """Return the objects that no completed cameo names."""
    keys = await storage_of(field).keys("cameos/")
    return set(keys) - named_by(await completed(rows))


def storage_of(field: Field) -> S3Storage:
    """Return the bucket."""
    names = Settings.model_fields
    return S3Storage(Settings(**{k.lower(): v for k, v in field.env.items() if k.lower() in names}))


async def completed(rows: asyncpg.Pool) -> list[dict[str, Any]]:
    """Return what the rows of completed cameos say of their files."""
    ask = """select video_key, poster_key, strip_key, sha256, previews::text from cameo_jobs
      where status = 'completed'"""
    return [{**row, "previews": json.loads(row["previews"])} for row in await rows.fetch(ask)]


def times(outcome: Outcome) -> list[Row]:
    """Judge how fast others took over."""
    history, nemesis = outcome.history, outcome.nemesis
    kills = outcome.field.kills
    unrung = [history.next_claim(job, at) for job, at in nemesis.unrung]
    return [
        within("taken up after kill -9 of the worker", TAKEN_UP, history.taken_up(kills)),
        within("taken up after kill -9 between commit and doorbell", TAKEN_UP, unrung),
        within(
            "moved on after kill -9 of Valkey",
            MOVED_ON,
            history.moved_on(nemesis.valkey_killed) if nemesis.valkey_killed else [],
        ),
        within(
            "moved on after FLUSHALL",
            MOVED_ON,
            history.moved_on(nemesis.emptied) if nemesis.emptied else [],
        ),
        within(
            "the API answered again after kill -9", TAKEN_UP, [b - a for a, b in nemesis.closed]
        ),
        untold(nemesis),
        within("the relay worked again after kill -9", TAKEN_UP, nemesis.unrelayed),
        Row("kills of workers, in so many seconds", "", f"{len(kills)} in {outcome.lasted:.0f}"),
        Row("steps begun again", "", f"{history.repeated()}"),
        Row("most often that one step lost its worker", "", f"{history.most_crashes()}"),
        within("a step that was due waited for a worker", MOVED_ON, history.waits()),
    ]


def untold(nemesis: Nemesis) -> Row:
    """There must have been orders between their commit and their doorbell when the API died."""
    count = len(nemesis.untold)
    return Row("orders that the API had told nobody of when killed", "> 0", f"{count}", count > 0)


def api(answers: Sequence[float], wrong: int) -> list[Row]:
    """Judge the API meanwhile."""
    p50, p99 = percentiles(answers)
    found = f"p50 {p50 * 1000:.0f}, p99 {p99 * 1000:.0f} ms, of {len(answers)}"
    return [
        Row("light query, ten a second", f"p99 < {ANSWERED * 1000:.0f} ms", found, p99 < ANSWERED),
        exactly("light queries not answered", 0, wrong),
    ]


def lines(judged: Sequence[Row], options: argparse.Namespace, load: float) -> list[str]:
    """Tell it as Markdown."""
    words = {True: "kept", False: "**missed**", None: ""}
    return [
        f"Run on {datetime.now(UTC):%Y-%m-%d} on {machine.name()}. "
        f"Load average before the run: {load:.2f}. {options.jobs} films of {options.customers} "
        f"customers, {options.slots} under way at once, {options.workers} workers.",
        "",
        *table(
            ("", "bar", "found", ""),
            [(row.what, row.bar, row.found, words[row.passed]) for row in judged],
        ),
    ]
