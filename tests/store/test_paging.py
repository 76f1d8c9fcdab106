"""Pages by cursor: everything once, in order, whatever is added meanwhile; and no cursor but our own."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from store.database import Database
from store.paging import InvalidCursor, Page
from store.repositories import posts, proposals, sources, themes
from store.repositories.post_filters import PostFilter
from store.repositories.posts import PostRow
from store.tables import RejectedRow, Source, Theme
from tests import builders


def _all(session: Session, limit: int) -> list[Theme]:
    found: list[Theme] = []
    cursor = None
    while True:
        page = themes.ranked(session, cursor=cursor, limit=limit)
        assert len(page.items) <= limit
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_every_row_comes_once_and_in_order_whatever_the_size_of_a_page(database: Database, limit: int) -> None:
    scores = [50.0, 50.0, 0.1 + 0.2, 1 / 3, 99.9, 50.0, 0.0]
    with database.session() as session:
        made = {builders.theme(session, score=score).id for score in scores}
    with database.session(readonly=True) as session:
        found = _all(session, limit)
    assert {theme.id for theme in found} == made
    assert len(found) == len(scores)
    assert [theme.score for theme in found] == sorted(scores, reverse=True)


def test_rows_added_meanwhile_neither_repeat_nor_hide_others(database: Database) -> None:
    with database.session() as session:
        before = [builders.theme(session, score=float(score)) for score in (10, 20, 30, 40)]
        first = themes.ranked(session, limit=2)
        builders.theme(session, score=100.0)
        builders.theme(session, score=35.0)
        second = themes.ranked(session, cursor=first.next_cursor, limit=2)
    assert [theme.id for theme in first.items + second.items] == [theme.id for theme in reversed(before)]
    assert second.next_cursor is None


def test_posts_without_a_time_come_last_and_once(database: Database) -> None:
    with database.session() as session:
        where = builders.channel(session)
        timed = [builders.post(session, where).id for _ in range(3)]
        timeless = {builders.post(session, where, posted_at=None).id for _ in range(3)}
    found: list[PostRow] = []
    with database.session(readonly=True) as session:
        page: Page[PostRow] = posts.listed(session, PostFilter(), limit=2)
        found += page.items
        while page.next_cursor:
            page = posts.listed(session, PostFilter(), limit=2, cursor=page.next_cursor)
            found += page.items
    ids = [row.post.id for row in found]
    assert ids[:3] == timed[::-1]
    assert set(ids[3:]) == timeless
    assert len(ids) == 6


def test_an_ascending_list_with_numbered_rows_pages_too(database: Database) -> None:
    with database.session() as session:
        where = builders.channel(session)
        session.add(
            Source(id="src_1", channel_id=where.id, name="a", sha256="0", format="jsonl", created_at=builders.START)
        )
        session.flush()
        session.add_all(RejectedRow(source_id="src_1", line=line, reason="no text", raw="") for line in (9, 2, 5))
        session.flush()
        first = sources.rejected(session, "src_1", limit=2)
        second = sources.rejected(session, "src_1", limit=2, cursor=first.next_cursor)
    assert [row.line for row in first.items + second.items] == [2, 5, 9]


def _cursor(payload: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense", "ä", "%%%", "a", "e30", _cursor([]), _cursor({"a": 1}), _cursor(["themes", 1.0]),
        _cursor(["themes", "1", "thm_1"]), _cursor(["themes", None, "thm_1"]), _cursor(["themes", True, "thm_1"]),
        _cursor(["themes", 1.0, 5]), _cursor(["themes", float("nan"), "thm_1"]), _cursor(["themes", 1.0, "a\x00b"]),
        _cursor(["themes", 10**400, "thm_1"]), _cursor(["themes", 1.0, "\ud800"]), "WzE" * 5_000, "W" * 4_000,
        _cursor(["drafts", 1.0, "drf_1"]),
    ],
)  # fmt: skip
def test_a_cursor_of_somebody_else_is_refused(sqlite_database: Database, cursor: str) -> None:
    with sqlite_database.session(readonly=True) as session, pytest.raises(InvalidCursor):
        themes.ranked(session, cursor=cursor)


def test_a_cursor_of_another_order_of_the_same_list_is_refused(database: Database) -> None:
    with database.session() as session:
        for _ in range(2):
            builders.proposal(session, builders.theme(session))
        by_time = proposals.backlog(session, sort="updated", limit=1)
        with pytest.raises(InvalidCursor, match="another listing"):
            proposals.backlog(session, sort="votes", cursor=by_time.next_cursor)


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_whatever_makes_more_than_a_refusal(sqlite_database: Database, cursor: str) -> None:
    with sqlite_database.session(readonly=True) as session:
        try:
            themes.ranked(session, cursor=cursor)
        except InvalidCursor:
            return
    assert cursor == ""


@pytest.mark.parametrize("limit", [-5, 0])
def test_a_page_has_at_least_one_row(sqlite_database: Database, limit: int) -> None:
    with sqlite_database.session() as session:
        builders.theme(session)
        assert len(themes.ranked(session, limit=limit).items) == 1
