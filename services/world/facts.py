"""Learning, relating and reverting: who said it, how true it is, and what was said before (W3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import InvalidInput, NotFound
from core.i18n import Text
from core.idempotency import once
from core.ids import is_id, new_id
from core.outbox import GraphChange, UnitOfWork
from core.pages import Page
from core.viewer import Viewer
from models.fact import Fact
from models.world import LoreTruth, WorldRelation
from services.world import claims
from services.world.believed import standing
from services.world.claims import KNOWN, Said
from services.world.errors import FactConflict, FactSucceeded
from services.world.hop import one_hop

OTHER_CLAIM: Text = {
    "ko": "대신할 사실은 같은 대상의 같은 항목이어야 합니다.",
    "en": "A fact can take the place only of one with the same subject and predicate.",
}
NOT_BELIEVED: Text = {
    "ko": "이미 되돌린 사실입니다. supersedesId 없이 새로 배우게 해 주세요.",
    "en": "That fact was reverted: nothing stands here. Leave supersedesId out.",
}
RELATION_NAME: Text = {
    "ko": "관계의 이름입니다. relate를 사용하세요.",
    "en": "This names a relation: use `relate`.",
}


@dataclass(frozen=True)
class Warrant:
    """What stands behind a claim."""

    truth: LoreTruth
    source: str
    valid_from: datetime | None = None
    supersedes_id: str | None = None


async def learn(
    uow: UnitOfWork,
    viewer: Viewer,
    subject_id: str,
    predicate: str,
    value: str,
    warrant: Warrant,
    idempotency_key: str,
) -> Fact:
    """Learn a fact about something.

    Raises FactConflict, NotFound, InvalidInput, IdempotencyConflict.
    """

    async def work() -> str:
        subject = await claims.thing(uow.session, subject_id, "input.subjectId")
        name = claims.words(predicate, claims.MAX_PREDICATE, "input.predicate")
        if name.upper() in WorldRelation:
            raise InvalidInput("input.predicate", RELATION_NAME)
        told = claims.words(value, claims.MAX_VALUE, "input.value")
        return (await believe(uow, viewer, Said(subject, name, told), warrant)).id

    request = {"subject": subject_id, "predicate": predicate, "value": value, **vars(warrant)}
    id = await once(uow, viewer, "learnFact", idempotency_key, request, work)
    return await uow.session.get_one(Fact, id)


async def relate(
    uow: UnitOfWork,
    viewer: Viewer,
    ends: tuple[str, str],
    relation: WorldRelation,
    warrant: Warrant,
    idempotency_key: str,
) -> Fact:
    """Relate two things.

    Raises FactConflict, NotFound, InvalidInput, IdempotencyConflict.
    """

    async def work() -> str:
        start = await claims.thing(uow.session, ends[0], "input.fromId")
        end = await claims.thing(uow.session, ends[1], "input.toId")
        said = await claims.related(uow.session, start, relation, end)
        return (await believe(uow, viewer, said, warrant)).id

    request = {"ends": ends, "relation": relation, **vars(warrant)}
    id = await once(uow, viewer, "relate", idempotency_key, request, work)
    return await uow.session.get_one(Fact, id)


async def believe(uow: UnitOfWork, viewer: Viewer, said: Said, warrant: Warrant) -> Fact:
    """Keep a claim as a fact, in the place of another if it names one.

    Raises FactConflict, NotFound, InvalidInput.
    """
    source = claims.words(warrant.source, claims.MAX_SOURCE, "input.source")
    # In whole milliseconds, as the graph has it.
    since = _whole(warrant.valid_from or uow.now())
    await uow.lock("facts", said.subject.id)
    old = await _superseded(uow, said, warrant.supersedes_id)
    standing_now = [fact for fact in await _standing(uow, said, since) if fact is not old]
    if standing_now:
        raise FactConflict(_shown(uow, standing_now[0]))
    if said.relation and said.object and await _in_catalogue(uow, said):
        raise InvalidInput("input.relation", KNOWN)
    fact = Fact(
        id=new_id("fct"),
        **said.columns,
        truth=warrant.truth,
        source=source,
        author_id=viewer.id,
        valid_from=since,
        supersedes_id=old.id if old else None,
    )
    uow.session.add(fact)
    if old:
        old.valid_to = since
    await uow.session.flush()
    _project(uow, fact, old)
    return fact


async def revert(uow: UnitOfWork, viewer: Viewer, id: str, reason: str) -> Fact:
    """Take a fact back; what it took the place of is believed again, and returned.

    Where there was nothing before, the reverted fact is returned. Reverting again changes nothing.
    Raises FactConflict when another has taken its place, NotFound, InvalidInput.
    """
    why = claims.words(reason, claims.MAX_REASON, "reason")
    known = await uow.session.get(Fact, id) if is_id(id) else None
    if known is None:
        raise NotFound("id")
    await uow.lock("facts", known.subject_id)
    fact = await uow.session.get_one(Fact, id, with_for_update=True, populate_existing=True)
    before = await uow.session.get(Fact, fact.supersedes_id) if fact.supersedes_id else None
    if fact.reverted_at is None:
        after = select(Fact).where(Fact.supersedes_id == id, Fact.reverted_at.is_(None))
        if successor := (await uow.session.scalars(after)).first():
            raise FactSucceeded(_shown(uow, successor))
        fact.reverted_at, fact.reverted_by, fact.revert_reason = uow.now(), viewer.id, why
        if before:
            before.valid_to = None
        await uow.session.flush()
        _project(uow, fact, before)
    return before if before and before.reverted_at is None else fact


async def page(
    session: AsyncSession, about: str, asked: Page, now: datetime, *, every: bool
) -> list[Fact]:
    """Return facts about something, the oldest first, one more than the page holds."""
    query = select(Fact).where(*_about(about, now, every)).order_by(Fact.id)
    if (last := asked.after_id()) is not None:
        query = query.where(Fact.id > last)
    return list(await session.scalars(query.limit(asked.first + 1)))


async def count(session: AsyncSession, about: str, now: datetime, *, every: bool) -> int:
    """Return how many facts there are about something."""
    query = select(func.count()).select_from(Fact).where(*_about(about, now, every))
    return await session.scalar(query) or 0


async def by_ids(session: AsyncSession, ids: Sequence[str]) -> list[Fact]:
    """Return the facts with these ids."""
    return list(await session.scalars(select(Fact).where(Fact.id.in_(ids))))


def _about(id: str, now: datetime, every: bool) -> list[ColumnElement[bool]]:
    told = or_(Fact.subject_id == id, Fact.object_id == id)
    return [told] if every else [told, *standing(now)]


def _whole(time: datetime) -> datetime:
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def _same(said: Said) -> list[ColumnElement[bool]]:
    same = [Fact.subject_id == said.subject.id, Fact.reverted_at.is_(None)]
    if said.relation and said.object:
        return [*same, Fact.relation == said.relation, Fact.object_id == said.object.id]
    return [*same, Fact.relation.is_(None), func.lower(Fact.predicate) == said.predicate.lower()]


async def _standing(uow: UnitOfWork, said: Said, since: datetime) -> Sequence[Fact]:
    """Return what is or will be believed of the same from then on."""
    lasting = or_(Fact.valid_to.is_(None), Fact.valid_to > since)
    found = select(Fact).where(*_same(said), lasting).order_by(Fact.id)
    return (await uow.session.scalars(found)).all()


async def _superseded(uow: UnitOfWork, said: Said, id: str | None) -> Fact | None:
    """Return the fact whose place is taken. Raises NotFound, InvalidInput, FactConflict."""
    if id is None:
        return None
    field = "input.supersedesId"
    fact = await uow.session.get(Fact, id, with_for_update=True) if is_id(id) else None
    if fact is None:
        raise NotFound(field)
    mine = (said.subject.id, said.predicate.lower(), said.object and said.object.id)
    if (fact.subject_id, fact.predicate.lower(), fact.object_id) != mine:
        raise InvalidInput(field, OTHER_CLAIM)
    if fact.reverted_at is not None or fact.valid_to is not None:
        after = select(Fact).where(*_same(said), Fact.valid_to.is_(None))
        if present := (await uow.session.scalars(after)).first():
            raise FactConflict(_shown(uow, present))
        raise InvalidInput(field, NOT_BELIEVED)
    return fact


async def _in_catalogue(uow: UnitOfWork, said: Said) -> bool:
    relations = [said.relation] if said.relation else []
    steps = await one_hop(uow.session, [said.subject], relations, uow.now())
    return any(step.end == said.object and step.forward for step in steps)


def _shown(uow: UnitOfWork, fact: Fact) -> Fact:
    """Return a fact that can still be shown when the transaction is given up."""
    uow.session.expunge(fact)
    return fact


def _project(uow: UnitOfWork, *facts: Fact | None) -> None:
    for fact in facts:
        if fact:
            uow.send(GraphChange("fact", fact.id))
            uow.send(GraphChange(fact.subject_kind.value, fact.subject_id))
