"""What the world knows of a customer: what they care for, bought, said, watched, talked about.

It is what the edges of their node are made from (INTERESTED_IN, PURCHASED, WATCHED and
CHATTED_WITH), read where those come from: one trip, as new as the last payment, and there when
the graph is not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Float, Integer, Select, Text, cast, func, literal, null, select, union_all
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from core.settings import Settings
from models.account import CustomerInterest
from models.cameo import CameoJob
from models.catalogue import CameoTemplate, Product
from models.order import Order, OrderLine
from models.people import CustomerChat, CustomerView
from models.taste import Liking, TasteRating
from models.world import Character
from services.world.people import FORGOTTEN, KEPT, faded

CARES_FOR, BOUGHT, WATCHED, TALKED = "cares_for", "bought", "watched", "talked"
LIKES, DISLIKES = Liking.LIKES.value, Liking.DISLIKES.value
KINDS = (BOUGHT, LIKES, DISLIKES, CARES_FOR, WATCHED, TALKED)
# Of each kind what is newest; of what they care for, what says most.
MOST, CARED_FOR, LOOKED_AT = 5, 3, 20


@dataclass(frozen=True)
class Deed:
    """Something that a customer did: `kind` with the product, how often or many, and when last.

    A film's name stands in for a product that it does not show; with characters there is none.
    """

    kind: str
    product_id: str | None
    name: Mapping[str, str]
    times: int
    at: datetime


async def acquaintance(
    session: AsyncSession, settings: Settings, customer_id: str, now: datetime
) -> Sequence[Deed]:
    """Return what is known of a customer, by kind as in KINDS and the newest first."""
    found: dict[str, list[Deed]] = {kind: [] for kind in KINDS}
    scores: dict[str | None, float] = {}
    everything = union_all(*(one.subquery().select() for one in _each(customer_id)))
    for kind, id, name, times, score, at in await session.execute(everything):
        found[kind].append(Deed(kind, id, name, times, at))
        if kind == CARES_FOR:
            scores[id] = faded(score, at, now, settings)
    for deeds in found.values():
        deeds.sort(key=lambda deed: (deed.at, deed.product_id or ""), reverse=True)
    # Who bought it cares for it, and what they said of it goes before what they looked at.
    said = {one.product_id for kind in (BOUGHT, LIKES, DISLIKES) for one in found[kind]}
    cared = [one for one in found[CARES_FOR] if scores[one.product_id] >= FORGOTTEN]
    cared = [one for one in cared if one.product_id not in said]
    cared.sort(key=lambda deed: -scores[deed.product_id])
    found[CARES_FOR] = cared[:CARED_FOR]
    return [deed for deeds in found.values() for deed in deeds]


def _each(customer_id: str) -> list[Select[Any]]:
    said = [_said(customer_id, liking) for liking in (Liking.LIKES, Liking.DISLIKES)]
    did = (one(customer_id) for one in (_cares_for, _bought, _watched, _talked))
    return [*said, *did]


def _row(kind: str, id: Any, name: Any, times: Any, score: Any, at: Any) -> Select[Any]:
    return select(
        literal(kind).label("kind"),
        cast(id, Text).label("id"),
        cast(name, JSONB).label("name"),
        cast(times, Integer).label("times"),
        cast(score, Float).label("score"),
        at.label("at"),
    )


def _cares_for(customer_id: str) -> Select[Any]:
    row = CustomerInterest
    found = _row(CARES_FOR, row.product_id, Product.name, literal(1), row.score, row.changed_at)
    found = found.join(Product, Product.id == row.product_id)
    found = found.where(row.customer_id == customer_id, Product.active)
    return found.order_by(row.changed_at.desc()).limit(LOOKED_AT)


def _bought(customer_id: str) -> Select[Any]:
    units, last = func.sum(OrderLine.quantity - OrderLine.refunded), func.max(Order.paid_at)
    found = _row(BOUGHT, Product.id, Product.name, units, null(), last)
    found = found.select_from(OrderLine).join(Order, Order.id == OrderLine.order_id)
    found = found.join(Product, Product.id == OrderLine.product_id)
    found = found.where(Order.customer_id == customer_id, *KEPT)
    return found.group_by(Product.id).order_by(last.desc()).limit(MOST)


def _watched(customer_id: str) -> Select[Any]:
    row = CustomerView
    name = func.coalesce(Product.name, CameoTemplate.name)
    found = _row(WATCHED, Product.id, name, row.times, null(), row.last_at)
    found = found.select_from(row).join(CameoJob, CameoJob.id == row.cameo_id)
    found = found.join(CameoTemplate, CameoTemplate.id == CameoJob.template_id)
    found = found.outerjoin(Product, Product.id == CameoJob.product_id)
    return found.where(row.customer_id == customer_id).order_by(row.last_at.desc()).limit(MOST)


def _talked(customer_id: str) -> Select[Any]:
    row = CustomerChat
    found = _row(TALKED, null(), Character.name, row.times, null(), row.last_at)
    found = found.join(Character, Character.id == row.character_id)
    return found.where(row.customer_id == customer_id).order_by(row.last_at.desc()).limit(MOST)


def _said(customer_id: str, liking: Liking) -> Select[Any]:
    row = TasteRating
    found = _row(liking.value, row.product_id, Product.name, literal(1), null(), row.rated_at)
    found = found.join(Product, Product.id == row.product_id)
    found = found.where(row.customer_id == customer_id, row.liking == liking, Product.active)
    return found.order_by(row.rated_at.desc()).limit(MOST)
