"""What may not be said: a provider's verdict on words that customers wrote."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import httpx2
from openai import APIError

from core.settings import Settings
from core.telemetry import traced
from gateways.provider import OpenAIClients


class ModerationUnavailable(Exception):
    """No verdict was given; nothing that depends on it may go on."""


class Moderation(Protocol):
    """Judges texts."""

    async def check(self, texts: Sequence[str], deadline: float = 5.0) -> list[str]:
        """The categories flagged in any of the texts, sorted; empty when all of them pass.

        Raises ModerationUnavailable when there is no verdict within `deadline` seconds.
        """
        ...

    async def aclose(self) -> None:
        """Closes the connections of the running event loop."""
        ...


class OpenAIModeration(Moderation):
    """Asks the moderation model of the settings; one retry, since asking is free."""

    def __init__(self, settings: Settings) -> None:
        self._clients = OpenAIClients(settings)
        self._model = settings.openai_moderation_model

    async def check(self, texts: Sequence[str], deadline: float = 5.0) -> list[str]:
        asked = [text for text in texts if text.strip()]
        if not asked:
            return []
        try:
            async with asyncio.timeout(deadline):
                return await self._flagged(asked)
        except (APIError, httpx2.HTTPError, TimeoutError, ValueError, AttributeError) as error:
            raise ModerationUnavailable(type(error).__name__) from error

    @traced("moderation.check")
    async def _flagged(self, texts: list[str]) -> list[str]:
        client = self._clients.here().with_options(max_retries=1)
        verdict = await client.moderations.create(model=self._model, input=texts)
        if len(verdict.results) != len(texts):
            raise ValueError("a verdict is missing")
        flagged: set[str] = set()
        for result in verdict.results:
            if result.flagged:
                categories = result.categories.model_dump(by_alias=True)
                flagged |= {name for name, hit in categories.items() if hit} or {"other"}
        return sorted(flagged)

    async def aclose(self) -> None:
        await self._clients.aclose()
