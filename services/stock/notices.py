"""Customers who wait for a variant to be back."""

from sqlalchemy import Select, delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import NotFound
from core.i18n import Text
from core.idempotency import once
from core.ids import is_id, new_id
from core.outbox import UnitOfWork
from core.viewer import Viewer
from models.catalogue import Product, Stock, Variant
from models.stock import RestockNotice
from services import notification
from services.account.erase import wipes
from services.stock.sums import SELLABLE, at

BATCH = 50


async def notice(uow: UnitOfWork, viewer: Viewer, variant_id: str, key: str) -> RestockNotice:
    """Have the viewer told, once, when a variant can be bought; asking again changes nothing.

    Raises NotFound, InvalidInput, IdempotencyConflict.
    """

    async def work() -> str:
        known = is_id(variant_id) and await uow.session.scalar(
            select(Variant.id)
            .join(Product, Product.id == Variant.product_id)
            .where(Variant.id == variant_id, Variant.active, Product.active)
        )
        if not known:
            raise NotFound("input.variantId")
        own = {"customer_id": viewer.id, "variant_id": variant_id}
        row = insert(RestockNotice).values(id=new_id("rst"), created_at=uow.now(), **own)
        same = row.on_conflict_do_update(
            index_elements=["customer_id", "variant_id"], set_={"variant_id": variant_id}
        )
        return str(await uow.session.scalar(same.returning(RestockNotice.id)))

    request = {"variant_id": variant_id}
    id = await once(uow, viewer, "restockNotice", key, request, work)
    # Shown as it was also when the customer has been told since, and the row is gone.
    return RestockNotice(id=id, customer_id=viewer.id, variant_id=variant_id)


async def mine(session: AsyncSession, viewer: Viewer, ids: list[str]) -> list[RestockNotice]:
    """Return those of these notices that are the viewer's."""
    rows = select(RestockNotice).where(
        RestockNotice.id.in_(ids), RestockNotice.customer_id == viewer.customer_id
    )
    return list(await session.scalars(rows))


@wipes
async def _waits(uow: UnitOfWork, customer_id: str) -> int:
    gone = delete(RestockNotice).where(RestockNotice.customer_id == customer_id)
    return len((await uow.session.execute(gone.returning(1))).all())


def back() -> Select[str, Text]:
    """Ask for what is waited for and can be bought now; run it with the parameters of `at`."""
    waited_for = exists().where(RestockNotice.variant_id == Variant.id)
    return (
        select(Variant.id, Variant.name)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(Stock, Stock.id == Variant.id)
        .where(waited_for, Variant.active, Product.active, SELLABLE > 0)
    )


async def tell_restocked(uow: UnitOfWork) -> int:
    """Tell some of those who wait for what can be bought now, and return how many."""
    found = await uow.session.execute(back(), at(uow.now()))
    names = {row.id: row.name for row in found}
    if not names:
        return 0
    some = (
        select(RestockNotice.id)
        .where(RestockNotice.variant_id.in_(names))
        .order_by(RestockNotice.customer_id, RestockNotice.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    gone = delete(RestockNotice).where(RestockNotice.id.in_(some.scalar_subquery()))
    told = (
        await uow.session.execute(
            gone.returning(RestockNotice.customer_id, RestockNotice.variant_id)
        )
    ).all()
    # In the order of customers, as two relays would otherwise wait for each other.
    for customer_id, id in sorted(told):
        await notification.notify(uow, customer_id, "RESTOCKED", id, variant=names[id])
    return len(told)
