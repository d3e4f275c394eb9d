"""Puts a scene in motion: one ffmpeg run, its progress read while it works."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe  # type: ignore[import-untyped]

from sandbox.openai.scene import Scene

FPS = 24
_SCALE = (0, 2, 4, 7, 9)


class EncodeFailed(Exception):
    """ffmpeg did not make the file."""


async def encode(
    scene: Scene,
    width: int,
    height: int,
    seconds: int,
    path: Path,
    on_percent: Callable[[int], None],
) -> None:
    """Writes an MP4 of that size and length, with sound; tells how much of it is made."""
    pictures = [scene.background, scene.light, scene.title]
    inputs = [part for picture in pictures for part in ("-framerate", str(FPS), "-i", str(picture))]
    await ffmpeg(
        [
            *inputs,
            *("-f", "lavfi", "-i", _melody(scene.seed, seconds)),
            *("-filter_complex", _motion(scene.seed, width, height)),
            *("-map", "[v]", "-map", "3:a", "-t", str(seconds), "-r", str(FPS)),
            *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "24", "-pix_fmt", "yuv420p"),
            # A picture can be cut out anywhere without reading all before it.
            *("-g", str(FPS)),
            *("-c:a", "aac", "-b:a", "96k", "-movflags", "+faststart", str(path)),
        ],
        seconds,
        on_percent,
    )


def _motion(seed: int, width: int, height: int) -> str:
    speed = 0.3 + seed % 7 * 0.06
    stride, margin = width // 5, height // 3
    return (
        "[0:v]format=yuv420p,loop=-1:1:0,"
        f"crop={width}:{height}:x='(iw-ow)*(0.5+0.5*sin(t*{speed:.2f}+{seed % 6}))'"
        f":y='(ih-oh)*(0.5+0.5*cos(t*{speed * 0.8:.2f}))'[wander];"
        f"[wander][1:v]overlay=x='mod(t*{stride},{width + margin})-{margin}':y=0[lit];"
        f"[lit][2:v]overlay=x='{width // 24}+{width // 60}*sin(t*0.9)':y={height * 5 // 8},"
        "setsar=1[v]"
    )


def _melody(seed: int, seconds: int) -> str:
    notes = [220 * 2 ** (_SCALE[(seed >> shift) % 5] / 12) for shift in (0, 3, 6)]
    plucks = "+".join(
        f"0.22*sin(2*PI*{note:.2f}*t)*exp(-3*mod(t+{n * 0.25},0.75))"
        for n, note in enumerate(notes)
    )
    return f"aevalsrc='{plucks}':s=48000:d={seconds}"


async def ffmpeg(args: list[str], seconds: float, on_percent: Callable[[int], None]) -> None:
    """Runs ffmpeg to its end, or kills it when the caller is cancelled."""
    process = await asyncio.create_subprocess_exec(
        *(*_before(), get_ffmpeg_exe()),
        *("-y", "-nostdin", "-v", "error", "-progress", "pipe:1", "-stats_period", "0.05"),
        *args,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, errors, _ = await asyncio.gather(
            _follow(process, seconds, on_percent), _rest(process.stderr), process.wait()
        )
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise EncodeFailed(errors.decode(errors="replace")[-400:])


def _before() -> tuple[str, ...]:
    """A real provider would not slow this machine down."""
    return ("nice", "-n", "10") if shutil.which("nice") else ()


async def _follow(
    process: asyncio.subprocess.Process, seconds: float, on_percent: Callable[[int], None]
) -> None:
    if process.stdout is None:
        return
    async for line in process.stdout:
        name, _, value = line.decode().strip().partition("=")
        if name == "out_time_us" and value.isdigit():
            on_percent(min(99, int(int(value) / (seconds * 10_000))))


async def _rest(stream: asyncio.StreamReader | None) -> bytes:
    return await stream.read() if stream else b""
