"""Drop what no request of agents says."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.drop_column("agent_requests", "resource_id")


def downgrade() -> None:
    """Go back."""
    op.add_column("agent_requests", sa.Column("resource_id", sa.Text(), nullable=True))
