"""Sum up stock by lots and reservations."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What was on hand before there were lots becomes one lot, as old as this migration.
LOTS = """
INSERT INTO stock_lots (id, variant_id, lot, on_hand, expires_on)
SELECT 'lot_' || left(md5(stock.id), 26), stock.id, 'OPENING', stock.on_hand,
       (now() AT TIME ZONE 'Asia/Seoul')::date + coalesce(products.shelf_life_days, 3650)
FROM stock JOIN variants ON variants.id = stock.id
JOIN products ON products.id = variants.product_id
WHERE stock.on_hand > 0
"""
MOVES = """
INSERT INTO stock_moves (id, lot_id, variant_id, delta, reason)
SELECT 'mov_' || left(md5(id), 26), id, variant_id, on_hand, 'received' FROM stock_lots
"""
FRESHNESS = """
UPDATE stock SET fresh_until = stock_lots.expires_on
FROM stock_lots WHERE stock_lots.variant_id = stock.id
"""


def upgrade() -> None:
    """Go forward."""
    op.add_column("stock", sa.Column("fresh_until", sa.Date(), nullable=True))
    op.add_column("stock", sa.Column("reserved", sa.Integer(), server_default="0", nullable=False))
    op.add_column("stock", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("stock", sa.Column("low_since", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE stock SET on_hand = 0 WHERE on_hand IS NULL")
    op.alter_column(
        "stock", "on_hand", existing_type=sa.INTEGER(), server_default="0", nullable=False
    )
    for statement in (LOTS, MOVES, FRESHNESS):
        op.execute(statement)
    op.create_index(
        "ix_stock_lots_filled",
        "stock_lots",
        ["variant_id", "expires_on"],
        unique=False,
        postgresql_where=sa.text("on_hand > 0"),
    )
    op.drop_index(op.f("ix_stock_moves_variant_id"), table_name="stock_moves")
    op.create_index(
        "ix_stock_moves_variant_id_id", "stock_moves", ["variant_id", "id"], unique=False
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_stock_moves_variant_id_id", table_name="stock_moves")
    op.create_index(op.f("ix_stock_moves_variant_id"), "stock_moves", ["variant_id"], unique=False)
    op.drop_index(
        "ix_stock_lots_filled", table_name="stock_lots", postgresql_where=sa.text("on_hand > 0")
    )
    op.alter_column(
        "stock", "on_hand", existing_type=sa.INTEGER(), server_default=None, nullable=True
    )
    op.drop_column("stock", "low_since")
    op.drop_column("stock", "held_until")
    op.drop_column("stock", "reserved")
    op.drop_column("stock", "fresh_until")
