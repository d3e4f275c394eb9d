"""Alternating rounds: every server in turn, again and again, so that none has the quiet minute."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from bench.load import hammer, undisturbed
from bench.servers import BenchError, Server, body


@dataclass(frozen=True)
class Question:
    """One operation, as the report names it."""

    name: str
    title: str
    query: str
    variables: dict[str, Any]

    @property
    def body(self) -> bytes:
        """The POST body."""
        return body(self.query, **self.variables)


@dataclass(frozen=True)
class Pace:
    """How long and how hard."""

    rounds: int = 8
    warm_up: float = 1.0
    seconds: float = 3.0
    connections: int = 16


@dataclass(frozen=True)
class Sample:
    """One server, one question, one round: times in milliseconds, CPU times a request."""

    server: str
    question: str
    round: int
    rate: float
    p50: float
    p99: float
    cpu: float
    stores: float


def same_answers(servers: Sequence[Server], question: Question) -> Any:
    """Return what all of them answer. Raises BenchError when one differs from the first."""
    answers = [server.ask(question.query, **question.variables) for server in servers]
    for server, answer in zip(servers, answers, strict=True):
        if answer != answers[0]:
            raise BenchError(f"{server.name} does not answer {question.name} as the others do")
    return answers[0]


async def play(
    servers: Sequence[Server],
    questions: Sequence[Question],
    pace: Pace,
    stores: Callable[[], float],
    say: Callable[[str], None],
) -> list[Sample]:
    """Measure every question on every server in every round; `stores` tells their CPU time."""
    found: list[Sample] = []
    for number in range(1, pace.rounds + 1):
        for question in questions:
            for server in servers:
                found.append(await _measure(server, question, number, pace, stores))
        now = [f"{s.server} {s.rate:.0f}" for s in found if s.round == number]
        say(f"round {number} of {pace.rounds}, requests a second: {', '.join(now)}")
    return found


async def _measure(
    server: Server, question: Question, number: int, pace: Pace, stores: Callable[[], float]
) -> Sample:
    with undisturbed():
        tally, (own, theirs) = await hammer(
            server.port,
            question.body,
            connections=pace.connections,
            warm_up=pace.warm_up,
            seconds=pace.seconds,
            meter=lambda: (server.cpu_seconds, stores()),
        )
    if tally.wrong or len(tally.sizes) > 1:
        raise BenchError(f"{server.name}: {tally.wrong} wrong answers, of sizes {tally.sizes}")
    count = len(tally.seconds)
    if count < 2:
        raise BenchError(f"{server.name} hardly answers; see {server.log}")
    cuts = quantiles(tally.seconds, n=100)
    return Sample(
        server=server.name,
        question=question.name,
        round=number,
        rate=count / tally.lasted,
        p50=cuts[49] * 1000,
        p99=cuts[98] * 1000,
        cpu=own / count * 1000,
        stores=theirs / count * 1000,
    )


def of(samples: Sequence[Sample], server: str, question: str) -> list[Sample]:
    """Return one server's samples of one question, round by round."""
    return [s for s in samples if (s.server, s.question) == (server, question)]


def ratios(samples: Sequence[Sample], ours: str, peer: str, question: str) -> list[float]:
    """Return our requests a second over the peer's, round by round."""
    pairs = zip(of(samples, ours, question), of(samples, peer, question), strict=True)
    return [mine.rate / theirs.rate for mine, theirs in pairs]


def middle(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the least, the median and the greatest."""
    return min(values), median(values), max(values)
