"""Relations of the world, a level at a time: one Cypher query, or one hop in Postgres."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import Any, LiteralString, NamedTuple

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
RETURN b.id AS id, b.doc AS doc, labels(b) AS labels, links"""

type Links = dict[str, list[Link[Any]]]
type OneHop = Callable[[AsyncSession, list[str]], Awaitable[Links]]
type Record = Mapping[str, Any]


class Way(NamedTuple):
    """A relation to follow, by the name of its loader."""

    name: LiteralString
    query: LiteralString


def walk(
    name: LiteralString,
    label: LiteralString,
    hop: LiteralString,
    one_hop: OneHop,
    order: Callable[[Link[Any]], Any],
) -> cached_property[DataLoader[str, list[Link[Any]]]]:
    """Follow a relation from nodes of this label over `r` to `b`; in the given order."""
    start: LiteralString = f"UNWIND ${name} AS id MATCH (a:{label} {{id: id}})"
    query: LiteralString = f"{start} CALL (a) {{ OPTIONAL MATCH (a){hop} {TAIL}, '{name}' AS way"
    way = Way(name, query)

    async def batch(self: "WorldLoaders", ids: list[str]) -> Links:
        found, missing = await _from_graph(self, way, ids)
        if missing:
            async with self.db.read() as session:
                found.update(await one_hop(session, missing))
        return {
            id: sorted((link for link in links if link.row.active), key=order)[:MAX_LINKS]
            for id, links in found.items()
        }

    return many(batch)


async def _from_graph(loaders: "WorldLoaders", way: Way, ids: list[str]) -> tuple[Links, list[str]]:
    """Return what the graph knows, and the ids for which Postgres has to be asked."""
    try:
        records = await loaders.followed.load((way, tuple(ids)))
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

    @cached_property
    def followed(self) -> DataLoader[tuple[Way, tuple[str, ...]], list[Record]]:
        """Ask the graph once for all that one level of a query follows (row W1).

        More than `MAX_BATCH` ends of one relation are asked for in turn.
        """

        async def load(asked: list[tuple[Way, tuple[str, ...]]]) -> list[list[Record]]:
            turns: list[dict[Way, tuple[str, ...]]] = []
            found: dict[tuple[Way, tuple[str, ...]], list[Record]] = {one: [] for one in asked}
            for way, ids in found:
                turn = next((one for one in turns if way not in one), None)
                if turn is None:
                    turns.append(turn := {})
                turn[way] = ids
            for turn in turns:
                for way, records in (await self._asked(turn)).items():
                    found[way, turn[way]] = records
            return [found[one] for one in asked]

        return DataLoader(load_fn=load, cache=False)

    async def _asked(self, turn: Mapping[Way, tuple[str, ...]]) -> dict[Way, list[Record]]:
        # In the same order each time, so that the graph plans each set of them once.
        ways = sorted(turn)
        query: LiteralString = " UNION ALL ".join([way.query for way in ways])
        ids: dict[str, Any] = {way.name: list(turn[way]) for way in ways}
        found: dict[str, list[Record]] = {way.name: [] for way in ways}
        for record in await self.graph.read(query, most=MAX_LINKS, **ids):
            found[record["way"]].append(record)
        return {way: found[way.name] for way in ways}

    ingredients_of = walk(
        "ingredients_of",
        "Product",
        "-[r:HAS_INGREDIENT]->(b:Ingredient)",
        reads.ingredients_of,
        _in_order,
    )
    related_to = walk(
        "related_to",
        "Product",
        "-[r:RELATED_TO]->(b:Product)",
        reads.related_to,
        _in_order,
    )
    pairings_of = walk(
        "pairings_of",
        "Product",
        "-[r:PAIRS_WITH]->(b:Pairing)",
        reads.pairings_of,
        _in_order,
    )
    lore_of_product = walk(
        "lore_of_product",
        "Product",
        "-[r:FEATURES_IN_LORE]->(b:Lore)",
        reads.lore_about,
        _as_listed,
    )
    lore_of_ingredient = walk(
        "lore_of_ingredient",
        "Ingredient",
        "-[r:FEATURES_IN_LORE]->(b:Lore)",
        reads.lore_about,
        _as_listed,
    )
    subjects_of = walk(
        "subjects_of",
        "Lore",
        "<-[r:FEATURES_IN_LORE]-(b)",
        reads.subjects_of,
        _in_order,
    )
    knowers_of = walk(
        "knowers_of",
        "Lore",
        "<-[r:KNOWS_ABOUT]-(b:Character)",
        reads.knowers_of,
        _in_order,
    )
    lore_known_by = walk(
        "lore_known_by",
        "Character",
        "-[r:KNOWS_ABOUT]->(b:Lore)",
        reads.lore_known_by,
        _as_listed,
    )
