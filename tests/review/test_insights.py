"""Insights: which days a span holds, what counts in it, what rose and fell, and that every number can be recounted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from review.highlights import highlights
from review.insights import Insights, Span, insights, movement, span_of_days, span_of_weeks, stretches, week_of
from store.database import Database
from store.repositories import desk, posts
from store.repositories.answer_figures import PROMISE
from store.repositories.draft_order import QueueOrder
from store.repositories.insights import Reach
from store.repositories.post_filters import PostFilter
from store.tables import Author, Channel, Theme
from tests import builders

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 6, 1, tzinfo=ZONE)
WEEK = timedelta(weeks=1)
NOW = MONDAY + 8 * WEEK + timedelta(days=1)


def _reach(first: datetime, last: datetime) -> Reach:
    return Reach(first, last)


def test_a_span_ends_with_the_last_whole_week_and_leaves_out_the_one_under_way() -> None:
    wednesday = MONDAY + 5 * WEEK + timedelta(days=2, hours=15)
    span = span_of_weeks(4, reach=_reach(MONDAY, wednesday), now=wednesday, zone=ZONE)
    assert (span.since, span.until) == (MONDAY + WEEK, MONDAY + 5 * WEEK)


def test_a_span_over_posts_of_long_ago_ends_with_the_week_of_the_last_one() -> None:
    span = span_of_weeks(4, reach=_reach(MONDAY, MONDAY + timedelta(days=2)), now=MONDAY + 50 * WEEK, zone=ZONE)
    assert span.until == MONDAY + WEEK


def test_a_store_whose_first_posts_came_this_week_shows_this_week() -> None:
    now = MONDAY + timedelta(days=3)
    span = span_of_weeks(4, reach=_reach(MONDAY, now), now=now, zone=ZONE)
    assert span.until == MONDAY + WEEK


def test_midnight_is_that_of_the_products_zone() -> None:
    late_sunday = datetime(2026, 6, 7, 17, 0, tzinfo=UTC)  # 01:00 on Monday in Shanghai
    span = span_of_weeks(1, reach=_reach(MONDAY, late_sunday), now=MONDAY + 9 * WEEK, zone=ZONE)
    assert span.since == MONDAY + WEEK


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2026, 6, 2), date(2026, 6, 1)), (date(2020, 1, 1), date(2026, 1, 1)), (date(1, 1, 1), date(1, 1, 2))],
)
def test_days_that_make_no_span_are_refused(first: date, last: date) -> None:
    assert span_of_days(first, last, ZONE) is None


def test_own_days_include_the_last_one_and_its_last_week_may_be_short() -> None:
    span = span_of_days(date(2026, 6, 1), date(2026, 6, 10), ZONE)
    assert span is not None
    assert [week.length.days for week in stretches(span)] == [7, 3]
    assert week_of(date(2026, 6, 10), ZONE).since == MONDAY + WEEK


def test_movement_of_few_people_is_shrunk() -> None:
    assert 0 < movement(2, 1) < movement(20, 10)
    assert movement(5, 5) == 0


class Crowd:
    """Posts by week, said by people who speak once a week."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.where: Channel = builders.channel(session, "论坛")
        self.people: list[Author] = [builders.author(session) for _ in range(40)]

    def say(self, theme: Theme | None, week: int, people: int, *, intent: str = "pain_point") -> None:
        """So many people voice a theme in this week (0: the first)."""
        for number in range(people):
            at = MONDAY + week * WEEK + timedelta(hours=1 + number)
            post = builders.post(self.session, self.where, self.people[number], posted_at=at)
            builders.mention(self.session, post, theme, intent=intent)


def _crowd(session: Session) -> tuple[Crowd, Theme, Theme, Theme]:
    crowd = Crowd(session)
    rising, falling, steady = (builders.theme(session, name) for name in ("升温的", "降温的", "平稳的"))
    for week in range(8):
        crowd.say(rising, week, 2 if week < 6 else 20)
        crowd.say(falling, week, 20 if week < 6 else 2)
        crowd.say(steady, week, 10)
    crowd.say(None, 7, 3, intent="request")
    crowd.say(None, 7, 4, intent="chatter")
    return crowd, rising, falling, steady


def _of_weeks(session: Session, weeks: int) -> Insights:
    span = Span(MONDAY + (8 - weeks) * WEEK, MONDAY + 8 * WEEK)
    return insights(session, span, now=NOW)


def test_themes_rise_and_fall_against_their_own_past(database: Database) -> None:
    with database.session() as session:
        _, rising, falling, steady = _crowd(session)
        found = _of_weeks(session, 2)
        assert [mover.theme_id for mover in found.risers] == [rising.id]
        assert [mover.theme_id for mover in found.fallers] == [falling.id]
        assert steady.id not in {mover.theme_id for mover in (*found.risers, *found.fallers)}
        riser = found.risers[0]
        assert (riser.people, riser.weeks, riser.new) == (20, (20, 20), False)
        assert riser.expected == pytest.approx(2, abs=0.3)
        assert found.baseline_spans == 3


