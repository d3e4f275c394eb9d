"""Send partners webhooks."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT = sa.DateTime(timezone=True)
TOKEN_MOMENTS = ("webhook_failing_since", "webhook_paused_at", "webhook_rung_at")
DELIVERY_MOMENTS = ("held_until", "tried_at", "gave_up_at")


def upgrade() -> None:
    """Go forward."""
    op.drop_column("partner_tokens", "webhook_secret")
    for name, first in (("webhook_version", "1"), ("webhook_failures", "0")):
        number = sa.Column(name, sa.Integer(), server_default=first, nullable=False)
        op.add_column("partner_tokens", number)
    for name in TOKEN_MOMENTS:
        op.add_column("partner_tokens", sa.Column(name, MOMENT, nullable=True))
    for name in DELIVERY_MOMENTS:
        op.add_column("webhook_deliveries", sa.Column(name, MOMENT, nullable=True))
    fault = sa.Column("last_fault", sa.String(length=24), nullable=True)
    op.add_column("webhook_deliveries", fault)
    op.add_column("webhook_deliveries", sa.Column("replay_of", sa.Text(), nullable=True))
    op.drop_index("ix_webhook_deliveries_due_at", "webhook_deliveries")
    op.drop_index(op.f("ix_webhook_deliveries_partner_id"), "webhook_deliveries")
    op.create_index(
        "ix_webhook_deliveries_waiting",
        "webhook_deliveries",
        ["partner_id", "due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_webhook_deliveries_partner_id_id", "webhook_deliveries", ["partner_id", "id"]
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_webhook_deliveries_partner_id_id", "webhook_deliveries")
    op.drop_index("ix_webhook_deliveries_waiting", "webhook_deliveries")
    op.create_index(op.f("ix_webhook_deliveries_partner_id"), "webhook_deliveries", ["partner_id"])
    op.create_index("ix_webhook_deliveries_due_at", "webhook_deliveries", ["due_at"])
    for name in ("replay_of", "last_fault", *reversed(DELIVERY_MOMENTS)):
        op.drop_column("webhook_deliveries", name)
    for name in (*reversed(TOKEN_MOMENTS), "webhook_failures", "webhook_version"):
        op.drop_column("partner_tokens", name)
    secret = sa.Column("webhook_secret", sa.LargeBinary(), nullable=True)
    op.add_column("partner_tokens", secret)
