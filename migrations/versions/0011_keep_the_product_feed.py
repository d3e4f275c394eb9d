"""Keep the product feed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "feeds",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        *_base(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
    )
    op.create_table(
        "feed_records",
        sa.Column("feed_id", sa.Text(collation="C"), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        *_base(),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_feed_records_feed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_records")),
        sa.UniqueConstraint(
            "feed_id", "product_id", name=op.f("uq_feed_records_feed_id_product_id")
        ),
    )
    op.create_table(
        "feed_hosts",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        *_base(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_hosts")),
    )
    op.create_table(
        "feed_pushes",
        sa.Column("host_id", sa.Text(collation="C"), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("again_at", sa.DateTime(timezone=True), nullable=True),
        *_base(),
        sa.ForeignKeyConstraint(
            ["host_id"],
            ["feed_hosts.id"],
            name=op.f("fk_feed_pushes_host_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_pushes")),
        sa.UniqueConstraint(
            "host_id", "product_id", name=op.f("uq_feed_pushes_host_id_product_id")
        ),
    )


def downgrade() -> None:
    """Go back."""
    for table in ("feed_pushes", "feed_hosts", "feed_records", "feeds"):
        op.drop_table(table)


def _base() -> tuple[sa.Column[str], sa.Column[object]]:
    """Return what every table has."""
    now = sa.text("now()")
    return (
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
    )
