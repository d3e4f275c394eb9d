"""Taps: what a customer says of drinks, which moves their interest in each (PRODUCT 78)."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from core.errors import InvalidInput, NotFound, TokenInvalid
from core.i18n import Text
from core.idempotency import once
from core.ids import is_id, new_id
from core.outbox import UnitOfWork
from core.settings import Settings
from core.viewer import Viewer
from models.account import Customer
from models.catalogue import Product
from models.taste import Liking, TasteRating
from services import world
from services.account import wipes

MOST = 50
# How much more, or less, they care for it by saying so.
MOVES: Mapping[Liking, float] = {Liking.DISLIKES: -1.0, Liking.NEUTRAL: 0.0, Liking.LIKES: 0.6}
BAD_NUMBER: Text = {
    "ko": f"술을 1~{MOST}가지 평가해 주세요.",
    "en": f"Rate between 1 and {MOST} drinks.",
}
TWICE: Text = {
    "ko": "같은 술을 두 번 평가할 수 없습니다.",
    "en": "A drink can be rated only once in a request.",
}


async def rate(
    uow: UnitOfWork,
    settings: Settings,
    viewer: Viewer,
    ratings: Sequence[tuple[str, Liking]],
    idempotency_key: str,
) -> Customer:
    """Keep what the viewer says of drinks, and move what they care for.

    What they said before of the same drink is replaced; saying the same again moves nothing.
    Raises InvalidInput, NotFound, IdempotencyConflict.
    """
    told = dict(ratings)
    if not 1 <= len(ratings) <= MOST:
        raise InvalidInput("input.ratings", BAD_NUMBER)
    if len(told) < len(ratings):
        raise InvalidInput("input.ratings", TWICE)

    async def work() -> str:
        await _known(uow.session, ratings)
        # In one order, or two requests wait for each other's rows.
        for product_id in sorted(told):
            await _rate(uow, settings, viewer.id, product_id, told[product_id])
        return viewer.id

    request = {"ratings": {id: liking.value for id, liking in told.items()}}
    customer = await uow.session.get(Customer, viewer.id, with_for_update=True)
    if customer is None or customer.erased_at is not None:
        raise TokenInvalid
    await once(uow, viewer, "rateTaste", idempotency_key, request, work)
    return customer


async def _known(session: AsyncSession, ratings: Sequence[tuple[str, Liking]]) -> None:
    ids = [id for id, _ in ratings if is_id(id)]
    known = set(
        await session.scalars(select(Product.id).where(Product.id.in_(ids), Product.active))
    )
    for at, (id, _) in enumerate(ratings):
        if id not in known:
            raise NotFound(f"input.ratings.{at}.productId")


async def _rate(
    uow: UnitOfWork, settings: Settings, customer_id: str, product_id: str, liking: Liking
) -> None:
    mine = select(TasteRating.liking).where(
        TasteRating.customer_id == customer_id, TasteRating.product_id == product_id
    )
    before = await uow.session.scalar(mine)
    row = insert(TasteRating).values(
        id=new_id("tst"),
        customer_id=customer_id,
        product_id=product_id,
        liking=liking,
        rated_at=uow.now(),
    )
    anew = {"liking": liking, "rated_at": uow.now()}
    keys: list[InstrumentedAttribute[str]] = [TasteRating.customer_id, TasteRating.product_id]
    await uow.session.execute(row.on_conflict_do_update(index_elements=keys, set_=anew))
    if before is not liking and MOVES[liking]:
        await world.interest(uow, settings, customer_id, product_id, MOVES[liking])


async def ratings(session: AsyncSession, customer_id: str) -> list[tuple[TasteRating, Product]]:
    """Return what a customer said of drinks, the newest first; what is sold no more is left out."""
    rows = (
        select(TasteRating, Product)
        .join(Product, Product.id == TasteRating.product_id)
        .where(TasteRating.customer_id == customer_id, Product.active)
        .order_by(TasteRating.rated_at.desc(), TasteRating.id.desc())
        .limit(2 * MOST)
    )
    return [(rating, product) for rating, product in await session.execute(rows)]


@wipes
async def _taps(uow: UnitOfWork, customer_id: str) -> int:
    gone = delete(TasteRating).where(TasteRating.customer_id == customer_id)
    return len((await uow.session.scalars(gone.returning(TasteRating.id))).all())
