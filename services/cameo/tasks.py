"""The tasks and events of cameos."""

from dataclasses import dataclass
from typing import ClassVar

from core.outbox import Event, Task


@dataclass(frozen=True)
class CheckPortrait(Task):
    """Look at an uploaded photo."""

    portrait_id: str
    queue: ClassVar[str] = "portraits"


@dataclass(frozen=True)
class DispatchCameos(Task):
    """Start waiting cameos while there is room."""


@dataclass(frozen=True)
class AdvanceCameo(Task):
    """Do the next step of a cameo, whatever it is."""

    job_id: str
    queue: ClassVar[str] = "cameos"


@dataclass(frozen=True)
class EraseAtProvider(Task):
    """Delete what the renderer still holds of a cameo."""

    job_id: str


@dataclass(frozen=True)
class EraseObjects(Task):
    """Delete objects of the store."""

    keys: list[str]


@dataclass(frozen=True)
class PortraitChanged(Event):
    """A photo changed its state."""

    portrait_id: str


@dataclass(frozen=True)
class CameoChanged(Event):
    """A cameo moved on."""

    job_id: str


def portrait_topic(portrait_id: str) -> str:
    """Where news of a photo is told."""
    return f"portrait:{portrait_id}"


def cameo_topic(job_id: str) -> str:
    """Where news of a cameo is told."""
    return f"cameo:{job_id}"


def portrait_changed(portrait_id: str) -> PortraitChanged:
    """Tell whoever watches this photo."""
    return PortraitChanged(portrait_topic(portrait_id), portrait_id)


def cameo_changed(job_id: str) -> CameoChanged:
    """Tell whoever watches this cameo."""
    return CameoChanged(cameo_topic(job_id), job_id)
