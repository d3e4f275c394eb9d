"""AR as clients see it."""

from schema.ar.engagement import ArEngagementResult, ArEventRefusal, TrackArEngagementResult
from schema.ar.inputs import ArEngagementInput, TrackArEngagementInput, UnlockArInput
from schema.ar.manifest import ArManifest, ArManifestResult
from schema.ar.unlock import ArLocked, ArUnlock, UnlockArResult, UnlockCode

__all__ = [
    "ArEngagementInput",
    "ArEngagementResult",
    "ArEventRefusal",
    "ArLocked",
    "ArManifest",
    "ArManifestResult",
    "ArUnlock",
    "TrackArEngagementInput",
    "TrackArEngagementResult",
    "UnlockArInput",
    "UnlockArResult",
    "UnlockCode",
]
