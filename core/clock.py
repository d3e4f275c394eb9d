"""What time it is, for rules; a test or a rehearsal may move it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

type Clock = Callable[[], datetime]


def clock(offset_seconds: float = 0) -> Clock:
    """Return a clock in UTC that runs this far ahead of the machine's."""
    offset = timedelta(seconds=offset_seconds)
    return lambda: datetime.now(UTC) + offset
