"""What customers showed that they like: what is learned from, one number for each product."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.settings import Settings
from models.account import Customer, CustomerInterest
from models.order import Order, OrderLine
from models.taste import Liking, TasteRating
from services.world.people import FORGOTTEN, KEPT, faded

# How sure each is: who paid knows best, and an interest of 1 is many looks.
BOUGHT, SAID, INTERESTED = 4.0, 3.0, 2.0
# Of each source the newest, and of each customer what says most.
ROWS, OF_CUSTOMER = 200_000, 50
# Read piece by piece: the worker has other things to do meanwhile.
PIECES = {"yield_per": 1_000}

type Known = dict[str, dict[str, float]]


async def likings(session: AsyncSession, settings: Settings, now: datetime) -> Known:
    """Return how much each customer likes which products: above 0 likes, below dislikes.

    Who was erased is not in it, nor who showed one thing only: it goes together with nothing.
    """
    known: Known = {}
    async for who, what, score, changed in await session.stream(
        _interests(), execution_options=PIECES
    ):
        left = faded(score, changed, now, settings)
        if left >= FORGOTTEN:
            known.setdefault(who, {})[what] = INTERESTED * left
    async for who, what in await session.stream(_bought(), execution_options=PIECES):
        known.setdefault(who, {})[what] = BOUGHT
    async for who, what, liking in await session.stream(_said(), execution_options=PIECES):
        _hear(known.setdefault(who, {}), what, liking)
    return {who: _most(said.items()) for who, said in known.items() if len(said) > 1}


def _hear(known: dict[str, float], product: str, liking: Liking) -> None:
    """What somebody says goes before what they did."""
    match liking:
        case Liking.LIKES:
            known[product] = max(known.get(product, 0.0), SAID)
        case Liking.DISLIKES:
            known[product] = -SAID
        case Liking.NEUTRAL:
            known.pop(product, None)


def _most(said: Iterable[tuple[str, float]]) -> dict[str, float]:
    return dict(sorted(said, key=lambda one: (-abs(one[1]), one[0]))[:OF_CUSTOMER])


def _interests() -> Select[str, str, float, datetime]:
    row = CustomerInterest
    found = select(row.customer_id, row.product_id, row.score, row.changed_at)
    found = found.join(Customer, Customer.id == row.customer_id)
    return found.where(Customer.erased_at.is_(None)).order_by(row.changed_at.desc()).limit(ROWS)


def _bought() -> Select[str, str]:
    """What was paid for and kept."""
    newest = func.max(Order.paid_at)
    return (
        select(Customer.id, OrderLine.product_id)
        .join(Order, Order.customer_id == Customer.id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(Customer.erased_at.is_(None), *KEPT)
        .group_by(Customer.id, OrderLine.product_id)
        .order_by(newest.desc(), Customer.id, OrderLine.product_id)
        .limit(ROWS)
    )


def _said() -> Select[str, str, Liking]:
    row = TasteRating
    found = select(row.customer_id, row.product_id, row.liking)
    found = found.join(Customer, Customer.id == row.customer_id)
    return found.where(Customer.erased_at.is_(None)).order_by(row.rated_at.desc()).limit(ROWS)
