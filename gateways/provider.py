"""The OpenAI SDK's clients, one for each event loop."""

import asyncio
import warnings
from collections.abc import Callable
from weakref import WeakKeyDictionary

from openai import AsyncOpenAI

from core.settings import Settings


class OpenAIClients:
    """Hands out a client that belongs to the running loop; none of them retries by itself."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncOpenAI] = (
            WeakKeyDictionary()
        )

    def here(self) -> AsyncOpenAI:
        """The client of the running event loop, made on first use."""
        loop = asyncio.get_running_loop()
        if (client := self._clients.get(loop)) is None:
            client = self._clients[loop] = AsyncOpenAI(
                api_key=self._settings.openai_api_key.get_secret_value() or "unset",
                base_url=self._settings.openai_base_url,
                timeout=self._settings.provider_timeout_seconds,
                max_retries=0,
            )
        return client

    async def aclose(self) -> None:
        """Closes the client of the running loop."""
        if client := self._clients.pop(asyncio.get_running_loop(), None):
            await client.close()


def undeprecated[T](call: Callable[[], T]) -> T:
    """Calls without the SDK's notice that the first provider of this wire has left it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return call()
