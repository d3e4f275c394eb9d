"""What staff and documents say of the world: who said it, how true it is, and how long it held."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.ids import ids
from models.catalogue.base import choice
from models.world import LoreTruth, WorldKind, WorldRelation


class ProposalStatus(enum.StrEnum):
    """What became of a fact that a document proposes."""

    PROPOSED = "proposed"
    """Nobody has decided; nothing is believed."""
    ACCEPTED = "accepted"
    """A person made it a fact."""
    REJECTED = "rejected"
    """A person refused it."""


class Claim:
    """Columns of what is said; with a relation, of two things of the world."""

    subject_kind: Mapped[WorldKind] = mapped_column(choice(WorldKind))
    subject_id: Mapped[str]
    predicate: Mapped[str]
    value: Mapped[str]
    relation: Mapped[WorldRelation | None] = mapped_column(choice(WorldRelation))
    object_kind: Mapped[WorldKind | None] = mapped_column(choice(WorldKind))
    object_id: Mapped[str | None]


class Fact(Claim, Base):
    """Something learned. It is believed from `valid_from` until `valid_to`, unless reverted."""

    __tablename__ = "facts"
    __table_args__ = (Index("ix_facts_subject_id_predicate", "subject_id", "predicate"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("fct")
    )
    truth: Mapped[LoreTruth] = mapped_column(choice(LoreTruth))
    source: Mapped[str]
    author_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    supersedes_id: Mapped[str | None] = mapped_column(ForeignKey("facts.id"), index=True)
    reverted_at: Mapped[datetime | None]
    reverted_by: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    revert_reason: Mapped[str | None]


class WorldDocument(Base):
    """A document that was read for facts; of its text only the lines of its proposals are kept."""

    __tablename__ = "world_documents"

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("doc")
    )
    name: Mapped[str]
    media_type: Mapped[str]
    digest: Mapped[str]
    lines: Mapped[int]
    author_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    skipped: Mapped[list[dict[str, Any]]]
    skipped_count: Mapped[int]


class FactProposal(Claim, Base):
    """A fact that a document proposes, with the line that says so."""

    __tablename__ = "fact_proposals"
    __table_args__ = (Index("ix_fact_proposals_status_id", "status", "id"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("prp")
    )
    document_id: Mapped[str] = mapped_column(ForeignKey("world_documents.id"), index=True)
    line: Mapped[int]
    quote: Mapped[str]
    status: Mapped[ProposalStatus] = mapped_column(choice(ProposalStatus))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    reason: Mapped[str | None]
    fact_id: Mapped[str | None] = mapped_column(ForeignKey("facts.id"))
