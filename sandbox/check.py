"""`nerdx check`: every check of the repository, one line each, and the tests."""

import os
import shutil
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
AFTER_OTHERS = ("nice", "-n", "10") if shutil.which("nice") else ()
STEPS: dict[str, tuple[str, ...]] = {
    "ruff": (str(BIN / "ruff"), "check", "--quiet", "."),
    "format": (str(BIN / "ruff"), "format", "--check", "--quiet", "."),
    "types": (*AFTER_OTHERS, str(BIN / "mypy"), "--strict", "--no-error-summary", "."),
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
    parts = (ROOT / part for part in ("tests", "bench"))
    locks = [path for part in parts for path in part.glob("*/package-lock.json")]
    versions = [version for version in (usual(), LTS) if not missing(version)]
    # Most of it is waiting for registries. Maven is waited for here, where Ctrl-C ends it.
    with ThreadPoolExecutor() as threads:
        packages = [threads.submit(install_node_packages, lock.parent) for lock in sorted(locks)]
        for version in versions:
            jars(version, say)
    for installed in packages:
        installed.result()


def main(tests: list[str], lint: bool = False) -> int:
    """Run the checks and the tests side by side; returns 1, or what pytest did, for a failure."""
    env = os.environ
    # A run starts some hundred processes: each would compile what it imports.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    env["PATH"] = f"{BIN}{os.pathsep}{env.get('PATH', '')}"
    graph, will_do = coverage()
    if not lint and not will_do:
        sys.stdout.write(f"graph    FAILED: {graph}\n")
        return 1
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        asked = {name: threads.submit(step, name, STEPS[name], env) for name in STEPS}
        # Types take a minute of one core, in which the tests may begin.
        tested = 0 if lint else test(tests, graph, env)
    failed = [name for name, verdict in asked.items() if not verdict.result()]
    if failed:
        sys.stdout.write(f"checks   FAILED: {', '.join(failed)}\n")
    return tested or (1 if failed else 0)


def test(tests: list[str], graph: str, env: Mapping[str, str]) -> int:
    """Run the tests; returns what pytest returned."""
    fetch()
    sys.stdout.write(f"graph    {graph}\n")
    sys.stdout.flush()
    command = [sys.executable, "-m", "pytest", *PARALLEL, *SLOWEST, *tests]
    return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
