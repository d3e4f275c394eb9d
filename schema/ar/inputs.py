"""What clients send."""

from datetime import datetime

import strawberry

from models.ar import ArTrigger
from services import ar


@strawberry.input
class UnlockArInput:
    """A code, and the device that is to be let in."""

    code: str
    """As it stands on the bottle's card, or what follows `#` in its QR code."""
    device_id: str
    """A name that the app made once for this device and keeps; 1 to 128 characters."""


@strawberry.input
class ArEngagementInput:
    """Something that the viewer did in an experience."""

    event_id: strawberry.ID
    """Made by the app; a repeat is ignored. 1 to 128 characters."""
    experience_id: strawberry.ID
    """Where."""
    trigger: ArTrigger
    """What."""
    at: datetime
    """When, by the device's clock; up to 30 days ago."""
    seconds: float | None = None
    """For how long."""

    def told(self) -> ar.Sign:
        """Return it as the service takes it."""
        return ar.Sign(self.event_id, self.experience_id, self.trigger, self.at, self.seconds)


@strawberry.input
class TrackArEngagementInput:
    """What the viewer did, in any order."""

    events: list[ArEngagementInput]
    """1 to 100."""
