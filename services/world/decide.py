"""What a person decides of what documents propose."""

from dataclasses import replace

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import InvalidInput, NotFound
from core.i18n import Text
from core.idempotency import once
from core.ids import is_id
from core.outbox import UnitOfWork
from core.pages import Page
from core.viewer import Viewer
from models.fact import Fact, FactProposal, ProposalStatus, WorldDocument
from services.world import claims
from services.world.claims import Said
from services.world.facts import Warrant, believe

DECIDED: Text = {
    "ko": "이미 결정된 제안입니다.",
    "en": "Somebody has decided on this proposal already.",
}


async def accept(
    uow: UnitOfWork, viewer: Viewer, id: str, warrant: Warrant, idempotency_key: str
) -> Fact:
    """Believe what a document proposes; without a source of its own, the document and its line.

    Raises FactConflict, NotFound, InvalidInput, IdempotencyConflict.
    """

    async def work() -> str:
        proposal = await _open(uow, id, "input.proposalId")
        document = await uow.session.get_one(WorldDocument, proposal.document_id)
        source = warrant.source or f"{document.name}, {proposal.line}"
        thing = await claims.thing(uow.session, proposal.subject_id, "input.proposalId")
        said = Said(thing, proposal.predicate, proposal.value)
        if proposal.relation and proposal.object_id:
            end = await claims.thing(uow.session, proposal.object_id, "input.proposalId")
            said = await claims.related(uow.session, thing, proposal.relation, end)
        fact = await believe(uow, viewer, said, replace(warrant, source=source))
        _decide(uow, viewer, proposal, ProposalStatus.ACCEPTED)
        proposal.fact_id = fact.id
        await uow.session.flush()
        return fact.id

    request = {"proposal": id, **vars(warrant)}
    fact_id = await once(uow, viewer, "acceptFact", idempotency_key, request, work)
    return await uow.session.get_one(Fact, fact_id)


async def reject(uow: UnitOfWork, viewer: Viewer, id: str, reason: str) -> FactProposal:
    """Refuse what a document proposes; doing it twice changes nothing.

    Raises NotFound, InvalidInput.
    """
    why = claims.words(reason, claims.MAX_REASON, "reason")
    known = await uow.session.get(FactProposal, id) if is_id(id) else None
    if known is not None and known.status is ProposalStatus.REJECTED:
        return known
    proposal = await _open(uow, id, "id")
    _decide(uow, viewer, proposal, ProposalStatus.REJECTED)
    proposal.reason = why
    await uow.session.flush()
    return proposal


async def _open(uow: UnitOfWork, id: str, field: str) -> FactProposal:
    found = await uow.session.get(FactProposal, id, with_for_update=True) if is_id(id) else None
    if found is None:
        raise NotFound(field)
    if found.status is not ProposalStatus.PROPOSED:
        raise InvalidInput(field, DECIDED)
    return found


def _decide(
    uow: UnitOfWork, viewer: Viewer, proposal: FactProposal, status: ProposalStatus
) -> None:
    proposal.status, proposal.decided_at, proposal.decided_by = status, uow.now(), viewer.id


async def page(
    session: AsyncSession,
    asked: Page,
    status: ProposalStatus | None = None,
    document_id: str | None = None,
) -> list[FactProposal]:
    """Return proposals, the oldest first, one more than the page holds."""
    query = select(FactProposal).where(*_which(status, document_id)).order_by(FactProposal.id)
    if (last := asked.after_id()) is not None:
        query = query.where(FactProposal.id > last)
    return list(await session.scalars(query.limit(asked.first + 1)))


async def count(
    session: AsyncSession, status: ProposalStatus | None = None, document_id: str | None = None
) -> int:
    """Return how many proposals there are."""
    query = select(func.count()).select_from(FactProposal).where(*_which(status, document_id))
    return await session.scalar(query) or 0


def _which(status: ProposalStatus | None, document_id: str | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if status is not None:
        found.append(FactProposal.status == status)
    if document_id is not None:
        found.append(FactProposal.document_id == document_id)
    return found
