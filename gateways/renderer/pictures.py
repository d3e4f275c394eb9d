"""Variants of a film that its provider does not make: cut here, out of the film itself."""

import asyncio
import shutil
from pathlib import Path

from gateways.film import FilmFailed, frame, probe, strip
from gateways.renderer.errors import RendererUnavailable
from gateways.renderer.port import RenderVariant


async def variant_of(film: Path, variant: RenderVariant, path: Path) -> None:
    """Write the film, its middle picture or ten pictures to `path`, whole or not at all."""
    part = path.with_name(path.name + ".part")
    try:
        if variant == "video":
            await asyncio.to_thread(shutil.copyfile, film, part)
        else:
            picture = await _picture(film, variant)
            await asyncio.to_thread(part.write_bytes, picture)
        await asyncio.to_thread(part.replace, path)
    except FilmFailed as error:
        raise RendererUnavailable(f"there is no {variant} in the film: {error}") from error
    except OSError as error:
        raise RendererUnavailable(f"the {variant} cannot be kept: {error}") from error
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)


async def _picture(film: Path, variant: RenderVariant) -> bytes:
    if variant == "spritesheet":
        return await strip(film)
    return await frame(film, (await probe(film)).duration / 2)
