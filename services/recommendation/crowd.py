"""What people alike like: the collaborative part of a score."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.recommendation import collaborative
from services.recommendation.person import Person

USUAL, ASIDE = 0.5, 0.2


async def liked(session: AsyncSession, person: Person, products: Sequence[str]) -> dict[str, float]:
    """Return how much those alike like each product, 0 to 1; nothing where nobody is alike."""
    if not person.seeds:
        return {}
    known = await collaborative.scores(session, person.seeds, products)
    return known if any(known.values()) else {}


def usual(
    heat: Mapping[str, float], products: Sequence[str], is_plain: bool = True
) -> dict[str, float]:
    """Return what everybody likes, 0 to 0.5: it says less than what people alike like.

    Still less where something is asked for.
    """
    most, scale = max(heat.values(), default=0.0), USUAL if is_plain else ASIDE
    return {id: scale * heat[id] / most for id in products if id in heat} if most > 0 else {}
