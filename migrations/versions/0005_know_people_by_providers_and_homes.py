"""Know people by providers and homes."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.Text(collation="C"), nullable=False)


def _created_at() -> sa.Column[datetime]:
    now = sa.text("now()")
    return sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False)


def upgrade() -> None:
    """Go forward."""
    op.add_column("customers", sa.Column("home_channel", sa.Text(), nullable=True))
    op.create_index(
        "ix_customers_guests",
        "customers",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("is_guest and erased_at is null"),
    )
    op.create_table(
        "identities",
        _id(),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        _created_at(),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_identities_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint("provider", "subject", name=op.f("uq_identities_provider_subject")),
    )
    op.create_index(op.f("ix_identities_customer_id"), "identities", ["customer_id"])
    op.create_table(
        "sign_in_states",
        _id(),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=True),
        sa.Column("links", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        _created_at(),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_sign_in_states_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_states")),
    )
    op.create_index(op.f("ix_sign_in_states_customer_id"), "sign_in_states", ["customer_id"])
    op.create_index(op.f("ix_sign_in_states_expires_at"), "sign_in_states", ["expires_at"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("sign_in_states")
    op.drop_table("identities")
    op.drop_index("ix_customers_guests", "customers")
    op.drop_column("customers", "home_channel")
