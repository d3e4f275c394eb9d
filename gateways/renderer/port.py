"""The port: what the product needs of any renderer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol

RenderVariant = Literal["video", "thumbnail", "spritesheet"]


class RenderState(StrEnum):
    """Where a render stands."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    GONE = "GONE"


@dataclass(frozen=True, slots=True)
class RenderStatus:
    """How far a render is; `retryable` tells whether making it anew may help."""

    state: RenderState
    percent: int = 0
    error_code: str | None = None
    error_message: str | None = None
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class RenderNews:
    """A verified webhook: something happened to render `id`; ask for its status."""

    id: str
    webhook_id: str
    type: str


def mark(ref: str) -> str:
    """The last line of a submitted prompt, by which a lost render is found again."""
    return f"[ref {ref}]"


class Renderer(Protocol):
    """Turns a prompt and a picture into a shot, in minutes and for money."""

    async def submit(
        self, ref: str, prompt: str, reference: bytes | None, seconds: int, size: str
    ) -> str:
        """Orders a render once and returns the provider's id; `size` is like 1280x720.

        Raises RenderRefused, RenderBusy or RenderUnknown; never sends twice by itself.
        """
        ...

    async def find(self, ref: str, since: datetime) -> str | None:
        """The id of the render that `submit(ref, …)` ordered since then, if it was accepted."""
        ...

    async def status(self, id: str) -> RenderStatus:
        """Where a render stands now; raises RendererUnavailable."""
        ...

    async def fetch(self, id: str, variant: RenderVariant, path: Path) -> None:
        """Writes the whole file to `path` or nothing; raises RenderGone, RendererUnavailable."""
        ...

    async def delete(self, id: str) -> None:
        """Removes the provider's copy; one that is gone already is fine."""
        ...

    def webhook(self, payload: bytes, headers: Mapping[str, str]) -> RenderNews:
        """Verifies and reads a webhook; raises WebhookInvalid."""
        ...

    async def aclose(self) -> None:
        """Closes the connections of the running event loop."""
        ...
