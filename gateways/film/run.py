"""One way to run ffmpeg: no shell, a deadline, and never left behind."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe  # type: ignore[import-untyped]

from gateways.film.port import FilmFailed, FilmInterrupted, OnProgress

LOG_BYTES = 65_536
NICE = ("nice", "-n", "10")
"""Films wait for people: the API on the same machine goes first."""


def source(path: Path) -> list[str]:
    """Reads a file as MP4 and nothing else: a playlist could name other files and hosts."""
    return ["-protocol_whitelist", "file,pipe", "-f", "mov", "-i", str(path.resolve())]


async def ffmpeg(
    args: Sequence[str],
    *,
    deadline: float,
    seconds: float = 0.0,
    on_progress: OnProgress | None = None,
) -> str:
    """Runs to the end and returns its log; raises FilmFailed; killed when cancelled or late."""
    report = ["-progress", "pipe:1", "-stats_period", "0.25"] if on_progress else []
    _, log = await _run([*report, *args], deadline, seconds, on_progress)
    return log.decode(errors="replace")


async def output(args: Sequence[str], *, deadline: float) -> bytes:
    """What ffmpeg writes to its standard output."""
    return (await _run(args, deadline, 0.0, None))[0]


def _before() -> tuple[str, ...]:
    return NICE if shutil.which(NICE[0]) else ()


async def _run(
    args: Sequence[str], deadline: float, seconds: float, on_progress: OnProgress | None
) -> tuple[bytes, bytes]:
    process = await asyncio.create_subprocess_exec(
        *(*_before(), get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-y", *args),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(deadline), asyncio.TaskGroup() as tasks:
            read = tasks.create_task(_read(process, seconds, on_progress))
            log = tasks.create_task(_tail(process))
            tasks.create_task(process.wait())
    except TimeoutError as error:
        raise FilmInterrupted(f"not done in {deadline:g} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode and process.returncode < 0:
        raise FilmInterrupted(f"ended by signal {-process.returncode}")
    if process.returncode:
        raise FilmFailed(log.result()[-600:].decode(errors="replace").strip())
    return read.result(), log.result()


async def _read(
    process: asyncio.subprocess.Process, seconds: float, on_progress: OnProgress | None
) -> bytes:
    stream = process.stdout
    if stream is None or on_progress is None:
        return await stream.read() if stream else b""
    shown = -1
    async for line in stream:
        name, _, value = line.decode().strip().partition("=")
        if name == "out_time_us" and value.isdigit() and seconds:
            percent = min(100, int(int(value) / (seconds * 10_000)))
            if percent > shown:
                shown = percent
                await on_progress(percent)
    return b""


async def _tail(process: asyncio.subprocess.Process) -> bytes:
    log = b""
    while process.stderr and (chunk := await process.stderr.read(LOG_BYTES)):
        log = (log + chunk)[-LOG_BYTES:]
    return log
