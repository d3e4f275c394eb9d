"""Have documents forgotten."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.add_column(
        "age_verifications", sa.Column("redact_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute(
        "UPDATE age_verifications SET redact_at = now()"
        " WHERE ended_at IS NOT NULL AND provider_id IS NOT NULL"
    )
    op.create_index(op.f("ix_age_verifications_redact_at"), "age_verifications", ["redact_at"])


def downgrade() -> None:
    """Go back."""
    op.drop_index(op.f("ix_age_verifications_redact_at"), table_name="age_verifications")
    op.drop_column("age_verifications", "redact_at")
