"""Drafts that were passed over, notes on drafts the system changed, replies that became knowledge."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nothing was passed over, noted or adopted before."""
    op.add_column("drafts", sa.Column("note", sa.String(40), nullable=False, server_default=""))
    op.create_index("ix_drafts_decided_by_at", "drafts", ["decided_by", "decided_at"])
    op.create_table(
        "draft_skips",
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("draft_id", sa.String(40), nullable=False),
        sa.Column("skipped_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_draft_skips_user_id_users")),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_draft_skips_draft_id_drafts")),
        sa.PrimaryKeyConstraint("user_id", "draft_id", name=op.f("pk_draft_skips")),
    )
    op.create_index(op.f("ix_draft_skips_draft_id"), "draft_skips", ["draft_id"])
    op.create_table(
        "adopted_answers",
        sa.Column("draft_id", sa.String(40), nullable=False),
        sa.Column("knowledge_id", sa.String(40), nullable=False),
        sa.Column("adopted_by", sa.String(40), nullable=False),
        sa.Column("adopted_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_adopted_answers_draft_id_drafts")),
        sa.ForeignKeyConstraint(
            ["knowledge_id"], ["knowledge.id"], name=op.f("fk_adopted_answers_knowledge_id_knowledge")
        ),
        sa.PrimaryKeyConstraint("draft_id", name=op.f("pk_adopted_answers")),
        sa.UniqueConstraint("knowledge_id", name=op.f("uq_adopted_answers_knowledge_id")),
    )


def downgrade() -> None:
    """The knowledge that replies became stays; only where it came from is forgotten."""
    op.drop_table("adopted_answers")
    op.drop_index(op.f("ix_draft_skips_draft_id"), table_name="draft_skips")
    op.drop_table("draft_skips")
    op.drop_index("ix_drafts_decided_by_at", table_name="drafts")
    op.drop_column("drafts", "note")
