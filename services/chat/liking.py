"""What is talked about moves what a customer is interested in: a little, once for each reply."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.outbox import UnitOfWork
from core.settings import Settings
from models.catalogue import Product, Variant
from models.chat import Chat, ChatMessage, OrderCard
from models.checkout import CheckoutLine
from services import recommendation, world


async def moved(uow: UnitOfWork, settings: Settings, chat: Chat, reply: ChatMessage) -> None:
    """Move the interest in each drink that a reply told of, suggested or prepared for buying.

    Called as the reply ends, which it does once. Buying moves more, when it is paid for. To hear
    of a drink that they said they do not like makes nobody care for it.
    """
    if not settings.chat_interest:
        return
    told = await _products(uow.session, reply) - await recommendation.disliked(
        uow.session, chat.customer_id
    )
    for product_id in sorted(told):
        await world.interest(uow, settings, chat.customer_id, product_id, settings.chat_interest)


async def _products(session: AsyncSession, reply: ChatMessage) -> set[str]:
    told = {one["id"] for one in reply.citations if one["kind"] == "Product"}
    told |= {part["product"] for part in reply.parts if part["type"] == "product"}
    known = set(await session.scalars(select(Product.id).where(Product.id.in_(told))))
    if cards := [part["card"] for part in reply.parts if part["type"] == "order"]:
        lines = (
            select(Variant.product_id)
            .join(CheckoutLine, CheckoutLine.variant_id == Variant.id)
            .join(OrderCard, OrderCard.checkout_id == CheckoutLine.checkout_id)
            .where(OrderCard.id.in_(cards))
        )
        known |= set(await session.scalars(lines))
    return known
