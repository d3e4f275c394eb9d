"""Keep notes, networks of cards, and what partners chose to hear."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("checkouts", sa.Column("note", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("note", sa.Text(), nullable=True))
    op.add_column("payments", sa.Column("network", sa.Text(), nullable=True))
    parts = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("partner_tokens", sa.Column("webhook_parts", parts, nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column("partner_tokens", "webhook_parts")
    op.drop_column("payments", "network")
    op.drop_column("orders", "note")
    op.drop_column("checkouts", "note")
