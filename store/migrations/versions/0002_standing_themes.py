"""Themes remember how much they have changed; mentions know whether a run or assignment placed them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Earlier themes count as settled at the size they have; earlier mentions were placed by runs."""
    op.add_column("themes", sa.Column("settled_size", sa.Integer(), nullable=True))
    op.add_column("themes", sa.Column("changed", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("mentions", sa.Column("placed_by", sa.String(20), nullable=False, server_default="run"))
    op.create_index("ix_mentions_placed_by", "mentions", ["placed_by"])


def downgrade() -> None:
    """Only counts and a mark are lost."""
    op.drop_index("ix_mentions_placed_by", table_name="mentions")
    op.drop_column("mentions", "placed_by")
    op.drop_column("themes", "changed")
    op.drop_column("themes", "settled_size")
