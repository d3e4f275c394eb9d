"""Turns what the SDK raises into what may be done next."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from openai import APIConnectionError, APIError, APIStatusError

from gateways.llm.port import LlmGone, LlmUnavailable

_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
BROKEN = (APIError, httpx2.HTTPError, ValueError, TypeError, AttributeError, LookupError)


@asynccontextmanager
async def beginning(deadline: float) -> AsyncIterator[None]:
    """For the paid call: tells what was never sent from what may have been taken."""
    try:
        async with asyncio.timeout(deadline):
            yield
    except TimeoutError as error:
        raise _lost(f"no answer in {deadline:g} s") from error
    except APIStatusError as error:
        raise _refusal(error) from error
    except APIConnectionError as error:
        if isinstance(error.__cause__, _NEVER_SENT):
            raise LlmUnavailable("the model cannot be reached", retryable=True) from error
        raise _lost("the connection broke after the question was sent") from error
    except BROKEN as error:
        raise _lost(f"the answer cannot be read ({type(error).__name__})") from error


@asynccontextmanager
async def asking(deadline: float) -> AsyncIterator[None]:
    """For calls that cost nothing and may be repeated; LlmGone when the id is not known."""
    try:
        async with asyncio.timeout(deadline):
            yield
    except TimeoutError as error:
        raise LlmUnavailable(f"no answer in {deadline:g} s", retryable=True) from error
    except APIStatusError as error:
        if error.status_code in (400, 404, 410):
            raise LlmGone(f"the model answered {error.status_code}") from error
        raise _refusal(error, is_paid=False) from error
    except BROKEN as error:
        message = f"the model cannot be asked ({type(error).__name__})"
        raise LlmUnavailable(message, retryable=True) from error


@asynccontextmanager
async def listening(deadline: float, is_unknown: bool) -> AsyncIterator[None]:
    """For the wait for one event: whatever breaks it, a round that was opened can be resumed."""
    try:
        async with asyncio.timeout(deadline):
            yield
    except TimeoutError as error:
        message = f"the model said nothing for {deadline:g} s"
        raise LlmUnavailable(message, retryable=True, is_unknown=is_unknown) from error
    except BROKEN as error:
        message = f"the stream broke ({type(error).__name__})"
        raise LlmUnavailable(message, retryable=True, is_unknown=is_unknown) from error


def _lost(message: str) -> LlmUnavailable:
    return LlmUnavailable(message, retryable=True, is_unknown=True)


def _refusal(error: APIStatusError, is_paid: bool = True) -> LlmUnavailable:
    status = error.status_code
    retryable = status in (408, 409, 429) or status >= 500
    # 429 and 503 are said at the door; behind it something may have begun.
    is_unknown = is_paid and retryable and status not in (429, 503)
    return LlmUnavailable(
        f"the model answered {status}",
        retryable=retryable,
        is_unknown=is_unknown,
        retry_after=_retry_after(error),
    )


def _retry_after(error: APIStatusError) -> float | None:
    try:
        return max(0.0, float(error.response.headers["retry-after"]))
    except (KeyError, ValueError):
        return None
