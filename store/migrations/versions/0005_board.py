"""What people keep on the theme board: saved views, last visits, notes, owners; and what is counted ahead for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_TABLES = (
    "theme_points", "theme_texts", "theme_facets", "theme_owners", "theme_notes", "board_habits", "saved_views",
)  # fmt: skip


def upgrade() -> None:
    """Make the tables, and count for the themes that are there what runs count from now on."""
    _what_people_keep()
    _what_is_counted()
    _fill()


def downgrade() -> None:
    """Views, visits, notes and owners are lost; the rest can be counted again."""
    for table in _TABLES:
        op.drop_table(table)


def _what_people_keep() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("owner_id", sa.String(60), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_views"),
        sa.UniqueConstraint("owner_id", "name", name="uq_saved_views_owner_id_name"),
    )
    op.create_index("ix_saved_views_owner_id", "saved_views", ["owner_id"])
    op.create_index("ix_saved_views_shared", "saved_views", ["shared"])
    op.create_table(
        "board_habits",
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("previous_at", _MOMENT, nullable=True),
        sa.Column("seen_at", _MOMENT, nullable=True),
        sa.Column("default_view_id", sa.String(40), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name="pk_board_habits"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_board_habits_user_id_users"),
        sa.ForeignKeyConstraint(
            ["default_view_id"], ["saved_views.id"], name="fk_board_habits_default_view_id_saved_views"
        ),
    )
    op.create_table(
        "theme_notes",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("theme_id", sa.String(40), nullable=False),
        sa.Column("author_id", sa.String(60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_theme_notes"),
        sa.ForeignKeyConstraint(["theme_id"], ["themes.id"], name="fk_theme_notes_theme_id_themes"),
    )
    op.create_index("ix_theme_notes_theme_id_id", "theme_notes", ["theme_id", "id"])
    op.create_table(
        "theme_owners",
        sa.Column("theme_id", sa.String(40), nullable=False),
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("theme_id", name="pk_theme_owners"),
        sa.ForeignKeyConstraint(["theme_id"], ["themes.id"], name="fk_theme_owners_theme_id_themes"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_theme_owners_user_id_users"),
    )
    op.create_index("ix_theme_owners_user_id", "theme_owners", ["user_id"])


def _what_is_counted() -> None:
    op.create_table(
        "theme_facets",
        sa.Column("theme_id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.Column("mentions", sa.Integer(), nullable=False),
        sa.Column("first_at", _MOMENT, nullable=True),
        sa.Column("last_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("theme_id", "kind", "value", name="pk_theme_facets"),
        sa.ForeignKeyConstraint(["theme_id"], ["themes.id"], name="fk_theme_facets_theme_id_themes"),
        sa.CheckConstraint("kind IN ('channel', 'product', 'region', 'intent')", name="ck_theme_facets_kind_known"),
    )
    op.create_index("ix_theme_facets_kind_value_theme_id", "theme_facets", ["kind", "value", "theme_id"])
    op.create_table(
        "theme_texts",
        sa.Column("theme_id", sa.String(40), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("theme_id", name="pk_theme_texts"),
        sa.ForeignKeyConstraint(["theme_id"], ["themes.id"], name="fk_theme_texts_theme_id_themes"),
    )
    op.create_table(
        "theme_points",
        sa.Column("theme_id", sa.String(40), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("run_id", sa.String(40), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("authors", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("theme_id", "at", name="pk_theme_points"),
        sa.ForeignKeyConstraint(["theme_id"], ["themes.id"], name="fk_theme_points_theme_id_themes"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_theme_points_run_id_runs"),
    )
    op.create_index("ix_theme_points_at", "theme_points", ["at"])


_FACETS = """
INSERT INTO theme_facets (theme_id, kind, value, mentions, first_at, last_at)
SELECT m.theme_id, '{kind}', {value}, COUNT(DISTINCT m.id), MIN(p.posted_at), MAX(p.posted_at)
FROM mentions m JOIN posts p ON p.id = m.post_id {more}
WHERE m.theme_id IS NOT NULL AND {value} <> ''
GROUP BY m.theme_id, {value}
"""
_NAMED = {  # the products a text names and the one its post is filed under, as rows n.value of mention n.id
    "sqlite": """JOIN (
        SELECT o.id AS id, e.value AS value FROM mentions o, json_each(o.products) e
        UNION SELECT o.id, q.product FROM mentions o JOIN posts q ON q.id = o.post_id
    ) n ON n.id = m.id""",
    "postgresql": """JOIN (
        SELECT o.id AS id, e.value AS value FROM mentions o, jsonb_array_elements_text(o.products) AS e(value)
        UNION SELECT o.id, q.product FROM mentions o JOIN posts q ON q.id = o.post_id
    ) n ON n.id = m.id""",
}
_LINES = {"sqlite": "group_concat({text}, char(10))", "postgresql": "string_agg({text}, chr(10))"}


def _fill() -> None:
    dialect = op.get_bind().dialect.name
    for kind, value in (("channel", "p.channel_id"), ("region", "p.region"), ("intent", "m.intent")):
        op.execute(_FACETS.format(kind=kind, value=value, more=""))
    op.execute(_FACETS.format(kind="product", value="n.value", more=_NAMED[dialect]))
    # The next run folds traditional and full-width characters too.
    op.execute(
        "INSERT INTO theme_texts (theme_id, head, said) SELECT t.id, lower(t.name), coalesce((SELECT "
        + _LINES[dialect].format(text="lower(m.text)")
        + " FROM mentions m WHERE m.theme_id = t.id), '') FROM themes t"
    )
    op.execute(
        "INSERT INTO theme_points (theme_id, at, run_id, rank, score, authors, size) "
        "SELECT t.id, coalesce(r.created_at, t.updated_at), t.run_id, NULL, t.score, t.authors, t.size "
        "FROM themes t LEFT JOIN runs r ON r.id = t.run_id WHERE t.status = 'active'"
    )
