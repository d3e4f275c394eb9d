"""Which day it is for a lot."""

from datetime import date, datetime, timedelta, timezone

HOME = timezone(timedelta(hours=9), "Asia/Seoul")


def today(now: datetime) -> date:
    """Return the day in Korea, where lots are brewed and labelled, whichever channel sells them.

    It is never earlier than a channel's own day, so nobody is sold a lot that expired at home.
    """
    return now.astimezone(HOME).date()
