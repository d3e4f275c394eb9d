"""Tell when entries last changed."""

from collections.abc import Sequence

from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    op.create_index(op.f("ix_search_entries_changed_at"), "search_entries", ["changed_at"])


def downgrade() -> None:
    """Go back."""
    op.drop_index(op.f("ix_search_entries_changed_at"), "search_entries")
