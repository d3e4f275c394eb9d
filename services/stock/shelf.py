"""The lock on what there is of some variants, and what holds under it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import (
    CTE,
    BindParameter,
    DateTime,
    Subquery,
    bindparam,
    case,
    collate,
    delete,
    func,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.ids import new_id
from core.outbox import UnitOfWork
from models.catalogue import BundlePart, Stock
from models.stock import Reservation, ReservationLine, StockLot
from services.stock.events import LOW_TOPIC, StockLow
from services.stock.sums import DAY, NOW, at

type Wanted = Mapping[str, int]
type Recipes = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Shelf:
    """What there is of one variant, as one checkout sees it: units not expired, and who has them.

    `before` counts the units of older checkouts: when a count finds less than is reserved, those
    who reserved first keep theirs.
    """

    on_hand: int
    others: int
    before: int
    mine: int

    @property
    def open(self) -> int:
        """How many the checkout may have, those that it holds among them."""
        kept = min(self.mine, self.on_hand - self.before)
        return max(self.on_hand - self.others, kept, 0)


async def recipes(session: AsyncSession, variant_ids: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return what one unit of each variant draws on: itself, or the parts of a bundle."""
    found: dict[str, dict[str, int]] = {id: {} for id in variant_ids}
    query = select(BundlePart).where(BundlePart.bundle_id.in_(found))
    for part in await session.scalars(query.order_by(BundlePart.position)):
        found[part.bundle_id][part.part_id] = part.quantity
    return {id: parts or {id: 1} for id, parts in found.items()}


def parts_of(known: Recipes, wanted: Wanted) -> dict[str, int]:
    """Add up what these variants draw on."""
    total: dict[str, int] = {}
    for id, units in wanted.items():
        for part, each in known[id].items():
            total[part] = total.get(part, 0) + units * each
    return {id: units for id, units in total.items() if units > 0}


