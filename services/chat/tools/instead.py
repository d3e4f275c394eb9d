"""What Joon offers for a bottle that is gone: he is sorry, a notice, something like it (38)."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.i18n import Text, pick, with_particles
from models.catalogue import Product
from services.catalogue import Availability, Offer
from services.chat.grounding import Piece
from services.chat.scene import Desk, Scene
from services.chat.suggest import Suggestion, suggest
from services.chat.tools.base import Outcome, items, refused

MOST_LIKE = 2
_SORRY: Text = {
    "ko": "죄송합니다, {name}은(는) 지금 품절입니다. 다시 들어오면 알려 드릴 수 있습니다.",
    "en": "I am sorry, {name} is sold out now. I can tell you when it is back.",
}
_INSTEAD: Text = {"ko": " 비슷한 것으로는 이런 술이 있습니다.", "en": " This is like it."}


def is_gone(offers: Sequence[Offer]) -> bool:
    """Tell whether a product is sold here, but nothing of it is left."""
    there = [offer for offer in offers if offer.availability is not Availability.NOT_SOLD_HERE]
    return bool(there) and all(offer.sellable <= 0 for offer in there)


async def sold_out(
    desk: Desk, scene: Scene, product: Product, told: Mapping[str, Any], worked: bool
) -> Outcome:
    """Say that it is gone, and what is like it; no card of it is made."""
    found = await _like(desk, scene, product)
    name = pick(product.name, scene.locale)
    sorry = with_particles(pick(_SORRY, scene.locale).format(name=name))
    message = sorry + (pick(_INSTEAD, scene.locale) if found else "")
    shown = _shown(found)
    output = {"ok": False, **told, "message": message, "items": shown.output["items"]}
    gone = Piece(product.id, "Product", name, sorry)
    return Outcome(output, [gone, *shown.pieces], shown.cards, worked)


async def like_it(desk: Desk, scene: Scene, product: Product) -> Outcome:
    """Show what is like a product, and can be bought."""
    found = await _like(desk, scene, product)
    return _shown(found) if found else refused("nothing like it can be bought here")


async def _like(desk: Desk, scene: Scene, product: Product) -> Sequence[Suggestion]:
    told = await suggest(desk, scene, "", MOST_LIKE + 1, like=product.id)
    return [one for one in told.items if one.piece.id != product.id][:MOST_LIKE]


def _shown(found: Sequence[Suggestion]) -> Outcome:
    pieces = [one.piece for one in found]
    shown = [{**item, "reason": one.reason} for item, one in zip(items(pieces), found, strict=True)]
    cards = [{"type": "product", "product": one.piece.id, "reason": one.reason} for one in found]
    return Outcome({"items": shown}, pieces, cards)
