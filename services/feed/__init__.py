"""The product feed for agents: kept up with prices and stock, read as files, pushed to hosts."""

from services.feed.keep import refresh
from services.feed.push import Batch, Told, batch, heard, lost, missed, opened, ring
from services.feed.read import country_of, find, lines, metadata, observe
from services.feed.tasks import PushFeed

__all__ = [
    "Batch",
    "PushFeed",
    "Told",
    "batch",
    "country_of",
    "find",
    "heard",
    "lines",
    "lost",
    "metadata",
    "missed",
    "observe",
    "opened",
    "refresh",
    "ring",
]
