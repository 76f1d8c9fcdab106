"""Where each mention and theme lies on the theme map, and the moves of mentions that people made there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The next run fills the map. One index of mentions is widened, so that the map is read from indexes alone."""
    op.create_index("ix_mentions_key_theme", "mentions", ["key", "theme_id"])
    op.drop_index("ix_mentions_key", table_name="mentions")
    op.create_table(
        "map_points",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("x", sa.SmallInteger(), nullable=False),
        sa.Column("y", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_map_points")),
        sa.UniqueConstraint("key", name=op.f("uq_map_points_key")),
    )
    op.create_table(
        "map_islands",
        sa.Column("theme_id", sa.String(40), nullable=False),
        sa.Column("x", sa.Double(), nullable=False),
        sa.Column("y", sa.Double(), nullable=False),
        sa.Column("radius", sa.Double(), nullable=False),
        sa.Column("colour", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["theme_id"], ["themes.id"], name=op.f("fk_map_islands_theme_id_themes")),
        sa.PrimaryKeyConstraint("theme_id", name=op.f("pk_map_islands")),
    )
    op.create_table(
        "mention_moves",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("target", sa.String(40), nullable=True),
        sa.Column("mentions", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('split', 'move', 'dismiss')", name=op.f("ck_mention_moves_kind_known")),
        sa.ForeignKeyConstraint(["target"], ["themes.id"], name=op.f("fk_mention_moves_target_themes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mention_moves")),
    )
    op.create_index(op.f("ix_mention_moves_target"), "mention_moves", ["target"])
    op.create_table(
        "moved_mentions",
        sa.Column("move_id", sa.String(40), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("from_theme", sa.String(40), nullable=True),
        sa.Column("strength", sa.Double(), nullable=False),
        sa.Column("was_pinned", sa.Boolean(), nullable=False),
        sa.Column("pin_theme", sa.String(40), nullable=True),
        sa.Column(
            "remembered",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["move_id"], ["mention_moves.id"], name=op.f("fk_moved_mentions_move_id_mention_moves")),
        sa.ForeignKeyConstraint(["from_theme"], ["themes.id"], name=op.f("fk_moved_mentions_from_theme_themes")),
        sa.PrimaryKeyConstraint("move_id", "key", name=op.f("pk_moved_mentions")),
    )
    op.create_index("ix_moved_mentions_key", "moved_mentions", ["key"])


def downgrade() -> None:
    """The map comes back with the next run; moves stay as pins but can no longer be undone."""
    op.drop_index("ix_moved_mentions_key", table_name="moved_mentions")
    op.drop_table("moved_mentions")
    op.drop_index(op.f("ix_mention_moves_target"), table_name="mention_moves")
    op.drop_table("mention_moves")
    op.drop_table("map_islands")
    op.drop_table("map_points")
    op.create_index("ix_mentions_key", "mentions", ["key"])
    op.drop_index("ix_mentions_key_theme", table_name="mentions")
