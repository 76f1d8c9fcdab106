"""Levels come from adopted suggestions; the monthly report says what was heard and done in that month alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from review import ballot, levels, monthly
from review.errors import Invalid
from review.levels import Contribution
from review.principals import SYSTEM
from store.database import Database
from store.repositories import heard
from store.tables import Author, Channel, Proposal, Theme
from tests import builders

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime.now(UTC)
MONTH = (NOW - timedelta(days=1), NOW + timedelta(days=1))


def _said(
    session: Session, where: Channel, who: Author, theme: Theme, *, intent: str = "pain_point", times: int = 1
) -> None:
    for _ in range(times):
        builders.mention(session, builders.post(session, where, who), theme, intent=intent)


def _adopt(session: Session, proposal: Proposal) -> None:
    ballot.change_status(session, SYSTEM, proposal.id, status="accepted", version=proposal.version)


@pytest.mark.parametrize(
    ("adopted", "level"), [(0, None), (1, "bronze"), (2, "bronze"), (3, "silver"), (9, "silver"), (10, "gold")]
)
def test_a_level_takes_so_many_adopted_suggestions(adopted: int, level: str | None) -> None:
    found = levels.level_of(adopted)
    assert (found.name if found else None) == level


def test_noise_earns_nothing_and_a_proposal_counts_once(database: Database) -> None:
    with database.session() as session:
        where = builders.channel(session)
        first, loud, kind, outsider = (builders.author(session) for _ in range(4))
        theme, other = builders.theme(session), builders.theme(session)
        adopted = builders.proposal(session, theme, first_reporters=[first.id])
        builders.proposal(session, other, first_reporters=[outsider.id])  # still in voting
        _said(session, where, first, theme)
        _said(session, where, loud, theme, intent="request", times=50)
        _said(session, where, kind, theme, intent="praise", times=50)
        _said(session, where, outsider, other, times=50)
        _adopt(session, adopted)
        assert levels.contributions(session, [adopted.id]) == {
            first.id: Contribution(adopted=1, first=1), loud.id: Contribution(adopted=1, first=0),
        }  # fmt: skip
        found = levels.contributors_of(session, *MONTH)
        assert [one.author_id for one in found] == [first.id, loud.id]
        assert {one.level.name for one in found} == {"bronze"}
        assert levels.contributors_of(session, NOW - timedelta(days=60), NOW - timedelta(days=30)) == ()


def test_what_was_merged_into_an_adopted_proposal_is_adopted_too(database: Database) -> None:
    with database.session() as session:
        who = builders.author(session)
        target, merged = (builders.proposal(session, builders.theme(session)) for _ in range(2))
        merged.first_reporters = [who.id]
        ballot.merge(session, SYSTEM, merged.id, into=target.id, version=1)
        _adopt(session, target)
        assert [one.author_id for one in levels.contributors_of(session, *MONTH)] == [who.id]


def test_a_suggestion_declined_after_all_is_not_adopted(database: Database) -> None:
    with database.session() as session:
        who = builders.author(session)
        proposal = builders.proposal(session, builders.theme(session), first_reporters=[who.id])
        _adopt(session, proposal)
        ballot.change_status(session, SYSTEM, proposal.id, status="declined", reason="成本", version=proposal.version)
        assert levels.contributors_of(session, *MONTH) == ()


def test_a_month_begins_and_ends_in_the_products_zone() -> None:
    month = monthly.month_named("2026-12", ZONE)
    assert month.since == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert month.until == datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert (month.previous.name, month.following.name) == ("2026-11", "2027-01")
    assert monthly.month_named("2026-01", ZONE).previous.name == "2025-12"


@pytest.mark.parametrize("name", ["2026", "2026-13", "2026-1", "26-01", "0001-01", "9999-12", "abc", "２０２６-01"])
def test_a_month_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        monthly.month_named(name, ZONE)


def test_new_and_rising_themes_are_told_from_the_month_before(database: Database) -> None:
    with database.session() as session:
        where = builders.channel(session)
        people = [builders.author(session) for _ in range(8)]
        may, june = datetime(2026, 5, 10, tzinfo=UTC), datetime(2026, 6, 10, tzinfo=UTC)
        old = builders.theme(session, "老问题", first_seen=may)
        new = builders.theme(session, "新问题", first_seen=june)
        flat = builders.theme(session, "一直有", first_seen=may)

        def say(theme: Theme, when: datetime, count: int, intent: str = "pain_point") -> None:
            for who in people[:count]:
                builders.mention(session, builders.post(session, where, who, posted_at=when), theme, intent=intent)

        say(old, may, 2), say(old, june, 6), say(new, june, 4), say(flat, may, 5), say(flat, june, 5)
        say(flat, june, 8, intent="praise")  # praise is no need
        builders.mention(session, builders.post(session, where, None, posted_at=june), new)  # of unknown author
        report = monthly.monthly_report(session, monthly.month_named("2026-06", ZONE))
        assert [theme.name for theme in report.new] == ["新问题"]
        assert [(theme.name, theme.before, theme.people) for theme in report.rising] == [("老问题", 2, 6)]
        assert report.leading[0].name == "老问题"
        assert {theme.name: theme.people for theme in report.leading} == {"老问题": 6, "一直有": 5, "新问题": 5}
        assert report.heard == heard.Heard(posts=24, people=9, channels=1, mentions=16)
        assert not report.empty
        assert monthly.monthly_report(session, monthly.month_named("2026-09", ZONE)).empty


def test_a_short_list_is_the_beginning_of_the_long_one(database: Database) -> None:
    with database.session() as session:
        where = builders.channel(session)
        people = [builders.author(session) for _ in range(8)]
        for number in range(4):
            theme = builders.theme(session)
            proposal = builders.proposal(session, theme, first_reporters=[people[number % 2].id])
            for who in people[number * 2 :]:
                _said(session, where, who, theme)
            _adopt(session, proposal)
        whole = levels.contributors_of(session, *MONTH, limit=100)
        assert len(whole) == 8
        for limit in range(1, 9):
            assert levels.contributors_of(session, *MONTH, limit=limit) == whole[:limit]
