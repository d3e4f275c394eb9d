"""Where the stores of tests live: in the memory of a machine that has room, or on its disk."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

SHARED = Path("/dev/shm")
NAME = "nerdx-tests"
ROOM = 4 * 2**30


@contextmanager
def folder() -> Iterator[Path]:
    """Make a folder that ends with the block.

    A thousand databases of four hundred files each: a disk spends most of that on finding names.
    """
    place = SHARED if _has_room(SHARED) else None
    if place:
        _sweep(place)
    prefix = f"{NAME}-{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix, dir=place) as made:
        yield Path(made)


def _has_room(place: Path) -> bool:
    if not place.is_dir() or not os.access(place, os.W_OK):
        return False
    # A file system in memory tells what it may hold, whatever else fills the memory.
    return min(shutil.disk_usage(place).free, psutil.virtual_memory().available) >= ROOM


def _sweep(place: Path) -> None:
    """Remove what a run left that was killed: nobody else frees memory before a restart."""
    for left in place.glob(f"{NAME}-*"):
        pid = left.name.removeprefix(f"{NAME}-").partition("-")[0]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
