"""Pictures of how far a film is: at least one for each stage (row V4)."""

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateways.film import title_card
from gateways.portrait import blurhash_of
from models.cameo import CameoJob
from services.cameo import objects
from services.cameo.making import Claim
from workers.base import Work


async def keep(work: Work, claim: Claim, picture: bytes, number: int = 0) -> dict[str, Any]:
    """Store a picture and return the entry for its job."""
    key = objects.preview(claim.job_id, claim.stage, claim.fence, number)
    await work.gateways.storage.put(key, picture, "image/jpeg")
    blurhash = await asyncio.to_thread(blurhash_of, picture)
    return objects.preview_entry(claim.stage, key, blurhash, datetime.now(UTC))


async def card(work: Work, claim: Claim, job: CameoJob, text: str) -> dict[str, Any]:
    """Store a card with a line of text, for stages that have no picture yet."""
    picture = await title_card(text, objects.FILM_SIZES[job.aspect_ratio])
    return await keep(work, claim, picture)


async def still(work: Work, provider_id: str) -> bytes:
    """Bring the renderer's own picture of a shot."""
    with tempfile.TemporaryDirectory(prefix="nerdx-") as folder:
        path = Path(folder) / "still"
        await work.gateways.renderer.fetch(provider_id, "thumbnail", path)
        return path.read_bytes()
