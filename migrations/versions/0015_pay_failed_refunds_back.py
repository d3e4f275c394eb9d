"""Pay failed refunds back."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("refunds", sa.Column("retry_of", sa.Text(), nullable=True))
    op.create_unique_constraint(op.f("uq_refunds_retry_of"), "refunds", ["retry_of"])


def downgrade() -> None:
    """Go back."""
    op.drop_constraint(op.f("uq_refunds_retry_of"), "refunds", type_="unique")
    op.drop_column("refunds", "retry_of")
