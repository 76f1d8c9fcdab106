"""The board's filters look through mentions and posts; facets, lineage and memory come out as they went in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from nlp.normalisation import fold
from review.theme_digests import refresh
from store.database import Database
from store.repositories import mentions, themes
from store.repositories.theme_filters import ThemeFilter
from store.tables import DecidedMention, LineageEdge
from tests import builders
from tests.builders import START


@pytest.fixture
def board(database: Database) -> tuple[Database, dict[str, str]]:
    """Two needs and a praise, said in two channels."""
    with database.session() as session:
        forum, group = builders.channel(session, "论坛"), builders.channel(session, "群聊")
        slow = builders.theme(session, "充电很慢", score=80.0, keyphrases=["快充", "100%"])
        hot = builders.theme(session, "发热严重", score=60.0, keyphrases=["发烫"])
        praise = builders.theme(session, "拍照好看", score=90.0, intent="praise", keyphrases=[])
        who = builders.author(session)
        first = builders.post(
            session, forum, who, "充电太慢了", product="灵犀 X1", region="四川", posted_at=START, likes=7
        )
        second = builders.post(session, group, who, "手机发烫", posted_at=START + timedelta(days=9))
        builders.mention(session, first, slow, strength=0.9, products=["灵犀 X1", "充电器 67W"])
        builders.mention(session, second, slow, strength=0.4, intent="question")
        builders.mention(session, second, hot, "玩游戏时烫手", products=["灵犀 X2"])
        builders.mention(session, first, praise, "拍照真好看", intent="praise")
        refresh(session)
        names = {"forum": forum.id, "group": group.id, "slow": slow.id, "hot": hot.id, "praise": praise.id}
    return database, names


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["slow", "hot"]),
    ({"needs_only": False}, ["praise", "slow", "hot"]),
    ({"intent": "praise"}, ["praise"]),
    ({"status": "retired"}, []),
    ({"channel": "forum"}, ["slow"]),
    ({"channel": "group"}, ["slow", "hot"]),
    ({"product": "灵犀 X1"}, ["slow"]),
    ({"product": "充电器 67W"}, ["slow"]),
    ({"product": "灵犀 X2"}, ["hot"]),
    ({"product": "灵犀"}, []),
    ({"region": "四川"}, ["slow"]),
    ({"since": START + timedelta(days=1)}, ["slow", "hot"]),
    ({"until": START + timedelta(days=1)}, ["slow"]),
    ({"until": START}, []),
    # One and the same mention must satisfy all: in the forum, slow charging was only spoken of early.
    ({"channel": "forum", "since": START + timedelta(days=1)}, []),
    ({"q": "发热"}, ["hot"]),
    ({"q": "快充"}, ["slow"]),
    ({"q": "烫手"}, ["hot"]),
    ({"q": "%"}, ["slow"]),
    ({"q": "0%"}, ["slow"]),
    ({"q": "_"}, []),
    ({"q": '"'}, []),
    ({"q": "\x00"}, []),
    ({"q": "拍照"}, []),
]


@pytest.mark.parametrize(("filters", "expected"), FILTERS)
def test_the_board_shows_what_its_filters_ask_for(
    board: tuple[Database, dict[str, str]], filters: dict[str, Any], expected: list[str]
) -> None:
    database, names = board
    given = dict(filters)
    if "channel" in given:
        given["channel"] = names[given["channel"]]
    with database.session(readonly=True) as session:
        found = [theme.id for theme in themes.ranked(session, ThemeFilter(**given)).items]
    assert found == [names[name] for name in expected]


def test_a_latin_search_ignores_case(database: Database) -> None:
    with database.session() as session:
        made = builders.theme(session, "WiFi 断线")
        refresh(session)
        assert [theme.id for theme in themes.ranked(session, ThemeFilter(q=fold("ＷＩＦＩ"))).items] == [made.id]


def test_the_mentions_of_a_theme_come_with_their_posts_most_typical_first(
    board: tuple[Database, dict[str, str]],
) -> None:
    database, names = board
    with database.session(readonly=True) as session:
        page = mentions.of_theme(session, names["slow"])
        assert [row.mention.strength for row in page.items] == [0.9, 0.4]
        row = page.items[0]
        assert (row.channel_name, row.post.likes, row.post.text) == ("论坛", 7, "充电太慢了")
        assert row.author_alias.startswith("用户")
        asked = mentions.of_theme(session, names["slow"], intent="question").items
        assert [row.channel_name for row in asked] == ["群聊"]
        assert [row.mention.text for row in mentions.of_theme(session, names["slow"], q="太慢").items] == ["充电太慢了"]
        assert mentions.of_theme(session, names["slow"], channel=names["group"]).items[0].post.text == "手机发烫"


def test_facets_count_the_mentions_of_a_theme(board: tuple[Database, dict[str, str]]) -> None:
    database, names = board
    with database.session(readonly=True) as session:
        facets = themes.facets(session, names["slow"])
    assert [(facet.label, facet.count) for facet in facets.channels] == [
        (name, 1) for _, name in sorted([(names["forum"], "论坛"), (names["group"], "群聊")])
    ]
    # Named in the text and filed under: still one mention about it.
    assert {(facet.value, facet.count) for facet in facets.products} == {("灵犀 X1", 1), ("充电器 67W", 1)}
    assert [(facet.value, facet.count) for facet in facets.regions] == [("四川", 1)]
    assert {(facet.value, facet.count) for facet in facets.intents} == {("pain_point", 1), ("question", 1)}


def test_facets_of_the_board_count_active_themes(board: tuple[Database, dict[str, str]]) -> None:
    database, _ = board
    with database.session(readonly=True) as session:
        facets = themes.board_facets(session)
    assert {(facet.label, facet.count) for facet in facets.channels} == {("论坛", 2), ("群聊", 2)}
    assert {(facet.value, facet.count) for facet in facets.products} == {
        ("灵犀 X1", 2), ("充电器 67W", 1), ("灵犀 X2", 1),
    }  # fmt: skip


def test_lineage_names_both_ends_latest_first(database: Database) -> None:
    with database.session() as session:
        old, new = builders.theme(session, "充电"), builders.theme(session, "充电慢")
        session.add(LineageEdge(kind="mint", from_theme=None, to_theme=old.id, created_at=START))
        session.flush()
        session.add(LineageEdge(kind="split", from_theme=old.id, to_theme=new.id, created_at=START))
        session.flush()
        rows = themes.lineage(session, old.id)
    assert [(row.edge.kind, row.from_name, row.to_name) for row in rows] == [
        ("split", "充电", "充电慢"), ("mint", None, "充电"),
    ]  # fmt: skip


def test_memory_joins_what_is_held_with_what_was_held(database: Database) -> None:
    with database.session() as session:
        where = builders.post(session, builders.channel(session))
        target = builders.theme(session, "充电")
        source = builders.theme(session, "快充", status="merged", merged_into=target.id)
        builders.mention(session, where, target, key="a")
        session.add(DecidedMention(theme_id=source.id, key="b", strength=0.5))
        session.flush()
        keys = {theme.id: theme.mention_keys for theme in themes.remembered(session)}
    assert keys == {target.id: {"a"}, source.id: {"b"}}


def test_who_said_it_first_is_named_first(database: Database) -> None:
    with database.session() as session:
        where, made = builders.channel(session), builders.theme(session)
        late, early, timeless = (builders.author(session) for _ in range(3))
        _said(session, where, made, timeless, None)
        _said(session, where, made, late, 2)
        _said(session, where, made, early, 5)
        _said(session, where, made, early, 1)
        _said(session, where, made, None, 0)
        assert mentions.first_authors(session, made.id, limit=5) == (early.id, late.id, timeless.id)
        assert mentions.first_authors(session, made.id, limit=1) == (early.id,)


def _said(session: Session, where: Any, theme: Any, who: Any, day: int | None) -> None:
    posted_at = None if day is None else START + timedelta(days=day)
    builders.mention(session, builders.post(session, where, who, posted_at=posted_at), theme)
