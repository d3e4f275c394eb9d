"""Short-lived links of our own, signed, for pictures that lie sealed in the store."""

import hashlib
import hmac
from datetime import datetime

from core.settings import Settings


def portrait_preview(settings: Settings, portrait_id: str, now: datetime) -> str:
    """Return a link to the crop of a photo that ends after `link_seconds`."""
    ends = int(now.timestamp()) + settings.link_seconds
    signature = _sign(settings, portrait_id, ends)
    site = settings.public_url.rstrip("/")
    return f"{site}/portraits/{portrait_id}.jpg?ends={ends}&sig={signature}"


def is_genuine(
    settings: Settings, portrait_id: str, ends: str, signature: str, now: datetime
) -> bool:
    """Tell whether we made this link and it has not ended."""
    if not ends.isdecimal() or len(ends) > 12 or int(ends) < now.timestamp():
        return False
    ours = _sign(settings, portrait_id, int(ends))
    return signature.isascii() and hmac.compare_digest(ours, signature)


def _sign(settings: Settings, portrait_id: str, ends: int) -> str:
    secret = b"links:" + settings.portrait_secret.get_secret_value().encode()
    return hmac.new(secret, f"{portrait_id}:{ends}".encode(), hashlib.sha256).hexdigest()
