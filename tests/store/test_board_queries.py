"""What the board shows beside a theme: what changed since a moment, owners, places; and the talk around a post."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from review import theme_digests, theme_owners
from review.principals import SYSTEM, Role
from review.theme_counts import recount
from review.themes import rename
from store.database import Database
from store.repositories import board, theme_people, themes, threads
from store.repositories import theme_digests as digests
from store.repositories.theme_digests import Standing
from store.repositories.theme_filters import ThemeFilter
from store.tables import Run, Theme
from tests import builders
from tests.builders import START


def _run(session: Session) -> str:
    run = Run(id="run_1", encoder={}, parameters={}, timings={}, posts=1, mentions=1, themes=1, created_at=START)
    session.add(run)
    session.flush()
    return run.id


def test_changes_are_told_against_the_last_word_before_the_visit(database: Database) -> None:
    with database.session() as session:
        old = builders.theme(session, "充电", authors=5, score=50.0)
        quiet = builders.theme(session, "屏幕", authors=3)
        run = _run(session)
        digests.add_points(session, run_id=run, at=START)
        visit = START + timedelta(hours=1)
        old.authors, old.score = 8, 53.21
        born = builders.theme(session, "闹钟", authors=2, created_at=START + timedelta(hours=2))
        session.flush()
        found = board.changes_of(session, [old.id, quiet.id, born.id], since=visit)
        assert (found[old.id].people, found[old.id].score, found[old.id].new) == (3, 3.2, False)
        assert (found[quiet.id].people, found[quiet.id].score) == (0, 0.0)
        assert found[born.id].new
        changed = themes.ranked(session, ThemeFilter(changed_since=visit)).items
        assert {theme.id for theme in changed} == {old.id, born.id}
        assert themes.count(session, ThemeFilter(changed_since=visit, born_since=visit)) == 1


def test_a_word_between_runs_is_replaced_by_a_later_one_of_the_same_moment_but_never_a_runs(
    database: Database,
) -> None:
    with database.session() as session:
        theme = builders.theme(session, authors=5)
        digests.add_points(session, run_id=_run(session), at=START)
        for authors, at in ((6, START), (7, START + timedelta(hours=1)), (8, START + timedelta(hours=1))):
            digests.set_point(session, Standing(theme.id, 50.0, authors, 9), at=at)
        told = [(point.at, point.authors, point.run_id) for point in digests.points(session, theme.id)]
    assert told == [(START, 5, "run_1"), (START + timedelta(hours=1), 8, None)]


def test_a_run_takes_the_place_of_a_word_between_runs_that_was_dated_ahead(database: Database) -> None:
    with database.session() as session:
        theme = builders.theme(session, authors=60)
        digests.set_point(session, Standing(theme.id, 50.0, 52, 60), at=START + timedelta(hours=1))
        digests.add_points(session, run_id=_run(session), at=START + timedelta(minutes=30))
        told = [(point.authors, point.run_id) for point in digests.points(session, theme.id)]
        changes = board.changes_of(session, [theme.id], since=START + timedelta(hours=2))
    assert told == [(60, "run_1")]
    assert changes[theme.id].people == 0


def test_ranks_are_counted_among_needs(database: Database) -> None:
    with database.session() as session:
        praise = builders.theme(session, "好看", intent="praise", score=99.0)
        first, second = builders.theme(session, score=80.0), builders.theme(session, score=70.0)
        digests.add_points(session, run_id=_run(session), at=START)
        ranks = {one.id: digests.points(session, one.id)[0].rank for one in (praise, first, second)}
    assert ranks == {praise.id: None, first.id: 1, second.id: 2}


def test_orders_go_by_what_they_say_and_pages_fit_together(database: Database) -> None:
    with database.session() as session:
        for number in range(5):
            builders.theme(
                session, f"主题{number}", authors=number % 3, growth=-number / 10, severity=number / 10,
                last_seen=None if number == 2 else START - timedelta(days=number), score=50.0,
            )  # fmt: skip
        orders = {
            "people": lambda theme: -theme.authors,
            "growth": lambda theme: -theme.growth,
            "severity": lambda theme: -theme.severity,
            "latest": lambda theme: (theme.last_seen is None, -(theme.last_seen or START).timestamp()),
        }
        for sort, key in orders.items():
            first = themes.ranked(session, sort=sort, limit=2)  # type: ignore[arg-type]
            rest = themes.ranked(session, sort=sort, cursor=first.next_cursor, limit=9)  # type: ignore[arg-type]
            found: list[Theme] = [*first.items, *rest.items]
            assert [key(theme) for theme in found] == sorted(key(theme) for theme in found), sort
            assert len({theme.id for theme in found}) == 5


def test_owners_filter_the_board(database: Database) -> None:
    with database.session() as session:
        who = builders.person(session, Role.PRODUCT_MANAGER, "小李")
        mine, nobodys = builders.theme(session), builders.theme(session)
        theme_owners.assign(session, who, mine.id, owner_id=who.id, version=1)
        assert [theme.id for theme in themes.ranked(session, ThemeFilter(owner=who.id)).items] == [mine.id]
        assert [theme.id for theme in themes.ranked(session, ThemeFilter(owner="none")).items] == [nobodys.id]
        assert [owner.name for owner in board.owners(session)] == ["小李"]


def test_places_are_named_most_mentions_first(database: Database) -> None:
    with database.session() as session:
        forum, group = builders.channel(session, "论坛"), builders.channel(session, "群聊")
        theme = builders.theme(session)
        for where, product in ((group, "X1"), (group, "X2"), (forum, "X2")):
            builders.mention(session, builders.post(session, where, product=product), theme)
        theme_digests.refresh(session, [theme.id])
        assert board.facets_of(session, [theme.id])[theme.id] == board.Places(("群聊", "论坛"), ("X2", "X1"))


def test_a_recount_leaves_other_themes_digests_alone(database: Database) -> None:
    with database.session() as session:
        where = builders.channel(session)
        one, other = builders.theme(session), builders.theme(session)
        for theme in (one, other):
            builders.mention(session, builders.post(session, where), theme)
        theme_digests.refresh(session)
        builders.mention(session, builders.post(session, where, text="新说法"), one)
        recount(session, one)
        assert themes.facets(session, one.id).channels[0].count == 2
        assert themes.facets(session, other.id).channels[0].count == 1
        assert [theme.id for theme in themes.ranked(session, ThemeFilter(q="新说法")).items] == [one.id]


def test_people_of_two_themes_are_counted_once_together(database: Database) -> None:
    with database.session() as session:
        where, both = builders.channel(session), builders.author(session)
        one, other = builders.theme(session), builders.theme(session)
        for theme in (one, other):
            builders.mention(session, builders.post(session, where, both), theme)
            builders.mention(session, builders.post(session, where, None), theme)
        assert theme_people.together(session, [one.id, other.id]) == 3
        assert theme_people.shared_with(session, one.id) == {other.id: 1}
        assert theme_people.shared_with(session, one.id, others=[one.id]) == {}


def test_a_thread_shows_what_was_said_before_and_after(database: Database) -> None:
    with database.session() as session:
        where, elsewhere = builders.channel(session), builders.channel(session)
        said = [
            builders.post(session, where, text=f"第{number}楼", thread="t1", posted_at=START + timedelta(days=number))
            for number in range(7)
        ]
        builders.post(session, where, text="别的帖子", thread="t2", posted_at=START + timedelta(days=3))
        builders.post(session, elsewhere, text="别的渠道", thread="t1", posted_at=START + timedelta(days=3))
        thread = threads.around(session, said[3].id, before=2, after=2)
    assert thread is not None
    assert thread.kind == "thread"
    assert [row.post.text for row in (*thread.before, thread.post, *thread.after)] == [
        "第1楼", "第2楼", "第3楼", "第4楼", "第5楼",
    ]  # fmt: skip


def test_a_chat_shows_the_talk_of_those_minutes_and_what_is_answered(database: Database) -> None:
    with database.session() as session:
        where = builders.channel(session)
        long_ago = builders.post(session, where, text="上周的问题", posted_at=START - timedelta(days=7), key="q1")
        builders.post(session, where, text="昨天的话", posted_at=START - timedelta(days=1))
        near = builders.post(session, where, text="刚才说的", posted_at=START - timedelta(minutes=3))
        here = builders.post(session, where, text="我也是", posted_at=START, reply_to="q1", key="a1")
        late = builders.post(session, where, text="谢谢", posted_at=START + timedelta(days=2), reply_to="a1")
        thread = threads.around(session, here.id)
    assert thread is not None
    assert thread.kind == "talk"
    assert thread.answers is not None
    assert thread.answers.post.id == long_ago.id
    assert [row.post.id for row in thread.before] == [near.id]
    assert [row.post.id for row in thread.after] == [late.id]


def test_a_post_nobody_spoke_around_stands_alone(database: Database) -> None:
    with database.session() as session:
        where = builders.channel(session)
        lonely = builders.post(session, where, posted_at=None)
        thread = threads.around(session, lonely.id)
        assert thread is not None
        assert (thread.kind, thread.before, thread.after, thread.answers) == ("alone", (), (), None)
        assert threads.around(session, "pst_none") is None


def test_what_a_colleague_edited_is_told_and_neither_ones_own_nor_a_runs_acts(database: Database) -> None:
    with database.session() as session:
        me, other = builders.person(session, Role.PRODUCT_MANAGER), builders.person(session, Role.PRODUCT_MANAGER)
        mine, theirs, routed = (builders.theme(session) for _ in range(3))
        for who, theme in ((me, mine), (other, theirs), (SYSTEM, routed)):
            rename(session, who, theme.id, name="改名", version=1)
        ids = [mine.id, theirs.id, routed.id]
        assert board.edited_since(session, ids, since=START, but_by=me.id) == {theirs.id}
