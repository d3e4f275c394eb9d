"""Our own processes, as `nerdx dev` runs them."""

import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.s3 import answers

ROOT = Path(__file__).resolve().parent.parent
READY_PATH = "/readyz"


@dataclass(frozen=True)
class Program:
    """One long-running command: how it is started, and how long it may take to stop."""

    name: str
    argv: tuple[str, ...]
    grace: float = 15.0
    is_ready: Callable[[], bool] = field(default=lambda: True)


@dataclass(frozen=True)
class Programs:
    """What runs once before, in order, and what runs for as long as the sandbox does.

    `first` is left out while `version` is that of the last run; `regraph` runs when the graph is
    kept by another engine than the last time.
    """

    first: tuple[Program, ...]
    always: tuple[Program, ...]
    regraph: tuple[Program, ...] = ()
    version: str = ""


def nerdx(*words: str) -> tuple[str, ...]:
    """The command line of one of our own subcommands."""
    return (sys.executable, str(ROOT / "cli.py"), *words)


def ours(port: int) -> Programs:
    """Migrate and seed; then the API on a port, a worker and the relay."""
    return Programs(
        first=(Program("migrate", nerdx("migrate")), Program("seed", nerdx("seed"))),
        always=(
            Program("api", nerdx("api"), is_ready=lambda: answers(port, READY_PATH)),
            Program("worker", nerdx("worker"), grace=25.0),
            Program("relay", nerdx("relay")),
        ),
        regraph=(Program("rebuild-graph", nerdx("rebuild-graph")),),
        version=version(),
    )


def version() -> str:
    """One hash over our code and the catalogue: what migrate and seed depend on."""
    total = hashlib.sha256()
    parts = ("core", "models", "services", "workers", "migrations", "dataloaders", "gateways")
    files = [path for part in parts for path in (ROOT / part).rglob("*.py")]
    for path in sorted([*files, ROOT / "data" / "catalogue.json", ROOT / "requirements.lock"]):
        total.update(path.read_bytes())
    return total.hexdigest()
