"""Ask for proofs of age again."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    due = sa.Column("due_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("age_verifications", due)
    op.create_index("ix_age_verifications_due_at", "age_verifications", ["due_at"])


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_age_verifications_due_at", "age_verifications")
    op.drop_column("age_verifications", "due_at")
