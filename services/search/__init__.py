"""Search: the index of what there is, and how it is found by words and by meaning."""

from services.search.ask import Criteria
from services.search.facets import Facet, FacetValue, facets, total
from services.search.find import Ask, Found, Hit, Sources, find
from services.search.index import RefreshSearch, due, mend, rebuild, refresh, ring
from services.search.suggest import Suggestion, suggest
from services.search.vectors import Vectors

__all__ = [
    "Ask",
    "Criteria",
    "Facet",
    "FacetValue",
    "Found",
    "Hit",
    "RefreshSearch",
    "Sources",
    "Suggestion",
    "Vectors",
    "due",
    "facets",
    "find",
    "mend",
    "rebuild",
    "refresh",
    "ring",
    "suggest",
    "total",
]
