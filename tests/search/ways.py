"""How tests ask the search."""

from typing import Any

from services.search import Vectors
from services.search import rebuild as indexed
from tests.catalogue.door import Door, ask, told

SEARCH = """
query($text: String!, $types: [SearchType!], $filter: ProductFilter, $first: Int = 20,
      $after: String) {
  search(text: $text, types: $types, filter: $filter, first: $first, after: $after) {
    totalCount correctedText degraded
    facets { field values { value label count } }
    pageInfo { hasNextPage endCursor hasPreviousPage startCursor }
    edges { cursor score snippet node { __typename ... on Product { id name }
      ... on Lore { id title } ... on Ingredient { id name } ... on Recipe { id name } } }
  }
}
"""
SUGGEST = """
query($text: String!, $first: Int = 8) {
  suggestions(text: $text, first: $first) { text hit { __typename ... on Product { id }
    ... on Lore { id } ... on Ingredient { id } ... on Recipe { id } } }
}
"""


async def search(door: Door, text: str, **more: Any) -> Any:
    """Search, and return the whole connection."""
    return (await told(door, SEARCH, text=text, **more))["search"]


def ids(found: Any) -> list[str]:
    """Return what was found, the best first."""
    return [edge["node"]["id"] for edge in found["edges"]]


def facet(found: Any, field: str) -> dict[str, int]:
    """Return the counts of a facet."""
    values = next((one["values"] for one in found["facets"] if one["field"] == field), [])
    return {one["value"]: one["count"] for one in values}


def vectors(door: Door) -> Vectors:
    """What the API of the test has vectors from."""
    host = door.host
    return Vectors(host.settings, host.db, host.bus, host.gateways.embeddings)


async def reindex(door: Door) -> None:
    """Make every entry anew."""
    await indexed(door.begin, vectors(door))


async def suggested(door: Door, text: str, **more: Any) -> list[tuple[str, str | None]]:
    """Return what is suggested: texts, and ids of what they lead to."""
    found = (await told(door, SUGGEST, text=text, **more))["suggestions"]
    return [(one["text"], one["hit"]["id"] if one["hit"] else None) for one in found]


__all__ = ["SEARCH", "SUGGEST", "ask", "facet", "ids", "reindex", "search", "suggested", "vectors"]
