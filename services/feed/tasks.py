"""What follows from a change of the feed."""

from dataclasses import dataclass

from core.outbox import Task


@dataclass(frozen=True)
class PushFeed(Task):
    """Tell a host what it has not heard yet."""

    host: str
