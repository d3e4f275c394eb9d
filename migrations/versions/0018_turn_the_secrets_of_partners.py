"""Turn the secrets of partners."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.add_column(
        "partner_tokens",
        sa.Column("secret_version", sa.Integer(), server_default="1", nullable=False),
    )
    op.add_column("partner_tokens", sa.Column("old_secret_hash", sa.Text(), nullable=True))
    op.add_column(
        "partner_tokens",
        sa.Column("old_secret_until", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_unique_constraint(
        op.f("uq_partner_tokens_old_secret_hash"), "partner_tokens", ["old_secret_hash"]
    )


def downgrade() -> None:
    """Go back."""
    op.drop_constraint(op.f("uq_partner_tokens_old_secret_hash"), "partner_tokens", type_="unique")
    op.drop_column("partner_tokens", "old_secret_until")
    op.drop_column("partner_tokens", "old_secret_hash")
    op.drop_column("partner_tokens", "secret_version")
