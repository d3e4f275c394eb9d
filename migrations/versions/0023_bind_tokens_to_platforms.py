"""Bind tokens to platforms."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("partner_tokens", sa.Column("agent_profile_url", sa.Text(), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column("partner_tokens", "agent_profile_url")
