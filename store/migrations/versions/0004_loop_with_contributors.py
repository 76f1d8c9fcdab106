"""Followers, releases, consent to credit, contributors' keys; flags on votes and votes set aside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Earlier votes all count; of earlier proposals nobody noted mentions, channels and products (NULL)."""
    for name in ("mentions", "channels", "products"):
        op.add_column("proposals", sa.Column(name, sa.Integer(), nullable=True))
    with op.batch_alter_table("votes") as batch:
        batch.add_column(sa.Column("link", sa.String(500), nullable=False, server_default=""))
        batch.add_column(sa.Column("excluded_at", TIME, nullable=True))
        batch.add_column(sa.Column("excluded_by", sa.String(60), nullable=True))
        batch.add_column(sa.Column("exclusion_reason", sa.Text(), nullable=False, server_default=""))
        batch.create_check_constraint(
            op.f("ck_votes_excluded_by_somebody_for_a_reason"),
            "(excluded_at IS NULL) = (excluded_by IS NULL) AND (excluded_at IS NULL) = (exclusion_reason = '')",
        )
    _contributors()
    _releases()


def _contributors() -> None:
    op.create_table(
        "follows",
        sa.Column("proposal_id", sa.String(40), nullable=False),
        sa.Column("follower", sa.String(40), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_follows_proposal_id_proposals")),
        sa.ForeignKeyConstraint(["follower"], ["authors.id"], name=op.f("fk_follows_follower_authors")),
        sa.PrimaryKeyConstraint("proposal_id", "follower", name=op.f("pk_follows")),
    )
    op.create_index(op.f("ix_follows_follower"), "follows", ["follower"])
    op.create_table(
        "credits",
        sa.Column("author_id", sa.String(40), nullable=False),
        sa.Column("display_name", sa.String(60), nullable=False),
        sa.Column("provenance", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.String(60), nullable=False),
        sa.Column("agreed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name=op.f("fk_credits_author_id_authors")),
        sa.PrimaryKeyConstraint("author_id", name=op.f("pk_credits")),
    )
    op.create_table(
        "contributor_keys",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("author_id", sa.String(40), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("created_by", sa.String(60), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.CheckConstraint("kind IN ('link', 'session')", name=op.f("ck_contributor_keys_kind_known")),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name=op.f("fk_contributor_keys_author_id_authors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contributor_keys")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_contributor_keys_secret_hash")),
    )
    op.create_index(op.f("ix_contributor_keys_author_id"), "contributor_keys", ["author_id"])
    op.create_index(op.f("ix_contributor_keys_expires_at"), "contributor_keys", ["expires_at"])
    op.create_table(
        "vote_flags",
        sa.Column("vote_id", sa.String(40), nullable=False),
        sa.Column("signal", sa.String(20), nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint(
            "signal IN ('burst', 'fresh_account', 'shared_text')", name=op.f("ck_vote_flags_signal_known")
        ),
        sa.ForeignKeyConstraint(["vote_id"], ["votes.id"], name=op.f("fk_vote_flags_vote_id_votes")),
        sa.PrimaryKeyConstraint("vote_id", "signal", name=op.f("pk_vote_flags")),
    )


def _releases() -> None:
    op.create_table(
        "releases",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("product", sa.String(100), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("released_at", TIME, nullable=False),
        sa.Column("published_at", TIME, nullable=True),
        sa.Column("created_by", sa.String(60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.CheckConstraint("status IN ('draft', 'published')", name=op.f("ck_releases_status_known")),
        sa.CheckConstraint(
            "(status = 'published') = (published_at IS NOT NULL)", name=op.f("ck_releases_published_has_time")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
    )
    op.create_index("ix_releases_status_released_id", "releases", ["status", "released_at", "id"])
    op.create_table(
        "released_proposals",
        sa.Column("proposal_id", sa.String(40), nullable=False),
        sa.Column("release_id", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name=op.f("fk_released_proposals_proposal_id_proposals")
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.id"], name=op.f("fk_released_proposals_release_id_releases")
        ),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_released_proposals")),
    )
    op.create_index(op.f("ix_released_proposals_release_id"), "released_proposals", ["release_id"])


def downgrade() -> None:
    """Votes that were set aside count again; releases, followers and consents are lost."""
    for table in ("released_proposals", "releases", "vote_flags", "contributor_keys", "credits", "follows"):
        op.drop_table(table)
    with op.batch_alter_table("votes") as batch:
        batch.drop_constraint(op.f("ck_votes_excluded_by_somebody_for_a_reason"), type_="check")
        for name in ("exclusion_reason", "excluded_by", "excluded_at", "link"):
            batch.drop_column(name)
    for name in ("products", "channels", "mentions"):
        op.drop_column("proposals", name)
