"""Writes node states into the graph, and tells whether two graphs are the same."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, LiteralString

import orjson

from core.graph import Graph
from services.world.projection import NodeState, kinds, named

PAGE = 1_000

type Statement = tuple[LiteralString, Mapping[str, Any]]


async def prepare(graph: Graph) -> None:
    """Make sure that ids are unique and indexed. Raises GraphDown."""
    for label in _labels():
        constraint: LiteralString = f"{label.lower()}_id"
        await graph.write(
            f"CREATE CONSTRAINT {constraint} IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE"
        )


def _labels() -> list[LiteralString]:
    return [named(label) for label in sorted({kind.label for kind in kinds.values()})]


async def put(
    graph: Graph, nodes: Sequence[NodeState], gone: Iterable[tuple[LiteralString, str]]
) -> None:
    """Make these nodes and their outgoing relations as told, at once. Raises GraphDown."""
    statements = [*_deletions(gone), *_nodes(nodes), *_relations(nodes)]
    if statements:
        await graph.write_all(*statements)


def _deletions(gone: Iterable[tuple[LiteralString, str]]) -> list[Statement]:
    ids: dict[LiteralString, list[str]] = defaultdict(list)
    for label, id in gone:
        ids[label].append(id)
    return [
        (f"UNWIND $ids AS id MATCH (n:{named(label)} {{id: id}}) DETACH DELETE n", {"ids": keys})
        for label, keys in ids.items()
    ]


def _nodes(nodes: Sequence[NodeState]) -> list[Statement]:
    rows: dict[LiteralString, list[Any]] = defaultdict(list)
    for node in nodes:
        known = {key: value for key, value in node.properties.items() if value is not None}
        rows[node.label].append({"id": node.id, "properties": {**known, "id": node.id}})
    written: list[Statement] = []
    for label, found in rows.items():
        node_label = named(label)
        written += [
            (
                f"UNWIND $rows AS row MERGE (n:{node_label} {{id: row.id}}) SET n = row.properties",
                {"rows": found},
            ),
            (
                f"UNWIND $ids AS id MATCH (:{node_label} {{id: id}})-[r]->() DELETE r",
                {"ids": [row["id"] for row in found]},
            ),
        ]
    return written


def _relations(nodes: Sequence[NodeState]) -> list[Statement]:
    rows: dict[tuple[LiteralString, ...], dict[tuple[Any, ...], Any]] = defaultdict(dict)
    for node in nodes:
        for relation in node.relations:
            known = {k: v for k, v in relation.properties.items() if v is not None}
            # Facts that follow each other say the same of the same two, each for its own time.
            key = node.id, relation.id, known.get("fact")
            rows[node.label, relation.type, relation.label][key] = {
                "from": node.id,
                "to": relation.id,
                "properties": known,
            }
    return [
        (_relate(named(label), named(type), named(target)), {"rows": list(found.values())})
        for (label, type, target), found in rows.items()
    ]


def _relate(label: LiteralString, type: LiteralString, target: LiteralString) -> LiteralString:
    # A target that is not projected yet is made without properties; its own change fills it.
    return (
        f"UNWIND $rows AS row MATCH (a:{label} {{id: row.from}}) "
        f"MERGE (b:{target} {{id: row.to}}) CREATE (a)-[r:{type}]->(b) SET r = row.properties"
    )


async def wipe(graph: Graph) -> None:
    """Delete every node and relation. Raises GraphDown."""
    while True:
        deleted = await graph.write(
            "MATCH (n) WITH n LIMIT 1000 DETACH DELETE n RETURN count(*) AS nodes"
        )
        if not deleted or not deleted[0]["nodes"]:
            return


async def is_empty(graph: Graph) -> bool:
    """Tell whether there is no node at all. Raises GraphDown."""
    return not await graph.write("MATCH (n) RETURN n.id AS id LIMIT 1")


async def graph_hash(graph: Graph) -> str:
    """Return one hash over every node and relation, whatever order the graph keeps them in."""
    lines: list[bytes] = []
    for label in _labels():
        lines += await _digests(graph, _nodes_of(label))
        lines += await _digests(graph, _outgoing_of(label))
    return hashlib.sha256(b"".join(sorted(lines))).hexdigest()


def _nodes_of(label: LiteralString) -> LiteralString:
    return (
        f"MATCH (n:{label}) WHERE n.id > $after WITH n ORDER BY n.id LIMIT $limit "
        "RETURN n.id AS id, labels(n) AS labels, properties(n) AS properties"
    )


def _outgoing_of(label: LiteralString) -> LiteralString:
    return (
        f"MATCH (n:{label}) WHERE n.id > $after WITH n ORDER BY n.id LIMIT $limit "
        "OPTIONAL MATCH (n)-[r]->(m) RETURN n.id AS id, type(r) AS type, "
        "labels(m) AS labels, m.id AS target, properties(r) AS properties"
    )


async def _digests(graph: Graph, query: LiteralString) -> list[bytes]:
    after, found = "", []
    while True:
        rows = await graph.write(query, after=after, limit=PAGE)
        for row in rows:
            text = orjson.dumps([query, dict(row)], option=orjson.OPT_SORT_KEYS)
            found.append(hashlib.sha256(text).digest())
        last = max((row["id"] for row in rows), default="")
        if not rows or last <= after:
            return found
        after = last
