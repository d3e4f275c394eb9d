"""Finds entries by their slug, of whatever kind."""

from collections.abc import Mapping, Sequence

from sqlalchemy import literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import Base
from core.ids import is_id
from models import catalogue as models
from models import world

KINDS: Mapping[str, type[models.Curated]] = {
    "channel": models.Channel,
    "product": models.Product,
    "variant": models.Variant,
    "ingredient": world.Ingredient,
    "place": world.Place,
    "lore": world.Lore,
    "character": world.Character,
    "likeness": models.Likeness,
    "template": models.CameoTemplate,
    "ar_experience": models.ArExperience,
    "pairing": models.Pairing,
    "recipe": models.Recipe,
    "farm": models.Farm,
    "batch": models.Batch,
}


async def kinds(session: AsyncSession, ids: Sequence[str]) -> dict[str, list[str]]:
    """Return which of these ids are there, by the kind of thing each is."""
    parts = [
        select(model.id, literal(kind)).where(model.id.in_(ids), model.active)
        for kind, model in KINDS.items()
        if issubclass(model, Base)
    ]
    found: dict[str, list[str]] = {}
    for id, kind in await session.execute(union_all(*parts)):
        found.setdefault(kind, []).append(id)
    return found


async def entry[M: (models.Product, world.Ingredient, world.Lore, world.Character)](
    session: AsyncSession, model: type[M], id: str
) -> M | None:
    """Return the entry of this slug, unless it has left the catalogue."""
    if not is_id(id):
        return None
    return (await session.scalars(select(model).where(model.id == id, model.active))).first()


async def channels(session: AsyncSession) -> list[models.Channel]:
    """Return every market in the order of the catalogue."""
    query = select(models.Channel).where(models.Channel.active)
    return list(await session.scalars(query.order_by(models.Channel.position)))
