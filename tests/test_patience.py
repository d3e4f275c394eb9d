"""How long a process waits for Redis."""

import asyncio
import time

import pytest

from core.patience import Patience


async def test_a_server_that_hangs_is_asked_by_nobody_for_a_while() -> None:
    patience, never = Patience(), asyncio.get_running_loop().create_future()
    with pytest.raises(TimeoutError):
        async with patience():
            await never
    assert patience.is_lost
    with pytest.raises(TimeoutError, match="a moment ago"):
        async with patience():
            pytest.fail("it was asked")


async def test_a_process_that_was_late_itself_does_not_blame_the_server() -> None:
    patience, answer = Patience(), asyncio.get_running_loop().create_future()

    async def ask() -> str:
        async with patience():
            return str(await answer)

    asking = asyncio.create_task(ask())
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_soon(time.sleep, 1.3)
    await asyncio.sleep(0)
    answer.set_result("here")
    assert await asking == "here"
    assert not patience.is_lost
