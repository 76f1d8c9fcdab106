"""The order of the queue: overdue first, then demand times waiting; pages that do not overlap while the clock runs."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from review.principals import Role
from store.database import Database
from store.paging import InvalidCursor
from store.repositories import desk, drafts, threads
from store.repositories.answer_figures import PROMISE
from store.repositories.draft_order import MOST_PROMISES, OVERDUE, QueueOrder
from store.tables import Channel, Post
from tests import builders
from tests.builders import START

NOW = START + timedelta(days=60)
ORDER = QueueOrder(NOW, PROMISE)


def _draft(session: Session, *, priority: float, waited: timedelta | None, came: datetime | None = None) -> str:
    """A draft for a post that was written `waited` ago; without that, for one that carries no time."""
    posted = None if waited is None else NOW - waited
    post = builders.post(session, builders.channel(session), posted_at=posted, created_at=came or NOW)
    return builders.draft(session, post, priority=priority).id


def _queue(session: Session, order: QueueOrder = ORDER) -> list[str]:
    return [row.draft.id for row in drafts.queue(session, order).items]


def test_what_is_overdue_comes_before_any_demand_that_is_not(database: Database) -> None:
    with database.session() as session:
        wanted = _draft(session, priority=200, waited=PROMISE - timedelta(minutes=1))
        late = _draft(session, priority=1, waited=PROMISE)
        assert _queue(session) == [late, wanted]
        assert _queue(session, QueueOrder(NOW + timedelta(minutes=2), PROMISE)) == [wanted, late]
        assert _queue(session, QueueOrder(NOW, timedelta(hours=1))) == [wanted, late]


def test_demand_weighs_as_much_as_waiting(database: Database) -> None:
    with database.session() as session:
        strong = _draft(session, priority=100, waited=timedelta(hours=10))
        patient = _draft(session, priority=30, waited=timedelta(hours=40))
        weak = _draft(session, priority=30, waited=timedelta(hours=20))
        assert _queue(session) == [patient, strong, weak]
        place = desk.place_of(session, strong, ORDER)
        assert place is not None
        assert place.ahead == 1
        assert place.place == pytest.approx(100 * 10 / 72, abs=1e-3)


def test_old_archives_are_ordered_by_demand_alone(database: Database) -> None:
    with database.session() as session:
        older = _draft(session, priority=10, waited=timedelta(days=55))
        stronger = _draft(session, priority=11, waited=PROMISE * MOST_PROMISES)
        assert _queue(session) == [stronger, older]
        place = desk.place_of(session, older, ORDER)
        assert place is not None
        assert place.place == pytest.approx(OVERDUE + 10 * MOST_PROMISES)


def test_a_post_without_a_time_waits_since_it_came_and_one_from_the_future_has_not_waited(database: Database) -> None:
    with database.session() as session:
        ahead_of_time = _draft(session, priority=200, waited=-timedelta(days=2))
        timeless = _draft(session, priority=1, waited=None, came=NOW - timedelta(hours=5))
        assert _queue(session) == [timeless, ahead_of_time]
        place = desk.place_of(session, timeless, ORDER)
        assert place is not None
        assert place.waiting_since == NOW - timedelta(hours=5)


def test_pages_do_not_overlap_while_the_clock_runs_and_drafts_come(database: Database) -> None:
    with database.session() as session:
        made = {
            _draft(session, priority=10 + number % 7, waited=timedelta(hours=70 - number)) for number in range(12)
        }  # fmt: skip
        whole = _queue(session)
        first = drafts.queue(session, ORDER, limit=5)
        _draft(session, priority=300, waited=timedelta(hours=200))
        later = QueueOrder(NOW + timedelta(hours=30), PROMISE)  # some have become overdue meanwhile
        second = drafts.queue(session, later, cursor=first.next_cursor, limit=5)
        third = drafts.queue(session, later, cursor=second.next_cursor, limit=5)
        seen = [row.draft.id for page in (first, second, third) for row in page.items]
        assert seen == whole
        assert set(seen) == made
        assert third.next_cursor is None


@pytest.mark.parametrize("cursor", ["nonsense", "12.", "99999999999.x", "-1.abc", "1２.abc"])
def test_a_forged_cursor_is_refused(database: Database, cursor: str) -> None:
    with database.session() as session, pytest.raises(InvalidCursor):
        drafts.queue(session, ORDER, cursor=cursor)


def test_what_counts_as_overdue_is_what_waits_beyond_the_promise(database: Database) -> None:
    with database.session() as session:
        _draft(session, priority=1, waited=PROMISE)
        _draft(session, priority=1, waited=PROMISE - timedelta(seconds=1))
        counts = desk.open_counts(session, ORDER)
        assert (counts.waiting, counts.overdue) == (2, 1)


def test_the_neighbours_in_the_queue_are_those_one_may_open(database: Database) -> None:
    with database.session() as session:
        me, other = builders.person(session, Role.MODERATOR).id, builders.person(session, Role.MODERATOR).id
        ids = [_draft(session, priority=50 - number, waited=timedelta(hours=10)) for number in range(4)]
        until = NOW + timedelta(minutes=5)
        drafts.claim(session, ids[1], user_id=other, now=NOW, expires_at=until)
        drafts.claim(session, ids[3], user_id=me, now=NOW, expires_at=until)
        mine = QueueOrder(NOW, PROMISE, me)

        def beside(draft_id: str, step: str) -> str | None:
            return desk.beside(session, draft_id, mine, step=step, now=NOW)  # type: ignore[arg-type]

        assert beside(ids[0], "next") == ids[2]
        assert beside(ids[2], "next") == ids[3]
        assert beside(ids[3], "next") is None
        assert beside(ids[2], "previous") == ids[0]
        assert desk.beside(session, ids[0], mine, step="next", now=until) == ids[1]  # the claim has run out


def test_the_thread_is_what_stands_around_a_post(database: Database) -> None:
    with database.session() as session:
        where, elsewhere = builders.channel(session), builders.channel(session)
        said = [builders.post(session, where, text=f"第{number}句", thread="t") for number in range(7)]
        builders.post(session, elsewhere, thread="t")
        builders.post(session, where, thread="u")
        before, after = threads.neighbours(session, said[3], before=2, after=2)
        assert [post.text for post in before] == ["第1句", "第2句"]
        assert [post.text for post in after] == ["第4句", "第5句"]
        timeless = builders.post(session, where, thread="t", posted_at=None)
        assert threads.neighbours(session, timeless, before=2, after=2) == ((), ())


def test_in_a_chat_the_thread_is_what_was_said_shortly_before_and_after(database: Database) -> None:
    with database.session() as session:
        where, elsewhere = builders.channel(session), builders.channel(session)

        def said(text: str, minutes: float, channel: Channel = where) -> Post:
            return builders.post(session, channel, text=text, posted_at=NOW + timedelta(minutes=minutes))

        asked = said("什么型号？", 0)
        for text, minutes in (("早上好", -90), ("我的充不满", -3), ("S1", 2), ("晚安", 300)):
            said(text, minutes)
        said("别的群", 1, elsewhere)
        before, after = threads.neighbours(session, asked, before=4, after=3)
        assert [post.text for post in before + after] == ["我的充不满", "S1"]
