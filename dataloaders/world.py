"""Relations of the world, a level at a time: one Cypher query, or one hop in Postgres."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import Any, LiteralString

from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.dataloader import DataLoader

from core.db import Base
from core.graph import GraphDown
from dataloaders.base import LoaderSet, many
from models.catalogue import Pairing, Product
from models.world import Character, Ingredient, Lore
from services.world import Link, from_doc, reads

MODELS: Mapping[str, type[Base]] = {
    "Product": Product,
    "Ingredient": Ingredient,
    "Lore": Lore,
    "Character": Character,
    "Pairing": Pairing,
}

# Row W2: what one key may show of a relation.
MAX_LINKS = 200

# At most so many ends of each key; rows of the far end come once each, however many keys they
# belong to.
TAIL: LiteralString = """ RETURN r, b ORDER BY r.position, b.id LIMIT $most }
WITH b, collect([a.id, r.position, r.share]) AS links
RETURN b.id AS id, b.doc AS doc, labels(b) AS labels, links
"""

type Links = dict[str, list[Link[Any]]]
type OneHop = Callable[[AsyncSession, list[str]], Awaitable[Links]]


def walk(
    label: LiteralString,
    hop: LiteralString,
    one_hop: OneHop,
    order: Callable[[Link[Any]], Any],
) -> cached_property[DataLoader[str, list[Link[Any]]]]:
    """Follow a relation from nodes of this label over `r` to `b`; in the given order."""
    start: LiteralString = f"UNWIND $ids AS id MATCH (a:{label} {{id: id}})"
    query: LiteralString = f"{start} CALL (a) {{ OPTIONAL MATCH (a){hop} {TAIL}"

    async def batch(self: LoaderSet, ids: list[str]) -> Links:
        found, missing = await _from_graph(self, query, ids)
        if missing:
            async with self.db.read() as session:
                found.update(await one_hop(session, missing))
        return {
            id: sorted((link for link in links if link.row.active), key=order)[:MAX_LINKS]
            for id, links in found.items()
        }

    return many(batch)


async def _from_graph(
    loaders: LoaderSet, query: LiteralString, ids: list[str]
) -> tuple[Links, list[str]]:
    """Return what the graph knows, and the ids for which Postgres has to be asked."""
    try:
        records = await loaders.graph.read(query, ids=ids, most=MAX_LINKS)
    except GraphDown:
        loaders.degraded.add("world")
        return {}, ids
    found: Links = defaultdict(list)
    unseen = set(ids)
    pending: set[str] = set()
    for record in records:
        keys = {key for key, _, _ in record["links"]}
        unseen -= keys
        if record["id"] is None:
            continue
        if record["doc"] is None:
            pending |= keys
            continue
        row = from_doc(MODELS[record["labels"][0]], record["doc"])
        for key, position, share in record["links"]:
            found[key].append(Link(row, position or 0, share))
    # A node that is not projected yet, or points to one, must not look as if it had no relations.
    late = unseen | pending
    return {id: links for id, links in found.items() if id not in late}, sorted(late)


def _in_order(link: Link[Any]) -> tuple[int, str]:
    return link.position, link.row.id


def _as_listed(link: Link[Any]) -> tuple[int, str]:
    return link.row.position, link.row.id


class WorldLoaders(LoaderSet):
    """What is related to what."""

    ingredients_of = walk(
        "Product",
        "-[r:HAS_INGREDIENT]->(b:Ingredient)",
        reads.ingredients_of,
        _in_order,
    )
    related_to = walk(
        "Product",
        "-[r:RELATED_TO]->(b:Product)",
        reads.related_to,
        _in_order,
    )
    pairings_of = walk(
        "Product",
        "-[r:PAIRS_WITH]->(b:Pairing)",
        reads.pairings_of,
        _in_order,
    )
    lore_of_product = walk(
        "Product",
        "-[r:FEATURES_IN_LORE]->(b:Lore)",
        reads.lore_about,
        _as_listed,
    )
    lore_of_ingredient = walk(
        "Ingredient",
        "-[r:FEATURES_IN_LORE]->(b:Lore)",
        reads.lore_about,
        _as_listed,
    )
    subjects_of = walk(
        "Lore",
        "<-[r:FEATURES_IN_LORE]-(b)",
        reads.subjects_of,
        _in_order,
    )
    knowers_of = walk(
        "Lore",
        "<-[r:KNOWS_ABOUT]-(b:Character)",
        reads.knowers_of,
        _in_order,
    )
    lore_known_by = walk(
        "Character",
        "-[r:KNOWS_ABOUT]->(b:Lore)",
        reads.lore_known_by,
        _as_listed,
    )
