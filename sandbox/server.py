"""What every server of the sandbox has in common: start until ready, stop, kill."""

import time
from abc import ABC, abstractmethod
from pathlib import Path

from sandbox.process import Process, tail
from sandbox.state import State


class StartError(Exception):
    """A server did not come up; the text says which, and what its log says."""


class Server(ABC):
    """One server under guard. A subclass gives its process, its readiness and its settings."""

    name: str
    patience: float = 45.0

    def __init__(self, state: State) -> None:
        self.state = state
        self.port = state.port(self.name)
        self.process = self.command()

    @abstractmethod
    def command(self) -> Process:
        """The process to run."""

    def prepare(self) -> None:  # noqa: B027
        """Make the files that the server needs before it can start."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the server answers."""

    def settle(self) -> None:  # noqa: B027
        """What is left to do once it answers, such as making its database."""

    def env(self) -> dict[str, str]:
        """The settings by which our program reaches the server."""
        return {}

    @property
    def home(self) -> Path:
        """The directory of the server's data."""
        return self.state.directory / self.name

    @property
    def log(self) -> Path:
        """The file that takes the server's output."""
        return self.state.logs / f"{self.name}.log"

    @property
    def pid(self) -> int | None:
        """The server's own process id."""
        return self.process.pid if self.process.alive else None

    def start(self) -> None:
        """Start and return when it answers; raises StartError with the end of its log."""
        if self.process.alive:
            return
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.prepare()
        self.process.start()
        self.wait_ready()
        self.settle()

    def wait_ready(self) -> None:
        """Wait until it answers; raises StartError when it ends or takes too long."""
        deadline = time.monotonic() + self.patience
        # A stranger on our port may answer too, while our own process has ended.
        while not (self.is_ready() and self.process.alive):
            if not self.process.alive or time.monotonic() > deadline:
                why = "ended" if not self.process.alive else f"not ready in {self.patience:.0f} s"
                self.process.kill()
                raise StartError(f"{self.name}: {why}; {self.log} ends with\n{tail(self.log)}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop gracefully."""
        self.process.stop()

    def kill(self) -> None:
        """Kill at once, as a crash would."""
        self.process.kill()
