"""How soon `make dev` is ready, from nothing and again: `python -m bench.start`."""

import argparse
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench import machine, report
from tests.support.newcomer import END_SECONDS, Dev, copied, until

FIRST_SECONDS, AGAIN_SECONDS = 60.0, 15.0


def start(tree: Path, output: Path) -> float:
    """Type `make dev`, wait for the block, and end it; return the seconds up to the block."""
    begun = time.monotonic()
    run = Dev(tree, output, env={}).ready()
    taken = time.monotonic() - begun
    run.supervisor.send_signal(signal.SIGTERM)
    run.process.wait(END_SECONDS)
    until(lambda: not run.family(), END_SECONDS)
    return taken


def lines(found: list[float], load: float) -> list[str]:
    """Tell it as Markdown."""
    rows = [
        (
            "from a clean copy" if number == 0 else "again",
            f"< {bar:g} s",
            f"{seconds:.1f} s",
            "kept" if seconds < bar else "**missed**",
        )
        for number, seconds in enumerate(found)
        for bar in [AGAIN_SECONDS if number else FIRST_SECONDS]
    ]
    return [
        f"Run on {datetime.now(UTC):%Y-%m-%d} on {machine.name()}. "
        f"Load average before the run: {load:.2f}.",
        "",
        *report.table(("`make dev`", "bar", "ready after", ""), rows),
    ]


def main() -> int:
    """Start as often as asked, print the table, and write it into the README."""
    made = argparse.ArgumentParser(prog="python -m bench.start", description=__doc__)
    made.add_argument("--again", type=int, default=3, help="starts after the first")
    made.add_argument("--keep", action="store_true", help="leave bench/README.md as it is")
    options, load = made.parse_args(), machine.load()
    with tempfile.TemporaryDirectory(prefix="nerdx-start-") as folder:
        tree = copied(Path(folder) / "nerdx")
        outputs = [Path(folder) / f"{number}.out" for number in range(1 + options.again)]
        found = [start(tree, output) for output in outputs]
    told = lines(found, load)
    sys.stdout.write("\n".join(told) + "\n")
    if not options.keep:
        report.write(told, name="start")
    return 0 if found[0] < FIRST_SECONDS and max(found[1:], default=0) < AGAIN_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
