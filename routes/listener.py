"""A second address of this process, for those who run it and not for the public."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from core.setting_shapes import SettingsUnusable
from routes.graphql import HttpProtocol


class _Server(uvicorn.Server):
    """One that leaves the signals to the public address."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Listener:
    """Takes its address when it is made, and serves for as long as it is entered."""

    def __init__(self, address: str, routes: Sequence[BaseRoute]) -> None:
        self._socket = _listen(address)
        config = uvicorn.Config(
            Starlette(routes=routes),
            http=HttpProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve meanwhile."""
        task = asyncio.create_task(self._server.serve([self._socket]))
        try:
            yield
        finally:
            self._server.should_exit = True
            await task


def _listen(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), int(port)), family=family)
    except (OSError, ValueError, OverflowError) as error:
        raise SettingsUnusable(
            f"METRICS_ADDRESS ({address}) cannot be listened on: {error}. "
            "Each API process needs one of its own."
        ) from error
