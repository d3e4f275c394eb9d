"""What is never recommended, however well it fits (row R3)."""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.errors import BadInput
from core.viewer import AgeState
from services.catalogue.vocabulary import ALLERGENS
from services.recommendation.allergy import Told


class Withheld(enum.StrEnum):
    """Why nothing at all is recommended."""

    UNDER_AGE = "under_age"
    """The customer is too young for alcohol, here or at home."""
    BLOCKED_REGION = "blocked_region"
    """Nothing may be sent to where the customer is."""
    UNKNOWN_ALLERGY = "unknown_allergy"
    """The customer tells of an allergy, and not to anything that drinks are marked with."""


@dataclass(frozen=True)
class Limits:
    """What binds everything that somebody is shown."""

    channel_id: str
    age: AgeState = AgeState.UNKNOWN
    is_blocked: bool = False
    avoids: frozenset[str] = frozenset()
    """Codes of allergens."""
    is_unclear: bool = False
    """Whether they are allergic to what no code stands for."""

    @property
    def withheld(self) -> Withheld | None:
        """Why they are shown nothing; None where they may be."""
        if self.age is AgeState.MINOR:
            return Withheld.UNDER_AGE
        if self.is_blocked:
            return Withheld.BLOCKED_REGION
        return Withheld.UNKNOWN_ALLERGY if self.is_unclear else None

    def also(self, told: Told) -> "Limits":
        """Return these with what somebody says of allergies besides."""
        is_unclear = self.is_unclear or told.is_unclear
        return replace(self, avoids=self.avoids | told.codes, is_unclear=is_unclear)


@dataclass(frozen=True)
class Facts:
    """What the rules ask of a drink; `allergens` are also those of its ingredients."""

    id: str
    is_active: bool
    channels: frozenset[str]
    allergens: frozenset[str]
    is_there: bool
    """Whether at least one of what is sold of it can be bought now."""


def may(facts: Facts, limits: Limits) -> bool:
    """Tell whether a drink may be recommended to somebody."""
    return (
        limits.withheld is None
        and facts.is_active
        and limits.channel_id in facts.channels
        and facts.is_there
        and not facts.allergens & limits.avoids
    )


def permitted(facts: Iterable[Facts], limits: Limits) -> list[str]:
    """Return the ids of those that may be recommended to somebody, in their order."""
    return [one.id for one in facts if may(one, limits)]


def codes_of(asked: Sequence[str]) -> frozenset[str]:
    """Return these codes of allergens. Raises BadInput for one that nobody has."""
    # A slip of the pen must not look like "safe".
    if len(asked) > len(ALLERGENS) or not set(asked) <= ALLERGENS.keys():
        raise BadInput(argument="context.avoidAllergens")
    return frozenset(asked)
