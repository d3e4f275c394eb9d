"""Receipts of erasure as customers see them."""

from datetime import datetime

import strawberry

from models import erasure as models
from schema.base import Node, View
from schema.context import Info
from schema.node import nodes_of
from services import erasure


@strawberry.type
class ErasedStore:
    """How much went from one store."""

    name: str
    """The store: `postgres` counts rows, `objects` files, `keys` encryption keys."""
    objects: int
    """How many were erased there."""


@strawberry.type
class ErasureReceipt(View[models.ErasureReceipt], Node):
    """Proof that something personal is gone: what, when, from where, signed."""

    subject: strawberry.ID
    """The id of what was erased; it no longer opens anything."""
    erased_at: datetime
    """When it was erased."""

    @strawberry.field
    def stores(self) -> list[ErasedStore]:
        """What was erased from where."""
        return [ErasedStore(name=name, objects=count) for name, count in self.row.stores.items()]

    @strawberry.field
    def signature(self, info: Info) -> str:
        """A JWS (EdDSA) of the receipt; verify it with the keys at `/.well-known/jwks.json`."""
        return info.context.tokens.attest(erasure.statement(self.row))


@nodes_of("era")
async def receipts(info: Info, ids: list[str]) -> dict[str, Node]:
    """Find the viewer's own receipts."""
    async with info.context.db.read() as session:
        rows = await erasure.mine(session, info.context.viewer, ids)
    return {row.id: ErasureReceipt.of(row) for row in rows}
