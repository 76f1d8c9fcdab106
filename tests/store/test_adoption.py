"""Adoption counts what happened in a span, each proposal once, and measures how soon people heard."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from store.database import Database
from store.ids import new_id
from store.repositories.adoption import Adoption, adoption
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
