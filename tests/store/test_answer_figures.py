"""The figures of answering: how soon, how many within the promise, how much of the drafts was kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from review.principals import Role
from store.database import Database
from store.repositories import posts
from store.repositories.answer_figures import AnswerFigures, answer_figures, offered_text
from store.repositories.post_filters import PostFilter
from store.tables import Draft
from tests import builders
from tests.builders import START

DAY = timedelta(days=1)
UNTIL = START + 30 * DAY
OFFERED = "感谢反馈。请使用原装充电器。"


def _draft(session: Session, *, asked: float, **fields: Any) -> Draft:
    """A draft for a post of that day of the span."""
    post = builders.post(session, builders.channel(session), posted_at=START + asked * DAY)
    return builders.draft(session, post, **fields)


def _answered(session: Session, *, asked: float, hours: float, text: str = OFFERED, **fields: Any) -> Draft:
    decided_by = builders.person(session, Role.MODERATOR).id
    values: dict[str, Any] = {
        "status": "approved" if text == OFFERED else "edited", "final_text": text, "decided_by": decided_by,
        "decided_at": START + asked * DAY + timedelta(hours=hours),
    }  # fmt: skip
    return _draft(session, asked=asked, **values | fields)


def test_an_empty_span_has_counts_and_no_shares(database: Database) -> None:
    with database.session() as session:
        _draft(session, asked=29)  # its promise runs out after the span
        found = answer_figures(session, START, UNTIL)
    assert found == AnswerFigures(0, 0, 0, 0, None, None, 0, None, 0, 0, None, None, 0, None)


def test_time_to_answer_runs_from_the_post_to_the_reply(database: Database) -> None:
    with database.session() as session:
        for number, hours in enumerate((1, 2, 3, 4, 100)):
            _answered(session, asked=number, hours=hours)
        found = answer_figures(session, START, UNTIL)
    assert (found.answered, found.within_promise) == (5, 4)
    assert found.hours_median == pytest.approx(3)
    assert found.hours_p90 == pytest.approx(4 + 0.6 * 96)  # as numpy.percentile
    assert found.within_promise_share == pytest.approx(4 / 5)


def test_whom_nobody_answered_in_time_counts_against_the_promise(database: Database) -> None:
    with database.session() as session:
        _answered(session, asked=1, hours=5)
        _draft(session, asked=2)
        _draft(session, asked=28)  # has time left when the span ends
        found = answer_figures(session, START, UNTIL)
        later = answer_figures(session, UNTIL, UNTIL + 30 * DAY)
        strict = answer_figures(session, START, UNTIL, promise=timedelta(hours=4))
    assert found.missed == 1
    assert found.within_promise_share == pytest.approx(1 / 2)
    assert (later.answered, later.missed, later.within_promise_share) == (0, 1, 0.0)
    assert (strict.within_promise, strict.missed) == (0, 2)


def test_who_was_never_answered_stays_missed_when_the_draft_expires(database: Database) -> None:
    with database.session() as session:
        _draft(session, asked=2, status="expired", note="too_old")
        _draft(session, asked=3, status="expired", note="post_gone")  # there is nobody to answer any more
        found = answer_figures(session, START, UNTIL)
        listed = posts.listed(session, PostFilter(reply="missed", since=START, until=UNTIL))
    assert found.missed == len(listed.items) == 1


def test_a_promise_that_runs_out_later_is_not_broken_yet(database: Database) -> None:
    with database.session() as session:
        _draft(session, asked=2)
        running = answer_figures(session, START, UNTIL, now=START + 4 * DAY)
        assert running.missed == 0
        assert answer_figures(session, START, UNTIL, now=START + 6 * DAY).missed == 1
        soon = builders.post(session, builders.channel(session), posted_at=datetime.now(UTC) - timedelta(hours=71))
        builders.draft(session, soon)
        tomorrow = PostFilter(reply="missed", since=UNTIL, until=datetime.now(UTC) + 2 * DAY)
        assert not posts.listed(session, tomorrow).items


def test_a_reply_counts_when_it_left_and_else_when_it_was_approved(database: Database) -> None:
    with database.session() as session:
        draft = _answered(session, asked=1, hours=2)
        draft.status, draft.published_at = "published", START + 31 * DAY
        found = answer_figures(session, START, UNTIL)
        later = answer_figures(session, UNTIL, UNTIL + 30 * DAY)
    assert (found.answered, found.missed) == (0, 0)
    assert (later.answered, later.published, later.hours_median) == (1, 1, 30 * 24)


def test_what_was_kept_of_the_drafts(database: Database) -> None:
    with database.session() as session:
        _answered(session, asked=1, hours=1)
        _answered(session, asked=2, hours=1, text=OFFERED.replace("原装充电器", "随机充电头"))
        _answered(session, asked=3, hours=1, text="需要到店检测。", needs_person=True)
        _draft(
            session, asked=4, status="rejected", reject_reason="不对", decided_at=START + 5 * DAY,
            decided_by=builders.person(session, Role.MODERATOR).id,
        )  # fmt: skip
        found = answer_figures(session, START, UNTIL)
    assert (found.answered, found.drafted, found.unchanged, found.rejected) == (3, 2, 1, 1)
    assert found.unchanged_share == pytest.approx(1 / 2)
    assert found.edit_distance_mean == pytest.approx(3 / 14 / 2)  # three of fourteen characters, in one of two
    assert found.without_knowledge == 1
    assert found.without_knowledge_share == pytest.approx(1 / 3)


def test_a_struck_sentence_was_never_offered(database: Database) -> None:
    sentences = [
        {"text": "感谢反馈。", "kind": "courtesy", "sources": []},
        {"text": "下周一定修好。", "kind": "struck", "sources": [], "reason": "promise"},
    ]
    assert offered_text(sentences) == "感谢反馈。"
    with database.session() as session:
        _answered(session, asked=1, hours=1, text="感谢反馈。", sentences=sentences, status="approved")
        assert answer_figures(session, START, UNTIL).unchanged == 1
