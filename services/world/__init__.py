"""The world as a graph: what it holds, how it is kept, and one-hop answers without it."""

from services.world import nodes as _nodes  # registers the catalogue's nodes
from services.world.graph import graph_hash, is_empty, prepare
from services.world.project import LAG, lag, project, rebuild
from services.world.projection import NodeState, Relation, doc, from_doc, projects

__all__ = [
    "LAG",
    "NodeState",
    "Relation",
    "_nodes",
    "doc",
    "from_doc",
    "graph_hash",
    "is_empty",
    "lag",
    "prepare",
    "project",
    "projects",
    "rebuild",
]
