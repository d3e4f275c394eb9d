"""Tell what gift cards give back."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("gift_card_moves", sa.Column("returns", sa.Text(), nullable=True))
    op.create_index(
        op.f("ix_gift_card_moves_returns"), "gift_card_moves", ["returns"], unique=False
    )
    op.create_index(
        op.f("ix_gift_card_moves_reference"), "gift_card_moves", ["reference"], unique=False
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index(op.f("ix_gift_card_moves_reference"), table_name="gift_card_moves")
    op.drop_index(op.f("ix_gift_card_moves_returns"), table_name="gift_card_moves")
    op.drop_column("gift_card_moves", "returns")
