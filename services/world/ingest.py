"""Documents propose facts, and a person accepts or refuses each: nothing is believed before."""

import enum
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import InvalidInput
from core.i18n import Text
from core.idempotency import once
from core.ids import new_id
from core.outbox import UnitOfWork
from core.viewer import Viewer
from models.fact import Fact, FactProposal, ProposalStatus, WorldDocument
from models.world import WorldRelation
from services.world import claims
from services.world.claims import Said
from services.world.reading import CSV, JSON, MARKDOWN, Told, Unreadable, read
from services.world.shapes import Thing
from services.world.subjects import folded, named

MAX_BYTES, MAX_LINES, MAX_PROPOSALS = 131_072, 5_000, 500
MAX_NAME, MAX_QUOTE, MAX_SKIPPED = 200, 300, 100

TOO_LARGE: Text = {
    "ko": "문서는 131,072바이트, 5,000줄, 제안 500개까지입니다. 나누어 보내 주세요.",
    "en": "A document holds up to 131,072 bytes, 5,000 lines and 500 facts. Send it in parts.",
}
NO_TEXT: Text = {
    "ko": "글자로 된 문서가 아닙니다.",
    "en": "This is not a document of text.",
}
UNREADABLE: Text = {
    "ko": "이 형식으로 읽을 수 없는 문서입니다.",
    "en": "The document cannot be read as what it is said to be.",
}
UNKNOWN_TYPE: Text = {
    "ko": "mediaType은 text/markdown, application/json, text/csv 가운데 하나여야 합니다.",
    "en": "mediaType is text/markdown, application/json or text/csv.",
}


class DocumentFault(enum.StrEnum):
    """Why a line of a document proposes nothing."""

    UNKNOWN_SUBJECT = "unknown_subject"
    """Nothing has this id or name."""
    AMBIGUOUS_SUBJECT = "ambiguous_subject"
    """Several things have this name: use the id."""
    INCOMPLETE = "incomplete"
    """The predicate or the value is missing."""
    TOO_LONG = "too_long"
    """The predicate or the value is too long, or has control characters."""
    KNOWN = "known"
    """It is believed or proposed already."""
    NOT_RELATED = "not_related"
    """The relation does not lead to such a thing."""


@dataclass(frozen=True)
class Document:
    """A text to be read."""

    name: str
    media_type: str
    content: str


async def ingest(
    uow: UnitOfWork, viewer: Viewer, document: Document, idempotency_key: str
) -> WorldDocument:
    """Read a document, and keep what it proposes. Raises InvalidInput, IdempotencyConflict."""
    name = claims.words(document.name, MAX_NAME, "input.name")
    digest = _digest(document)

    async def work() -> str:
        lines = document.content.count("\n") + 1
        try:
            told = read(document.media_type, document.content)
        except Unreadable as error:
            raise InvalidInput("input.content", UNREADABLE) from error
        if lines > MAX_LINES or len(told) > MAX_PROPOSALS:
            raise InvalidInput("input.content", TOO_LARGE)
        return await _keep(uow, viewer, replace(document, name=name), digest, lines, told)

    request = {"name": name, "type": document.media_type, "digest": digest}
    id = await once(uow, viewer, "ingestDocument", idempotency_key, request, work)
    return await uow.session.get_one(WorldDocument, id)


def _digest(document: Document) -> str:
    if document.media_type not in (MARKDOWN, JSON, CSV):
        raise InvalidInput("input.mediaType", UNKNOWN_TYPE)
    try:
        content = document.content.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput("input.content", NO_TEXT) from error
    if b"\0" in content:
        raise InvalidInput("input.content", NO_TEXT)
    if len(content) > MAX_BYTES:
        raise InvalidInput("input.content", TOO_LARGE)
    return hashlib.sha256(content).hexdigest()


async def _keep(
    uow: UnitOfWork,
    viewer: Viewer,
    document: Document,
    digest: str,
    lines: int,
    told: Sequence[Told],
) -> str:
    await uow.lock("facts", "proposals")
    meant = await named(uow.session, [name for one in told for name in (one.subject, one.value)])
    known = await _known(uow.session, meant)
    skipped, good = list[dict[str, Any]](), list[tuple[Told, Said]]()
    for one in told:
        said = _claim(one, meant)
        if isinstance(said, Said) and _same(said) in known:
            said = DocumentFault.KNOWN
        if isinstance(said, Said):
            known.add(_same(said))
            good.append((one, said))
        elif said:
            skipped.append({"line": one.line, "fault": said.value, "quote": _quote(one.quote)})
    row = WorldDocument(
        id=new_id("doc"),
        name=document.name,
        media_type=document.media_type,
        digest=digest,
        lines=lines,
        author_id=viewer.id,
        skipped=skipped[:MAX_SKIPPED],
        skipped_count=len(skipped),
    )
    uow.session.add(row)
    await uow.session.flush()
    # Ids of one millisecond are in no order, and pages go by them.
    ids = sorted(new_id("prp") for _ in good)
    for id, (one, said) in zip(ids, good, strict=True):
        uow.session.add(_proposal(id, row.id, one, said))
    await uow.session.flush()
    return row.id


def _proposal(id: str, document_id: str, told: Told, said: Said) -> FactProposal:
    return FactProposal(
        id=id,
        document_id=document_id,
        line=told.line,
        quote=_quote(told.quote),
        status=ProposalStatus.PROPOSED,
        **said.columns,
    )


def _quote(text: str) -> str:
    shown = "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
    return shown[:MAX_QUOTE]


def _claim(told: Told, meant: Mapping[str, set[Thing]]) -> Said | DocumentFault | None:
    """Return what is claimed, why it is not, or None for words under a heading of nothing."""
    things = meant.get(folded(told.subject), set())
    if len(things) != 1:
        if told.is_loose and not things:
            return None
        return DocumentFault.AMBIGUOUS_SUBJECT if things else DocumentFault.UNKNOWN_SUBJECT
    if not told.predicate.strip() or not told.value.strip():
        return DocumentFault.INCOMPLETE
    predicate = claims.tidy(told.predicate, claims.MAX_PREDICATE)
    value = claims.tidy(told.value, claims.MAX_VALUE)
    if predicate is None or value is None:
        return DocumentFault.TOO_LONG
    (subject,) = things
    name = predicate.upper().replace(" ", "_")
    if name not in WorldRelation:
        return Said(subject, predicate, value)
    ends = [
        end
        for end in meant.get(folded(value), ())
        if claims.may_relate(subject, WorldRelation(name), end)
    ]
    if len(ends) != 1:
        return DocumentFault.NOT_RELATED
    return Said(subject, name, ends[0].id, WorldRelation(name), ends[0])


type Same = tuple[str, str, str]


def _same(said: Said) -> Same:
    return said.subject.id, said.predicate.lower(), said.value


async def _known(session: AsyncSession, meant: Mapping[str, set[Thing]]) -> set[Same]:
    """Return what is believed or proposed already of these."""
    ids = {thing.id for things in meant.values() for thing in things}
    found = set[Same]()
    stands = Fact.reverted_at.is_(None) & Fact.valid_to.is_(None)
    is_open = FactProposal.status == ProposalStatus.PROPOSED
    for model, holds in ((Fact, stands), (FactProposal, is_open)):
        rows = select(model.subject_id, func.lower(model.predicate), model.value)
        for row in await session.execute(rows.where(model.subject_id.in_(ids), holds)):
            found.add((row[0], row[1], row[2]))
    return found
