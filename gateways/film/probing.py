"""What a file holds, read from ffmpeg's own description and the file's boxes."""

import asyncio
import re
import struct
from pathlib import Path

from gateways.film.port import FilmFailed, Probe
from gateways.film.run import ffmpeg, source

_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d\.\d+)")
_VIDEO = re.compile(r"Stream #0:\d+.*: Video: (\w+).*?, (\d+)x(\d+)")
_FPS = re.compile(r"Video: .*?, ([\d.]+) fps")
_AUDIO = re.compile(r"Stream #0:\d+.*: Audio: (\w+)")


async def probe(path: Path) -> Probe:
    """Describes a video file; raises FilmFailed if it is none."""
    log = await ffmpeg(
        [*source(path), "-map", "0:v:0", "-frames:v", "1", "-f", "null", "-"], deadline=20.0
    )
    about = log.partition("Stream mapping:")[0]
    duration, video, fps = _DURATION.search(about), _VIDEO.search(about), _FPS.search(about)
    if duration is None or video is None:
        raise FilmFailed("there is no video in the file")
    audio = _AUDIO.search(about)
    hours, minutes, seconds = duration.groups()
    return Probe(
        duration=int(hours) * 3600 + int(minutes) * 60 + float(seconds),
        width=int(video[2]),
        height=int(video[3]),
        video_codec=video[1],
        audio_codec=audio[1] if audio else None,
        fps=float(fps[1]) if fps else 0.0,
        faststart=await asyncio.to_thread(_starts_fast, path),
    )


def _starts_fast(path: Path) -> bool:
    """Whether the index comes before the pictures, so that a player need not wait for the end."""
    with path.open("rb") as file:
        while len(head := file.read(8)) == 8:
            size, kind = struct.unpack(">I4s", head)
            if kind in (b"moov", b"mdat"):
                return bool(kind == b"moov")
            taken = 8
            if size == 1:
                size, taken = struct.unpack(">Q", file.read(8))[0], 16
            if size < taken:
                return False
            file.seek(size - taken, 1)
    return False
