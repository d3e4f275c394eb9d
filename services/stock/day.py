"""Which day it is for a lot."""

from datetime import date, datetime

from services.account.age import today_in

HOME = "kr"


def today(now: datetime) -> date:
    """Return the day in Korea, where lots are brewed and labelled, whichever channel sells them.

    It is never earlier than a channel's own day, so nobody is sold a lot that expired at home.
    """
    return today_in(HOME, now)
