"""The whole product on this machine: stores, providers, API, relay, and workers to be killed."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psutil
from imageio_ffmpeg import get_ffmpeg_exe  # type: ignore[import-untyped]

from bench.servers import Server, ours, run
from bench.storm.history import Kill
from core.settings import ROOT
from sandbox.openai.server import SandboxControl
from sandbox.process import Process
from sandbox.providers import WEBHOOK_PATH
from sandbox.stack import Stack
from sandbox.state import State, free_port
from sandbox.supervisor import only_one

FOLDER = ROOT / ".nerdx" / "storm"
# What production has, but for how many cameos may be under way, for the wait after a paid call
# whose answer was lost (on one machine it surfaces at once), and for how many workers one step
# may cost: a storm cannot be told from a film that kills its workers.
LIFTED = {
    "ENVIRONMENT": "test",
    "SANDBOX_SIGN_IN": "true",
    "PORTRAIT_SECRET": "a secret for this run only",
    "COMMERCE_SECRET": "another secret for this run only",
    "LOG_LEVEL": "WARNING",
    "SUBMIT_SETTLE_SECONDS": "10",
    # Who looks on all the while does not sign in again.
    "ACCESS_TOKEN_SECONDS": "3600",
    "STEP_CRASHES": "30",
    "ACCOUNTS_PER_CLIENT": "100000",
    "REGISTER_TRIES_PER_CLIENT": "100000",
}


def connections(process: Process, port: int) -> frozenset[int]:
    """Return from which ports a process is connected to one of this machine's."""
    with suppress(psutil.Error):
        found = psutil.Process(process.pid).net_connections("tcp")
        return frozenset(c.laddr.port for c in found if c.raddr and c.raddr.port == port)
    return frozenset()


@dataclass
class Worker:
    """One `nerdx worker`, started again whenever it was killed."""

    process: Process
    postgres: int
    kills: list[Kill] = field(default_factory=list)

    def ports(self) -> frozenset[int]:
        """Return the ports of its connections to Postgres."""
        return connections(self.process, self.postgres)

    def kill(self) -> Kill:
        """Kill it with SIGKILL, and start it again."""
        kill = Kill(datetime.now(UTC), self.ports())
        self.process.kill()
        self.kills.append(kill)
        self.process.start()
        return kill


@dataclass
class Field:
    """Everything that runs."""

    stack: Stack
    env: Mapping[str, str]
    workers: list[Worker]
    relay: Process
    site: Server
    studio: SandboxControl
    # What is killed late may otherwise start the old relay beside the new one.
    _relays: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """Where the API is."""
        return self.env["PUBLIC_URL"]

    @property
    def dsn(self) -> str:
        """The address of Postgres for asyncpg."""
        return self.env["DATABASE_URL"].replace("postgresql+asyncpg://", "postgresql://")

    @property
    def kills(self) -> list[Kill]:
        """Every kill of a worker so far, the first first."""
        return sorted((k for w in self.workers for k in w.kills), key=lambda kill: kill.at)

    def kill_relay(self) -> float:
        """Kill the relay with SIGKILL, start it again, and return the seconds until it works."""
        since = time.monotonic()
        with self._relays:
            self.relay.kill()
            self.relay.start()
            while not connections(self.relay, self.stack.postgres.port):
                time.sleep(0.2)
        return time.monotonic() - since

    def move_clock(self, seconds: float) -> None:
        """Have a relay that lives so much later, and looks for what is old each second."""
        later = {"CLOCK_OFFSET_SECONDS": str(seconds), "RETENTION_SECONDS": "1"}
        with self._relays:
            self.relay.stop()
            self.relay = program("relay", {**self.env, **later})
            self.relay.start()


def program(name: str, env: Mapping[str, str], number: int = 0) -> Process:
    """Make one of our own processes; it never outlives this one."""
    argv, log = (sys.executable, ROOT / "cli.py", name), FOLDER / "logs" / f"{name}-{number}.log"
    return Process(name, argv, env={**inherited(), **env}, cwd=ROOT, log=log, grace=25)


def inherited() -> dict[str, str]:
    """Return what a process needs of this shell, and none of its settings."""
    return {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "TMPDIR")}


def settings_of(stack: Stack, port: int, jobs: int, slots: int) -> dict[str, str]:
    """Return the settings of every process."""
    return {
        **stack.env,
        **LIFTED,
        "REDIS_PREFIX": "storm",
        "TOKEN_KEYS_PATH": str(FOLDER / "keys"),
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "MAX_OPEN_CAMEOS": str(jobs),
        "MAX_SHOTS_PER_DAY": str(jobs),
        "RENDER_SLOTS": str(slots),
    }


@contextmanager
def the_field(jobs: int, workers: int, slots: int) -> Iterator[Field]:
    """Start everything from nothing; stop all at the end."""
    with ExitStack() as opened:
        opened.enter_context(only_one(FOLDER))
        for old in ("state", "keys", "logs"):
            shutil.rmtree(FOLDER / old, ignore_errors=True)
        state = State(FOLDER / "state")
        port = free_port(set(state.ports.values()))
        webhook = f"http://127.0.0.1:{port}{WEBHOOK_PATH}"
        stack = Stack(state, providers=True, webhook_url=webhook)
        opened.enter_context(stack)
        env = settings_of(stack, port, jobs, slots)
        for command in ("migrate", "seed", "rebuild-graph"):
            run(command, env)
        site = opened.enter_context(ours("api", env, port, FOLDER / "logs"))
        crew = [
            Worker(program("worker", env, number), stack.postgres.port) for number in range(workers)
        ]
        found = Field(stack, env, crew, program("relay", env), site, studio_of(stack))
        opened.callback(lambda: stop(found))
        for process in (found.relay, *(worker.process for worker in crew)):
            process.start()
        yield found


def studio_of(stack: Stack) -> SandboxControl:
    """Return the renderer's knobs, turned so that every order gets one tiny film.

    A white square before grey, four pictures a second: cheap to read, and still a film that moves.
    """
    clip = stack.openai.home / "videos" / "cached-1280x720-4.mp4"
    inputs = ("color=gray:s=1280x720:r=4:d=4", "color=white:s=160x160:r=4:d=4", "anullsrc=r=48000")
    made = [
        *(word for source in inputs for word in ("-f", "lavfi", "-i", source)),
        *("-filter_complex", "[0][1]overlay=x=100+200*t:y=300[v]", "-map", "[v]", "-map", "2:a"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"),
        *("-t", "4", "-movflags", "+faststart", str(clip)),
    ]
    subprocess.run([get_ffmpeg_exe(), "-v", "error", "-y", *made], check=True)
    studio = SandboxControl(stack.env["OPENAI_BASE_URL"].removesuffix("/v1"))
    studio.speed(instant=True)
    return studio


def stop(found: Field) -> None:
    """Ask all of our own processes to end, then wait for each."""
    processes = [found.relay, *(worker.process for worker in found.workers)]
    for process in processes:
        process.request_stop()
    for process in processes:
        process.stop()
