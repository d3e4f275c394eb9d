"""What the world knows about a question: found by words, walked in the graph, told in excerpts.

Nothing of the question reaches the graph but as ids of what was found (W2).
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import BadInput
from core.i18n import pick
from core.pages import MAX_PAGE, Page
from core.viewer import Viewer
from models.catalogue import Pairing
from models.fact import Fact
from models.world import Character, Lore, LoreTruth, Place, WorldKind, WorldRelation
from services import search
from services.catalogue.inputs import clean
from services.catalogue.products import Listing
from services.search.words import fold
from services.world.believed import believed
from services.world.locks import reason_locked
from services.world.match import asked, excerpt, share, weights
from services.world.path import Way, name_of, rows_of
from services.world.shapes import Step, Thing
from services.world.walk import MAX_NODES, Walker

HITS, ENTRIES, HOPS, SHOWN = 10, 5, 2, 40
FACTS, NAMED = 50, 500
# How much of what makes a thing matter goes on to what it is related to.
CARRIES: Mapping[WorldRelation, float] = {
    WorldRelation.FEATURES_IN_LORE: 0.55,
    WorldRelation.HAS_INGREDIENT: 0.5,
    WorldRelation.GROWN_AT: 0.45,
    WorldRelation.BREWED_IN: 0.45,
    WorldRelation.PAIRS_WITH: 0.4,
    WorldRelation.MADE_WITH: 0.35,
    WorldRelation.RELATED_TO: 0.3,
    WorldRelation.KNOWS_ABOUT: 0.2,
}
IN_NAME, IN_TEXT = 0.5, 0.4
ABOUT = 0.6

# How true what the catalogue says of its own things is; stories and facts say so themselves.
TRUTHS: Mapping[WorldKind, LoreTruth] = {
    WorldKind.PRODUCT: LoreTruth.BRAND_STORY,
    WorldKind.INGREDIENT: LoreTruth.GENERAL,
    WorldKind.PAIRING: LoreTruth.GENERAL,
    WorldKind.RECIPE: LoreTruth.GENERAL,
    WorldKind.PLACE: LoreTruth.FACT,
    WorldKind.CHARACTER: LoreTruth.FICTION,
}


@dataclass(frozen=True)
class Question:
    """What somebody wants to know; `opened` are the locked stories that they may read."""

    text: str
    listing: Listing
    viewer: Viewer
    opened: Container[str] = ()


@dataclass(frozen=True)
class KnowledgePiece:
    """Something that the world knows. `kind` is that of `row`, or `fact` with the fact beside."""

    kind: str
    row: Any
    excerpt: str
    score: float
    truth: LoreTruth
    path: Way | None = None
    fact: Fact | None = None


@dataclass(frozen=True)
class Known:
    """What is known of a question, the most fitting first."""

    pieces: Sequence[KnowledgePiece] = ()
    is_wordy: bool = False
    """It was looked for by words alone, as meaning could not be asked for."""


@dataclass
class _Found:
    """What is known of the question while it is looked into."""

    wanted: Sequence[frozenset[str]]
    scores: dict[Thing, float] = field(default_factory=dict)
    ways: dict[Thing, tuple[Step, ...]] = field(default_factory=dict)
    weighing: Sequence[float] = ()
    is_wordy: bool = False

    def add(self, thing: Thing, score: float) -> None:
        # The best way counts, not how many there are: all lead to what is in every drink.
        self.scores[thing] = max(self.scores.get(thing, 0.0), score)

    def weigh(self, texts: Sequence[str]) -> None:
        """Learn which words tell these apart."""
        self.weighing = weights(texts, self.wanted)

    def best(self, things: Iterable[Thing], most: int) -> list[Thing]:
        return sorted(things, key=lambda thing: (-self.scores[thing], thing))[:most]


async def knowledge(
    walker: Walker, sources: "search.Sources", question: Question, first: int = 5
) -> Known:
    """Return what the world knows about a question, the most fitting first.

    What is locked shows what opens it and no word of it. Raises BadInput.
    """
    if not 1 <= first <= MAX_PAGE:
        raise BadInput(argument="first")
    text = clean(question.text, "intent").strip()
    if not text:
        return Known()
    found = await _entries(walker, sources, replace(question, text=text))
    await _walk(walker, found)
    shown = found.best(found.scores, SHOWN)
    on_the_way = {end for thing in shown for end in _ends(found.ways.get(thing, ()))}
    async with walker.db.read() as session:
        facts = await _facts(session, walker, shown, found.wanted)
        subjects = {Thing(fact.subject_kind, fact.subject_id) for fact in facts}
        rows = await rows_of(session, {*shown, *on_the_way, *subjects})
    texts = [" ".join(_said(question, rows[thing])) for thing in shown if thing in rows]
    found.weigh([*texts, *map(_claim, facts)])
    pieces = [_piece(question, found, thing, rows) for thing in shown if thing in rows]
    pieces += [piece for fact in facts if (piece := _told(question, found, fact, rows))]
    pieces.sort(key=lambda piece: (-piece.score, piece.row.id, piece.fact.id if piece.fact else ""))
    return Known(pieces[:first], found.is_wordy)


async def _entries(walker: Walker, sources: "search.Sources", question: Question) -> _Found:
    """Find where to begin: what the search finds, and what is named."""
    ask = search.Ask(question.text, question.listing, page=Page(HITS))
    page = await search.find(sources, ask)
    found = _Found(asked(question.text), is_wordy=page.degraded)
    for rank, hit in enumerate(page.hits[:HITS]):
        found.add(Thing(WorldKind(hit.kind.value), hit.key), 0.7 / (1 + 0.15 * rank))
    async with walker.db.read() as session:
        named = await _named(session, fold(question.text))
    for thing in named:
        found.add(thing, 0.6)
    return found


async def _named(session: AsyncSession, text: str) -> list[Thing]:
    """Return dishes, characters and places whose name stands in the text."""
    found: list[Thing] = []
    for kind, model in (
        (WorldKind.PAIRING, Pairing),
        (WorldKind.CHARACTER, Character),
        (WorldKind.PLACE, Place),
    ):
        rows = select(model.id, model.name).where(model.active).order_by(model.id).limit(NAMED)
        for id, names in await session.execute(rows):
            if any(_is_named(kind, name, text) for name in names.values()):
                found.append(Thing(kind, id))
    return found


def _is_named(kind: WorldKind, name: str, text: str) -> bool:
    # A place is named by its town: 경기도 이천, Icheon, Gyeonggi-do.
    town = name.partition(",")[0] if "," in name or name.isascii() else name.split()[-1]
    short = fold(town if kind is WorldKind.PLACE else name)
    return len(short) > 1 and f" {short}" in f" {text}"


async def _walk(walker: Walker, found: _Found) -> None:
    """Let what matters pass on over relations, and keep by which way it came."""
    edge = found.best(found.scores, ENTRIES)
    found.ways.update((thing, ()) for thing in found.scores)
    walked = set[Thing]()
    for _ in range(HOPS):
        steps = await walker.beyond(edge, MAX_NODES - len(found.scores)) if edge else []
        walked.update(edge)
        before = {thing: found.scores[thing] for thing in edge}
        for step in steps:
            if step.end in walked or (step.end not in found.scores and _is_full(found)):
                continue
            found.ways.setdefault(step.end, (*found.ways[step.start], step))
            found.add(step.end, before[step.start] * CARRIES[step.relation])
        if walker.is_degraded:
            return
        edge = found.best(found.scores.keys() - walked, ENTRIES)


def _is_full(found: _Found) -> bool:
    return len(found.scores) >= MAX_NODES


async def _facts(
    session: AsyncSession, walker: Walker, shown: Sequence[Thing], wanted: Sequence[frozenset[str]]
) -> list[Fact]:
    """Return what was learned about these, and what says a word that was asked for."""
    about = select(Fact).where(*believed(walker.now), Fact.relation.is_(None))
    mine = about.where(Fact.subject_id.in_([thing.id for thing in shown])).order_by(Fact.id.desc())
    found = list(await session.scalars(mine.limit(FACTS)))
    forms = sorted({form for one in wanted for form in one if len(form) > 1})
    if forms:
        said = Fact.predicate + " " + Fact.value
        rest = about.where(or_(*(said.icontains(form, autoescape=True) for form in forms[:40])))
        found += await session.scalars(rest.order_by(Fact.id.desc()).limit(FACTS))
    return list({fact.id: fact for fact in found}.values())


def _piece(
    question: Question, found: _Found, thing: Thing, rows: Mapping[Thing, Any]
) -> KnowledgePiece:
    row = rows[thing]
    name, text = _said(question, row)
    score = found.scores[thing]
    for told, most in ((name, IN_NAME), (text, IN_TEXT)):
        score = 1 - (1 - score) * (1 - most * share(told, found.wanted, found.weighing))
    truth = row.truth if isinstance(row, Lore) else TRUTHS[thing.kind]
    said = excerpt(text, found.wanted) or name
    return KnowledgePiece(thing.kind, row, said, score, truth, _way(found, thing, rows))


def _way(found: _Found, thing: Thing, rows: Mapping[Thing, Any]) -> Way | None:
    steps = found.ways.get(thing, ())
    on_it = _ends(steps)
    if not steps or not on_it <= rows.keys():
        return None
    return Way(steps, {end: rows[end] for end in on_it})


def _ends(steps: Sequence[Step]) -> set[Thing]:
    return {end for step in steps for end in (step.start, step.end)}


def _said(question: Question, row: Any) -> tuple[str, str]:
    """Return the name of a thing, and what it says of itself to this viewer."""
    locale = question.listing.locale
    return pick(name_of(row), locale), _text(question, row, locale)


def _text(question: Question, row: Any, locale: str) -> str:
    if isinstance(row, Lore):
        reason = reason_locked(row, question.viewer, question.opened)
        return pick(row.body if reason is None else reason, locale)
    for column in ("description", "story", "greeting"):
        if text := getattr(row, column, None):
            return pick(text, locale)
    if steps := getattr(row, "steps", None):
        return " ".join(steps.get(locale) or ())
    return ""


def _claim(fact: Fact) -> str:
    return f"{fact.predicate}: {fact.value}"


def _told(
    question: Question, found: _Found, fact: Fact, rows: Mapping[Thing, Any]
) -> KnowledgePiece | None:
    """Show a fact, unless it is about a story that is locked for the viewer."""
    subject = Thing(fact.subject_kind, fact.subject_id)
    row = rows.get(subject)
    if row is None:
        return None
    if isinstance(row, Lore) and reason_locked(row, question.viewer, question.opened) is not None:
        return None
    said = _claim(fact)
    fits = share(said, found.wanted, found.weighing)
    score = 1 - (1 - ABOUT * found.scores.get(subject, 0.0)) * (1 - 0.8 * fits)
    way = _way(found, subject, rows)
    return KnowledgePiece("fact", row, said, score, fact.truth, way, fact)
