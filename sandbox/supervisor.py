"""`nerdx dev`: starts the sandbox and our programs, keeps them alive, and leaves nothing behind."""

import fcntl
import json
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

from sandbox.banner import addresses, block, running, say, told
from sandbox.process import Process, tail
from sandbox.programs import ROOT, Program, Programs, ours
from sandbox.providers import WEBHOOK_PATH
from sandbox.server import StartError
from sandbox.stack import Graph, Stack, await_guards
from sandbox.state import State

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PREFERRED_PORT = 8000
FIRST_PAUSE, LONGEST_PAUSE, STEADY_SECONDS = 0.5, 10.0, 30.0
READY_SECONDS = 90.0


class Ending(BaseException):
    """A signal asked us to end; raised in the main thread, wherever it is."""


@dataclass
class Watched:
    """A process that is started again when it ends."""

    process: Process
    since: float
    pause: float = FIRST_PAUSE
    again_at: float | None = None


class Supervisor:
    """Holds the state directory, the servers and the programs of one run."""

    def __init__(
        self,
        directory: Path,
        graph: Graph,
        environ: Mapping[str, str],
        programs: Callable[[int], Programs] = ours,
    ) -> None:
        self.state = State(directory)
        await_guards(self.state.lock, say)
        chosen = int(environ.get("PORT") or 0)
        self.port = chosen or self.state.port("api", PREFERRED_PORT)
        loopback = f"http://127.0.0.1:{self.port}"
        self.url = environ.get("PUBLIC_URL") or loopback
        self.stack = Stack(
            self.state,
            graph=graph,
            providers=True,
            durable=True,
            webhook_url=loopback + WEBHOOK_PATH,
            given=given(environ),
            say=say,
        )
        self.env = {**settings(self.state, self.port), **environ, **self.stack.env}
        self.programs = programs(self.port)
        self.watched: dict[str, Watched] = {}

    def run(self, holder: TextIO) -> None:
        """Start everything, say so, and stay until a signal; `holder` is the locked file."""
        begun = time.monotonic()
        try:
            with self.stack:
                self._run_first()
                self._start_programs()
                found = addresses(self.url, self.stack)
                write_holder(holder, found)
                taken = time.monotonic() - begun
                say(block(taken, found, told(self.port), self.state.logs))
                self._watch()
        finally:
            self._stop_programs()

    def _process(self, program: Program) -> Process:
        return Process(
            program.name,
            program.argv,
            log=self.state.logs / f"{program.name}.log",
            env=self.env,
            cwd=ROOT,
            grace=program.grace,
            lock=self.state.lock,
        )

    def _run_first(self) -> None:
        """Migrate and seed unless nothing has changed; fill a graph that is not the last one."""
        notes, server = self.state.notes, self.stack.servers.get("graph")
        graph = server.home.name if server else self.env["NEO4J_URI"]
        version = f"{self.programs.version} {self.env['DATABASE_URL']}"
        if not self.programs.version or notes.get("prepared") != version:
            self._run_each(self.programs.first)
            self.state.note("prepared", version)
        if notes.get("graph", graph) != graph:
            self._run_each(self.programs.regraph)
        self.state.note("graph", graph)

    def _run_each(self, programs: tuple[Program, ...]) -> None:
        for program in programs:
            begun, process = time.monotonic(), self._process(program)
            process.start()
            try:
                code = process.wait(600)
            except BaseException:
                process.stop()
                raise
            if code:
                raise StartError(f"{program.name} failed ({code}):\n{tail(process.log)}")
            say(f"{program.name}: done in {time.monotonic() - begun:.1f} s")

    def _start_programs(self) -> None:
        for program in self.programs.always:
            process = self._process(program)
            self.watched[program.name] = Watched(process, time.monotonic())
            process.start()
            self._await(program)
        for server in self.stack.servers.values():
            self.watched[server.name] = Watched(server.process, time.monotonic())

    def _await(self, program: Program) -> None:
        process, deadline = self.watched[program.name].process, time.monotonic() + READY_SECONDS
        while not program.is_ready():
            if not process.alive or time.monotonic() > deadline:
                raise StartError(f"{program.name} did not start; {tail(process.log)}")
            time.sleep(0.05)
        say(f"{program.name}: ready")

    def _watch(self) -> None:
        """Start again whatever ends, after a pause that grows while it keeps failing."""
        while True:
            now = time.monotonic()
            for name, watched in self.watched.items():
                self._revive(name, watched, now)
            pauses = [w.again_at - now for w in self.watched.values() if w.again_at is not None]
            self._await_an_end(max(0.0, min(pauses)) if pauses else None)

    def _await_an_end(self, seconds: float | None) -> None:
        with selectors.DefaultSelector() as selector:
            for watched in self.watched.values():
                if watched.again_at is None:
                    selector.register(watched.process, selectors.EVENT_READ)
            selector.select(seconds)

    def _revive(self, name: str, watched: Watched, now: float) -> None:
        if watched.again_at is None:
            if watched.process.alive and not ended(watched.process):
                return
            code, steady = watched.process.wait(), now - watched.since > STEADY_SECONDS
            pause = FIRST_PAUSE if steady else watched.pause
            watched.again_at, watched.pause = now + pause, min(pause * 2, LONGEST_PAUSE)
            say(f"{name} ended ({code}); starting it again in {pause:.1f} s")
        elif now >= watched.again_at:
            watched.process.start()
            watched.since, watched.again_at = now, None
            say(f"{name}: started again, process {watched.process.pid}")

    def _stop_programs(self) -> None:
        processes = [
            self.watched[p.name].process for p in self.programs.always if p.name in self.watched
        ]
        for process in processes:
            process.request_stop()
        for process in processes:
            process.stop()


