"""What documents propose, and what people decide of it."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import strawberry
from sqlalchemy import select

from core.db import Base
from core.pages import Page
from dataloaders import Loaders
from models import fact as models
from models.fact import ProposalStatus
from models.world import LoreTruth, WorldRelation
from schema.base import Node, View, related
from schema.context import Info
from schema.errors import IdempotencyConflict, InvalidInput, NotFound
from schema.fact import READ, Fact, object_key, shown_if, subject_key
from schema.node import nodes_of
from schema.pagination import Connection
from schema.walk import WorldNode, shown
from services import world
from services.world import DocumentFault

strawberry.enum(ProposalStatus)
strawberry.enum(DocumentFault)


@strawberry.type
class FactProposal(View[models.FactProposal], Node):
    """A fact that a document proposes; nobody believes it before a person accepts it."""

    predicate: str
    """What is told of the subject; of a relation, its name."""
    value: str
    """What it is; of a relation, the id of where it leads. Text of a document: never markup."""
    relation: WorldRelation | None
    """How subject and object hang together, where two things are related."""
    line: int
    """The line of the document that says so, from 1."""
    quote: str
    """That line, up to 300 characters. Text of a document: never markup."""
    status: ProposalStatus
    """What became of it."""
    decided_at: datetime | None
    """When a person decided."""
    reason: str | None
    """Why it was refused."""
    subject: WorldNode = related(Loaders.thing, shown, subject_key, "What it is about.")
    object: WorldNode | None = related(
        Loaders.thing, shown_if, object_key, "Where a relation leads; null for others."
    )
    document: "WorldDocument" = related(
        Loaders.document,
        lambda row: WorldDocument.of(row),
        lambda root: root.row.document_id,
        "Where it is from.",
    )
    fact: Fact | None = related(
        Loaders.fact,
        Fact.maybe,
        lambda root: root.row.fact_id,
        "What it became when it was accepted.",
    )


@strawberry.type
class SkippedLine:
    """A line that proposes nothing."""

    line: int
    """Which one, from 1."""
    fault: DocumentFault
    """Why."""
    quote: str
    """The line, up to 300 characters. Text of a document: never markup."""


@strawberry.type
class WorldDocument(View[models.WorldDocument], Node):
    """A document that was read; of its text only these lines are kept."""

    name: str
    """What it is called."""
    media_type: str
    """What it was read as."""
    lines: int
    """How many it has."""
    skipped_count: int
    """How many statements of it propose nothing."""
    created_at: datetime
    """When it was read."""

    @strawberry.field
    def skipped(self) -> list[SkippedLine]:
        """The first 100 of them, and why."""
        return [
            SkippedLine(line=one["line"], fault=DocumentFault(one["fault"]), quote=one["quote"])
            for one in self.row.skipped
        ]

    @strawberry.field
    async def proposals(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Connection[FactProposal]:
        """What it proposes, in its order."""
        return await proposals(info, Page(first, after), document_id=self.row.id)


@nodes_of("prp")
async def proposals_by_id(info: Info, ids: list[str]) -> dict[str, Any]:
    """Find proposals, for staff that may read them."""
    return await _found(info, ids, models.FactProposal, FactProposal.of)


@nodes_of("doc")
async def documents_by_id(info: Info, ids: list[str]) -> dict[str, Any]:
    """Find documents, for staff that may read them."""
    return await _found(info, ids, models.WorldDocument, WorldDocument.of)


async def _found(
    info: Info, ids: list[str], model: type[Base], show: Callable[[Any], Any]
) -> dict[str, Any]:
    if READ not in info.context.viewer.permissions:
        return {}
    async with info.context.db.read() as session:
        rows = await session.scalars(select(model).where(model.id.in_(ids)))
    return {row.id: show(row) for row in rows}


async def proposals(
    info: Info, page: Page, status: ProposalStatus | None = None, document_id: str | None = None
) -> Connection[FactProposal]:
    """Show a page of proposals."""
    context = info.context
    async with context.db.read() as session:
        rows = await world.decide.page(session, page, status, document_id)

    async def count() -> int:
        async with context.db.read() as session:
            return await world.decide.count(session, status, document_id)

    return Connection[FactProposal].of(rows, page, FactProposal.of, count)


@strawberry.input
class IngestDocumentInput:
    """A document to be read for facts."""

    name: str
    """What it is called, 1 to 200 characters: the source of what is accepted."""
    media_type: str
    """`text/markdown`, `application/json` or `text/csv`."""
    content: str
    """Its text, up to 131,072 bytes, 5,000 lines and 500 statements."""
    idempotency_key: str
    """A key of your making: the same request sent again with it changes nothing."""

    def told(self) -> world.Document:
        """Return the document."""
        return world.Document(self.name, self.media_type, self.content)


@strawberry.input
class AcceptFactInput:
    """A proposal that is to be believed."""

    proposal_id: strawberry.ID
    """Which one."""
    truth: LoreTruth
    """How much of it happened: documents do not say."""
    source: str | None = None
    """Where it is from; the document and its line if left out."""
    valid_from: datetime | None = None
    """From when on it is believed; now if left out."""
    supersedes_id: strawberry.ID | None = None
    """The fact whose place it takes."""
    idempotency_key: str
    """A key of your making: the same request sent again with it changes nothing."""

    def warrant(self) -> world.Warrant:
        """Return what stands behind it."""
        return world.Warrant(self.truth, self.source or "", self.valid_from, self.supersedes_id)


IngestDocumentResult = Annotated[
    WorldDocument | InvalidInput | IdempotencyConflict,
    strawberry.union("IngestDocumentResult"),
]
RejectFactResult = Annotated[
    FactProposal | InvalidInput | NotFound, strawberry.union("RejectFactResult")
]
