"""Pictures out of films."""

import io
from pathlib import Path

from PIL import Image

from gateways.film.port import FilmFailed
from gateways.film.probing import probe
from gateways.film.run import output, source

POSTER_AT = 0.2
STRIP_FRAMES = 10
STRIP_HEIGHT = 120


async def frame(path: Path, at: float, width: int | None = None) -> bytes:
    """The picture at so many seconds as a JPEG, made no wider than `width`."""
    scale = ["-vf", f"scale='min({width},iw)':-2"] if width else []
    picture = await output(
        [
            *("-ss", f"{max(0.0, at):.3f}", *source(path)),
            *("-map", "0:v:0", *scale, "-frames:v", "1", "-q:v", "3"),
            *("-map_metadata", "-1", "-c:v", "mjpeg", "-f", "image2pipe", "pipe:1"),
        ],
        deadline=20.0,
    )
    if not picture:
        raise FilmFailed(f"there is no picture at {at:g} s")
    return picture


async def poster(path: Path) -> bytes:
    """The picture that stands for a film, as a JPEG of its size."""
    return await frame(path, (await probe(path)).duration * POSTER_AT)


async def strip(path: Path, frames: int = STRIP_FRAMES) -> bytes:
    """So many pictures from first to last, side by side, as one JPEG."""
    duration = (await probe(path)).duration
    sheet = await output(
        [
            *source(path),
            *("-map", "0:v:0", "-vf", _tiles(frames, duration), "-frames:v", "1"),
            *("-c:v", "png", "-f", "image2pipe", "pipe:1"),
        ],
        deadline=60.0,
    )
    out = io.BytesIO()
    with Image.open(io.BytesIO(sheet)) as picture:
        picture.convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()


def _tiles(frames: int, duration: float) -> str:
    step = duration / frames
    return f"fps=1/{step:.6f}:start_time=0:round=near,scale=-2:{STRIP_HEIGHT},tile={frames}x1"
