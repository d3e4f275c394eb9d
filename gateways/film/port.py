"""What the cutting room says."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

OnProgress = Callable[[int], Awaitable[None]]
"""Told the percent done, rising, at most 100."""
FPS = 24


class FilmFailed(Exception):
    """ffmpeg could not do it; the last words of its log are the message."""


class FilmInterrupted(FilmFailed):
    """ffmpeg was ended from outside, or took too long: that says nothing of the film."""


class BadShot(Exception):
    """A shot that cannot be used; `code` is one word, the message is for staff."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file holds; seconds and pixels."""

    duration: float
    width: int
    height: int
    video_codec: str
    audio_codec: str | None
    fps: float
    faststart: bool


@dataclass(frozen=True, slots=True)
class Film:
    """A finished film; seconds, pixels, bytes and the hex digest of the file."""

    duration: float
    width: int
    height: int
    byte_size: int
    sha256: str


def sides(size: str) -> tuple[int, int]:
    """`1280x720` as numbers."""
    width, _, height = size.partition("x")
    return int(width), int(height)
