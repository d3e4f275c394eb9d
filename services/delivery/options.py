"""Which ways to travel there are for an address, and when each would arrive."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.catalogue import Channel
from models.promotion import DeliveryMethod
from services.account import today_in
from services.delivery.regions import regions_of
from services.delivery.shapes import Option

SATURDAY = 5


async def options(
    session: AsyncSession,
    channel_id: str,
    region: str | None,
    postal_code: str | None,
    now: datetime,
    *,
    weight_g: int = 0,
) -> list[Option]:
    """Return the ways to this address, as the catalogue orders them.

    Without an address only those that go everywhere, and none to where the channel may not send
    (row E15); `weight_g` leaves out what cannot carry it.
    """
    query = (
        select(DeliveryMethod, Channel)
        .join(Channel, Channel.id == DeliveryMethod.channel_id)
        .where(DeliveryMethod.channel_id == channel_id, DeliveryMethod.active)
        .order_by(DeliveryMethod.position, DeliveryMethod.id)
    )
    places = regions_of(channel_id, region, postal_code)
    return [
        _option(method, channel, now)
        for method, channel in await session.execute(query)
        if goes_to(method.regions, places)
        and weight_g <= (method.max_weight_g or weight_g)
        and not places & set(channel.blocked_regions)
    ]


def goes_to(regions: Iterable[str], places: frozenset[str]) -> bool:
    """Tell whether a way with these regions leads to an address in these places."""
    allowed = set(regions)
    return not allowed or (bool(places) and places <= allowed)


def estimate(
    channel_id: str, days: list[int], now: datetime, cutoff_hour: int
) -> tuple[date, date]:
    """Return the first and the last day on which something paid now would arrive.

    Counted in working days, Monday to Friday, from the day it leaves: today before the cutoff
    hour, else the next working day. Public holidays are not known here. What does not travel
    (0 days) is there today.
    """
    if days[1] == 0:
        today = today_in(channel_id, now)
        return today, today
    leaves = _working(today_in(channel_id, now + timedelta(hours=24 - cutoff_hour)))
    return _after(leaves, days[0]), _after(leaves, days[1])


def _working(day: date) -> date:
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day


def _after(day: date, working_days: int) -> date:
    for _ in range(working_days):
        day = _working(day + timedelta(days=1))
    return day


def _option(method: DeliveryMethod, channel: Channel, now: datetime) -> Option:
    earliest, latest = estimate(channel.id, method.days, now, channel.cutoff_hour)
    return Option(
        id=method.id,
        name=method.name,
        carrier=method.carrier,
        price=method.price,
        earliest=earliest,
        latest=latest,
        adult_signature=method.adult_signature,
        currency=channel.currency,
    )
