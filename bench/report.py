"""Writes the figures as Markdown, into `bench/README.md`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.fanout import Fan
from bench.rounds import Pace, Sample, middle, of, ratios

README = Path(__file__).with_name("README.md")
BUSY = 2.5


@dataclass(frozen=True)
class Run:
    """Where and when the figures come from."""

    machine: str
    software: Sequence[str]
    are_split: bool
    load: float
    products: int
    answer_bytes: int
    pace: Pace

    def lines(self) -> list[str]:
        """Tell it."""
        split = (
            "The server under test had core 0 for itself; stores and load had the others."
            if self.are_split
            else "Nothing was pinned: server, stores and load shared every core."
        )
        busy = " **The machine was busy: run again.**" if self.load > BUSY else ""
        pace = self.pace
        return [
            f"Run on {datetime.now(UTC):%Y-%m-%d} on {self.machine}. {split} "
            f"Load average before the run: {self.load:.2f}.{busy}",
            "",
            *(f"* {line}" for line in self.software),
            f"* {self.products} products; the reference answer has {self.answer_bytes} bytes; "
            f"{pace.connections} connections; {pace.rounds} rounds of {pace.seconds:g} s "
            f"after {pace.warm_up:g} s of warm-up.",
        ]


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay out a table."""
    bars = ["---", *("--:" for _ in heads[1:])]
    return [f"| {' | '.join(row)} |" for row in (heads, bars, *rows)]


def figures(samples: Sequence[Sample], question: str, servers: Sequence[str]) -> list[str]:
    """Lay out one question: the medians over the rounds."""
    heads = ("server", "requests/s", "(min–max)", "p50 ms", "p99 ms", "CPU ms", "stores' CPU ms")
    rows = []
    for server in servers:
        mine = of(samples, server, question)
        low, usual, high = middle([s.rate for s in mine])
        rest = [median(getattr(s, name) for s in mine) for name in ("p50", "p99", "cpu", "stores")]
        rows.append(
            (server, number(usual), f"{number(low)}–{number(high)}", *(number(v) for v in rest))
        )
    return table(heads, rows)


def compared(
    samples: Sequence[Sample], question: str, pairs: Sequence[tuple[str, str]]
) -> list[str]:
    """Lay out how often ours answers while a peer answers once, round by round."""
    rows = []
    for ours, peer in pairs:
        low, usual, high = middle(ratios(samples, ours, peer, question))
        rows.append((f"{ours} / {peer}", f"{low:.2f}", f"**{usual:.2f}**", f"{high:.2f}"))
    return table(("requests/s, ours / theirs", "min", "median", "max"), rows)


def fans(found: Sequence[Fan]) -> list[str]:
    """Lay out fan-out."""
    heads = (
        "server",
        "subscribers held",
        "delay p50 ms",
        "delay p99 ms",
        "to the last ms (median)",
        "CPU µs a message",
        "KiB a subscriber",
    )
    rows = []
    for fan in found:
        p50, p99 = fan.delays()
        rows.append(
            (
                fan.server,
                f"{fan.held} of {fan.wanted}",
                number(p50),
                number(p99),
                number(median(fan.last) * 1000),
                number(fan.cpu / fan.messages * 1e6),
                number(fan.memory / 1024),
            )
        )
    return table(heads, rows)


def number(value: float) -> str:
    """Write three digits that matter."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def write(lines: Sequence[str], path: Path = README, name: str = "figures") -> None:
    """Put figures in their place, and leave those of other runs as they are."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, _, rest = path.read_text().partition(begin)
    _, _, after = rest.partition(end)
    path.write_text("\n".join((before + begin, "", *lines, "", end)) + after)
