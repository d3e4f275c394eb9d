"""A title card: what can be shown of a film before anything of it is filmed."""

import asyncio
import io

from gateways.film.ending import night
from gateways.film.port import sides
from gateways.film.text import card


async def title_card(text: str, size: str) -> bytes:
    """The text before the brand's night sky, as a JPEG of half that size."""
    return await asyncio.to_thread(_draw, text, *sides(size))


def _draw(text: str, width: int, height: int) -> bytes:
    half = (width // 2, height // 2)
    picture = night(*half).convert("RGBA")
    picture.alpha_composite(card(text, half))
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=82)
    return out.getvalue()
