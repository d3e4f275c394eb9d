"""Ids: a prefix that names the thing, then a time-ordered random part."""

import os
import re
import time
from collections.abc import Callable
from datetime import datetime

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
SHAPE = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}", re.ASCII)


def new_id(prefix: str) -> str:
    """Return an id such as `cam_01k3v9y7q2c8x4m6n0p5r7t9wz`; ids sort by age."""
    return _written(prefix, time.time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10)))


def _written(prefix: str, number: int) -> str:
    return f"{prefix}_" + "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def first_id(prefix: str, at: datetime) -> str:
    """Return what ids of this prefix that are made from a moment on sort behind."""
    return _written(prefix, int(at.timestamp() * 1_000) << 80)


def ids(prefix: str) -> Callable[[], str]:
    """Return a column default that makes ids with this prefix."""
    return lambda: new_id(prefix)


def is_id(text: str) -> bool:
    """Tell whether a text could be an id at all, before a store is asked."""
    return SHAPE.fullmatch(text) is not None
