"""How often a promotion was used: counted when paying begins, race-safe (row E7)."""

import hashlib
import hmac
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.ids import new_id
from core.outbox import UnitOfWork
from core.settings import Settings
from models.promotion import Promotion, PromotionUse
from services.promotion.errors import PromotionRefusal, PromotionRefused


@dataclass(frozen=True)
class Used:
    """How often a promotion was used, by all and by one person."""

    total: int = 0
    by_person: int = 0


def person_of(settings: Settings, customer_id: str | None, email: str | None) -> str | None:
    """Return whom limits count for: the customer, else whoever has this address, else nobody."""
    if customer_id or not email:
        return customer_id
    secret = b"person:" + settings.commerce_secret.get_secret_value().encode()
    plain = unicodedata.normalize("NFKC", email).strip().casefold()
    return "email:" + hmac.digest(secret, plain.encode(), hashlib.sha256).hex()


async def use_promotions(
    uow: UnitOfWork, checkout_id: str, person: str | None, promotion_ids: Iterable[str]
) -> None:
    """Count these promotions as used by a checkout, and none that it used before.

    Doing it twice counts once. A limit per customer needs a person. What is no promotion of the
    catalogue (the channel's own free delivery) is passed over. Raises PromotionRefused.
    """
    wanted = Promotion.id.in_(set(promotion_ids))
    rows = list(await uow.session.scalars(select(Promotion).where(wanted).order_by(Promotion.id)))
    mine = PromotionUse.checkout_id == checkout_id
    kept = [row.id for row in rows]
    await uow.session.execute(
        delete(PromotionUse).where(mine, PromotionUse.promotion_id.not_in(kept))
    )
    held = set(await uow.session.scalars(select(PromotionUse.promotion_id).where(mine)))
    for row in rows:
        if row.id not in held:
            await _use(uow, checkout_id, person, row)


async def _use(uow: UnitOfWork, checkout_id: str, person: str | None, row: Promotion) -> None:
    if row.limit_total is not None or row.limit_per_customer is not None:
        await uow.lock("promotion", row.id)
        used = (await used_of(uow.session, [row.id], person, checkout_id)).get(row.id, Used())
        if is_used_up(row, used) or (person is None and row.limit_per_customer is not None):
            raise PromotionRefused(PromotionRefusal.LIMIT_REACHED, "input.checkoutId")
    use = PromotionUse(id=new_id("pus"), promotion_id=row.id, checkout_id=checkout_id)
    use.person = person
    uow.session.add(use)
    await uow.session.flush()


def is_used_up(promotion: Promotion, used: Used) -> bool:
    """Tell whether one more use is too many."""
    limits = ((promotion.limit_total, used.total), (promotion.limit_per_customer, used.by_person))
    return any(limit is not None and times >= limit for limit, times in limits)


async def free_promotions(uow: UnitOfWork, checkout_id: str) -> None:
    """Take back the uses of a checkout that was not paid; doing it twice is fine."""
    mine = PromotionUse.checkout_id == checkout_id
    await uow.session.execute(delete(PromotionUse).where(mine))


async def used_of(
    session: AsyncSession, promotion_ids: list[str], person: str | None, checkout_id: str | None
) -> dict[str, Used]:
    """Return how often these were used, other than by this checkout."""
    by_person = func.count().filter(PromotionUse.person == person)
    query = select(PromotionUse.promotion_id, func.count(), by_person).where(
        PromotionUse.promotion_id.in_(promotion_ids),
        PromotionUse.checkout_id.is_distinct_from(checkout_id),
    )
    rows = await session.execute(query.group_by(PromotionUse.promotion_id))
    return {id: Used(total, own) for id, total, own in rows}
