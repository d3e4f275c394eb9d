"""The product's processes for tests: the API in this loop, worker and relay as real processes."""

import asyncio
import contextlib
import os
import signal
import socket
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from secrets import SystemRandom

import httpx2
import uvicorn

from app import App, create_app
from core.settings import Settings
from routes.graphql.protocol import KEEP_ALIVE_SECONDS, HttpProtocol, WebSocketProtocol
from sandbox.state import PORTS, hold, is_free
from tests.support.api import TLS
from tests.support.nursery import born

# So many ports that were chosen last are kept from the processes beside this one.
HELD = 64
_held: deque[int] = deque()


def free_port() -> int:
    """A port that nobody uses now, that no outgoing connection is given, and no other test soon."""
    return next(port for port in SystemRandom().sample(PORTS, 500) if _is_ours(port))


def _is_ours(port: int) -> bool:
    if (handle := hold(port)) is None:
        return False
    _held.append(handle)
    if len(_held) > HELD:
        os.close(_held.popleft())
    return is_free(port)


class Server(uvicorn.Server):
    """Begins and ends at once: uvicorn waits a tenth of a second, and so do thousands of tests."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.begun, self.ended = asyncio.Event(), asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self.begun.set()

    async def main_loop(self) -> None:
        """Wait; once a second the date of answers moves on."""
        while not self.ended.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.ended.wait(), 1)
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End; a tenth of a second is for those who are connected."""
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for server in self.servers:
            server.close()
        # Somebody may have come in just now, and say nothing.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                await asyncio.gather(*(server.wait_closed() for server in self.servers))
        await self.lifespan.shutdown()


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
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=2,
    )
    server = Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined,method-assign]
    task = asyncio.create_task(server._serve())
    try:
        begun = asyncio.create_task(server.begun.wait())
        async with asyncio.timeout(20):
            await asyncio.wait({task, begun}, return_when=asyncio.FIRST_COMPLETED)
        begun.cancel()
        if task.done():
            task.result()
        yield app.state.host
    finally:
        server.ended.set()
        await task


class Program:
    """One `nerdx` process."""

    def __init__(self, name: str, env: Mapping[str, str], log: Path) -> None:
        self.name, self.env, self.log = name, dict(env), log
        self.process: ForkServerProcess | None = None
        self.largest_file: int | None = None
        """In bytes."""

    def start(self) -> "Program":
        """Start it, or start it again."""
        env = {**os.environ, **self.env}
        self.process = born(self.name, env, self.log, self.largest_file)
        return self

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.process is not None and self.process.is_alive()

    def kill(self) -> None:
        """End it as a crash would."""
        if self.process:
            self.process.kill()
            self.process.join()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self.process and self.process.pid and self.is_running:
            os.kill(self.process.pid, number)

    def stop(self, seconds: float = 30) -> int:
        """End it in good order and return its exit code. Raises TimeoutError."""
        if not self.process:
            return 0
        self.process.terminate()
        self.process.join(seconds)
        if self.process.exitcode is None:
            self.kill()
            raise TimeoutError(f"{self.name} did not stop in {seconds} s")
        return self.process.exitcode


@contextmanager
def running(name: str, env: Mapping[str, str], log: Path) -> Iterator[Program]:
    """Run a process of the product, and end it."""
    program = Program(name, env, log).start()
    try:
        yield program
    finally:
        with contextlib.suppress(TimeoutError):
            program.stop(25)


async def answers(url: str, seconds: float = 30) -> None:
    """Wait until a server answers."""
    async with httpx2.AsyncClient(verify=TLS) as http, asyncio.timeout(seconds):
        while True:
            with contextlib.suppress(httpx2.HTTPError):
                if (await http.get(f"{url}/healthz")).is_success:
                    return
            await asyncio.sleep(0.05)