def test_a_theme_that_grows_with_the_whole_crowd_has_not_risen(database: Database) -> None:
    with database.session() as session:
        crowd = Crowd(session)
        themes = [builders.theme(session, name) for name in "甲乙丙"]
        for week in range(4):
            for theme in themes:
                crowd.say(theme, week, 5 if week < 3 else 25)
        span = Span(MONDAY + 3 * WEEK, MONDAY + 4 * WEEK)
        found = insights(session, span, now=NOW)
        assert found.risers == ()
        assert found.totals.people == 25


def test_without_a_past_nothing_rises_and_nothing_is_compared(database: Database) -> None:
    with database.session() as session:
        _crowd(session)
        found = insights(session, Span(MONDAY, MONDAY + 8 * WEEK), now=NOW)
        assert (found.risers, found.fallers, found.baseline_spans, found.before) == ((), (), 0, None)


def test_every_count_is_that_of_the_posts_it_leads_to(database: Database) -> None:
    with database.session() as session:
        crowd, rising, _, _ = _crowd(session)
        found = _of_weeks(session, 2)
        span = found.span

        def counted(**wanted: object) -> int:
            return posts.count(session, PostFilter(since=span.since, until=span.until, **wanted), most=10_000)  # type: ignore[arg-type]

        assert found.totals.posts == counted() == sum(week.posts for week in found.weeks)
        assert found.totals.needs == counted(intent="need")
        assert found.channels[0].posts == counted(channel=crowd.where.id)
        assert found.channels[0].posts_with_needs == counted(intent="need")
        riser = found.risers[0]
        assert counted(theme=rising.id, intent="need") == sum(riser.weeks)
        assert found.before is not None
        assert found.before.posts == posts.count(
            session, PostFilter(since=span.before.since, until=span.before.until), most=10_000
        )


def test_health_counts_needs_without_a_theme_and_leaves_chatter_out(database: Database) -> None:
    with database.session() as session:
        _crowd(session)
        found = _of_weeks(session, 2)
        assert found.health.pending == 3 == posts.count(session, PostFilter(pending=True), most=100)
        assert found.weeks[-1].needs - found.weeks[-1].placed == 3
        assert found.weeks[-1].intents["chatter"] == 4
        assert found.weeks[-1].strength == pytest.approx(0.8)


def test_posts_without_an_author_count_as_a_person_each(database: Database) -> None:
    with database.session() as session:
        where = builders.channel(session)
        for hour in range(3):
            builders.post(session, where, None, posted_at=MONDAY + timedelta(hours=hour))
        found = insights(session, Span(MONDAY, MONDAY + WEEK), now=NOW)
        assert found.totals.people == 3


def test_a_post_of_the_first_second_of_a_week_belongs_to_it(database: Database) -> None:
    with database.session() as session:
        where = builders.channel(session)
        for at in (MONDAY, MONDAY + WEEK - timedelta(microseconds=1), MONDAY + WEEK):
            builders.post(session, where, None, posted_at=at)
        found = insights(session, Span(MONDAY, MONDAY + 2 * WEEK), now=NOW)
        assert [week.posts for week in found.weeks] == [2, 1]


def test_a_store_without_posts_has_insights_of_nothing(database: Database) -> None:
    with database.session() as session:
        found = insights(session, Span(MONDAY, MONDAY + WEEK), now=NOW)
        assert found.latest is None
        assert found.totals.posts == 0
        assert highlights(session, found) == ()


def test_five_things_matter_and_none_is_said_twice(database: Database) -> None:
    with database.session() as session:
        _, rising, falling, _ = _crowd(session)
        for number in range(4):
            builders.theme(session, f"其他{number}", score=10.0 + number)
        said = highlights(session, _of_weeks(session, 2))
        assert len(said) == 5
        subjects = [one.subject for one in said if one.subject]
        assert len(set(subjects)) == len(subjects)
        assert {(one.kind, one.subject) for one in said} >= {("rose", rising.id), ("fell", falling.id)}


def test_the_backlog_is_what_the_queue_says_now_though_no_promise_ran_out_in_the_span(database: Database) -> None:
    with database.session() as session:
        where = builders.channel(session)
        for days in (200, 150, 0):
            post = builders.post(session, where, posted_at=NOW - timedelta(days=days))
            builders.draft(session, post)
        found = insights(session, Span(NOW - 4 * WEEK, NOW), now=NOW)
        assert found.answers.missed == 0
        assert (found.backlog.waiting, found.backlog.overdue) == (3, 2)
        assert found.backlog == desk.open_counts(session, QueueOrder(NOW, PROMISE))


def test_answers_are_held_against_the_promise_that_was_made_and_so_are_the_posts_behind_them(
    database: Database,
) -> None:
    with database.session() as session:
        builders.draft(session, builders.post(session, builders.channel(session), posted_at=NOW - timedelta(hours=30)))
        span = Span(NOW - 4 * WEEK, NOW)
        for hours, missed in ((72, 0), (24, 1)):
            promise = timedelta(hours=hours)
            found = insights(session, span, now=NOW, promise=promise)
            behind = PostFilter(reply="missed", since=found.acts.since, until=found.acts.until, promise=promise)
            assert found.promise == promise
            assert (found.answers.missed, found.backlog.overdue) == (missed, missed)
            assert sum(week.missed for week in found.answers_by_week) == missed
            assert posts.count(session, behind, most=10) == missed
