"""Where a finished film can be played: links that end."""

from dataclasses import dataclass
from datetime import timedelta

from core.settings import Settings
from gateways.storage import Storage
from models.cameo import CameoJob


@dataclass(frozen=True)
class FilmLinks:
    """Links to a film and its pictures, and for how long they work."""

    video: str
    poster: str
    strip: str
    lifetime: timedelta


async def film_links(storage: Storage, settings: Settings, job: CameoJob) -> FilmLinks:
    """Sign a link to each part of a completed cameo."""
    seconds = settings.link_seconds
    return FilmLinks(
        video=await storage.link(job.video_key or "", seconds, content_type="video/mp4"),
        poster=await storage.link(job.poster_key or "", seconds, content_type="image/jpeg"),
        strip=await storage.link(job.strip_key or "", seconds, content_type="image/jpeg"),
        lifetime=timedelta(seconds=seconds),
    )
