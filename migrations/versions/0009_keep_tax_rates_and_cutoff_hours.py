"""Keep tax rates and cutoff hours."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.add_column(
        "channels",
        sa.Column(
            "tax_rates",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )
    op.add_column(
        "channels", sa.Column("cutoff_hour", sa.Integer(), server_default="14", nullable=False)
    )


def downgrade() -> None:
    """Go back."""
    op.drop_column("channels", "cutoff_hour")
    op.drop_column("channels", "tax_rates")
