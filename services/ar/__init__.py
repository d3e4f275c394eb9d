"""AR: codes that a paid bottle brings, the experiences they open, and what people do there."""

from services.ar import links
from services.ar.codes import code_of
from services.ar.engagement import ArEventFault, Sign, Tracked, track
from services.ar.entry import (
    ADULT,
    codes,
    devices,
    ends,
    experience,
    may_enter,
    of_product,
    opened_lore,
    sees_codes,
)
from services.ar.erase import forget
from services.ar.errors import ArLocked, TooManyDevices, UnlockRefused
from services.ar.graph import engaged
from services.ar.make import make, units_kept
from services.ar.manifest import ArEngine, link, lore_of, manifest, path, serves
from services.ar.unlock import Gate, unlock

__all__ = [
    "ADULT",
    "ArEngine",
    "ArEventFault",
    "ArLocked",
    "Gate",
    "Sign",
    "TooManyDevices",
    "Tracked",
    "UnlockRefused",
    "code_of",
    "codes",
    "devices",
    "ends",
    "engaged",
    "experience",
    "forget",
    "link",
    "links",
    "lore_of",
    "make",
    "manifest",
    "may_enter",
    "of_product",
    "opened_lore",
    "path",
    "sees_codes",
    "serves",
    "track",
    "units_kept",
    "unlock",
]
