"""The root fields that find anything by its id."""

import strawberry

from core.errors import BadInput
from core.pages import MAX_PAGE
from schema.access import public, query
from schema.base import Node
from schema.context import Info
from schema.node import load_nodes


@strawberry.type
class NodeQuery:
    """Anything, by its id."""

    @query(public)
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        """Anything by its id; null when it is not there, or not yours."""
        return (await load_nodes(info, [id]))[0]

    @query(public)
    async def nodes(self, info: Info, ids: list[strawberry.ID]) -> list[Node | None]:
        """Things by their ids, in the order of the ids; null for each that is not there."""
        if len(ids) > MAX_PAGE:
            raise BadInput(argument="ids")
        return await load_nodes(info, ids)
