"""Counts over time and totals of votes are read from indexes alone."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_WIDENED = (  # table, index before, its columns, index now, its columns
    (
        "posts", "ix_posts_time_id", ["posted_at", "id"],
        "ix_posts_time_person", ["posted_at", "id", "author_id", "channel_id"],
    ),
    (
        "mentions", "ix_mentions_post_id", ["post_id"],
        "ix_mentions_post_facts", ["post_id", "theme_id", "intent", "strength", "placed_by"],
    ),
    ("votes", "ix_votes_proposal_id", ["proposal_id"], "ix_votes_counted", ["proposal_id", "excluded_at", "voter"]),
)  # fmt: skip


def upgrade() -> None:
    """Three indexes are widened. That of intents goes: nearly all mentions have one of three, and it misled SQLite."""
    for table, before, _, now, columns in _WIDENED:
        op.create_index(now, table, columns)
        op.drop_index(before, table_name=table)
    op.drop_index("ix_mentions_intent", table_name="mentions")


def downgrade() -> None:
    """The narrow ones come back."""
    op.create_index("ix_mentions_intent", "mentions", ["intent"])
    for table, before, columns, now, _ in _WIDENED:
        op.create_index(before, table, columns)
        op.drop_index(now, table_name=table)
