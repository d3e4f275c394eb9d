"""Which texts of the catalogue lack a language (row E9)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import Base
from core.i18n import LOCALES
from models.catalogue import Curated, ReferenceEntry


@dataclass(frozen=True)
class Gap:
    """A text that is missing: of which entry, and where in it."""

    entry_id: str
    field: str


@dataclass(frozen=True)
class TranslationStatus:
    """How much of the catalogue can be read in one language."""

    locale: str
    total: int
    missing: list[Gap]

    @property
    def translated(self) -> int:
        """How many texts are there."""
        return self.total - len(self.missing)


async def translation_status(session: AsyncSession) -> list[TranslationStatus]:
    """Look at every text of every active entry, in each language."""
    texts = [
        (Gap(row.id, field), text)
        for model in _models()
        for row in await session.scalars(select(model).where(model.active).order_by(model.id))
        for field, text in _texts_of(row)
    ]
    return [
        TranslationStatus(
            locale, len(texts), [gap for gap, text in texts if not _has(text, locale)]
        )
        for locale in LOCALES
    ]


def _models() -> list[Any]:
    # Reference entries are shown to nobody yet, and a glossary's key is itself Korean.
    shown = set(Curated.__subclasses__()) - {ReferenceEntry}
    return sorted(
        (model for model in shown if issubclass(model, Base)),
        key=lambda model: model.__tablename__,
    )


def _texts_of(row: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for column in inspect(type(row)).column_attrs:
        yield from _texts(column.key, getattr(row, column.key))


def _texts(path: str, value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict) and value.keys() & set(LOCALES):
        yield path, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _texts(f"{path}.{key}", part)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _texts(f"{path}[{number}]", part)


def _has(text: dict[str, Any], locale: str) -> bool:
    found = text.get(locale)
    return bool(found.strip() if isinstance(found, str) else found)
