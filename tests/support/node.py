"""Scripts of `tests/clients`, run by Node.js as processes of their own."""

import asyncio
import json
import os
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.setup import install_node_packages

CLIENTS = Path(__file__).resolve().parents[1] / "clients"


@cache
def node() -> str:
    """Node.js, with the packages of `tests/clients` as their lock says."""
    path = os.environ.get("PATH", "")
    if not shutil.which("node"):
        os.environ["PATH"] = f"{path}{os.pathsep}{Path(sys.executable).parent}"
    found = shutil.which("node")
    assert found, "Node.js is needed: `make setup` installs it"
    install_node_packages(CLIENTS)
    return found


async def run(script: str, *words: str, seconds: float = 120) -> str:
    """Run a script to its end and return what it printed; it must succeed."""
    async with script_of(script, *words) as process, asyncio.timeout(seconds):
        out, error = await process.communicate()
    assert process.returncode == 0, error.decode() or out.decode()
    return out.decode()


@asynccontextmanager
async def script_of(script: str, *words: str) -> AsyncIterator[Process]:
    """Start a script; it does not outlive the block."""
    # A video's many events may be one long line.
    process = await asyncio.create_subprocess_exec(
        node(), script, *words, cwd=CLIENTS, stdout=PIPE, stderr=PIPE, limit=2**22
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


class Client:
    """A client at work: every step that it told, in order."""

    def __init__(self, name: str, process: Process) -> None:
        self.name, self._process = name, process
        self.steps: list[tuple[str, Any]] = []

    def told(self, step: str) -> list[Any]:
        """What was told of one kind of step."""
        return [value for kind, value in self.steps if kind == step]

    async def until(self, step: str, times: int = 1, seconds: float = 60) -> list[Any]:
        """Read on until a step was told so often."""
        async with asyncio.timeout(seconds):
            while len(self.told(step)) < times:
                await self._read()
        return self.told(step)

    async def end(self, seconds: float = 120) -> None:
        """Read on until the process ends by itself; it must have told that it is done."""
        async with asyncio.timeout(seconds):
            await self.until("end", seconds=seconds)
            _, error = await self._process.communicate()
        assert self._process.returncode == 0, f"{self.name}: {error.decode()}"

    async def _read(self) -> None:
        assert self._process.stdout
        assert self._process.stderr
        line = await self._process.stdout.readline()
        if not line:
            error = await self._process.stderr.read()
            raise AssertionError(f"{self.name} ended early: {error.decode()}")
        told = json.loads(line)
        self.steps.append((told["step"], told["value"]))


@asynccontextmanager
async def client(script: str, name: str = "", **task: Any) -> AsyncIterator[Client]:
    """Start a client with its task."""
    async with script_of(script, json.dumps(task)) as process:
        yield Client(name or script, process)
