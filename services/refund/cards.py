"""What gift cards paid, back onto the cards that paid it."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.outbox import UnitOfWork
from models.payment import Refund
from models.promotion import GiftCard, GiftCardMove


async def paid(session: AsyncSession, payment_id: str) -> int:
    """Return what gift cards paid of a payment and did not get back because it failed."""
    references = (f"spent:{payment_id}", f"returned:{payment_id}")
    moved = select(func.coalesce(func.sum(GiftCardMove.delta), 0))
    return -int(await session.scalar(moved.where(GiftCardMove.reference.in_(references))) or 0)


async def give_back(uow: UnitOfWork, payment_id: str, refund_id: str, amount: int) -> None:
    """Raise the balances by the amount, each card by what it paid at most."""
    earlier = select(Refund.id).where(Refund.payment_id == payment_id, Refund.id != refund_id)
    references = [f"refund:{id}" for id in await uow.session.scalars(earlier)]
    of_payment = GiftCardMove.reference.in_([f"spent:{payment_id}", *references])
    moved = select(GiftCardMove.gift_card_id, func.sum(GiftCardMove.delta)).where(of_payment)
    rows = await uow.session.execute(moved.group_by(GiftCardMove.gift_card_id))
    owed = {card_id: -int(delta) for card_id, delta in rows}
    locked = select(GiftCard).where(GiftCard.id.in_(owed)).order_by(GiftCard.id).with_for_update()
    for card in await uow.session.scalars(locked):
        part = min(amount, owed[card.id])
        if part:
            card.balance += part
            move = GiftCardMove(gift_card_id=card.id, delta=part, reference=f"refund:{refund_id}")
            uow.session.add(move)
        amount -= part
