"""What may be recommended as it is scored: kept in the process, and read anew when it changes.

Nothing of it decides what somebody may not have: that is asked of the rows, each time.
"""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import Database
from core.i18n import Text
from models.catalogue import Pairing, Product
from models.search import SearchEntry
from services.search import lexicon
from services.search.lexicon import EMPTY, Lexicon

KEEP_SECONDS = 10.0
VERSION = select(func.max(SearchEntry.changed_at), func.count(SearchEntry.id))
NUMBER = select(func.count(Product.id)).where(Product.active)
DRINKS = select(
    Product.id,
    Product.name,
    Product.category,
    Product.abv,
    Product.tasting,
    Product.story_tags,
    Product.channels,
    Product.pairing_ids,
    Product.released_on,
).where(Product.active)


@dataclass(frozen=True)
class Drink:
    """What a drink is scored by; `released` is a day's ordinal, 0 where nobody knows."""

    id: str
    name: Text
    category: str
    abv: float
    tasting: Mapping[str, float]
    tags: frozenset[str]
    channels: frozenset[str]
    pairings: frozenset[str] = frozenset()
    released: int = 0


@dataclass(frozen=True)
class Shelf:
    """Every drink by its id; `version` names this state of them."""

    drinks: Mapping[str, Drink] = field(default_factory=dict)
    dishes: Mapping[str, Text] = field(default_factory=dict)
    lexicon: Lexicon = EMPTY
    version: str = ""

    @cached_property
    def here(self) -> dict[str, list[Drink]]:
        """The drinks of each channel."""
        found: dict[str, list[Drink]] = {}
        for drink in self.drinks.values():
            for channel in drink.channels:
                found.setdefault(channel, []).append(drink)
        return found

    @cached_property
    def ranges(self) -> dict[str, tuple[float, float]]:
        """How little and how much there is of each taste."""
        found: dict[str, list[float]] = {}
        for drink in self.drinks.values():
            for name, score in drink.tasting.items():
                found.setdefault(name, []).append(score)
        return {name: (min(scores), max(scores)) for name, scores in found.items()}

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The categories, and what each is called in Korean."""
        found = {drink.category for drink in self.drinks.values()}
        return {kind: self.lexicon.label(kind)["ko"] for kind in sorted(found)}

    def has(self, drink: Drink, taste: str) -> float:
        """Tell how much a drink has of a taste beside the others, 0 to 1."""
        low, high = self.ranges.get(taste, (0.0, 0.0))
        return (drink.tasting.get(taste, low) - low) / (high - low) if high > low else 0.0

    def of(self, channel_id: str) -> list[Drink]:
        """Return the drinks of a channel."""
        return self.here.get(channel_id, [])


@dataclass
class _Kept:
    shelf: Shelf
    seen: tuple[object, ...]
    read_at: float


_shelves: WeakKeyDictionary[Database, _Kept] = WeakKeyDictionary()


async def shelf_of(db: Database) -> Shelf:
    """Return the drinks of a database; ten seconds old at most, save what only prices change."""
    kept = _shelves.get(db)
    if kept and time.monotonic() - kept.read_at < KEEP_SECONDS:
        return kept.shelf
    async with db.read() as session:
        row = (await session.execute(VERSION)).one()
        seen = (*row, await session.scalar(NUMBER))
        if kept is None or kept.seen != seen:
            kept = _Kept(await _read(session), seen, 0.0)
    kept.read_at = time.monotonic()
    _shelves[db] = kept
    return kept.shelf


async def _read(session: AsyncSession) -> Shelf:
    rows = await session.execute(DRINKS.order_by(Product.position, Product.id))
    drinks = {row.id: _drink(row) for row in rows}
    dishes = await session.execute(select(Pairing.id, Pairing.name).where(Pairing.active))
    known = dict(dishes.all())
    said = [
        [d.id, d.tasting, d.category, d.abv, sorted(d.tags), sorted(d.pairings)]
        for d in drinks.values()
    ]
    version = hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
    return Shelf(drinks, known, await lexicon.read(session), version)


def _drink(row: Any) -> Drink:
    return Drink(
        id=row.id,
        name=row.name,
        category=row.category,
        abv=row.abv,
        tasting=row.tasting,
        tags=frozenset(row.story_tags),
        channels=frozenset(row.channels),
        pairings=frozenset(row.pairing_ids),
        released=row.released_on.toordinal() if row.released_on else 0,
    )
