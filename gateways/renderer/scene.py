"""What the local renderer films: a picture that moves under the first words of the prompt."""

import io
from hashlib import blake2b
from pathlib import Path

from PIL import Image, ImageOps

from gateways.film.ending import night
from gateways.film.port import FPS, OnProgress
from gateways.film.run import ffmpeg
from gateways.film.text import card

ROOM = 1.12
DEADLINE = 300.0


class BadPicture(Exception):
    """The reference is no picture."""


def draw(folder: Path, words: str, reference: bytes | None, size: tuple[int, int]) -> None:
    """Write the two pictures of a shot; raises BadPicture."""
    width, height = size
    room = (round(width * ROOM), round(height * ROOM))
    _background(reference, room).save(folder / "background.png", compress_level=1)
    card(words, (width, height)).save(folder / "words.png", compress_level=1)


def _background(reference: bytes | None, size: tuple[int, int]) -> Image.Image:
    if reference is None:
        return night(*size)
    try:
        with Image.open(io.BytesIO(reference), formats=("JPEG", "PNG", "WEBP")) as picture:
            return ImageOps.fit(picture.convert("RGB"), size, Image.Resampling.BILINEAR)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise BadPicture("the reference must be a JPEG, PNG or WebP picture") from error


async def film(
    folder: Path,
    words: str,
    seconds: int,
    size: tuple[int, int],
    path: Path,
    on_progress: OnProgress,
) -> None:
    """Write an MP4 of that length and size, with sound; raises FilmFailed."""
    seed = int.from_bytes(blake2b(words.encode(), digest_size=4).digest())
    pictures = [folder / "background.png", folder / "words.png"]
    inputs = [part for picture in pictures for part in ("-framerate", str(FPS), "-i", str(picture))]
    args = [
        *inputs,
        *("-f", "lavfi", "-i", _chord(seed, seconds)),
        *("-filter_complex", _motion(seed, size), "-map", "[v]", "-map", "2:a"),
        *("-t", str(seconds), "-r", str(FPS)),
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p"),
        *("-c:a", "aac", "-b:a", "96k", "-movflags", "+faststart", str(path)),
    ]
    await ffmpeg(args, deadline=DEADLINE, seconds=seconds, on_progress=on_progress)


def _motion(seed: int, size: tuple[int, int]) -> str:
    """The camera wanders over the larger picture; no word of a customer is in the graph."""
    speed = 0.4 + seed % 5 * 0.08
    return (
        f"[0:v]format=yuv420p,loop=-1:1:0,crop={size[0]}:{size[1]}"
        f":x='(iw-ow)*(0.5+0.5*sin(t*{speed:.2f}+{seed % 6}))'"
        f":y='(ih-oh)*(0.5+0.5*cos(t*{speed * 0.7:.2f}))'[camera];"
        "[1:v]format=yuva420p,loop=-1:1:0,fade=in:st=0.3:d=0.9:alpha=1[words];"
        "[camera][words]overlay=0:0:shortest=0,setsar=1[v]"
    )


def _chord(seed: int, seconds: int) -> str:
    root = 165 * 2 ** (seed % 7 / 12)
    tones = "+".join(f"0.1*sin(2*PI*{root * ratio:.2f}*t)" for ratio in (1, 1.5, 2))
    return f"aevalsrc='({tones})*(0.6+0.4*sin(2*PI*0.5*t))':s=48000:d={seconds}"
