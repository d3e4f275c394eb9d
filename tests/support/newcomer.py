"""Somebody who types `make dev` in a clean copy of the tree, on a machine without a network."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import psutil

ROOT = Path(__file__).resolve().parents[2]
NOT_TRACKED = {Path(line).name for line in (ROOT / ".gitignore").read_text().split()} | {".git"}
MACHINE = ("HOME", "LANG", "TMPDIR", "JAVA_HOME", "XDG_CACHE_HOME", "UV_CACHE_DIR")
# Packages come from the caches of this machine; nobody listens there.
NO_NETWORK = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
START_SECONDS, END_SECONDS, DEADLINE = 300.0, 60.0, 30.0
PRODUCT = """{ product(id: "nerd12-signature") {
  name ingredients { share ingredient { name } } lore { title knownBy { name } }
  variants { id price { amount currency } available } } }"""


def until[T](question: Callable[[], T], seconds: float = DEADLINE) -> T:
    """Ask until the answer is true."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(0.02)
    return answer


def all_gone(family: list[psutil.Process]) -> bool:
    """Whether none of them lives."""
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in family)


def copied(tree: Path) -> Path:
    """Copy the tree, without what is made in it."""
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*NOT_TRACKED))
    return tree


def newcomer() -> dict[str, str]:
    """The environment of somebody who has a Python, and nothing of this run."""
    env = {name: os.environ[name] for name in MACHINE if name in os.environ}
    paths = os.environ["PATH"].split(os.pathsep)
    path = os.pathsep.join(one for one in paths if not one.startswith(str(ROOT)))
    python = str(getattr(sys, "_base_executable", sys.executable))
    lower = {name.lower(): value for name, value in NO_NETWORK.items()}
    return {**env, **NO_NETWORK, **lower, "NO_PROXY": "127.0.0.1", "PATH": path, "PYTHON": python}


def make(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `make` in a copy of the tree, to its end."""
    return subprocess.run(
        ["make", *words],
        cwd=tree,
        env=newcomer(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


class Dev:
    """One `make dev`, and what it printed."""

    def __init__(self, tree: Path, output: Path, *words: str, env: Mapping[str, str]) -> None:
        self.tree, self.output = tree, output
        with output.open("w") as out:
            self.process = subprocess.Popen(
                ["make", "dev", *words],
                cwd=tree,
                env={**newcomer(), **env},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def ready(self) -> "Dev":
        over = lambda: "is ready after" in self.text or self.process.poll() is not None  # noqa: E731
        until(over, START_SECONDS)
        assert self.process.poll() is None, self.text
        return self

    def printed(self, name: str) -> str:
        """What stands behind a name in the block."""
        found = re.search(rf"^  {name} +(\S+)", self.text, re.MULTILINE)
        assert found, self.text
        return found[1]

    @property
    def supervisor(self) -> psutil.Process:
        return next(p for p in self.family() if p.cmdline()[-1:] == ["dev"] and p.name() != "make")

    def family(self) -> list[psutil.Process]:
        """Every process of this copy of the tree, whoever is its parent now."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        with suppress(psutil.Error):
            words = (process.cwd(), *process.cmdline())
            alive = process.status() != psutil.STATUS_ZOMBIE
            return alive and any(str(self.tree) in word for word in words)
        return False

    def worker(self) -> psutil.Process:
        return next(p for p in self.family() if p.cmdline()[-1:] == ["worker"])

    def ask(self, query: str, **variables: Any) -> Any:
        """Ask as an app does; the answer is right, and complete."""
        body = {"query": query, "variables": variables}
        asked = httpx2.post(self.printed("GraphQL"), json=body, timeout=30).json()
        assert "errors" not in asked, asked
        return asked

    def product(self) -> Any:
        """What is known of a drink, once the graph knows all of it."""

        def whole() -> Any:
            found = self.ask(PRODUCT)
            known = found["data"]["product"]["lore"]
            is_whole = known and all(one["knownBy"] for one in known)
            return found["data"] if is_whole and "extensions" not in found else None

        return until(whole, START_SECONDS)
