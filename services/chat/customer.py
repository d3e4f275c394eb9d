"""Who the customer is, as the model is told it: likes, deeds, and what the concierge needs.

No name, address or birthday goes to a provider: drinks, days and numbers do.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.i18n import Text, pick
from models.catalogue import Product, Variant
from models.checkout import Checkout, CheckoutLine, CheckoutStatus
from models.order import Order
from services import world
from services.chat.grounding import Piece, flat, numbers
from services.chat.persona import part_of
from services.chat.scene import Desk, Scene

MOST_LINES = 10
_DAY = re.compile(r"\d{4}-(\d{2})-(\d{2})")
_LINES: dict[str, Text] = {
    "bought": {"ko": "산 것: {name} {times}병, {day}", "en": "Bought: {times} of {name}, {day}"},
    "likes": {"ko": "좋다고 한 것: {name}", "en": "Said to like: {name}"},
    "dislikes": {"ko": "싫다고 한 것: {name}", "en": "Said not to like: {name}"},
    "cares_for": {"ko": "관심: {name}", "en": "Cares for: {name}"},
    "watched": {
        "ko": "본 영상: {name} {times}번, {day}",
        "en": "Watched: a film of {name} ({times}×, last {day})",
    },
    "talked": {
        "ko": "이야기한 상대: {name} {times}번, {day}",
        "en": "Talked with: {name} ({times}×, last {day})",
    },
}
_TASTE: Text = {"ko": "취향: {likes}", "en": "Taste: {likes}"}
_CART: Text = {
    "ko": "장바구니: {name} {volume} ml {times}병",
    "en": "In the cart: {times} of {name} {volume} ml",
}
_ORDER: Text = {
    "ko": "마지막 주문: {number}, {status}, {day}",
    "en": "Last order: {number}, {status}, {day}",
}
_NOTHING: Text = {"ko": "기록 없음", "en": "unknown"}


@dataclass(frozen=True)
class _Line:
    """Something that is known, and of which product."""

    text: str
    id: str | None = None
    name: str = ""


@dataclass(frozen=True)
class Known:
    """What is told of the customer, and what an answer may rest on because of it."""

    text: str
    pieces: Sequence[Piece] = ()
    told: frozenset[str] = frozenset()
    """Numbers that may be said of them without a source: there is none to cite."""


async def known_of(session: AsyncSession, desk: Desk, scene: Scene) -> Known:
    """Read who the customer is; their cart and last order are for who sells (PRODUCT 37)."""
    locale, now = scene.locale, desk.now()
    said = [_Line(_say(_TASTE, locale, likes=", ".join(scene.likes)))] if scene.likes else []
    deeds = await world.acquaintance(session, desk.settings, scene.viewer.id, now)
    sells = part_of(scene.character) == "concierge"
    business = await _business(session, scene) if sells else []
    lines = [*said, *(_of_deed(deed, locale) for deed in deeds), *business]
    text = "\n".join(f"{line.text} [{line.id}]" if line.id else line.text for line in lines)
    pieces = [Piece(line.id, "Product", line.name, _spelt(line)) for line in lines if line.id]
    told = frozenset[str]().union(*(numbers(_spelt(line)) for line in lines if not line.id))
    return Known(text or pick(_NOTHING, locale), pieces, told)


def _spelt(line: _Line) -> str:
    """Return a line with its day as people say it: 2026-05-01 is the first of the fifth month."""
    return _DAY.sub(lambda day: f"{day[0]} ({int(day[1])}. {int(day[2])}.)", line.text)


def _of_deed(deed: world.Deed, locale: str) -> _Line:
    name, day = pick(deed.name, locale), f"{deed.at:%Y-%m-%d}"
    text = _say(_LINES[deed.kind], locale, name=name, times=deed.times, day=day)
    return _Line(text, deed.product_id, name)


async def _business(session: AsyncSession, scene: Scene) -> list[_Line]:
    """Return their cart, the one of this chat first, and the last order."""
    lines = [_of_cart(*row, scene.locale) for row in await session.execute(_in_cart(scene))]
    latest = select(Order).where(Order.customer_id == scene.viewer.id).order_by(Order.id.desc())
    if (order := (await session.scalars(latest.limit(1))).first()) is not None:
        day, status = f"{order.placed_at:%Y-%m-%d}", order.status.value
        told = _say(_ORDER, scene.locale, number=order.number, status=status, day=day)
        lines.append(_Line(told))
    return lines


def _of_cart(product: Product, volume: int, units: int, locale: str) -> _Line:
    name = pick(product.name, locale)
    return _Line(_say(_CART, locale, name=name, volume=volume, times=units), product.id, name)


def _in_cart(scene: Scene) -> Select[Product, int, int]:
    mine = select(Checkout.id).where(
        Checkout.customer_id == scene.viewer.id,
        Checkout.channel_id == scene.channel.id,
        Checkout.status == CheckoutStatus.OPEN,
    )
    newest = mine.order_by((Checkout.id == scene.chat.checkout_id).desc(), Checkout.id.desc())
    found = select(Product, Variant.volume_ml, CheckoutLine.quantity).select_from(CheckoutLine)
    found = found.join(Variant, Variant.id == CheckoutLine.variant_id)
    found = found.join(Product, Product.id == Variant.product_id)
    found = found.where(CheckoutLine.checkout_id == newest.limit(1).scalar_subquery())
    return found.order_by(CheckoutLine.id).limit(MOST_LINES)


def _say(line: Text, locale: str, **told: object) -> str:
    return flat(pick(line, locale).format(**told))
