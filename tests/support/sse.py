"""Lines of a response that a test may leave in its middle."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, aclosing

import httpx2


def lines(response: httpx2.Response) -> AbstractAsyncContextManager[AsyncGenerator[str]]:
    """Give the lines of a response, in a block at whose end all that was open is closed.

    httpx2's own `aiter_lines` leaves what it reads from to the collector, which may come in the
    middle of another test.
    """
    return aclosing(_lines(response))


async def _lines(response: httpx2.Response) -> AsyncGenerator[str]:
    rest = b""
    async with aclosing(response.aiter_bytes()) as chunks:
        async for chunk in chunks:
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield line.decode()
    if rest:
        yield rest.decode()
