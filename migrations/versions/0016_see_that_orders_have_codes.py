"""See that orders have codes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("orders", sa.Column("codes_due_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE orders SET codes_due_at = now() WHERE paid_at IS NOT NULL")
    op.create_index(
        "ix_orders_codes_due_at",
        "orders",
        ["codes_due_at"],
        unique=False,
        postgresql_where=sa.text("codes_due_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index(
        "ix_orders_codes_due_at",
        table_name="orders",
        postgresql_where=sa.text("codes_due_at IS NOT NULL"),
    )
    op.drop_column("orders", "codes_due_at")
