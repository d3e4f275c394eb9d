"""Whom something is recommended to: what they like, and what binds it, as it is now."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.settings import Settings
from core.viewer import Viewer
from models.account import Customer, CustomerInterest
from models.catalogue import Channel
from models.chat import ChatPreference
from models.checkout import Checkout
from models.order import Order, OrderLine
from models.taste import Liking, TasteRating
from services import delivery
from services.recommendation.allergy import each
from services.recommendation.heard import NOTHING, Heard, merged
from services.recommendation.rules import Limits
from services.world.people import FORGOTTEN, KEPT, faded

# A tap counts as long as it is not taken back, and interest fades.
LIKED, DISLIKED, KNOWN = 0.6, -1.0, 0.3
MOST, MOST_HEARD = 200, 100


@dataclass(frozen=True)
class Person:
    """Who it is for. `seeds` are products with how much they like each, -1 to 1."""

    customer_id: str | None
    limits: Limits
    preferences: Sequence[str] = ()
    seeds: Mapping[str, float] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    """Products that they rated, bought or care for: no news to them."""
    refused: frozenset[str] = frozenset()
    """Products that they do not like, however long ago they said so."""
    heard: Heard = NOTHING
    """What they said in chats."""

    @property
    def liked(self) -> list[tuple[str, float]]:
        """The products that they like, the most first."""
        found = [(id, score) for id, score in self.seeds.items() if score > 0]
        return sorted(found, key=lambda one: (-one[1], one[0]))

    @property
    def disliked(self) -> list[str]:
        """The products that they do not."""
        return sorted(id for id, score in self.seeds.items() if score < 0)

    @property
    def basis(self) -> str:
        """Name what is known of them: another one as soon as anything of it changes."""
        seeds = {id: round(score, 2) for id, score in self.seeds.items()}
        own = [self.customer_id, list(self.preferences), seeds, sorted(self.known)]
        said = [*own, self.heard.document]
        return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


async def person_of(
    session: AsyncSession,
    settings: Settings,
    viewer: Viewer,
    channel: Channel,
    now: datetime,
    region: str | None = None,
) -> Person:
    """Read who asks; a stranger is nobody in particular. `region` is where they say they are."""
    regions = delivery.regions_of(channel.id, region, region)
    if viewer.customer_id is None:
        return Person(None, limits_of(viewer, channel, regions, ()))
    customer = await session.get(Customer, viewer.id)
    likes = list(customer.preferences) if customer else []
    if region is None and channel.blocked_regions:
        regions = await _home(session, viewer.id, channel.id)
    limits = limits_of(viewer, channel, regions, likes)
    interests = await _interests(session, settings, viewer.id, now)
    heard = await heard_of(session, viewer.id)
    rated = await _also_said(session, viewer.id, await ratings_of(session, viewer.id), heard)
    late = dict(list(rated.items())[:MOST])
    known = known_of(interests, rated) | await bought_by(session, viewer.id)
    refused = frozenset(id for id, liking in rated.items() if liking is Liking.DISLIKES)
    said = merged(one for _, one in heard)
    return Person(viewer.id, limits, likes, seeds_of(interests, late), known, refused, said)


def limits_of(
    viewer: Viewer, channel: Channel, regions: frozenset[str], likes: Sequence[str]
) -> Limits:
    """Return what binds somebody; `likes` are their preferences."""
    is_blocked = bool(regions & set(channel.blocked_regions))
    return Limits(channel.id, viewer.age, is_blocked).also(each(likes))


def seeds_of(interests: Mapping[str, float], rated: Mapping[str, Liking]) -> dict[str, float]:
    """Merge what somebody did with what they say; what they say goes first."""
    seeds = dict(interests)
    for id, liking in rated.items():
        match liking:
            case Liking.LIKES:
                seeds[id] = max(seeds.get(id, 0.0), LIKED)
            case Liking.DISLIKES:
                seeds[id] = DISLIKED
            case Liking.NEUTRAL:
                seeds.pop(id, None)
    return seeds


def known_of(interests: Mapping[str, float], rated: Mapping[str, Liking]) -> frozenset[str]:
    """Return what is no news to somebody."""
    return frozenset(rated) | {id for id, score in interests.items() if score >= KNOWN}


async def ratings_of(session: AsyncSession, customer_id: str) -> dict[str, Liking]:
    """Return what a customer said of drinks, the newest first; one of each drink."""
    mine = select(TasteRating.product_id, TasteRating.liking)
    mine = mine.where(TasteRating.customer_id == customer_id)
    newest = mine.order_by(TasteRating.rated_at.desc(), TasteRating.id.desc())
    return dict((await session.execute(newest)).all())


async def heard_of(session: AsyncSession, customer_id: str) -> list[tuple[datetime, Heard]]:
    """Return what a customer said of their likes in chats and when, the oldest first."""
    row = ChatPreference
    newest = select(row.created_at, row.preferences).where(row.customer_id == customer_id)
    found = await session.execute(newest.order_by(row.id.desc()).limit(MOST_HEARD))
    return [(at, Heard.of(told)) for at, told in reversed(found.all())]


async def _also_said(
    session: AsyncSession,
    customer_id: str,
    rated: Mapping[str, Liking],
    heard: Sequence[tuple[datetime, Heard]],
) -> dict[str, Liking]:
    """Add the drinks that they spoke of; of a tap and a word the later one counts."""
    spoken = {id: (at, liking) for at, one in heard for id, liking in one.drinks.items()}
    if not spoken:
        return dict(rated)
    taps = select(TasteRating.product_id, TasteRating.rated_at).where(
        TasteRating.customer_id == customer_id, TasteRating.product_id.in_(spoken)
    )
    tapped = dict((await session.execute(taps)).all())
    said = {
        id: Liking.LIKES if liking > 0 else Liking.DISLIKES
        for id, (at, liking) in spoken.items()
        if id not in tapped or tapped[id] < at
    }
    # The newest goes first, as only so many of them count.
    return {**said, **{id: liking for id, liking in rated.items() if id not in said}}


async def disliked(session: AsyncSession, customer_id: str) -> set[str]:
    """Return the drinks that a customer says they do not like, with a tap or in a chat."""
    heard, rated = await heard_of(session, customer_id), await ratings_of(session, customer_id)
    said = await _also_said(session, customer_id, rated, heard)
    return {id for id, liking in said.items() if liking is Liking.DISLIKES}


async def bought_by(session: AsyncSession, customer_id: str) -> frozenset[str]:
    """Return what a customer paid for and kept."""
    lines = (
        select(OrderLine.product_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.customer_id == customer_id, *KEPT)
        .distinct()
    )
    return frozenset(await session.scalars(lines))


async def _interests(
    session: AsyncSession, settings: Settings, customer_id: str, now: datetime
) -> dict[str, float]:
    row = CustomerInterest
    mine = select(row.product_id, row.score, row.changed_at).where(row.customer_id == customer_id)
    newest = mine.order_by(row.changed_at.desc(), row.product_id).limit(MOST)
    left = {
        id: faded(score, changed, now, settings)
        for id, score, changed in await session.execute(newest)
    }
    return {id: score for id, score in left.items() if score >= FORGOTTEN}


async def _home(session: AsyncSession, customer_id: str, channel_id: str) -> frozenset[str]:
    """Return where they had something sent last in this channel, or are about to."""
    for table in (Checkout, Order):
        mine = select(table.shipping_address).where(
            table.customer_id == customer_id,
            table.channel_id == channel_id,
            table.shipping_address.is_not(None),
        )
        address = await session.scalar(mine.order_by(table.id.desc()).limit(1))
        if address:
            told = address.get("region"), address.get("postal_code")
            return delivery.regions_of(channel_id, *told)
    return frozenset()
