"""Joins shots and outro into the film that people see."""

import asyncio
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from gateways.film.port import FPS, Film, FilmFailed, OnProgress, Probe, sides
from gateways.film.probing import probe
from gateways.film.run import ffmpeg, source
from gateways.film.text import drawable, mark

LOUDNESS = "I=-16:TP=-1.5:LRA=11"
DIP = 0.25
CLICK = 0.02
DEADLINE = 300.0
_MEASURED = re.compile(r"\{[^{}]*\"input_i\"[^{}]*\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Part:
    """A shot or the outro, with the whole number of pictures it will fill."""

    path: Path
    seconds: float
    has_sound: bool


async def finish(
    shots: list[Path],
    outro: Path,
    out: Path,
    *,
    ai_mark: str,
    brand_mark: str,
    size: str,
    preset: str = "veryfast",
    on_progress: OnProgress | None = None,
) -> Film:
    """Writes H.264 and AAC of that size, 24 pictures a second, both marks on every picture.

    Shots are scaled and cut to fill the frame, sound is levelled to -16 LUFS in two passes.
    `preset` is x264's: a slower one makes a smaller film of the same quality.
    """
    parts = [_part(path, await probe(path)) for path in (*shots, outro)]
    width, height = sides(size)
    total = sum(part.seconds for part in parts)
    level = await _measure(parts)
    with TemporaryDirectory(prefix="film-", dir=out.parent) as folder:
        marks = await asyncio.to_thread(_draw_marks, ai_mark, brand_mark, height, width, folder)
        part = Path(folder) / "film.mp4"
        args = [
            *_inputs(parts, marks),
            *("-filter_complex", _graph(parts, width, height, level)),
            *("-map", "[film]", "-map", "[sound]", "-t", f"{total:.6f}", "-r", str(FPS)),
            *("-c:v", "libx264", "-preset", preset, "-crf", "21", "-profile:v", "high"),
            *_CODECS,
            *("-metadata", f"comment={drawable(ai_mark)}", str(part)),
        ]
        await ffmpeg(args, deadline=DEADLINE, seconds=total, on_progress=on_progress)
        film = await _described(part)
        await asyncio.to_thread(part.replace, out)
    return film


_CODECS = (
    *("-pix_fmt", "yuv420p", "-g", str(FPS * 2), "-color_range", "tv"),
    *("-c:a", "aac", "-b:a", "160k", "-ar", "48000", "-ac", "2"),
    *("-map_metadata", "-1", "-map_chapters", "-1", "-bitexact", "-movflags", "+faststart"),
)


def _part(path: Path, found: Probe) -> _Part:
    return _Part(path, round(found.duration * FPS) / FPS, found.audio_codec is not None)


def _draw_marks(ai: str, brand: str, height: int, width: int, folder: str) -> list[Path]:
    tall = max(22, min(width, height) // 20 // 2 * 2)
    paths = [Path(folder) / "ai.png", Path(folder) / "brand.png"]
    for path, text, bold in zip(paths, (ai, brand), (False, True), strict=True):
        mark(text, tall, bold=bold).save(path)
    return paths


def _inputs(parts: list[_Part], marks: list[Path]) -> list[str]:
    films = [word for part in parts for word in source(part.path)]
    return [*films, *(word for path in marks for word in ("-i", str(path)))]


def _graph(parts: list[_Part], width: int, height: int, level: str) -> str:
    pictures = [_pictures(n, part, width, height) for n, part in enumerate(parts)]
    edge = max(8, min(width, height) // 36)
    count = len(parts)
    joined = "".join(f"[v{n}]" for n in range(count))
    return ";".join(
        [
            *pictures,
            f"{joined}concat=n={count}:v=1:a=0[joined]",
            f"[joined][{count}:v]overlay=x={edge}:y={edge}[marked]",
            f"[marked][{count + 1}:v]overlay=x=W-w-{edge}:y={edge}[film]",
            *_sound_graph(parts, level),
        ]
    )


def _pictures(n: int, part: _Part, width: int, height: int) -> str:
    fade = f"fade=in:d={DIP},fade=out:st={part.seconds - DIP:.6f}:d={DIP}"
    return (
        f"[{n}:v:0]fps={FPS}:start_time=0,"
        f"scale={width}:{height}:force_original_aspect_ratio=increase:flags=bicubic,"
        f"crop={width}:{height},setsar=1,format=yuv420p,"
        f"tpad=stop_mode=clone:stop_duration=2,trim=duration={part.seconds:.6f},"
        f"setpts=PTS-STARTPTS,{fade}[v{n}]"
    )


def _sound_graph(parts: list[_Part], level: str) -> list[str]:
    sounds = [_sound(n, part) for n, part in enumerate(parts)]
    joined = "".join(f"[a{n}]" for n in range(len(parts)))
    return [*sounds, f"{joined}concat=n={len(parts)}:v=0:a=1,{level}aresample=48000[sound]"]


def _sound(n: int, part: _Part) -> str:
    tail = f"atrim=duration={part.seconds:.6f},asetpts=PTS-STARTPTS"
    if not part.has_sound:
        return f"anullsrc=r=48000:cl=stereo,{tail}[a{n}]"
    soft = f"afade=in:d={CLICK},afade=out:st={part.seconds - DIP:.6f}:d={DIP}"
    return (
        f"[{n}:a:0]aresample=48000:async=1:first_pts=0,"
        f"aformat=sample_fmts=fltp:channel_layouts=stereo,apad,{tail},{soft}[a{n}]"
    )


async def _measure(parts: list[_Part]) -> str:
    """The levelling filter with what a first pass over the sound alone has measured."""
    graph = ";".join(_sound_graph(parts, f"loudnorm={LOUDNESS}:print_format=json,"))
    inputs = [word for part in parts for word in source(part.path)]
    log = await ffmpeg(
        [*inputs, "-vn", "-filter_complex", graph, "-map", "[sound]", "-f", "null", "-"],
        deadline=DEADLINE,
    )
    if (found := _MEASURED.search(log)) is None:
        raise FilmFailed("the loudness could not be measured")
    heard = orjson.loads(found[0])
    if not float(heard["input_i"]) > -70.0:
        return ""
    return (
        f"loudnorm={LOUDNESS}:linear=true:measured_I={float(heard['input_i'])}"
        f":measured_TP={float(heard['input_tp'])}:measured_LRA={float(heard['input_lra'])}"
        f":measured_thresh={float(heard['input_thresh'])}:offset={float(heard['target_offset'])},"
    )


async def _described(path: Path) -> Film:
    found = await probe(path)
    size, digest = await asyncio.to_thread(_digest, path)
    return Film(found.duration, found.width, found.height, size, digest)


def _digest(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
