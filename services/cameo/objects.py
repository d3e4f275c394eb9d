"""Where the files of a cameo lie in the store."""

import secrets
from datetime import datetime
from typing import Any

from models.cameo import CameoStage
from models.catalogue import AspectRatio

MAX_CROP_BYTES = 8 * 1024 * 1024

RENDER_SIZES = {
    AspectRatio.LANDSCAPE_16_9: "1280x720",
    AspectRatio.PORTRAIT_9_16: "720x1280",
    # The renderer knows no square: it films wide, and the middle is kept.
    AspectRatio.SQUARE_1_1: "1280x720",
}
FILM_SIZES = {
    AspectRatio.LANDSCAPE_16_9: "1280x720",
    AspectRatio.PORTRAIT_9_16: "720x1280",
    AspectRatio.SQUARE_1_1: "720x720",
}


def of_job(job_id: str) -> str:
    """The prefix of everything of one cameo."""
    return f"cameos/{job_id}/"


def of_portrait(portrait_id: str) -> str:
    """The prefix of everything of one photo."""
    return f"portraits/{portrait_id}/"


def crop(portrait_id: str, size: str) -> str:
    """A sealed crop of a photo; each check has names of its own, as it has a key of its own."""
    return f"{of_portrait(portrait_id)}{secrets.token_hex(8)}-{size}.sealed"


def clip(job_id: str, number: int, order_id: str) -> str:
    """One shot as the renderer made it."""
    return f"{of_job(job_id)}shots/{number}-{order_id}.mp4"


def preview(job_id: str, stage: CameoStage, fence: int, number: int = 0) -> str:
    """A picture of how far the film is."""
    return f"{of_job(job_id)}previews/{stage}-{number}-{fence}.jpg"


def film(job_id: str, fence: int, part: str) -> str:
    """The finished film, its poster or its preview strip, by the worker's fence.

    A worker that was paused past its lease can so never overwrite what was published.
    """
    return f"{of_job(job_id)}film-{fence}/{part}"


def preview_entry(stage: CameoStage, key: str, blurhash: str, at: datetime) -> dict[str, Any]:
    """How a preview is kept in its job."""
    return {"stage": stage.value, "key": key, "blurhash": blurhash, "at": at.isoformat()}
