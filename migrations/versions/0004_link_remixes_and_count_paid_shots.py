"""Link remixes to what they were made out of, and count paid shots."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "paid_shots",
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_paid_shots_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paid_shots")),
    )
    op.create_index(
        "ix_paid_shots_customer_id_ordered_at", "paid_shots", ["customer_id", "ordered_at"]
    )
    op.create_index(op.f("ix_paid_shots_ordered_at"), "paid_shots", ["ordered_at"])
    op.add_column("cameo_jobs", sa.Column("remix_of_id", sa.Text(collation="C"), nullable=True))
    op.create_index(op.f("ix_cameo_jobs_remix_of_id"), "cameo_jobs", ["remix_of_id"])
    op.create_foreign_key(
        op.f("fk_cameo_jobs_remix_of_id"),
        "cameo_jobs",
        "cameo_jobs",
        ["remix_of_id"],
        ["id"],
        ondelete="SET NULL",
    )


def downgrade() -> None:
    """Go back."""
    op.drop_constraint(op.f("fk_cameo_jobs_remix_of_id"), "cameo_jobs", type_="foreignkey")
    op.drop_index(op.f("ix_cameo_jobs_remix_of_id"), table_name="cameo_jobs")
    op.drop_column("cameo_jobs", "remix_of_id")
    op.drop_table("paid_shots")
