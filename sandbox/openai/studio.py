"""The render queue: a few slots, honest progress, and the fates that tests ask for."""

import asyncio
import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import UnidentifiedImageError

from sandbox.openai.encode import FPS, EncodeFailed, encode, ffmpeg
from sandbox.openai.scene import draw
from sandbox.openai.store import Video, VideoStore
from sandbox.openai.words import flagged

log = logging.getLogger(__name__)
Herald = Callable[[Video], None]


class Studio:
    """Renders accepted videos in order; a restart takes up what was not finished."""

    def __init__(self, store: VideoStore, slots: int, herald: Herald) -> None:
        self._store, self._slots, self._herald = store, slots, herald
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []
        self._renders: dict[str, asyncio.Task[None]] = {}
        self._cache_lock = asyncio.Lock()
        self.instant = False
        self.min_seconds = 0.0

    def start(self) -> None:
        for video in self._store.unfinished():
            self._queue.put_nowait(video.id)
        self._workers = [asyncio.create_task(self._work()) for _ in range(self._slots)]

    async def stop(self) -> None:
        tasks = [*self._workers, *self._renders.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def submit(self, video: Video) -> None:
        self._queue.put_nowait(video.id)

    async def forget(self, id: str) -> None:
        """Stops a render that nobody wants any more."""
        if task := self._renders.get(id):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def clear(self) -> None:
        """Empties the queue and stops every render."""
        while not self._queue.empty():
            self._queue.get_nowait()
        for id in list(self._renders):
            await self.forget(id)
        self.instant, self.min_seconds = False, 0.0

    async def _work(self) -> None:
        while True:
            video = self._store.one(await self._queue.get())
            if video is None:
                continue
            task = self._renders[video.id] = asyncio.create_task(self._render(video))
            try:
                await asyncio.wait([task])
            finally:
                self._renders.pop(video.id, None)

    async def _render(self, video: Video) -> None:
        video = self._store.save(video, status="in_progress", progress=0)
        fate, _, code = (video.fate or "").partition(":")
        if fate == "never_finishing":
            self._store.save(video, progress=42)
            return
        try:
            await self._make(video, fate)
        except asyncio.CancelledError:
            raise
        except (EncodeFailed, OSError, UnidentifiedImageError):
            log.exception("render failed")
            code = "internal_error"
        if fate == "fail_render" and not code:
            code = "internal_error"
        if flagged(video.prompt):
            code = "moderation_blocked"
        self._end(video, code)

    def _end(self, video: Video, code: str) -> None:
        if self._store.one(video.id) is None:
            return
        now = int(time.time())
        if code:
            message = _MESSAGES.get(code, "The video could not be generated.")
            changes: dict[str, object] = {
                "status": "failed",
                "error_code": code,
                "error_message": message,
            }
        else:
            changes = {"status": "completed", "progress": 100, "completed_at": now}
        self._herald(self._store.save(video, **changes))

    async def _make(self, video: Video, fate: str) -> None:
        started, real = time.monotonic(), 0
        shown = 0

        def progress(percent: int) -> None:
            nonlocal real, shown
            real = max(real, percent)
            if self.min_seconds:
                allowed = int((time.monotonic() - started) / self.min_seconds * 100)
                percent = min(percent, allowed)
            if percent > shown:
                shown = percent
                self._store.save(video, progress=min(99, percent))

        with TemporaryDirectory(prefix="sandbox-render-") as folder:
            made = await self._film(video, fate, Path(folder), progress)
            while time.monotonic() - started < self.min_seconds:
                await asyncio.sleep(0.05)
                progress(99)
            if fate != "fail_render":
                await asyncio.to_thread(shutil.move, made, self._store.path(video.id, ".mp4"))

    async def _film(
        self, video: Video, fate: str, folder: Path, progress: Callable[[int], None]
    ) -> Path:
        width, height = (int(side) for side in video.size.split("x"))
        seconds = 1 if fate == "short_render" else int(video.seconds)
        path = folder / "video.mp4"
        if fate == "black_render":
            await _black(width, height, seconds, path, progress)
        elif self.instant and not fate:
            cached = await self._cached(video, width, height, seconds)
            await asyncio.to_thread(shutil.copyfile, cached, path)
        else:
            reference = await asyncio.to_thread(self._reference, video)
            scene = await asyncio.to_thread(draw, video.prompt, reference, width, height, folder)
            await encode(scene, width, height, seconds, path, progress)
        return path

    def _reference(self, video: Video) -> bytes:
        return self._store.path(video.id, ".reference").read_bytes() if video.has_reference else b""

    async def _cached(self, video: Video, width: int, height: int, seconds: int) -> Path:
        """A real video of that size and length, encoded once and given to every order."""
        path = self._store.files / f"cached-{width}x{height}-{seconds}.mp4"
        async with self._cache_lock:
            if not path.exists():
                with TemporaryDirectory(prefix="sandbox-render-") as folder:
                    scene = await asyncio.to_thread(draw, "NERDX", b"", width, height, Path(folder))
                    part = Path(folder) / "video.mp4"
                    await encode(scene, width, height, seconds, part, lambda percent: None)
                    await asyncio.to_thread(shutil.move, part, path)
        return path


_MESSAGES = {
    "moderation_blocked": "Your request was blocked by our moderation system.",
    "internal_error": "The server had an error while rendering. Please try again.",
}


async def _black(
    width: int, height: int, seconds: int, path: Path, progress: Callable[[int], None]
) -> None:
    args = [
        *("-f", "lavfi", "-i", f"color=black:s={width}x{height}:r={FPS}:d={seconds}"),
        *("-f", "lavfi", "-i", f"anullsrc=r=48000:cl=mono:d={seconds}"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"),
        *("-t", str(seconds), "-movflags", "+faststart", str(path)),
    ]
    await ffmpeg(args, seconds, progress)


async def still(video: Path, seconds: float, variant: str, path: Path) -> None:
    """Cuts the thumbnail or the sheet of ten frames out of a finished video."""
    sheet = ["-vf", f"fps=10/{seconds},scale=320:-2,tile=10x1"]
    before, cut = ([], sheet) if variant == "spritesheet" else (["-ss", str(seconds / 2)], [])
    args = [*before, "-i", str(video), *cut, "-frames:v", "1", "-q:v", "3", str(path)]
    await ffmpeg(args, seconds, lambda percent: None)
