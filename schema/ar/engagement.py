"""What became of a batch of events."""

from typing import Annotated, Self

import strawberry

from core.i18n import Text
from schema.catalogue.words import said
from schema.errors import InvalidInput, RateLimited
from schema.world import Lore
from services import ar
from services.ar import ArEventFault

strawberry.enum(ArEventFault)

SAID: dict[ArEventFault, Text] = {
    ArEventFault.TOO_OLD: {
        "ko": "30일이 지난 일은 받지 않습니다. 이 이벤트를 버리세요.",
        "en": "It is more than 30 days old. Drop this event.",
    },
    ArEventFault.IN_THE_FUTURE: {
        "ko": "아직 일어나지 않은 일입니다. 기기의 시각을 확인하세요.",
        "en": "It lies in the future. Check the clock of the device.",
    },
    ArEventFault.UNKNOWN_EXPERIENCE: {
        "ko": "그런 AR 경험이 없습니다. 이 이벤트를 버리세요.",
        "en": "There is no such experience. Drop this event.",
    },
    ArEventFault.LOCKED: {
        "ko": "아직 열지 않은 경험입니다. unlockAr를 한 뒤에 다시 보내세요.",
        "en": "The experience is locked. Unlock it with `unlockAr` and send the event again.",
    },
}


@strawberry.type
class ArEventRefusal:
    """An event that was not taken; the others of its batch were."""

    event_id: strawberry.ID
    """As the app made it."""
    fault: ArEventFault
    """Why, for programs."""
    message: str
    """What to do, in the language of the request."""


@strawberry.type
class ArEngagementResult:
    """What became of a batch."""

    accepted: int
    """How many events were new."""
    repeated: int
    """How many were known before."""
    refused: list[ArEventRefusal]
    """Those that were not taken, with why."""
    unlocked_lore: list[Lore]
    """The stories that the events of this batch open; told again when they are repeated."""

    @classmethod
    def of(cls, tracked: ar.Tracked) -> Self:
        """Show what the service says."""
        return cls(
            accepted=tracked.accepted,
            repeated=tracked.repeated,
            refused=[
                ArEventRefusal(event_id=strawberry.ID(id), fault=fault, message=said(SAID[fault]))
                for id, fault in tracked.refused
            ],
            unlocked_lore=Lore.each(tracked.lore),
        )


TrackArEngagementResult = Annotated[
    ArEngagementResult | InvalidInput | RateLimited, strawberry.union("TrackArEngagementResult")
]
