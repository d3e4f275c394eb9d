"""Facts that were learned: by whom, from where, how true, and since when."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from core.i18n import current_locale, pick
from dataloaders import Loaders
from models import fact as models
from models.account import Customer
from models.world import LoreTruth, WorldRelation
from schema.base import Node, View, related
from schema.context import Info
from schema.errors import (
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    UserError,
    error_for,
)
from schema.node import nodes_of
from schema.walk import WorldNode, shown
from services import world

READ, WRITE = "world.read", "world.write"
FORMER = {"ko": "탈퇴한 직원", "en": "Former staff"}


def said_by(person: Customer | None) -> str:
    """Return the name of who told something."""
    if person is None or person.name is None:
        return pick(FORMER, current_locale.get())
    return person.name


def subject_key(root: Any) -> str:
    """Return by what to load what a claim is about."""
    return f"{root.row.subject_kind.value}/{root.row.subject_id}"


def object_key(root: Any) -> str | None:
    """Return by what to load what a relation leads to."""
    row = root.row
    return f"{row.object_kind.value}/{row.object_id}" if row.object_kind else None


def shown_if(row: Any) -> Any:
    """Show what a relation leads to, if there is one."""
    return None if row is None else shown(row)


@strawberry.type
class Fact(View[models.Fact], Node):
    """Something learned about the world. It is kept for good: a wrong one is reverted."""

    predicate: str
    """What is told of the subject, such as `rice polishing`; of a relation, its name."""
    value: str
    """What it is; of a relation, the id of where it leads. Text of a person: never markup."""
    relation: WorldRelation | None
    """How subject and object hang together, where the fact relates two things."""
    truth: LoreTruth
    """How much of it happened."""
    source: str
    """Where it is from: a book, a page, a document and its line."""
    valid_from: datetime
    """From when on it is believed."""
    valid_to: datetime | None
    """Until when: another fact took its place. Null while it stands."""
    reverted_at: datetime | None
    """When it was taken back, and so was never so."""
    revert_reason: str | None
    """Why it was taken back."""
    subject: WorldNode = related(Loaders.thing, shown, subject_key, "What it is about.")
    object: WorldNode | None = related(
        Loaders.thing, shown_if, object_key, "Where a relation leads; null for other facts."
    )
    author: str = related(
        Loaders.person, said_by, lambda root: root.row.author_id, "Who of the staff told it."
    )
    supersedes: "Fact | None" = related(
        Loaders.fact,
        lambda row: Fact.maybe(row),
        lambda root: root.row.supersedes_id,
        "The fact whose place it took.",
    )


@nodes_of("fct")
async def facts(info: Info, ids: list[str]) -> dict[str, Any]:
    """Find facts, for staff that may read them."""
    if READ not in info.context.viewer.permissions:
        return {}
    async with info.context.db.read() as session:
        rows = await world.facts.by_ids(session, ids)
    return {row.id: Fact.of(row) for row in rows}


@error_for(world.FactConflict)
@strawberry.type
class FactConflict(UserError):
    """Something else is believed of the same already."""

    existing: Fact
    """What stands: name it in `supersedesId`, or revert it."""

    @classmethod
    def details(cls, error: Any) -> dict[str, Any]:
        """Show the fact that stands."""
        return {"existing": Fact.of(error.existing)}


@strawberry.input
class LearnFactInput:
    """What is to be believed, and why."""

    subject_id: strawberry.ID
    """About what: any product, ingredient, story, character, dish, drink or place."""
    predicate: str
    """What is told of it, 1 to 80 characters; one fact stands for each."""
    value: str
    """What it is, 1 to 1000 characters."""
    truth: LoreTruth
    """How much of it happened."""
    source: str
    """Where it is from, 1 to 300 characters."""
    valid_from: datetime | None = None
    """From when on it is believed; now if left out."""
    supersedes_id: strawberry.ID | None = None
    """The fact whose place it takes."""
    idempotency_key: str
    """A key of your making: the same request sent again with it changes nothing."""

    def warrant(self) -> world.Warrant:
        """Return what stands behind it."""
        return world.Warrant(self.truth, self.source, self.valid_from, self.supersedes_id)


@strawberry.input
class RelateInput:
    """Two things that are to hang together, and why."""

    from_id: strawberry.ID
    """What is related."""
    relation: WorldRelation
    """How."""
    to_id: strawberry.ID
    """To what."""
    truth: LoreTruth
    """How much of it is so."""
    source: str
    """Where it is from, 1 to 300 characters."""
    valid_from: datetime | None = None
    """From when on it is believed; now if left out."""
    supersedes_id: strawberry.ID | None = None
    """The fact whose place it takes."""
    idempotency_key: str
    """A key of your making: the same request sent again with it changes nothing."""

    def warrant(self) -> world.Warrant:
        """Return what stands behind it."""
        return world.Warrant(self.truth, self.source, self.valid_from, self.supersedes_id)


LearnFactResult = Annotated[
    Fact | FactConflict | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("LearnFactResult"),
]
