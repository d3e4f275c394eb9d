"""A child process that dies with its owner, by way of the guard."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

GUARD = Path(__file__).with_name("guard.py")


class Process:
    """One command under guard: its output goes to a log, and it never outlives this process."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stop_signal: int = signal.SIGTERM,
        grace: float = 10.0,
        user: str | None = None,
        lock: Path | None = None,
    ) -> None:
        self.name, self.log, self.cwd, self.grace = name, log, cwd, grace
        self.env = dict(os.environ if env is None else env)
        self.pid: int | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None
        self._order = {
            "argv": [str(part) for part in argv],
            "log": str(log),
            "stop_signal": int(stop_signal),
            "grace": grace,
            "user": user,
            "lock": str(lock) if lock else None,
        }

    def start(self) -> None:
        """Start the command; returns when it has a process id, not when it is ready."""
        if self.alive:
            return
        self._release()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        # A session of its own keeps a terminal's Ctrl-C for the owner, who ends things in order.
        guard = subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARD), json.dumps(self._order)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self.env,
            cwd=self.cwd,
            start_new_session=True,
        )
        self._guard, self._output = guard, guard.stdout
        self.pid = int(self._output.readline() or 0) if self._output else None

    @property
    def alive(self) -> bool:
        """Whether the command still runs."""
        return self._guard is not None and self._guard.poll() is None

    @property
    def code(self) -> int | None:
        """The exit code (128 + n for signal n), None while it runs or before it started."""
        return self._guard.poll() if self._guard else None

    def fileno(self) -> int:
        """A descriptor that becomes readable when the command has ended, for `selectors`."""
        return self._output.fileno() if self._output else -1

    def signal(self, number: int) -> None:
        """Send a signal to the command itself."""
        if self.alive and self.pid:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the command at once and wait until it and what it started are gone."""
        self.signal(signal.SIGKILL)
        self.wait()

    def request_stop(self) -> None:
        """Ask the command to stop, without waiting."""
        if self._guard and self._guard.stdin and not self._guard.stdin.closed:
            self._guard.stdin.close()

    def stop(self) -> None:
        """Stop the command gracefully, by force after its grace, and wait for its end."""
        self.request_stop()
        self.wait()

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and give the exit code; raises TimeoutExpired after `timeout` s."""
        if self._guard is None:
            return 0
        code = self._guard.wait(timeout if timeout is not None else self.grace + 20)
        self._release()
        return code

    def _release(self) -> None:
        if self._guard:
            self.request_stop()
            if self._output:
                self._output.close()


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, to show beside an error."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def poll(ready: Callable[[], bool], seconds: float) -> bool:
    """Call `ready` until it is true, at most `seconds` long."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
