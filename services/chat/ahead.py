"""Hearing a stream as it comes, and all that came meanwhile at once."""

import asyncio
from collections.abc import AsyncGenerator


async def ahead[T](items: AsyncGenerator[T]) -> AsyncGenerator[list[T]]:
    """Give what has come together, so that who takes long does not fall behind.

    Ends and raises as `items` does, after what came before that. Close it before `items`.
    """
    come: asyncio.Queue[T | None] = asyncio.Queue()

    async def hear() -> None:
        try:
            async for item in items:
                come.put_nowait(item)
        finally:
            come.put_nowait(None)

    hearing = asyncio.create_task(hear())
    try:
        is_over = False
        while not is_over:
            batch = [await come.get()]
            while not come.empty():
                batch.append(come.get_nowait())
            found = [item for item in batch if item is not None]
            is_over = len(found) < len(batch)
            if found:
                yield found
        await hearing
    finally:
        hearing.cancel()
        await asyncio.wait({hearing})
