"""Count facets in the index."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go forward."""
    facets = postgresql.ARRAY(sa.Text())
    op.add_column(
        "search_entries", sa.Column("facets", facets, server_default="{}", nullable=False)
    )
    # Entries get theirs after the deploy, as they are of an older version.


def downgrade() -> None:
    """Go back; who goes forward again finds entries of no known version."""
    op.execute("UPDATE search_entries SET basis = ''")
    op.drop_column("search_entries", "facets")
