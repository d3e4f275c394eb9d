"""A port before a server's own, where its answers can be held up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Gate:
    """A port before the graph's own, where its answers can be held up."""

    def __init__(self, port: int) -> None:
        self.port, self.delay, self._open = port, 0.0, set[asyncio.Task[None]]()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what both sides say until one hangs up."""
        task = asyncio.current_task()
        assert task
        self._open.add(task)
        try:
            with suppress(OSError, asyncio.CancelledError):
                theirs, to_graph = await asyncio.open_connection("127.0.0.1", self.port)
                try:
                    await self._both(reader, writer, theirs, to_graph)
                finally:
                    to_graph.close()
        finally:
            self._open.discard(task)
            writer.close()

    async def _both(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        theirs: asyncio.StreamReader,
        to_graph: asyncio.StreamWriter,
    ) -> None:
        ways = [
            asyncio.create_task(self._pass(reader, to_graph, is_answer=False)),
            asyncio.create_task(self._pass(theirs, writer, is_answer=True)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool
    ) -> None:
        while data := await reader.read(65_536):
            if is_answer and self.delay:
                await asyncio.sleep(self.delay)
            writer.write(data)
            await writer.drain()

    async def close(self) -> None:
        """Hang up on everyone."""
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)


@asynccontextmanager
async def gate_before(graph: int, port: int) -> AsyncIterator[Gate]:
    """Open a gate at a port."""
    gate = Gate(graph)
    server = await asyncio.start_server(gate.serve, "127.0.0.1", port)
    try:
        yield gate
    finally:
        server.close()
        await gate.close()
