"""A question to the index in SQL: what meets it, and how well."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Double,
    Float,
    Text,
    and_,
    any_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from models.catalogue import Product
from models.search import SearchEntry, SearchType
from services.catalogue.products import Filter, Listing, conditions
from services.search.understand import Unit, all_of, any_of

# Of D, C, B and A.
WEIGHTS = (0.05, 0.3, 0.5, 1.0)
NAMED, EXACT = 0.02, 1.0
KINDS = {
    kind.value: place / 1_000
    for place, kind in enumerate(
        (SearchType.RECIPE, SearchType.INGREDIENT, SearchType.LORE, SearchType.PRODUCT)
    )
}


@dataclass(frozen=True)
class Criteria:
    """Which entries: those that say every word, or enough of them, or are near in meaning.

    `near` are entries found by meaning. With a filter only products are found, as it is about
    them.
    """

    units: Sequence[Unit]
    listing: Listing
    kinds: Sequence[SearchType] | None = None
    is_strict: bool = True
    near: Sequence[str] = ()

    @property
    def says(self) -> ColumnElement[bool]:
        """Tell whether an entry says what is asked for; all do when nothing is."""
        if not self.units:
            return true()
        if self.is_strict:
            return _says(all_of(self._queries))
        asked = [_says(query) for query in self._queries]
        told = sum((case((one, 1), else_=0) for one in asked), literal(0))
        half = (sum(unit.is_found for unit in self.units) + 1) // 2
        return and_(_says(any_of(self._queries)), told >= max(half, 1))

    @property
    def score(self) -> ColumnElement[float]:
        """Tell how well an entry says it."""
        kind = case(KINDS, value=SearchEntry.kind, else_=0.0)
        if not self.units:
            return cast(kind, Double)
        weights = cast(literal(list(WEIGHTS), ARRAY(Float)), ARRAY(Float(24)))
        rank = func.ts_rank(weights, SearchEntry.terms, _query(any_of(self._queries)))
        whole = " ".join(unit.as_read for unit in self.units)
        named = or_(*(func.lower(SearchEntry.title[at].astext) == whole for at in ("ko", "en")))
        return cast(rank + kind + case((named, EXACT), else_=0.0), Double)

    @property
    def allows(self) -> ColumnElement[bool]:
        """Tell whether an entry is of these kinds, and meets the filter."""
        found: list[ColumnElement[bool]] = []
        if self.kinds is not None:
            found.append(SearchEntry.kind.in_(self.kinds) if self.kinds else false())
        if self.listing.filter != Filter():
            meets = select(1).where(Product.id == SearchEntry.key, *conditions(self.listing))
            drink = SearchEntry.kind == SearchType.PRODUCT
            found.append(and_(drink, exists(meets.correlate(SearchEntry))))
        return and_(true(), *found)

    @property
    def meets(self) -> ColumnElement[bool]:
        """Tell whether an entry is found, by words or by meaning."""
        if not self.near or not self.units:
            return and_(self.allows, self.says)
        return and_(self.allows, or_(self.says, one_of(self.near)))

    @property
    def _queries(self) -> list[str]:
        return [unit.query for unit in self.units]


def one_of(ids: Sequence[str]) -> ColumnElement[bool]:
    """Tell whether an entry is one of these; one statement, however many they are."""
    return SearchEntry.id == any_(literal(list(ids), ARRAY(Text)))


def _says(query: str) -> ColumnElement[bool]:
    return SearchEntry.terms.op("@@")(_query(query))


def _query(query: str) -> ColumnElement[Any]:
    # As a query of its own it is unknown to the planner, which else would rather read the whole
    # table than the index for a word that many say: ten times as slow.
    return select(cast(literal(query, Text), TSQUERY)).scalar_subquery()
