"""What can be found: words of entries for the full text, and vectors of what they say."""

import enum
from datetime import datetime

from pgvector.sqlalchemy import Vector
from sqlalchemy import ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from models.catalogue.base import choice

DIMENSIONS = 384


class SearchType(enum.StrEnum):
    """What kind of thing is found."""

    PRODUCT = "product"
    """A drink."""
    LORE = "lore"
    """A story."""
    INGREDIENT = "ingredient"
    """Something that drinks are made of."""
    RECIPE = "recipe"
    """A mixed drink."""


class SearchEntry(Base):
    """A row of the catalogue as it is found; its id is `kind:key`.

    `title` and `body` are shown as snippets: what is locked is in neither, nor in `terms`.
    """

    __tablename__ = "search_entries"
    __table_args__ = (Index("ix_search_entries_terms", "terms", postgresql_using="gin"),)

    kind: Mapped[SearchType] = mapped_column(choice(SearchType), index=True)
    key: Mapped[str]
    title: Mapped[dict[str, str]]
    body: Mapped[dict[str, str]]
    terms: Mapped[str] = mapped_column(TSVECTOR)
    facets: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    """What is counted of a drink, each as `field:value`; `channel` is where it is sold."""
    basis: Mapped[str]
    """Which analysis and which synonyms the terms were made with."""
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


class SearchVector(Base):
    """What an entry says in one language, as a vector; its id is `entry:locale`.

    `embedding` is None until the provider has made it, and `due_at` is when to ask for it.
    """

    __tablename__ = "search_vectors"
    __table_args__ = (
        Index(
            "ix_search_vectors_embedding",
            "embedding",
            postgresql_using="hnsw",
            postgresql_ops={"embedding": "vector_cosine_ops"},
        ),
        Index("ix_search_vectors_due_at", "due_at", postgresql_where=text("embedding IS NULL")),
    )

    entry_id: Mapped[str] = mapped_column(
        ForeignKey("search_entries.id", ondelete="CASCADE"), index=True
    )
    text: Mapped[str]
    model: Mapped[str]
    """Whose vector it is; empty while there is none."""
    embedding: Mapped[list[float] | None] = mapped_column(Vector(DIMENSIONS))
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Embedding(Base):
    """The vector of a text that we wrote; its id is the hash of the model and the text."""

    __tablename__ = "embeddings"

    vector: Mapped[list[float]] = mapped_column(Vector(DIMENSIONS))
