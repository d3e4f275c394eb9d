"""Legal age in a channel (row E14)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Protocol, Self

from core.viewer import AgeState
from models.catalogue.market import LegalAgeRule

KOREA = timezone(timedelta(hours=9), "Asia/Seoul")
HAWAII = timezone(timedelta(hours=-10), "Pacific/Honolulu")

# Elsewhere nobody is let in early: of all US states a day begins last in Hawaii.
ZONES = {"kr": KOREA, "apec": KOREA}


class Market(Protocol):
    """What a channel says about age."""

    @property
    def id(self) -> str:
        """Which channel it is."""
        ...

    @property
    def legal_age_years(self) -> int:
        """How old one has to be."""
        ...

    @property
    def legal_age_rule(self) -> LegalAgeRule:
        """From which day one is that old."""
        ...


@dataclass(frozen=True)
class LegalAge:
    """From when on alcohol may be sold to someone."""

    years: int
    rule: LegalAgeRule

    @classmethod
    def of(cls, channel: Market) -> Self:
        """Return the legal age of a channel."""
        return cls(channel.legal_age_years, channel.legal_age_rule)

    def is_as_strict_as(self, other: Self) -> bool:
        """Tell whether nobody is let in here before the other rule lets them in."""
        if self.years != other.years:
            return self.years > other.years
        return self.rule is LegalAgeRule.BIRTHDAY or other.rule is LegalAgeRule.CALENDAR_YEAR

    def from_day(self, birth_date: date) -> date:
        """Return the first day of legal age of someone born on this day.

        Korea, Youth Protection Act, article 2(1): minors are under 19, save who has seen 1 January
        of the year in which they turn 19. US, 23 U.S.C. 158: 21 years of age. No federal rule says
        when someone born on 29 February turns 21; 1 March is the later of the two days in use.
        """
        year = birth_date.year + self.years
        if self.rule is LegalAgeRule.CALENDAR_YEAR:
            return date(year, 1, 1)
        try:
            return birth_date.replace(year=year)
        except ValueError:
            return date(year, 3, 1)


def age_state(
    birth_date: date | None, verified_at: datetime | None, legal_age: LegalAge, today: date
) -> AgeState:
    """Tell how sure it is that someone is of legal age today."""
    if birth_date is None:
        return AgeState.UNKNOWN
    if today < legal_age.from_day(birth_date):
        return AgeState.MINOR
    return AgeState.DECLARED if verified_at is None else AgeState.VERIFIED


def today_in(channel_id: str, now: datetime) -> date:
    """Return the day it is in a channel; where it spans zones, in the last to reach a day."""
    return now.astimezone(ZONES.get(channel_id, HAWAII)).date()


def age_in(
    channel: Market,
    home: Market | None,
    birth_date: date | None,
    verified_at: datetime | None,
    now: datetime,
) -> AgeState:
    """Tell how sure it is that someone is of legal age now: at home and in this channel.

    The client chooses the channel of a request, so it can make the rule stricter and never laxer.
    """
    states = [
        age_state(birth_date, verified_at, LegalAge.of(one), today_in(one.id, now))
        for one in (channel, home)
        if one is not None
    ]
    return AgeState.MINOR if AgeState.MINOR in states else states[0]
