"""One shot of the local renderer on disk: a folder with a lock, a percentage and a film."""

import fcntl
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from gateways.renderer.port import RenderState, RenderStatus

KEPT_SECONDS = 86_400
PICTURES = "*.png"


@dataclass(frozen=True)
class Take:
    """A folder; `lock` is the descriptor of whoever films it."""

    folder: Path
    lock: int | None = None

    @property
    def video(self) -> Path:
        """The film, which exists only when it is whole."""
        return self.folder / "video.mp4"

    @property
    def part(self) -> Path:
        """The film while it is made."""
        return self.folder / "part.mp4"

    def show(self, percent: int) -> None:
        """Keep how far the film is, for every process to read."""
        # In one step: who reads a file that is being written finds it empty, and goes back to 0.
        part = self.folder / "percent.part"
        part.write_text(str(percent))
        part.replace(self.folder / "percent")

    def finish(self) -> None:
        """Make the film known."""
        self.part.replace(self.video)

    def fail(self, why: str) -> None:
        """Keep why there is no film; a folder that was deleted needs none."""
        with suppress(OSError):
            (self.folder / "failed").write_text(why[-300:])

    def release(self) -> None:
        """Drop the pictures, which may show a face, and then the lock."""
        for picture in self.folder.glob(PICTURES):
            picture.unlink(missing_ok=True)
        if self.lock is not None:
            os.close(self.lock)

    def status(self) -> RenderStatus:
        """Read how far it is. The lock is looked at first: it is released last."""
        if not self.folder.is_dir():
            return RenderStatus(RenderState.GONE, error_code="gone")
        if self._is_locked():
            percent = self._text("percent")
            if percent is None:
                return RenderStatus(RenderState.QUEUED)
            return RenderStatus(RenderState.RUNNING, min(99, int(percent)))
        if self.video.exists():
            return RenderStatus(RenderState.DONE, 100)
        why = self._text("failed")
        code = "interrupted" if why is None else "render_failed"
        message = why or "The process that filmed it ended."
        return RenderStatus(RenderState.FAILED, 0, code, message, retryable=True)

    def _is_locked(self) -> bool:
        try:
            lock = os.open(self.folder / "lock", os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    def _text(self, name: str) -> str | None:
        try:
            return (self.folder / name).read_text()
        except FileNotFoundError:
            return None


def begin(parent: Path, ref: str, fill: Callable[[Path], None]) -> Take | None:
    """Have a folder appear whole, filled and locked; None when this ref was begun before."""
    hidden = Path(mkdtemp(prefix=".", dir=parent))
    lock = os.open(hidden / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fill(hidden)
        hidden.rename(parent / ref)
    except BaseException as error:
        os.close(lock)
        shutil.rmtree(hidden, ignore_errors=True)
        # A folder is never renamed onto one that holds something.
        if isinstance(error, OSError) and (parent / ref).is_dir():
            return None
        raise
    return Take(parent / ref, lock)


def sweep(parent: Path) -> None:
    """Make the folder for this user alone, and drop what nobody deleted within a day."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in parent.iterdir():
        with suppress(FileNotFoundError):
            if folder.stat().st_mtime < time.time() - KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
