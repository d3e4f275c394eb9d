"""Workers behind proxies, so that a test can act at an exact call of one of them."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from tests.conftest import World
from tests.support.proxy import Proxy, Trap, proxied
from tests.support.serve import Program


class Crew:
    """One worker from the start, more when hired; whoever dies is replaced while `replacing`."""

    def __init__(self, world: World, stack: AsyncExitStack) -> None:
        self.world, self._stack = world, stack
        self.traps: list[Trap] = []
        self.workers: list[Program] = []
        self.relay = world.program("relay")
        self.replacing = True
        self._owners: dict[int, Program] = {}

    async def hire(self) -> Program:
        """Start one more worker."""
        env = self.world.env
        doors = [
            await self._stack.enter_async_context(proxied(env[name], self.traps))
            for name in ("S3_ENDPOINT_URL", "OPENAI_BASE_URL")
        ]
        s3, openai = doors
        worker = self.world.program("worker", S3_ENDPOINT_URL=s3.url, OPENAI_BASE_URL=openai.url)
        self._owners |= {door.port: worker for door in doors}
        self.workers.append(worker)
        return worker

    def trap(
        self,
        method: str,
        path: str,
        *,
        before: Callable[[Proxy], None] | None = None,
        after: Callable[[Proxy], None] | None = None,
        **act: object,
    ) -> Trap:
        """Lay a trap for the workers' requests whose path matches."""
        trap = Trap(method, path, before, after, **act)  # type: ignore[arg-type]
        self.traps.append(trap)
        return trap

    def owner(self, door: Proxy) -> Program:
        """Return whose door this is."""
        return self._owners[door.port]

    def owner_of(self, trap: Trap) -> Program:
        """Return who met a trap last."""
        assert trap.door
        return self.owner(trap.door)

    def kill(self, door: Proxy) -> None:
        """End the worker that called, as a crash would."""
        self.owner(door).kill()

    def pause(self, door: Proxy) -> None:
        """Stop the worker that called, as a frozen machine would."""
        self.owner(door).signal(signal.SIGSTOP)

    async def move_clock(self, seconds: float) -> None:
        """Have a relay that lives so much later, and looks for what is old each second."""
        await asyncio.to_thread(self.relay.stop)
        later = {"CLOCK_OFFSET_SECONDS": str(seconds), "RETENTION_SECONDS": "1"}
        self.relay = self.world.program("relay", **later)

    async def replace(self) -> None:
        """Be the supervisor: start again whoever died."""
        while True:
            for worker in self.workers:
                if self.replacing and not worker.is_running:
                    worker.start()
            await asyncio.sleep(0.1)


@asynccontextmanager
async def crew_of(world: World) -> AsyncIterator[Crew]:
    """Start a relay and one worker, and watch over them."""
    async with AsyncExitStack() as stack:
        crew = Crew(world, stack)
        await crew.hire()
        supervisor = asyncio.create_task(crew.replace())
        try:
            yield crew
        finally:
            supervisor.cancel()
