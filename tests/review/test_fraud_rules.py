"""Signals about votes are raised, never acted upon; a person sets votes aside, in the open, and can take that back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from review import ballot, fraud, votes
from review.errors import Conflict, Forbidden, Invalid, StaleVersion
from review.principals import Principal, Role
from review.voting_rules import VotingRules
from store.database import Database
from store.repositories import events, vote_signals
from store.repositories import votes as stored
from store.tables import Event, Proposal, Vote, VoteFlag
from tests import builders

NOW = datetime.now(UTC)
FORUM = Principal(id="tok_forum", name="论坛", kind="token", scopes=frozenset({"vote:cast"}))
LONG_AGO = NOW - timedelta(days=400)


@dataclass(frozen=True)
class Booth:
    database: Database
    lead: Principal
    proposal: str


@pytest.fixture
def booth(database: Database) -> Booth:
    with database.session() as session:
        lead = builders.person(session, Role.PRODUCT_MANAGER)
        proposal = builders.proposal(session, builders.theme(session))
    return Booth(database, lead, proposal.id)


def _cast(session: Session, booth: Booth, author_id: str, **fields: object) -> Vote:
    return votes.cast_vote(session, FORUM, booth.proposal, voter=author_id, provenance="帖子", **fields)  # type: ignore[arg-type]


def _known(session: Session, **fields: object) -> str:
    """An author who has been around."""
    return builders.author(session, **({"first_seen": LONG_AGO} | fields)).id


def _signals(session: Session, vote: Vote) -> set[str]:
    return set(session.scalars(select(VoteFlag.signal).where(VoteFlag.vote_id == vote.id)))


def _version(session: Session, booth: Booth) -> int:
    return session.get_one(Proposal, booth.proposal, populate_existing=True).version


def test_a_calm_vote_of_a_known_author_carries_no_signal(booth: Booth) -> None:
    with booth.database.session() as session:
        assert _signals(session, _cast(session, booth, _known(session))) == set()


def test_a_burst_marks_everyone_in_it_once(booth: Booth) -> None:
    with booth.database.session() as session:
        cast = [_cast(session, booth, _known(session)) for _ in range(fraud.BURST_VOTES + 1)]
        assert all(_signals(session, vote) == {"burst"} for vote in cast)
        told = events.listed(session, action="vote.flagged").items
        assert sum((event.after or {})["n"] for event in told) == fraud.BURST_VOTES + 1  # nobody is told of twice
        assert stored.counts(session, [booth.proposal])[booth.proposal] == fraud.BURST_VOTES + 1


def test_a_vote_that_joins_a_burst_touches_no_vote_that_is_flagged_already(
    booth: Booth, monkeypatch: pytest.MonkeyPatch
) -> None:
    flagged: list[int] = []
    flag = vote_signals.flag
    monkeypatch.setattr(
        vote_signals,
        "flag",
        lambda session, ids, *rest, **named: flagged.append(len(ids)) or flag(session, ids, *rest, **named),
    )
    with booth.database.session() as session:
        for _ in range(fraud.BURST_VOTES + 3):
            _cast(session, booth, _known(session))
    assert flagged == [fraud.BURST_VOTES, 1, 1, 1]


def test_what_the_house_enters_is_no_burst(booth: Booth) -> None:
    with booth.database.session() as session:
        for _ in range(fraud.BURST_VOTES + 1):
            votes.cast_vote(session, booth.lead, booth.proposal, voter=_known(session), provenance="去年的投票帖")
        assert vote_signals.flagged(session, [booth.proposal]) == {}


def test_votes_spread_over_time_are_no_burst(booth: Booth) -> None:
    with booth.database.session() as session:
        for number in range(fraud.BURST_VOTES):
            made = _cast(session, booth, _known(session))
            made.created_at = NOW - timedelta(hours=number + 1)
        assert _signals(session, _cast(session, booth, _known(session))) == set()


@pytest.mark.parametrize(("seen", "signals"), [(3, {"fresh_account"}), (None, {"fresh_account"}), (30, set())])
def test_an_account_seen_lately_is_marked(sqlite_database: Database, seen: int | None, signals: set[str]) -> None:
    with sqlite_database.session() as session:
        booth = Booth(sqlite_database, builders.person(session), builders.proposal(session, builders.theme(session)).id)
        first = NOW - timedelta(days=seen) if seen is not None else None
        assert _signals(session, _cast(session, booth, _known(session, first_seen=first))) == signals


def test_voters_whose_posts_are_copies_of_each_other_are_marked_together(booth: Booth) -> None:
    with booth.database.session() as session:
        where = builders.channel(session)
        first, second, other = (builders.author(session, first_seen=LONG_AGO) for _ in range(3))
        text = "强烈要求支持快充，不然就换别家手机了，大家都来投票"
        original = builders.post(session, where, first, text)
        builders.post(session, where, second, text, duplicate_of=original.id)
        builders.post(session, where, other, "支持")
        builders.post(session, where, other, "支持", duplicate_of=original.id)  # too short to say anything
        cast = [_cast(session, booth, who.id) for who in (first, other, second)]
        assert [_signals(session, vote) for vote in cast] == [{"shared_text"}, set(), {"shared_text"}]


def test_setting_votes_aside_shows_both_counts_and_can_be_taken_back(booth: Booth) -> None:
    with booth.database.session() as session:
        cast = [_cast(session, booth, _known(session)) for _ in range(4)]
        chosen = [vote.id for vote in cast[:3]]
        assert fraud.preview(session, booth.proposal, chosen, counting=False) == fraud.Recount(3, 4, 1)
        fraud.set_aside(session, booth.lead, booth.proposal, chosen, reason="同一设备刷票", version=1)
        tally = stored.tallies(session, [booth.proposal])[booth.proposal]
        assert (tally.counted, tally.cast, tally.set_aside) == (1, 4, 3)
        (told,) = events.listed(session, action="vote.excluded").items
        assert ((told.before or {})["counted"], (told.after or {})["counted"], told.note) == (4, 1, "同一设备刷票")
        assert fraud.preview(session, booth.proposal, chosen, counting=True) == fraud.Recount(3, 1, 4)
        with pytest.raises(StaleVersion):
            fraud.take_back(session, booth.lead, booth.proposal, chosen, version=1)
        fraud.take_back(session, booth.lead, booth.proposal, chosen, version=2)
        assert stored.counts(session, [booth.proposal])[booth.proposal] == 4


def test_a_vote_set_aside_cannot_be_taken_back_and_cast_anew(booth: Booth) -> None:
    with booth.database.session() as session:
        who = _known(session)
        vote = _cast(session, booth, who)
        fraud.set_aside(session, booth.lead, booth.proposal, [vote.id], reason="刷票", version=1)
        with pytest.raises(Conflict) as refused:
            votes.withdraw_vote(session, booth.lead, booth.proposal, voter=who)
        assert refused.value.code == "vote_set_aside"
        with pytest.raises(Conflict) as refused:
            _cast(session, booth, who)
        assert refused.value.code == "already_voted"


def test_somebody_set_aside_does_not_count_through_a_merged_proposal_either(booth: Booth) -> None:
    with booth.database.session() as session:
        who = _known(session)
        other = builders.proposal(session, builders.theme(session))
        vote = _cast(session, booth, who)
        votes.cast_vote(session, booth.lead, other.id, voter=who, provenance="帖子")
        ballot.merge(session, booth.lead, other.id, into=booth.proposal, version=1)
        fraud.set_aside(session, booth.lead, booth.proposal, [vote.id], reason="刷票", version=_version(session, booth))
        assert stored.counts(session, [booth.proposal])[booth.proposal] == 0


def test_setting_aside_needs_a_reason_a_permission_and_votes_of_this_proposal(booth: Booth) -> None:
    with booth.database.session() as session:
        vote = _cast(session, booth, _known(session))
        other = builders.proposal(session, builders.theme(session))
        with pytest.raises(Invalid):
            fraud.set_aside(session, booth.lead, booth.proposal, [vote.id], reason=" ", version=1)
        with pytest.raises(Invalid):
            fraud.set_aside(session, booth.lead, other.id, [vote.id], reason="刷票", version=1)
        moderator = builders.person(session, Role.MODERATOR)
        with pytest.raises(Forbidden):
            fraud.set_aside(session, moderator, booth.proposal, [vote.id], reason="刷票", version=1)
        assert session.scalars(select(Event.id).where(Event.action == "vote.excluded")).all() == []


def test_a_withdrawn_vote_takes_its_flags_along(booth: Booth) -> None:
    with booth.database.session() as session:
        who = _known(session, first_seen=None)
        _cast(session, booth, who)
        assert vote_signals.flagged(session, [booth.proposal]) == {booth.proposal: 1}
        votes.withdraw_vote(session, booth.lead, booth.proposal, voter=who)
        assert session.scalars(select(VoteFlag.vote_id)).all() == []


def test_a_tier_may_have_only_so_many_open_votes(booth: Booth) -> None:
    rules = VotingRules(open_votes={"regular": 1})
    with booth.database.session() as session:
        regular, core = _known(session), _known(session, tier="core")
        other = builders.proposal(session, builders.theme(session))
        for who in (regular, core):
            _cast(session, booth, who, rules=rules)
        with pytest.raises(Conflict) as refused:
            votes.cast_vote(session, booth.lead, other.id, voter=regular, provenance="帖子", rules=rules)
        assert (refused.value.code, refused.value.details["limit"]) == ("vote_limit_reached", 1)
        votes.cast_vote(session, booth.lead, other.id, voter=core, provenance="帖子", rules=rules)
        ballot.change_status(session, booth.lead, booth.proposal, status="accepted", version=1)
        votes.cast_vote(
            session, booth.lead, other.id, voter=regular, provenance="帖子", rules=rules
        )  # one is free again


def test_weights_are_counted_beside_the_plain_count(booth: Booth) -> None:
    rules = VotingRules(weights={"core": 2.0, "staff": 0.5})
    with booth.database.session() as session:
        for tier in ("core", "core", "regular"):
            _cast(session, booth, _known(session, tier=tier))
        votes.cast_vote(session, booth.lead, booth.proposal)
        tally = stored.tallies(session, [booth.proposal])[booth.proposal]
        assert (tally.counted, tally.by_tier) == (4, {"core": 2, "regular": 1, "staff": 1})
        assert rules.weight_of(tally.by_tier) == 5.5


@pytest.mark.parametrize("link", ["javascript:alert(1)", "ftp://x/y", "http://", "https://a b", "//x"])
def test_a_link_to_where_it_was_said_is_a_web_address(sqlite_database: Database, link: str) -> None:
    with sqlite_database.session() as session:
        booth = Booth(sqlite_database, builders.person(session), builders.proposal(session, builders.theme(session)).id)
        who = _known(session)
        with pytest.raises(Invalid):
            _cast(session, booth, who, link=link)
        assert _cast(session, booth, who, link="https://forum.example.com/t/1#p2").link.endswith("#p2")


def test_nobody_votes_for_an_author_who_is_not_here(booth: Booth) -> None:
    with booth.database.session() as session:
        with pytest.raises(Invalid) as refused:
            _cast(session, booth, "aut_nobody")
        assert refused.value.code == "voter_unknown"
