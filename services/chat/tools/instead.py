"""What Joon offers for a bottle that is gone: he is sorry, a notice, something like it (38)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.i18n import Text, pick, with_particles
from models.catalogue import Product
from models.chat import Chat
from services import stock
from services.catalogue import Availability, Offer
from services.chat.grounding import Piece
from services.chat.scene import Desk, Scene
from services.chat.suggest import Suggestion, suggest
from services.chat.tools.base import Outcome, refused, suggested

MOST_LIKE = 2
_SORRY: Text = {
    "ko": "죄송합니다, {name}은(는) 지금 품절입니다. 다시 들어오면 알려 드릴 수 있습니다.",
    "en": "I am sorry, {name} is sold out now. I can tell you when it is back.",
}
_INSTEAD: Text = {"ko": " 비슷한 것으로는 이런 술이 있습니다.", "en": " This is like it."}


async def is_gone(
    session: AsyncSession, scene: Scene, offers: Sequence[Offer], now: datetime
) -> bool:
    """Tell whether a product is sold here, but nothing of it is left.

    What the cart of this chat holds is there for this customer.
    """
    there = [
        offer.variant.id for offer in offers if offer.availability is not Availability.NOT_SOLD_HERE
    ]
    if not there or any(offer.sellable > 0 for offer in offers):
        return False
    cart = await session.scalar(select(Chat.checkout_id).where(Chat.id == scene.chat.id))
    left = await stock.available(session, there, now, checkout_id=cart or "")
    return not any(units > 0 for units in left.values())


async def sold_out(
    desk: Desk, scene: Scene, product: Product, told: Mapping[str, Any], worked: bool
) -> Outcome:
    """Say that it is gone, and what is like it; no card of it is made."""
    found = await _like(desk, scene, product)
    name = pick(product.name, scene.locale)
    sorry = with_particles(pick(_SORRY, scene.locale).format(name=name))
    message = sorry + (pick(_INSTEAD, scene.locale) if found else "")
    shown = suggested(found)
    output = {"ok": False, **told, "message": message, "items": shown.output["items"]}
    gone = Piece(product.id, "Product", name, sorry)
    return Outcome(output, [gone, *shown.pieces], shown.cards, worked)


async def like_it(desk: Desk, scene: Scene, product: Product) -> Outcome:
    """Show what is like a product, and can be bought."""
    found = await _like(desk, scene, product)
    return suggested(found) if found else refused("nothing like it can be bought here")


async def _like(desk: Desk, scene: Scene, product: Product) -> Sequence[Suggestion]:
    told = await suggest(desk, scene, "", MOST_LIKE + 1, like=product.id)
    return [one for one in told.items if one.piece.id != product.id][:MOST_LIKE]
