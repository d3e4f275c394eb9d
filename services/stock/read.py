"""What there is: for carts, and lot by lot for staff."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.pages import Page
from models.catalogue import Stock
from models.stock import StockLot, StockMove
from services.stock import shelf
from services.stock.day import today
from services.stock.shelf import Shelf, Wanted

PREFIX = "stk_"


@dataclass(frozen=True)
class Level:
    """What there is of a variant; a bundle is counted in sets, and has no lots."""

    variant_id: str
    on_hand: int
    """Units in the warehouse, those of expired lots included."""
    expired: int
    """Units past their day, to be written off."""
    reserved: int
    """Units that are kept for checkouts, and have not expired."""
    available: int
    low_at: int
    lots: Sequence[StockLot]

    @property
    def id(self) -> str:
        """Its own id: the variant has the other."""
        return PREFIX + self.variant_id


async def explode(session: AsyncSession, wanted: Wanted) -> dict[str, int]:
    """Return the units of variants with stock of their own that these come to."""
    return shelf.parts_of(await shelf.recipes(session, wanted), wanted)


async def available(
    session: AsyncSession,
    variant_ids: Iterable[str],
    now: datetime,
    *,
    checkout_id: str = "",
) -> dict[str, int]:
    """Return how many units of each variant can be sold now: not expired, not held by others.

    What `checkout_id` itself holds counts as available to it. Each variant is looked at alone,
    also where two draw on the same part.
    """
    known = await shelf.recipes(session, variant_ids)
    parts = {part for recipe in known.values() for part in recipe}
    there = await shelf.shelves(session, parts, now, checkout_id)
    left = {id: there[id].open if id in there else 0 for id in parts}
    return {id: min(left[part] // each for part, each in known[id].items()) for id in known}


async def levels(
    session: AsyncSession, variant_ids: Iterable[str], now: datetime
) -> dict[str, Level]:
    """Return what there is of these variants; one that is not known is left out."""
    known = await shelf.recipes(session, variant_ids)
    parts = {part for recipe in known.values() for part in recipe}
    there = await shelf.shelves(session, parts, now)
    lots = await _lots(session, parts, today(now))
    marks = await session.execute(select(Stock.id, Stock.low_stock_at).where(Stock.id.in_(known)))
    found: dict[str, Level] = {}
    for id, low_at in marks:
        own = {part: each for part, each in known[id].items() if part in there}
        whole, fresh, free = (
            min(
                (count // each for count, each in zip(counts, own.values(), strict=True)), default=0
            )
            for counts in zip(*(_counts(there[part], lots[part]) for part in own), strict=True)
        )
        found[id] = Level(id, whole, whole - fresh, fresh - free, free, low_at, lots.get(id, ()))
    return found


def _counts(shelf: Shelf, lots: Sequence[StockLot]) -> tuple[int, int, int]:
    """Return how many there are, how many of those have not expired, and how many are free."""
    return sum(lot.on_hand for lot in lots), shelf.on_hand, shelf.open


async def _lots(
    session: AsyncSession, variant_ids: Iterable[str], day: date
) -> dict[str, list[StockLot]]:
    found: dict[str, list[StockLot]] = {id: [] for id in variant_ids}
    rows = select(StockLot).where(StockLot.variant_id.in_(found))
    rows = rows.where(or_(StockLot.on_hand > 0, StockLot.expires_on > day))
    for lot in await session.scalars(rows.order_by(StockLot.expires_on, StockLot.id)):
        found[lot.variant_id].append(lot)
    return found


async def lots(session: AsyncSession, ids: Sequence[str]) -> Sequence[StockLot]:
    """Return these lots."""
    return (await session.scalars(select(StockLot).where(StockLot.id.in_(ids)))).all()


async def low(session: AsyncSession) -> dict[str, datetime]:
    """Return the variants of which little is left, and since when; the longest first."""
    rows = select(Stock.id, Stock.low_since).where(Stock.low_since.is_not(None))
    found = await session.execute(rows.order_by(Stock.low_since, Stock.id))
    return {id: since for id, since in found if since}


async def moves(session: AsyncSession, variant_id: str, page: Page) -> Sequence[StockMove]:
    """Return what came and went of a variant, newest first, and one more if others follow."""
    rows = select(StockMove).where(StockMove.variant_id == variant_id)
    if after := page.after_id():
        rows = rows.where(StockMove.id < after)
    rows = rows.order_by(StockMove.id.desc()).limit(page.first + 1)
    return (await session.scalars(rows)).all()


async def moves_by_id(session: AsyncSession, ids: Sequence[str]) -> Sequence[StockMove]:
    """Return these lines of the ledger."""
    return (await session.scalars(select(StockMove).where(StockMove.id.in_(ids)))).all()


async def move_count(session: AsyncSession, variant_id: str) -> int:
    """Return how many lines the ledger of a variant has."""
    count = select(func.count()).where(StockMove.variant_id == variant_id)
    return await session.scalar(count) or 0
