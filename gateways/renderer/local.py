"""Films without a provider: ffmpeg on this machine, its state in files that every worker reads."""

import asyncio
import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from tempfile import gettempdir

from core.settings import Settings
from core.telemetry import traced
from gateways.film import FilmFailed
from gateways.film.port import sides
from gateways.renderer.errors import RenderBusy, RenderGone, RenderRefused, WebhookInvalid
from gateways.renderer.pictures import variant_of
from gateways.renderer.port import (
    Renderer,
    RenderNews,
    RenderState,
    RenderStatus,
    RenderVariant,
)
from gateways.renderer.scene import BadPicture, draw, film
from gateways.renderer.take import Take, begin, sweep

LONGEST_SECONDS, LARGEST_SIDE = 60, 1920
_REF = re.compile(r"[A-Za-z0-9][\w-]{0,99}", re.ASCII)


class LocalRenderer(Renderer):
    """Moves the customer's picture, or the brand's sky, under the words; costs nothing.

    A shot is a folder named by its ref. Whoever films it holds the folder's lock, so a worker
    that died is told from one that films, and every worker of the machine sees the same.
    """

    def __init__(self, settings: Settings) -> None:
        shared = Path(gettempdir()) / f"nerdx-renders-{os.getuid()}"
        self._dir = settings.local_renderer_dir or shared
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._slot = asyncio.Semaphore(1)

    @traced("renderer.submit")
    async def submit(
        self, ref: str, prompt: str, reference: bytes | None, seconds: int, size: str
    ) -> str:
        if not _REF.fullmatch(ref):
            raise RenderRefused("invalid_ref", "a ref has letters, digits, _ and - only")
        if not 0 < seconds <= LONGEST_SECONDS or not _fits(size):
            raise RenderRefused("invalid_value", f"{seconds} s of {size} cannot be filmed here")
        words = prompt.strip().partition("\n")[0]

        def fill(folder: Path) -> None:
            draw(folder, words, reference, sides(size))

        try:
            await asyncio.to_thread(sweep, self._dir)
            take = await asyncio.to_thread(begin, self._dir, ref, fill)
        except BadPicture as error:
            raise RenderRefused("invalid_image", str(error)) from error
        except OSError as error:
            raise RenderBusy(f"nothing can be kept in the renderer's folder: {error}") from error
        if take:
            task = self._tasks[ref] = asyncio.create_task(self._film(take, words, seconds, size))
            task.add_done_callback(lambda _: self._ended(ref, take))
        return ref

    def _ended(self, ref: str, take: Take) -> None:
        # Not in the task itself: one that is cancelled before it begins runs no line of its own.
        take.release()
        self._tasks.pop(ref, None)

    async def _film(self, take: Take, words: str, seconds: int, size: str) -> None:
        async def progress(percent: int) -> None:
            # A folder that was deleted under us is no reason to stop in the middle.
            with suppress(OSError):
                await asyncio.to_thread(take.show, percent)

        try:
            async with self._slot:
                await progress(0)
                await film(take.folder, words, seconds, sides(size), take.part, progress)
            await asyncio.to_thread(take.finish)
        except (FilmFailed, OSError) as error:
            await asyncio.to_thread(take.fail, str(error))

    @traced("renderer.find")
    async def find(self, ref: str, since: datetime) -> str | None:
        take = self._take(ref)
        if take is None or not await asyncio.to_thread(take.folder.is_dir):
            return None
        return ref

    @traced("renderer.status")
    async def status(self, id: str) -> RenderStatus:
        take = self._take(id)
        return await asyncio.to_thread(take.status) if take else RenderStatus(RenderState.GONE)

    @traced("renderer.fetch")
    async def fetch(self, id: str, variant: RenderVariant, path: Path) -> None:
        take = self._take(id)
        if take is None or not await asyncio.to_thread(take.video.exists):
            raise RenderGone(f"there is no film of {id} on this machine")
        await variant_of(take.video, variant, path)

    @traced("renderer.delete")
    async def delete(self, id: str) -> None:
        if task := self._tasks.get(id):
            task.cancel()
            await asyncio.wait([task])
        if take := self._take(id):
            await asyncio.to_thread(shutil.rmtree, take.folder, ignore_errors=True)

    def webhook(self, payload: bytes, headers: Mapping[str, str]) -> RenderNews:
        raise WebhookInvalid("the local renderer sends none")

    async def aclose(self) -> None:
        tasks = [task for task in self._tasks.values() if not task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _take(self, id: str) -> Take | None:
        return Take(self._dir / id) if _REF.fullmatch(id) else None


def _fits(size: str) -> bool:
    try:
        return all(0 < side <= LARGEST_SIDE for side in sides(size))
    except ValueError:
        return False
