"""Find things by words and meaning."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import Vector
from sqlalchemy.dialects import postgresql

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CREATED = ("created_at", sa.DateTime(timezone=True))


def upgrade() -> None:
    """Go forward."""
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    op.create_table(
        "embeddings",
        sa.Column("vector", Vector(384), nullable=False),
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column(*CREATED, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_embeddings")),
    )
    op.create_table(
        "search_entries",
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("terms", postgresql.TSVECTOR(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column(*CREATED, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entries")),
    )
    op.create_index(op.f("ix_search_entries_kind"), "search_entries", ["kind"])
    op.create_index("ix_search_entries_terms", "search_entries", ["terms"], postgresql_using="gin")
    op.create_table(
        "search_vectors",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("embedding", Vector(384), nullable=True),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column(*CREATED, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["search_entries.id"],
            name=op.f("fk_search_vectors_entry_id_search_entries"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_vectors")),
    )
    op.create_index(op.f("ix_search_vectors_entry_id"), "search_vectors", ["entry_id"])
    op.create_index(
        "ix_search_vectors_embedding",
        "search_vectors",
        ["embedding"],
        postgresql_using="hnsw",
        postgresql_ops={"embedding": "vector_cosine_ops"},
    )
    op.create_index(
        "ix_search_vectors_due_at",
        "search_vectors",
        ["due_at"],
        postgresql_where=sa.text("embedding IS NULL"),
    )


def downgrade() -> None:
    """Go back; the extension stays, as others may use it."""
    op.drop_table("search_vectors")
    op.drop_table("search_entries")
    op.drop_table("embeddings")
