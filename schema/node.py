"""`node` and `nodes`: ids of every kind, told apart by their prefix."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence

from core.ids import is_id
from schema.base import Node
from schema.context import Info

type NodeBatch = Callable[[Info, list[str]], Awaitable[Mapping[str, Node]]]

SLUG = ""
kinds: dict[str, NodeBatch] = {}


def nodes_of(prefix: str) -> Callable[[NodeBatch], NodeBatch]:
    """Find nodes with this id prefix by this function; SLUG is for ids without a known one."""

    def bind(batch: NodeBatch) -> NodeBatch:
        kinds[prefix] = batch
        return batch

    return bind


async def load_nodes(info: Info, ids: Sequence[str]) -> list[Node | None]:
    """Return the node of each id, or None where there is none that the viewer may see."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for id in dict.fromkeys(ids):
        if is_id(id):
            prefix = id.partition("_")[0]
            wanted[prefix if prefix in kinds and "_" in id else SLUG].append(id)
    found: dict[str, Node] = {}
    for prefix, batch in wanted.items():
        if prefix in kinds:
            found.update(await kinds[prefix](info, batch))
    return [found.get(id) for id in ids]
