"""Turns what the SDK raises into what the caller must do next."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from openai import (
    APIConnectionError,
    APIError,
    APIStatusError,
    NotFoundError,
)

from gateways.renderer.errors import (
    RenderBusy,
    RendererUnavailable,
    RenderGone,
    RenderRefused,
    RenderUnknown,
)

_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_BROKEN = (APIError, httpx2.HTTPError, ValueError, TypeError, AttributeError)


class Gone:
    """Filled when the provider answers that it does not know the id."""

    message = ""

    def error(self) -> RenderGone:
        return RenderGone(self.message)


@asynccontextmanager
async def submitting(deadline: float) -> AsyncIterator[None]:
    """For the paid call: tells never accepted, surely not accepted and unknown apart."""
    try:
        async with asyncio.timeout(deadline):
            yield
    except TimeoutError as error:
        raise RenderUnknown(f"no answer to the order in {deadline:g} s") from error
    except APIStatusError as error:
        raise _order_error(error) from error
    except APIConnectionError as error:
        if isinstance(error.__cause__, _NEVER_SENT):
            raise RenderBusy("the renderer cannot be reached") from error
        raise RenderUnknown("the connection broke after the order was sent") from error
    except _BROKEN as error:
        raise RenderUnknown("the answer to the order cannot be read") from error


def _order_error(error: APIStatusError) -> RenderRefused | RenderBusy | RenderUnknown:
    status = error.status_code
    # A key that is not taken is ours to mend, not the customer's: nothing was ordered, so wait.
    if status in (401, 403, 429, 503):
        return RenderBusy(f"the renderer answered {status}", _retry_after(error))
    if status >= 500 or status in (408, 409):
        return RenderUnknown(f"the renderer answered {status}")
    return RenderRefused(error.code or f"http_{status}", _message(error))


@asynccontextmanager
async def asking(deadline: float) -> AsyncIterator[Gone]:
    """For questions, which cost nothing: 404 fills the yielded Gone, the rest is unavailable."""
    gone = Gone()
    try:
        async with asyncio.timeout(deadline):
            yield gone
    except NotFoundError as error:
        gone.message = _message(error)
    except TimeoutError as error:
        raise RendererUnavailable(f"no answer in {deadline:g} s") from error
    except APIStatusError as error:
        message = f"the renderer answered {error.status_code}"
        raise RendererUnavailable(message, _retry_after(error)) from error
    except _BROKEN as error:
        raise RendererUnavailable(f"the answer cannot be read ({type(error).__name__})") from error


def _message(error: APIStatusError) -> str:
    body = error.body
    if isinstance(body, dict) and isinstance(body.get("message"), str):
        return str(body["message"])
    return f"the renderer answered {error.status_code}"


def _retry_after(error: APIStatusError) -> float | None:
    try:
        return max(0.0, float(error.response.headers["retry-after"]))
    except (KeyError, ValueError):
        return None
