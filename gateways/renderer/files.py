"""A streamed answer becomes a whole file or no file."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from gateways.renderer.errors import RendererUnavailable

MAX_BYTES = 512 * 1024 * 1024


async def write_stream(chunks: AsyncIterator[bytes], length: str | None, path: Path) -> None:
    """Writes beside `path` and renames, so that a reader never sees half a file."""
    part = path.with_name(path.name + ".part")
    file = await asyncio.to_thread(part.open, "wb")
    try:
        written = 0
        with file:
            async for chunk in chunks:
                written += len(chunk)
                if written > MAX_BYTES:
                    raise RendererUnavailable("the file is larger than any shot")
                await asyncio.to_thread(file.write, chunk)
        if written == 0 or (length is not None and written != int(length)):
            raise RendererUnavailable(f"{written} bytes came instead of {length}")
        await asyncio.to_thread(part.replace, path)
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)