def shortages(known: Recipes, wanted: Wanted, shelves: Mapping[str, Shelf]) -> dict[str, int]:
    """Return how many of each can be had where that is fewer than wanted; the first come first."""
    left = {id: shelf.open for id, shelf in shelves.items()}
    short: dict[str, int] = {}
    for id, units in wanted.items():
        possible = min(left.get(part, 0) // each for part, each in known[id].items())
        got = min(units, possible)
        if got < units:
            short[id] = got
        for part, each in known[id].items():
            left[part] = left.get(part, 0) - got * each
    return short


async def lock(uow: UnitOfWork, variant_ids: Iterable[str]) -> None:
    """Wait until nobody else changes what there is of these; everyone locks in the same order."""
    rows = select(Stock.id).where(Stock.id.in_(list(variant_ids)))
    await uow.session.execute(rows.order_by(collate(Stock.id, "C")).with_for_update())


async def shelves(
    session: AsyncSession, variant_ids: Iterable[str], now: datetime, checkout_id: str = ""
) -> dict[str, Shelf]:
    """Add up lots and reservations. Under the lock it must be a statement of its own.

    One that waits for a lock sees, once it has it, other tables as they were before.
    """
    rows = await session.execute(COUNTED, _asked(variant_ids, now, checkout_id))
    return {id: Shelf(units, others, before, mine) for id, units, others, before, mine in rows}


@dataclass(frozen=True)
class Keeping:
    """What a checkout's reservation is to be from now on; without parts there is none."""

    checkout_id: str
    parts: Wanted = field(default_factory=dict)
    until: datetime | None = None


NO_CHANGE = Keeping("")


async def renew(uow: UnitOfWork, variant_ids: Iterable[str], keeping: Keeping = NO_CHANGE) -> None:
    """Write a reservation and the sums of these variants, and tell which of them fell low.

    One statement: others wait for the lock meanwhile. Its parts see tables as they were before,
    so the reservation counts as it is to be, and the sums are of the others'.
    """
    await uow.session.flush()
    now = uow.now()
    mine = case(dict(keeping.parts), value=Stock.id, else_=0) if keeping.parts else literal(0)
    until = case((mine > 0, literal(keeping.until, DateTime(timezone=True))), else_=None)
    reserved = SUMS.c.others + mine
    low = SUMS.c.units - reserved <= Stock.low_stock_at
    written = (
        update(Stock)
        .where(Stock.id == SUMS.c.id)
        .values(
            on_hand=SUMS.c.units,
            fresh_until=SUMS.c.fresh_until,
            reserved=reserved,
            held_until=func.least(SUMS.c.held_until, until),
            low_since=case((low, func.coalesce(Stock.low_since, now)), else_=None),
        )
        .returning(Stock.id, Stock.low_since)
        .add_cte(*_kept(keeping, now))
        .execution_options(synchronize_session=False)
    )
    asked = _asked(variant_ids, now, keeping.checkout_id)
    for id, low_since in (await uow.session.execute(written, asked)).all():
        if low_since == now:
            uow.send(StockLow(LOW_TOPIC, id))


def _kept(keeping: Keeping, now: datetime) -> list[CTE]:
    if keeping is NO_CHANGE:
        return []
    if not keeping.parts:
        gone = delete(Reservation).where(Reservation.id == keeping.checkout_id)
        return [gone.cte("gone")]
    row = insert(Reservation).values(
        id=keeping.checkout_id, expires_at=keeping.until, is_extended=False
    )
    # Of a reservation that lapsed nothing is left, and the new one may be extended again.
    live = Reservation.expires_at > now
    extended = case((live, Reservation.is_extended), else_=False)
    kept = row.on_conflict_do_update(
        index_elements=["id"], set_={"expires_at": keeping.until, "is_extended": extended}
    )
    own = {"reservation_id": keeping.checkout_id}
    lines = insert(ReservationLine).values(
        [
            {**own, "id": new_id("rsl"), "variant_id": id, "quantity": units}
            for id, units in keeping.parts.items()
        ]
    )
    filled = lines.on_conflict_do_update(
        index_elements=["reservation_id", "variant_id"],
        set_={"quantity": lines.excluded.quantity},
    )
    others = ReservationLine.variant_id.not_in(list(keeping.parts))
    emptied = delete(ReservationLine).where(
        ReservationLine.reservation_id == keeping.checkout_id, others
    )
    return [kept.cte("kept"), filled.cte("filled"), emptied.cte("emptied")]


def _asked(variant_ids: Iterable[str], now: datetime, checkout_id: str) -> dict[str, object]:
    return {"variant_ids": list(variant_ids), "checkout": checkout_id, **at(now)}


def _added_up() -> Subquery:
    stock, units, reservation = aliased(Stock), ReservationLine.quantity, Reservation.id
    mine = reservation == CHECKOUT
    lots = (
        select(
            func.coalesce(func.sum(StockLot.on_hand), 0).label("units"),
            func.min(StockLot.expires_on).label("fresh_until"),
        )
        .where(StockLot.variant_id == stock.id, StockLot.on_hand > 0)
        .where(StockLot.expires_on > DAY)
        .lateral("lots")
    )
    held = (
        select(
            func.coalesce(func.sum(units).filter(~mine), 0).label("others"),
            # Ids sort by age.
            func.coalesce(func.sum(units).filter(reservation < CHECKOUT), 0).label("before"),
            func.coalesce(func.sum(units).filter(mine), 0).label("mine"),
            func.min(Reservation.expires_at).filter(~mine).label("held_until"),
        )
        .select_from(ReservationLine)
        .join(Reservation, reservation == ReservationLine.reservation_id)
        .where(ReservationLine.variant_id == stock.id, Reservation.expires_at > NOW)
        .lateral("held")
    )
    query = select(stock.id, lots, held).select_from(stock)
    query = query.join(lots, true()).join(held, true())
    return query.where(stock.id.in_(VARIANTS)).subquery("sums")


# Made once, and asked with parameters.
CHECKOUT: BindParameter[str] = bindparam("checkout", type_=Reservation.id.type)
VARIANTS: BindParameter[list[str]] = bindparam("variant_ids", expanding=True)
SUMS = _added_up()
COUNTED = select(SUMS.c.id, SUMS.c.units, SUMS.c.others, SUMS.c.before, SUMS.c.mine)
