"""Is this the shot that was ordered?"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from gateways.film.port import BadShot, FilmFailed, FilmInterrupted, sides
from gateways.film.probing import probe
from gateways.film.run import output, source

TOLERANCE = 0.5
RATE = 4
LOOK = (96, 54)
DARK, STILL = 14.0, 0.25
"""Mean brightness of a black film, and mean change between pictures of a frozen one, of 255."""


async def check_shot(path: Path, seconds: int, size: str) -> None:
    """Raises BadShot unless it is a whole, moving, visible video of that length and size.

    Raises FilmInterrupted when it could not be looked at: a shot is not paid again for that.
    """
    try:
        found = await probe(path)
        pictures = await _sample(path)
    except FilmInterrupted:
        raise
    except FilmFailed as error:
        raise BadShot("unreadable", f"the file is not a video: {error}") from error
    if (found.width, found.height) != sides(size):
        raise BadShot("wrong_size", f"{found.width}x{found.height} instead of {size}")
    if abs(found.duration - seconds) > TOLERANCE:
        raise BadShot("wrong_length", f"{found.duration:.2f} s instead of {seconds} s")
    if abs(len(pictures) / RATE - seconds) > TOLERANCE:
        raise BadShot("truncated", f"pictures for {len(pictures) / RATE:.1f} of {seconds} s")
    _check_pictures(pictures)


def _check_pictures(pictures: npt.NDArray[np.uint8]) -> None:
    light = pictures.mean(axis=(1, 2))
    if float(light.max()) < DARK:
        raise BadShot("black", "every picture is black")
    change = np.abs(np.diff(pictures.astype(np.int16), axis=0)).mean(axis=(1, 2))
    if float(change.max(initial=0.0)) < STILL:
        raise BadShot("frozen", "nothing moves")


async def _sample(path: Path) -> npt.NDArray[np.uint8]:
    width, height = LOOK
    raw = await output(
        [
            *source(path),
            *("-map", "0:v:0", "-vf", f"fps={RATE},scale={width}:{height},format=gray"),
            *("-f", "rawvideo", "pipe:1"),
        ],
        deadline=60.0,
    )
    whole = len(raw) // (width * height)
    return np.frombuffer(raw[: whole * width * height], np.uint8).reshape(whole, height, width)
