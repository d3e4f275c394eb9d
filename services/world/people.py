"""What people do moves what ties them to the world: interest that fades, talks, films watched."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import NotFound
from core.idempotency import once
from core.ids import is_id, new_id
from core.outbox import GraphChange, UnitOfWork
from core.settings import Settings
from core.viewer import Viewer
from models.account import Customer, CustomerInterest
from models.cameo import CameoJob, CameoStatus
from models.catalogue import Product
from models.order import Order, OrderLine, OrderStatus
from models.people import CustomerChat, CustomerView, InterestMove

# How much more a person cares for a drink, of 1 at the most.
VIEWED, WATCHED, BOUGHT = 0.02, 0.03, 0.3
DIGITS = 6
FORGOTTEN = 0.005
# Lines of orders that were paid for and not given back.
KEPT = (
    Order.paid_at.is_not(None),
    Order.status.not_in((OrderStatus.CANCELED, OrderStatus.REFUNDED)),
    OrderLine.quantity > OrderLine.refunded,
)


@dataclass(frozen=True)
class Interest:
    """How much a customer cares for a product now, 0 to 1."""

    product: Product
    score: float
    changed_at: datetime


def faded(score: float, since: datetime, now: datetime, settings: Settings) -> float:
    """Return what is left of an interest: half of it after each half-life."""
    age = max(timedelta(0), now - since)
    return float(score * 0.5 ** (age / timedelta(days=settings.interest_half_life_days)))


async def interest(
    uow: UnitOfWork,
    settings: Settings,
    customer_id: str,
    product_id: str,
    amount: float,
    at: datetime | None = None,
) -> CustomerInterest:
    """Move a customer's interest in a product by so much, now or as of then.

    What comes late counts as much as it would by now, so that the order does not matter.
    """
    when = at or uow.now()
    row = insert(CustomerInterest).values(
        id=new_id("int"),
        customer_id=customer_id,
        product_id=product_id,
        score=0.0,
        changed_at=when,
        created_at=uow.now(),
    )
    await uow.session.execute(row.on_conflict_do_nothing())
    mine = select(CustomerInterest).where(
        CustomerInterest.customer_id == customer_id, CustomerInterest.product_id == product_id
    )
    locked = mine.with_for_update().execution_options(populate_existing=True)
    known = (await uow.session.scalars(locked)).one()
    latest = max(known.changed_at, when)
    before = faded(known.score, known.changed_at, latest, settings)
    more = faded(amount, when, latest, settings)
    known.score, known.changed_at = round(min(1.0, max(0.0, before + more)), DIGITS), latest
    await uow.session.flush()
    uow.send(GraphChange("customer", customer_id))
    return known


async def interests(
    session: AsyncSession, settings: Settings, customer_id: str, now: datetime, first: int = 20
) -> list[Interest]:
    """Return what a customer cares for now, the most first; what is forgotten is left out."""
    rows = await session.execute(
        select(CustomerInterest, Product)
        .join(Product, Product.id == CustomerInterest.product_id)
        .where(CustomerInterest.customer_id == customer_id, Product.active)
    )
    found = [
        Interest(product, faded(row.score, row.changed_at, now, settings), row.changed_at)
        for row, product in rows
    ]
    cared = [one for one in found if one.score >= FORGOTTEN]
    return sorted(cared, key=lambda one: (-one.score, one.product.id))[:first]


async def chatted(uow: UnitOfWork, customer_id: str, character_id: str) -> None:
    """Note that a customer talked with a character."""
    await _again(uow, CustomerChat, "tlk", customer_id, "character_id", character_id)


async def watched(uow: UnitOfWork, customer_id: str, cameo_id: str) -> None:
    """Note that a customer watched a film."""
    await _again(uow, CustomerView, "vew", customer_id, "cameo_id", cameo_id)


async def _again(
    uow: UnitOfWork,
    model: type[CustomerChat | CustomerView],
    prefix: str,
    customer_id: str,
    column: str,
    key: str,
) -> None:
    values: dict[str, Any] = {"customer_id": customer_id, column: key, "times": 1}
    row = insert(model).values(id=new_id(prefix), **values, last_at=uow.now())
    more = {"times": model.times + 1, "last_at": uow.now()}
    done = row.on_conflict_do_update(index_elements=["customer_id", column], set_=more)
    await uow.session.execute(done)
    uow.send(GraphChange("customer", customer_id))


async def bought(uow: UnitOfWork, settings: Settings, order_id: str) -> None:
    """Move the interest of who paid for an order, once however often this is called."""
    order = await uow.session.get(Order, order_id)
    if order is None or order.paid_at is None or order.customer_id is None:
        return
    customer = await uow.session.get(
        Customer, order.customer_id, with_for_update={"key_share": True}
    )
    if customer is None or customer.erased_at is not None:
        return
    move = insert(InterestMove).values(id=f"order:{order_id}", customer_id=order.customer_id)
    is_new = await uow.session.scalar(move.on_conflict_do_nothing().returning(InterestMove.id))
    if not is_new:
        return
    lines = select(OrderLine.product_id).where(OrderLine.order_id == order_id).distinct()
    for product_id in sorted(await uow.session.scalars(lines)):
        await interest(uow, settings, order.customer_id, product_id, BOUGHT, order.paid_at)


async def view_product(
    uow: UnitOfWork, settings: Settings, viewer: Viewer, product_id: str, idempotency_key: str
) -> Interest:
    """Note that the viewer looked at a product. Raises NotFound, IdempotencyConflict, InvalidInput.

    The same request again moves nothing.
    """
    product = await uow.session.get(Product, product_id) if is_id(product_id) else None
    if product is None or not product.active:
        raise NotFound("productId")

    async def work() -> str:
        return (await interest(uow, settings, viewer.id, product_id, VIEWED)).id

    request = {"product": product_id}
    await once(uow, viewer, "recordProductView", idempotency_key, request, work)
    mine = select(CustomerInterest).where(
        CustomerInterest.customer_id == viewer.id, CustomerInterest.product_id == product_id
    )
    row = (await uow.session.scalars(mine)).one()
    now = faded(row.score, row.changed_at, uow.now(), settings)
    return Interest(product, now, row.changed_at)


async def view_cameo(
    uow: UnitOfWork, settings: Settings, viewer: Viewer, cameo_id: str, idempotency_key: str
) -> CameoJob:
    """Note that the viewer watched a film of theirs.

    Raises NotFound, IdempotencyConflict, InvalidInput. The same request again moves nothing.
    """
    film = await uow.session.get(CameoJob, cameo_id) if is_id(cameo_id) else None
    if film is None or film.customer_id != viewer.customer_id:
        raise NotFound("cameoId")
    if film.status is not CameoStatus.COMPLETED:
        raise NotFound("cameoId")

    async def work() -> str:
        await watched(uow, viewer.id, cameo_id)
        if film.product_id:
            await interest(uow, settings, viewer.id, film.product_id, WATCHED)
        return cameo_id

    await once(uow, viewer, "recordCameoView", idempotency_key, {"cameo": cameo_id}, work)
    return film
