"""The world as a graph: what it holds, how it is kept, and one-hop answers without it."""

from services.world import decide, facts, people
from services.world import fact_nodes as _fact_nodes  # registers what was learned
from services.world import nodes as _nodes  # registers the catalogue's nodes
from services.world.acquaintance import Deed, acquaintance
from services.world.errors import FactConflict
from services.world.facts import Warrant
from services.world.graph import graph_hash, is_empty, prepare
from services.world.ingest import Document, DocumentFault, ingest
from services.world.knowledge import KnowledgePiece, Question, knowledge
from services.world.locks import opened_by, reason_locked
from services.world.path import Near, Way, kind_of, name_of, neighbours, path, rows_of, walker_of
from services.world.people import Interest, chatted, faded, interest, interests, watched
from services.world.project import LAG, lag, owed, project, rebuild, remake
from services.world.projection import NodeState, Relation, doc, from_doc, projects
from services.world.reads import (
    Link,
    LoreFilter,
    characters,
    ingredient_count,
    ingredient_page,
    lore_count,
    lore_page,
)
from services.world.shapes import Step, Thing
from services.world.walk import MAX_HOPS, MAX_NODES, QUERIES, Walker, spread, warm
from services.world.wording import sentence

__all__ = [
    "LAG",
    "MAX_HOPS",
    "MAX_NODES",
    "QUERIES",
    "Deed",
    "Document",
    "DocumentFault",
    "FactConflict",
    "Interest",
    "KnowledgePiece",
    "Link",
    "LoreFilter",
    "Near",
    "NodeState",
    "Question",
    "Relation",
    "Step",
    "Thing",
    "Walker",
    "Warrant",
    "Way",
    "_fact_nodes",
    "_nodes",
    "acquaintance",
    "characters",
    "chatted",
    "decide",
    "doc",
    "facts",
    "faded",
    "from_doc",
    "graph_hash",
    "ingest",
    "ingredient_count",
    "ingredient_page",
    "interest",
    "interests",
    "is_empty",
    "kind_of",
    "knowledge",
    "lag",
    "lore_count",
    "lore_page",
    "name_of",
    "neighbours",
    "opened_by",
    "owed",
    "path",
    "people",
    "prepare",
    "project",
    "projects",
    "reason_locked",
    "rebuild",
    "remake",
    "rows_of",
    "sentence",
    "spread",
    "walker_of",
    "warm",
    "watched",
]
