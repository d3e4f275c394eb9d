"""The root fields of documents and what they propose."""

import strawberry

from core.pages import Page
from models.fact import ProposalStatus
from schema.access import mutation, query, staff
from schema.context import Info
from schema.fact import READ, WRITE, Fact, LearnFactResult
from schema.pagination import Connection
from schema.proposal import (
    AcceptFactInput,
    FactProposal,
    IngestDocumentInput,
    IngestDocumentResult,
    RejectFactResult,
    WorldDocument,
    proposals,
)
from services import world


@strawberry.type
class ProposalQuery:
    """What documents propose."""

    @query(staff(READ))
    async def proposals(
        self,
        info: Info,
        status: ProposalStatus | None = ProposalStatus.PROPOSED,
        first: int = 20,
        after: str | None = None,
    ) -> Connection[FactProposal]:
        """What documents propose, the oldest first.

        `status`: Only these; null for all.
        """
        return await proposals(info, Page(first, after), status)


@strawberry.type
class ProposalMutation:
    """Reading documents, and deciding."""

    @mutation(staff(WRITE))
    async def ingest_document(self, info: Info, input: IngestDocumentInput) -> IngestDocumentResult:
        """Read a document for facts. It proposes; nothing is believed before a person accepts."""
        async with info.context.begin() as uow:
            row = await world.ingest(uow, info.context.viewer, input.told(), input.idempotency_key)
        return WorldDocument.of(row)

    @mutation(staff(WRITE))
    async def accept_fact(self, info: Info, input: AcceptFactInput) -> LearnFactResult:
        """Believe what a document proposes."""
        async with info.context.begin() as uow:
            row = await world.decide.accept(
                uow,
                info.context.viewer,
                input.proposal_id,
                input.warrant(),
                input.idempotency_key,
            )
        return Fact.of(row)

    @mutation(staff(WRITE))
    async def reject_fact(self, info: Info, id: strawberry.ID, reason: str) -> RejectFactResult:
        """Refuse what a document proposes; doing it twice changes nothing.

        `id`: Which proposal.
        `reason`: Why, 1 to 500 characters.
        """
        async with info.context.begin() as uow:
            row = await world.decide.reject(uow, info.context.viewer, id, reason)
        return FactProposal.of(row)
