"""`nerdx check`: every check of the repository, one line each, the tests last."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sandbox.java import LTS, coverage, jars, missing, usual
from sandbox.programs import ROOT, nerdx
from sandbox.setup import install_node_packages, say

BIN = Path(sys.executable).parent
# One process more than there are cores keeps them busy; with two more, films and browsers met each
# other's deadlines. `tests/support/schedule.py` says what one process has, and `order.py` beside it
# which files come first.
PARALLEL = (
    *("-n", str(min(4, 1 + (os.cpu_count() or 1)))),
    *("--dist", "loadfile", "--no-loadscope-reorder"),
)
SLOWEST = ("--durations=40", "--durations-min=5")
STEPS: dict[str, tuple[str, ...]] = {
    "ruff": (str(BIN / "ruff"), "check", "--quiet", "."),
    "format": (str(BIN / "ruff"), "format", "--check", "--quiet", "."),
    "types": (str(BIN / "mypy"), "--strict", "--no-error-summary", "."),
    "imports": (str(BIN / "lint-imports"), "--no-logo"),
    "schema": nerdx("schema", "--check"),
}


def step(name: str, command: tuple[str, ...], env: Mapping[str, str]) -> bool:
    """Run one check; its output is shown only when it fails."""
    begun = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    verdict = "FAILED" if done.returncode else "passed"
    why = done.stdout.decode(errors="replace") if done.returncode else ""
    sys.stdout.write(f"{why}{name:<8} {verdict} in {time.monotonic() - begun:.1f} s\n")
    sys.stdout.flush()
    return done.returncode == 0


def fetch() -> None:
    """Have here what tests need: they themselves have no network."""
    locks = (ROOT / part for part in ("tests", "bench"))
    for lock in sorted(path for part in locks for path in part.glob("*/package-lock.json")):
        install_node_packages(lock.parent)
    for version in (usual(), LTS):
        if not missing(version):
            jars(version, say)


def main(tests: list[str], lint: bool = False) -> int:
    """Run the checks, then pytest, whose closing line is the last; 1 when anything failed."""
    env = os.environ
    # A run starts some hundred processes: each would compile what it imports.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    env["PATH"] = f"{BIN}{os.pathsep}{env.get('PATH', '')}"
    graph, will_do = coverage()
    if not lint and not will_do:
        sys.stdout.write(f"graph    FAILED: {graph}\n")
        return 1
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        verdicts = threads.map(lambda name: step(name, STEPS[name], env), STEPS)
        if not lint:
            fetch()
        passed = list(verdicts)
    if lint:
        return 0 if all(passed) else 1
    sys.stdout.write(f"graph    {graph}\n")
    failed = [name for name, good in zip(STEPS, passed, strict=True) if not good]
    sys.stdout.write(f"checks   {'FAILED: ' + ', '.join(failed) if failed else 'all passed'}\n")
    sys.stdout.flush()
    command = [sys.executable, "-m", "pytest", *PARALLEL, *SLOWEST, *tests]
    done = subprocess.run(command, cwd=ROOT, env=env, check=False)
    return done.returncode or (1 if failed else 0)
