"""Finds what a document speaks of: by id, or by a name in Korean or English."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.world.shapes import Thing
from services.world.walk import MODELS

BATCH = 500


def folded(name: str) -> str:
    """Return a name as names are compared: in NFC, small letters, with single spaces."""
    return " ".join(unicodedata.normalize("NFC", name).lower().split())


async def named(session: AsyncSession, names: Iterable[str]) -> Mapping[str, set[Thing]]:
    """Return which things each name may mean; one that is an id means that alone."""
    wanted = sorted({folded(name) for name in names if "\0" not in name} - {""})
    found: dict[str, set[Thing]] = {}
    ids: dict[str, Thing] = {}
    for begin in range(0, len(wanted), BATCH):
        for kind, model in MODELS.items():
            for id, title in await session.execute(_rows(model, wanted[begin : begin + BATCH])):
                ids[id] = Thing(kind, id)
                for name in title.values():
                    found.setdefault(folded(name), set()).add(Thing(kind, id))
    found.update({id: {thing} for id, thing in ids.items() if id in wanted})
    return found


def _rows(model: Any, names: list[str]) -> Any:
    title = model.name if hasattr(model, "name") else model.title
    said = (func.lower(title[locale].astext).in_(names) for locale in ("ko", "en"))
    return select(model.id, title).where(model.active, or_(model.id.in_(names), *said))
