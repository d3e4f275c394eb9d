"""The machine that measures: its cores, who runs on which, and its name for the report."""

import os
import platform
import subprocess
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import psutil


class Cores:
    """One core for the server under test, the others for the stores and the load."""

    def __init__(self) -> None:
        mine = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
        self.server, self.rest = set(mine[:1]), set(mine[1:])

    @property
    def are_split(self) -> bool:
        """Whether there is a core to keep apart."""
        return bool(self.rest)

    def pin_server(self, pid: int) -> None:
        """Keep a server to its core."""
        self._pin(pid, self.server)

    def pin_rest(self, pids: Iterable[int]) -> None:
        """Keep everything else off that core."""
        for pid in pids:
            self._pin(pid, self.rest)

    def pin_self(self) -> None:
        """Keep this process, which makes the load, off that core too."""
        if self.are_split:
            os.sched_setaffinity(0, self.rest)

    def _pin(self, pid: int, cores: set[int]) -> None:
        if not self.are_split:
            return
        for process in (pid, *_children(pid)):
            for thread in psutil.Process(process).threads():
                os.sched_setaffinity(thread.id, cores)


class Meter:
    """Counts how long processes and their children have run on a core, ended ones included."""

    def __init__(self) -> None:
        self._seen: dict[int, float] = {}

    def seconds(self, *pids: int) -> float:
        """Return the total so far."""
        for pid in pids:
            for process in (pid, *_children(pid)):
                self._seen[process] = max(_run_seconds(process), self._seen.get(process, 0.0))
        return sum(self._seen.values())


def _children(pid: int) -> list[int]:
    return [process.pid for process in psutil.Process(pid).children(recursive=True)]


def _run_seconds(pid: int) -> float:
    try:
        tasks = [*Path(f"/proc/{pid}/task").iterdir()]
        # Clock ticks are too coarse for one event; the scheduler counts nanoseconds.
        return sum(int((t / "schedstat").read_text().split()[0]) for t in tasks) / 1e9
    except (OSError, IndexError):
        try:
            times = psutil.Process(pid).cpu_times()
        except psutil.NoSuchProcess:
            return 0.0
        return float(times.user + times.system)


def name() -> str:
    """Say what this machine is."""
    memory = psutil.virtual_memory().total / 2**30
    cores = os.cpu_count() or 1
    return f"{_processor()}, {cores} cores, {memory:.0f} GiB, {platform.system()} {_kernel()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _kernel() -> str:
    return ".".join(platform.release().split(".")[:2])


def ours() -> str:
    """Say which versions ours runs on."""
    names = ("strawberry-graphql", "graphql-core", "sqlalchemy", "asyncpg", "uvicorn", "uvloop")
    libraries = ", ".join(f"{name} {version(name)}" for name in names)
    return f"Python {platform.python_version()}, {libraries}"


def load() -> float:
    """How many processes wanted to run in the last minute."""
    return os.getloadavg()[0]


def said(*command: str | Path) -> str:
    """What a command prints, in one line."""
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()
