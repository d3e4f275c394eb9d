"""Embeddings of OpenAI's wire (PRODUCT 67 to 69): batches, tries, a bulkhead and a breaker."""

import asyncio
import math
import time
from collections.abc import Sequence
from typing import Protocol

import httpx2
from openai import APIError, APIStatusError, BadRequestError, UnprocessableEntityError
from prometheus_client import Counter, Histogram

from core.settings import Settings
from core.telemetry import SECONDS, traced
from gateways.embedding.breaker import Breaker, State
from gateways.provider import OpenAIClients

DIMENSIONS = 384
BATCH = 100
AT_ONCE = 10
TRIES = 3
FIRST_WAIT, LONGEST_WAIT = 1.0, 5.0

REQUESTS = Counter(
    "embedding_requests", "Requests for embeddings, and what came of them", ["outcome"]
)
RESPONSE_TIME = Histogram(
    "embedding_response_time", "Seconds that a request for embeddings took", buckets=SECONDS
)

FAULTS = (APIError, httpx2.HTTPError, TimeoutError, ValueError, AttributeError, TypeError)
# What is wrong with the texts themselves is wrong however often they are sent.
INVALID = (BadRequestError, UnprocessableEntityError)


class EmbeddingsUnavailable(Exception):
    """There are no vectors now: go on without them."""


class EmbeddingsRefused(EmbeddingsUnavailable):
    """These texts have no vectors, now or later."""


class Embeddings(Protocol):
    """Turns texts into vectors of 384 numbers."""

    @property
    def model(self) -> str:
        """Whose vectors these are; those of two models cannot be compared."""
        ...

    @property
    def state(self) -> State:
        """Whether it is asked at all just now."""
        ...

    async def embed(self, texts: Sequence[str], deadline: float) -> list[list[float]]:
        """One vector for each text, in their order, within `deadline` seconds for all of them.

        Raises EmbeddingsUnavailable, and EmbeddingsRefused where trying again would not help.
        """
        ...

    async def aclose(self) -> None:
        """Closes the connections of the running event loop."""
        ...


class OpenAIEmbeddings(Embeddings):
    """Asks the embedding model of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._clients = OpenAIClients(settings)
        self._model = settings.openai_embedding_model
        self._breaker = Breaker(
            settings.embedding_breaker_failures, settings.embedding_breaker_seconds
        )
        self._under_way = 0

    @property
    def model(self) -> str:
        return self._model

    @property
    def state(self) -> State:
        return self._breaker.state

    async def embed(self, texts: Sequence[str], deadline: float) -> list[list[float]]:
        if not all(text.strip() for text in texts):
            raise EmbeddingsRefused("a text is empty")
        until = time.monotonic() + deadline
        found: list[list[float]] = []
        for start in range(0, len(texts), BATCH):
            found += await self._batch(list(texts[start : start + BATCH]), until)
        return found

    async def _batch(self, texts: list[str], until: float) -> list[list[float]]:
        """Ask for one batch, if there is room and the provider is thought to be well."""
        if self._under_way >= AT_ONCE:
            REQUESTS.labels("rejected").inc()
            raise EmbeddingsUnavailable(f"{AT_ONCE} requests are under way")
        if not self._breaker.enter():
            REQUESTS.labels("rejected").inc()
            raise EmbeddingsUnavailable("failed a moment ago")
        self._under_way += 1
        is_known = False
        try:
            found = await self._tried(texts, until)
            self._breaker.succeeded()
            is_known = True
        except EmbeddingsRefused:
            raise
        except EmbeddingsUnavailable:
            self._breaker.failed()
            is_known = True
            raise
        finally:
            self._under_way -= 1
            if not is_known:
                self._breaker.left()
        return found

    async def _tried(self, texts: list[str], until: float) -> list[list[float]]:
        wait = FIRST_WAIT
        for number in range(1, TRIES + 1):
            try:
                return await self._measured(texts, until - time.monotonic())
            except EmbeddingsRefused:
                raise
            except EmbeddingsUnavailable as error:
                pause = min(LONGEST_WAIT, max(wait, _asked_to_wait(error.__cause__)))
                if number == TRIES or time.monotonic() + pause >= until:
                    raise
            await asyncio.sleep(pause)
            wait *= 2
        raise AssertionError("the last try returns or raises")

    async def _measured(self, texts: list[str], seconds: float) -> list[list[float]]:
        started, outcome = time.perf_counter(), "failed"
        try:
            async with asyncio.timeout(seconds):
                found = await self._asked(texts)
            outcome = "answered"
        except INVALID as error:
            outcome = "refused"
            raise EmbeddingsRefused(type(error).__name__) from error
        except FAULTS as error:
            raise EmbeddingsUnavailable(type(error).__name__) from error
        finally:
            REQUESTS.labels(outcome).inc()
            RESPONSE_TIME.observe(time.perf_counter() - started)
        return found

    @traced("embeddings.create")
    async def _asked(self, texts: list[str]) -> list[list[float]]:
        answer = await self._clients.here().embeddings.create(
            model=self._model, input=texts, dimensions=DIMENSIONS
        )
        found = [one.embedding for one in sorted(answer.data, key=lambda one: one.index)]
        if len(found) != len(texts):
            raise ValueError("a vector is missing")
        for vector in found:
            if len(vector) != DIMENSIONS or not all(map(math.isfinite, vector)) or not any(vector):
                raise ValueError("not a vector of ours")
        return found

    async def aclose(self) -> None:
        await self._clients.aclose()


def _asked_to_wait(error: BaseException | None) -> float:
    """Return how many seconds the provider asks to be left alone."""
    if isinstance(error, APIStatusError):
        try:
            return float(error.response.headers.get("retry-after", 0))
        except ValueError:
            return 0.0
    return 0.0
