"""Where a worker keeps files while it works; what a killed one left goes later."""

import fcntl
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "nerdx-worker-"
LOCK = "lock"
# Between making its directory and locking it a worker needs no longer.
NEW_SECONDS = 60.0


@contextmanager
def scratch() -> Iterator[Path]:
    """Have all temporary files of this process in one directory, and remove it at the end.

    A lock, which ends with its process however that ends, tells a directory in use from one that
    a killed worker left with half a film in it.
    """
    common = tempfile.gettempdir()
    clear(Path(common))
    own = Path(tempfile.mkdtemp(prefix=PREFIX))
    with (own / LOCK).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        tempfile.tempdir = str(own)
        try:
            yield own
        finally:
            tempfile.tempdir = common
            shutil.rmtree(own, ignore_errors=True)


def clear(common: Path) -> None:
    """Remove the directories of workers that are gone; those of other users stay."""
    for folder in common.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if _is_left(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_left(folder: Path) -> bool:
    lock = folder / LOCK
    if not lock.exists():
        return folder.stat().st_mtime < time.time() - NEW_SECONDS
    with lock.open() as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
