"""A store of before the board's tables: upgrading counts for the themes that are there what runs count from then on."""

from __future__ import annotations

from alembic import command
from sqlalchemy import delete

from review.theme_digests import refresh
from store.database import Database
from store.migrations import configuration
from store.repositories import theme_digests, themes
from store.repositories.theme_filters import ThemeFilter
from store.tables import ThemeFacet
from tests import builders


def test_an_upgrade_counts_the_themes_that_are_there(database: Database) -> None:
    with database.session() as session:
        forum, group = builders.channel(session, "论坛"), builders.channel(session, "群聊")
        theme = builders.theme(session, "WiFi 断线", authors=2, size=2, score=61.5)
        gone = builders.theme(session, "旧的", status="retired")
        first = builders.post(session, forum, product="路由器", region="四川")
        second = builders.post(session, group)
        builders.mention(session, first, theme, "总是断线", products=["路由器", "手机"])
        builders.mention(session, second, theme, "Wi-Fi 连不上", intent="question")
    with database.engine.begin() as connection:
        command.downgrade(configuration(connection), "0004")
        command.upgrade(configuration(connection), "head")
    with database.session() as session:
        counted = {(row.kind, row.value): row.mentions for row in session.query(ThemeFacet)}
        assert counted == {
            ("channel", forum.id): 1, ("channel", group.id): 1, ("region", "四川"): 1, ("intent", "pain_point"): 1,
            ("intent", "question"): 1, ("product", "路由器"): 1, ("product", "手机"): 1,
        }  # fmt: skip
        found = themes.ranked(session, ThemeFilter(q="wi-fi 连不上", channel=group.id)).items
        assert [one.id for one in found] == [theme.id]
        (point,) = theme_digests.points(session, theme.id)
        assert (point.score, point.authors, point.size) == (61.5, 2, 2)
        assert theme_digests.points(session, gone.id) == ()
        times = {(row.kind, row.value): (row.first_at, row.last_at) for row in session.query(ThemeFacet)}
        session.execute(delete(ThemeFacet))
        refresh(session)
        assert {(row.kind, row.value): row.mentions for row in session.query(ThemeFacet)} == counted
        assert {(row.kind, row.value): (row.first_at, row.last_at) for row in session.query(ThemeFacet)} == times
