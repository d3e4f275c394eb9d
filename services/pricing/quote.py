"""Quotes, and the codes that people enter."""

import re
import unicodedata
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.promotion import Promotion
from services.pricing.choose import decide
from services.pricing.price import basket_of, price
from services.pricing.read import facts_of
from services.pricing.shapes import Cart, Quote
from services.promotion import PromotionRefusal, PromotionRefused

# As the catalogue lets codes in.
SHAPE = re.compile("[A-Z0-9]{4,32}")


async def quote(session: AsyncSession, cart: Cart, now: datetime) -> Quote:
    """Return what a cart costs now; reads only."""
    return price(cart, await facts_of(session, cart, now))


def clean_code(code: str) -> str:
    """Return a code as it is kept: NFKC, in upper case, without spaces."""
    return "".join(unicodedata.normalize("NFKC", code[:100]).upper().split())


async def check_code(session: AsyncSession, cart: Cart, code: str, now: datetime) -> Promotion:
    """Return the promotion of a code that applies to this cart. Raises PromotionRefused.

    The caller keeps `promotion.code` in the checkout's codes.
    """
    row = await _of_code(session, clean_code(code))
    if row is None or row.code is None or (row.starts_at is not None and row.starts_at > now):
        raise PromotionRefused(PromotionRefusal.UNKNOWN_CODE)
    if row.ends_at is not None and row.ends_at <= now:
        raise PromotionRefused(PromotionRefusal.EXPIRED)
    if cart.channel_id not in row.channels:
        raise PromotionRefused(PromotionRefusal.NOT_IN_CHANNEL)
    asked = replace(cart, codes=tuple(dict.fromkeys((*cart.codes, row.code))))
    facts = await facts_of(session, asked, now)
    verdict = decide(asked, basket_of(asked, facts))
    lacking = [lack for rule, lack in verdict.lacking if rule.id == row.id]
    if any(rule.id == row.id and rule.is_used_up for rule in facts.rules):
        raise PromotionRefused(PromotionRefusal.LIMIT_REACHED)
    if lacking:
        raise PromotionRefused(lacking[0][0].refusal)
    if not any(rule.id == row.id for rule, _ in verdict.choice.amounts):
        raise PromotionRefused(PromotionRefusal.NOT_COMBINABLE)
    return row


async def _of_code(session: AsyncSession, code: str) -> Promotion | None:
    if not SHAPE.fullmatch(code):
        return None
    return await session.scalar(select(Promotion).where(Promotion.code == code, Promotion.active))
