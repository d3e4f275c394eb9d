"""The world as a graph: what it holds, how it is kept, and one-hop answers without it."""

from services.world import nodes as _nodes  # registers the catalogue's nodes
from services.world.graph import graph_hash, is_empty, prepare
from services.world.locks import reason_locked
from services.world.project import LAG, lag, project, rebuild
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

__all__ = [
    "LAG",
    "Link",
    "LoreFilter",
    "NodeState",
    "Relation",
    "_nodes",
    "characters",
    "doc",
    "from_doc",
    "graph_hash",
    "ingredient_count",
    "ingredient_page",
    "is_empty",
    "lag",
    "lore_count",
    "lore_page",
    "prepare",
    "project",
    "projects",
    "reason_locked",
    "rebuild",
]
