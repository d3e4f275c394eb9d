"""Which hosts of a wire have closed, and when."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Sunset:
    """From this day on (UTC) the host and those below it no longer film."""

    host: str
    on: date
    source: str


SUNSETS = (
    Sunset(
        "api.openai.com",
        date(2026, 9, 24),
        "https://developers.openai.com/api/docs/models/sora-2",
    ),
)


def sunset_of(base_url: str) -> Sunset | None:
    """When the host of this address closes, if it is known to."""
    host = (urlsplit(base_url).hostname or "").rstrip(".")
    for sunset in SUNSETS:
        if host == sunset.host or host.endswith(f".{sunset.host}"):
            return sunset
    return None
