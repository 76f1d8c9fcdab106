"""Adoption counts what happened in a span, each proposal once, and measures how soon people heard."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from store.database import Database
from store.ids import new_id
from store.repositories import proposals
from store.repositories.adoption import Adoption, Counted, Figure, adoption
from store.tables import Event
from tests import builders
from tests.builders import START

MONTH = timedelta(days=30)


def _step(session: Session, proposal_id: str, status: str, at: datetime) -> None:
    session.add(
        Event(
            id=new_id("event"), at=at, actor="usr_x", action="proposal.status_changed", subject_type="proposal",
            subject_id=proposal_id, before=None, after={"status": status}, note="",
        )
    )  # fmt: skip


def _routed(session: Session, day: float) -> str:
    return builders.proposal(session, builders.theme(session), created_at=START + timedelta(days=day)).id


def test_an_empty_span_has_no_rate_and_no_medians(database: Database) -> None:
    with database.session() as session:
        assert adoption(session, START, START + MONTH) == Adoption(0, 0, 0, 0, None, None, None)


def test_each_decision_counts_once_and_the_last_one_makes_the_rate(database: Database) -> None:
    with database.session() as session:
        first, second, third = (_routed(session, day) for day in (0, 1, 2))
        for proposal, way in (
            (first, ("under_review", "voting", "accepted", "in_progress", "shipped")),
            (second, ("under_review", "declined", "under_review", "declined")),
            (third, ("accepted", "declined")),
        ):
            for day, status in enumerate(way, start=3):
                _step(session, proposal, status, START + timedelta(days=day))
        found = adoption(session, START, START + MONTH)
    assert (found.routed, found.accepted, found.shipped, found.declined) == (3, 2, 1, 2)
    assert found.rate == pytest.approx(1 / 3)
    assert found.days_to_first_answer == pytest.approx(2.0)  # 3, 2 and 1 days
    assert found.days_to_ship == pytest.approx(7.0)


def test_a_span_counts_only_what_fell_into_it(database: Database) -> None:
    with database.session() as session:
        early = _routed(session, 0)
        _step(session, early, "under_review", START + timedelta(days=1))
        _step(session, early, "accepted", START + MONTH)  # the first moment of the second span
        first, second = adoption(session, START, START + MONTH), adoption(session, START + MONTH, START + 2 * MONTH)
    assert (first.routed, first.accepted, first.days_to_first_answer) == (1, 0, pytest.approx(1.0))
    assert (second.routed, second.accepted, second.rate, second.days_to_first_answer) == (0, 1, 1.0, None)


@pytest.mark.parametrize(
    ("figure", "days"),
    [("routed", {0, 1, 2}), ("accepted", {0, 1}), ("declined", {2}), ("decided", {0, 1, 2}), ("shipped", {0})],
)
def test_behind_each_figure_stand_the_proposals_it_counts_whatever_became_of_them(
    database: Database, figure: Figure, days: set[int]
) -> None:
    span = Counted(figure, START, START + MONTH)
    with database.session() as session:
        ids = {day: _routed(session, day) for day in (0, 1, 2, 40)}
        ways = {0: ("accepted", "in_progress", "shipped"), 1: ("accepted",), 2: ("declined", "under_review")}
        for day, way in ways.items():
            for step, status in enumerate(way, start=day + 1):
                _step(session, ids[day], status, START + timedelta(days=step))
        _step(session, ids[40], "accepted", START + 2 * MONTH)
        folded = proposals.locked(session, [ids[1]])[ids[1]]
        folded.status, folded.merged_into = "merged", ids[0]
        listed = {row.proposal.id for row in proposals.backlog(session, sort="votes", counted=span).items}
        found = adoption(session, span.since, span.until)
    assert listed == {ids[day] for day in days}
    assert found.rate == pytest.approx(2 / 3)
    assert getattr(found, figure, len(days)) == len(days)
