"""Links of our own under `/ar`, signed and short-lived: assets, manifests and QR codes.

What the catalogue calls an asset (`https://cdn…/ar/brewing-master-3d.glb`) is a name. The file
lies in our bucket under `ar/` and its last part, and is reached by these links only: an address
on a CDN would open to whoever once heard of it.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from core.settings import Settings

PREFIX = "ar/"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}", re.ASCII)
TYPES = {
    ".glb": "model/gltf-binary",
    ".usdz": "model/vnd.usdz+zip",
    ".mp4": "video/mp4",
    ".m4a": "audio/mp4",
    ".png": "image/png",
}


@dataclass(frozen=True)
class Link:
    """An address, and when it ends."""

    url: str
    expires_at: datetime


def signed(settings: Settings, path: str, now: datetime, under: str = "ar") -> Link:
    """Return a link to `/{under}/{path}` that lives for `link_seconds`, and at most a third longer.

    Asked again soon it is the same, so that a browser need not load what it leads to again.
    """
    step = max(1, settings.link_seconds // 3)
    ends = ((int(now.timestamp()) + settings.link_seconds) // step + 1) * step
    site, signature = settings.public_url.rstrip("/"), _sign(settings, path, ends)
    url = f"{site}/{under}/{path}?ends={ends}&sig={signature}"
    return Link(url, datetime.fromtimestamp(ends, UTC))


def is_genuine(settings: Settings, path: str, ends: str, signature: str, now: datetime) -> bool:
    """Tell whether we made this link and it has not ended."""
    if not ends.isdecimal() or not ends.isascii() or len(ends) > 12:
        return False
    ours = _sign(settings, path, int(ends))
    return (
        signature.isascii() and hmac.compare_digest(ours, signature) and int(ends) > now.timestamp()
    )


def asset(settings: Settings, address: str | None, now: datetime) -> str | None:
    """Return a link to what the catalogue names by this address; None if there is no such file."""
    name = PurePosixPath(urlsplit(address or "").path).name
    if type_of(name) is None:
        return None
    return signed(settings, f"assets/{name}", now).url


def type_of(name: str) -> str | None:
    """Return the content type of an asset; None for what is no asset."""
    return TYPES.get(PurePosixPath(name).suffix) if NAME.fullmatch(name) else None


def page(settings: Settings, code: str) -> str:
    """Return the page that a QR code leads to; the code stays in the browser."""
    return f"{settings.public_url.rstrip('/')}/ar/unlock#{code}"


def _sign(settings: Settings, path: str, ends: int) -> str:
    secret = b"ar-links:" + settings.commerce_secret.get_secret_value().encode()
    return hmac.new(secret, f"{path}:{ends}".encode(), hashlib.sha256).hexdigest()
