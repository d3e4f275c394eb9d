"""The product's processes for tests: the API in this loop, worker and relay as real processes."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import uvicorn

from app import App, create_app
from core.settings import Settings
from routes.graphql.protocol import HttpProtocol, WebSocketProtocol

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[App]:
    """Serve the API on its port, in this event loop."""
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=HttpProtocol,
        ws=WebSocketProtocol,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined,method-assign]
    task = asyncio.create_task(server._serve())
    try:
        async with asyncio.timeout(20):
            while not server.started:
                if task.done():
                    task.result()
                await asyncio.sleep(0.02)
        yield app.state.host
    finally:
        server.should_exit = True
        await task


class Program:
    """One `nerdx` process."""

    def __init__(self, name: str, env: Mapping[str, str], log: Path) -> None:
        self.name, self.env, self.log = name, dict(env), log
        self.process: subprocess.Popen[bytes] | None = None
        # In the units of the shell, 512 or 1024 bytes.
        self.largest_file: int | None = None

    def start(self) -> "Program":
        """Start it, or start it again."""
        argv = [sys.executable, "cli.py", self.name]
        if self.largest_file:
            argv = ["sh", "-c", f'ulimit -f {self.largest_file}; exec "$0" "$@"', *argv]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                argv,
                cwd=ROOT,
                env={**os.environ, **self.env},
                stdout=out,
                stderr=out,
            )
        return self

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """End it as a crash would."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self.process:
            self.process.send_signal(number)

    def stop(self, seconds: float = 30) -> int:
        """End it in good order and return its exit code."""
        if not self.process:
            return 0
        if self.is_running:
            self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


@contextmanager
def running(name: str, env: Mapping[str, str], log: Path) -> Iterator[Program]:
    """Run a process of the product, and end it."""
    program = Program(name, env, log).start()
    try:
        yield program
    finally:
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.stop(25)


async def answers(url: str, seconds: float = 30) -> None:
    """Wait until a server answers."""
    async with httpx.AsyncClient() as http, asyncio.timeout(seconds):
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if (await http.get(f"{url}/healthz")).is_success:
                    return
            await asyncio.sleep(0.05)