def ended(process: Process) -> bool:
    """Whether the guard has closed its output, which it does at its end."""
    with selectors.DefaultSelector() as selector:
        selector.register(process, selectors.EVENT_READ)
        return bool(selector.select(0))


def given(environ: Mapping[str, str]) -> dict[str, str]:
    """The real services that the environment names, and that are not started therefore."""
    names = ["DATABASE_URL", "REDIS_URL", "NEO4J_URI", "S3_ENDPOINT_URL", "MAIL_URL"]
    names += ["SIGN_IN_PROVIDERS", "ACP_FEED_PUSH"]
    found = {name: environ[name] for name in names if environ.get(name)}
    for provider in ("OPENAI", "STRIPE"):
        if environ.get(f"{provider}_BASE_URL") and environ.get(f"{provider}_API_KEY"):
            found[f"{provider}_BASE_URL"] = environ[f"{provider}_BASE_URL"]
    return found


def settings(state: State, port: int) -> dict[str, str]:
    """What our programs need besides the servers' addresses; the environment may overrule it."""
    return {
        "ENVIRONMENT": "development",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SANDBOX_SIGN_IN": "true",
        "SIGN_IN_REDIRECT_URIS": f"http://127.0.0.1:{port}/explorer",
        "TOKEN_KEYS_PATH": str(state.directory / "keys"),
        "PORTRAIT_SECRET": state.secret("portrait"),
        "COMMERCE_SECRET": state.secret("commerce"),
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def only_one(directory: Path) -> Iterator[TextIO]:
    """Hold the state directory's lock; raises StartError saying who holds it."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (directory / "lock").open("a+") as holder:
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder.seek(0)
            raise StartError(running(holder.read())) from None
        holder.truncate(0)
        yield holder
        holder.truncate(0)


def write_holder(holder: TextIO, found: Mapping[str, str]) -> None:
    """Tell a second start who runs, since when, and where."""
    since = datetime.now().astimezone().isoformat(" ", "seconds")
    holder.truncate(0)
    json.dump({"pid": os.getpid(), "since": since, "addresses": dict(found)}, holder)
    holder.flush()


def end(number: int, _: object) -> None:
    """Turn the first signal into Ending; let a second one end us at once (guards clean up)."""
    for name in ENDING:
        signal.signal(name, lambda *_: os._exit(130))
    raise Ending(signal.Signals(number).name)


def run(
    directory: Path,
    graph: Graph = "arcadedb",
    environ: Mapping[str, str] = os.environ,
    programs: Callable[[int], Programs] = ours,
) -> int:
    """Run the sandbox until a signal; give the exit code."""
    try:
        with only_one(directory.resolve()) as holder:
            for name in ENDING:
                signal.signal(name, end)
            say("Starting NERDX; the first time takes up to a minute.")
            Supervisor(directory.resolve(), graph, environ, programs).run(holder)
    except Ending:
        say("Stopped.")
        return 0
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0
