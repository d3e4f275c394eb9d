"""Forget who checkouts were for."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("agent_requests", sa.Column("checkout_id", sa.Text(), nullable=True))
    op.execute("UPDATE agent_requests SET checkout_id = body->>'id'")
    op.create_index(
        op.f("ix_agent_requests_checkout_id"), "agent_requests", ["checkout_id"], unique=False
    )
    op.create_index("ix_agent_requests_created_at", "agent_requests", ["created_at"], unique=False)
    op.add_column("checkouts", sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_checkouts_remembered",
        "checkouts",
        ["ended_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NOT NULL AND forgotten_at IS NULL"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index(
        "ix_checkouts_remembered",
        table_name="checkouts",
        postgresql_where=sa.text("ended_at IS NOT NULL AND forgotten_at IS NULL"),
    )
    op.drop_column("checkouts", "forgotten_at")
    op.drop_index("ix_agent_requests_created_at", table_name="agent_requests")
    op.drop_index(op.f("ix_agent_requests_checkout_id"), table_name="agent_requests")
    op.drop_column("agent_requests", "checkout_id")
