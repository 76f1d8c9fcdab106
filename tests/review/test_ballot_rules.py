"""The ballot: routing, the way of a status, one person one vote, merges counted once and undone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from review import ballot, themes, votes
from review.ballot import TRANSITIONS
from review.errors import Conflict, Forbidden, Invalid, NotFound, StaleVersion, VersionMissing
from review.principals import SYSTEM, Principal, Role
from store.database import Database
from store.repositories import events, proposals
from store.tables import Event, Proposal, Theme, Vote
from tests import builders

STATUSES = sorted(TRANSITIONS)


@dataclass(frozen=True)
class Hall:
    database: Database
    lead: Principal  # product manager
    fast: str  # a proposal in voting, of theme
    cool: str
    fast_theme: str
    cool_theme: str


@pytest.fixture
def hall(database: Database) -> Hall:
    with database.session() as session:
        lead = builders.person(session, Role.PRODUCT_MANAGER, "小李")
        fast, cool = builders.theme(session, "快充"), builders.theme(session, "散热")
        first, second = builders.proposal(session, fast), builders.proposal(session, cool)
        for name in ("a", "b", "c", "d", "secret"):
            builders.author(session, f"aut_{name}")
    return Hall(database, lead, first.id, second.id, fast.id, cool.id)


def _vote(session: Session, hall: Hall, proposal_id: str, voter: str) -> Vote:
    return votes.cast_vote(session, hall.lead, proposal_id, voter=voter, provenance="论坛投票帖")


def test_a_routed_theme_becomes_a_proposal_in_peoples_words(database: Database) -> None:
    with database.session() as session:
        lead = builders.person(session, Role.PRODUCT_MANAGER)
        theme = builders.theme(session, "快充", authors=12, score=77.5)
        where, who = builders.channel(session), builders.author(session)
        said = builders.post(session, where, who)
        builders.mention(session, said, theme)
        theme.quotes = [{"post_id": said.id, "text": "充电太慢了"}]
        proposal = themes.route_to_ballot(session, lead, theme.id, version=1)
        assert (proposal.status, proposal.title, proposal.problem) == ("received", "快充", "“充电太慢了”")
        assert (proposal.first_reporters, proposal.people, proposal.demand_score) == ([who.id], 12, 77.5)
        assert (proposal.theme_id, proposal.routed_from, proposal.version) == (theme.id, theme.id, 1)
        with pytest.raises(Conflict) as refused:
            themes.route_to_ballot(session, lead, theme.id, version=1)
        assert refused.value.code == "already_on_ballot"
        assert refused.value.details == {"proposal_id": proposal.id}
        actions = set(session.scalars(select(Event.action)))
    assert actions == {"proposal.created", "theme.routed"}


def test_the_pipeline_routes_as_the_system(database: Database) -> None:
    with database.session() as session:
        theme = builders.theme(session)
        assert themes.route_to_ballot(session, SYSTEM, theme.id, title=" 更快的充电 ", version=1).title == "更快的充电"


@pytest.mark.parametrize(("before", "after"), list(product(STATUSES, STATUSES)))
def test_a_status_goes_only_where_its_table_leads(sqlite_database: Database, before: str, after: str) -> None:
    with sqlite_database.session() as session:
        lead = builders.person(session, Role.PRODUCT_MANAGER)
        other = builders.proposal(session, builders.theme(session))
        made = builders.proposal(
            session, builders.theme(session), status=before, reason="已有计划" if before == "declined" else "",
            merged_into=other.id if before == "merged" else None,
        )  # fmt: skip

        def change() -> Proposal:
            return ballot.change_status(session, lead, made.id, status=after, reason="已有计划", version=1)

        if after in TRANSITIONS[before]:
            assert (change().status, made.version) == (after, 2)
            assert made.reason == ("已有计划" if after == "declined" else "")
        else:
            with pytest.raises(Conflict) as refused:
                change()
            assert refused.value.details["allowed"] == sorted(TRANSITIONS[before])
            assert made.status == before


def test_the_whole_way_from_received_to_shipped_is_on_record(hall: Hall) -> None:
    way = ["accepted", "in_progress", "shipped"]
    with hall.database.session() as session:
        version = 1
        for status in way:
            version = ballot.change_status(
                session, hall.lead, hall.fast, status=status, note=f"现在：{status}", version=version
            ).version
        log = events.listed(session, subject_id=hall.fast, action="proposal.status_changed").items
        assert [(event.after or {})["status"] for event in reversed(log)] == way
        assert [event.note for event in reversed(log)] == [f"现在：{status}" for status in way]


def test_declining_needs_a_reason_and_can_be_taken_back(hall: Hall) -> None:
    with hall.database.session() as session:
        with pytest.raises(Invalid) as refused:
            ballot.change_status(session, hall.lead, hall.fast, status="declined", reason="  ", version=1)
        assert refused.value.code == "reason_required"
        declined = ballot.change_status(session, hall.lead, hall.fast, status="declined", reason="成本", version=1)
        assert (declined.status, declined.reason) == ("declined", "成本")
        again = ballot.change_status(session, hall.lead, hall.fast, status="under_review", version=2)
        assert (again.status, again.reason) == ("under_review", "")


def test_an_owner_and_a_note_can_be_given_without_a_step(hall: Hall) -> None:
    with hall.database.session() as session:
        noted = ballot.change_status(
            session, hall.lead, hall.fast, status="voting", note="下周截止", owner_id=hall.lead.id, version=1
        )
        assert (noted.status, noted.note, noted.owner_id, noted.version) == ("voting", "下周截止", hall.lead.id, 2)
        with pytest.raises(Conflict):
            ballot.change_status(session, hall.lead, hall.fast, status="voting", version=2)
        with pytest.raises(Invalid):
            ballot.change_status(session, hall.lead, hall.fast, status="accepted", owner_id="usr_none", version=2)


def test_one_person_has_one_vote(hall: Hall) -> None:
    with hall.database.session() as session:
        own = votes.cast_vote(session, hall.lead, hall.fast)
        assert (own.voter, own.cast_by) == (hall.lead.id, hall.lead.id)
        _vote(session, hall, hall.fast, "aut_a")
        for again in (
            lambda: votes.cast_vote(session, hall.lead, hall.fast),
            lambda: _vote(session, hall, hall.fast, "aut_a"),
        ):
            with pytest.raises(Conflict) as refused:
                again()
            assert refused.value.code == "already_voted"
        _vote(session, hall, hall.cool, "aut_a")
        assert votes.tally(session, [hall.fast, hall.cool]) == {hall.fast: 2, hall.cool: 1}


def test_a_vote_can_be_taken_back_once_and_given_again(hall: Hall) -> None:
    with hall.database.session() as session:
        _vote(session, hall, hall.fast, "aut_a")
        votes.withdraw_vote(session, hall.lead, hall.fast, voter="aut_a")
        assert votes.tally(session, [hall.fast]) == {hall.fast: 0}
        with pytest.raises(Conflict) as refused:
            votes.withdraw_vote(session, hall.lead, hall.fast, voter="aut_a")
        assert refused.value.code == "not_voted"
        _vote(session, hall, hall.fast, "aut_a")
        actions = [event.action for event in reversed(events.listed(session, subject_id=hall.fast).items)]
    assert actions == ["vote.cast", "vote.withdrawn", "vote.cast"]


@pytest.mark.parametrize("status", sorted(set(STATUSES) - {"voting", "merged"}))
def test_there_is_no_voting_outside_of_voting(sqlite_database: Database, status: str) -> None:
    with sqlite_database.session() as session:
        lead = builders.person(session, Role.PRODUCT_MANAGER)
        made = builders.proposal(session, builders.theme(session), status=status, reason="成本")
        for act in (votes.cast_vote, votes.withdraw_vote):
            with pytest.raises(Conflict) as refused:
                act(session, lead, made.id)
            assert refused.value.code == "not_voting"


def test_nobody_votes_in_anothers_name_without_saying_where_they_said_so(hall: Hall) -> None:
    token = Principal(id="tok_1", name="论坛", kind="token", scopes=frozenset({"vote:cast"}))
    with hall.database.session() as session:
        with pytest.raises(Invalid) as refused:
            votes.cast_vote(session, hall.lead, hall.fast, voter="aut_a")
        assert refused.value.code == "provenance_required"
        with pytest.raises(Forbidden):
            votes.cast_vote(session, hall.lead, hall.fast, voter="usr_colleague", provenance="口头")
        with pytest.raises(Invalid) as refused:
            votes.cast_vote(session, token, hall.fast)
        assert refused.value.code == "voter_required"
        vote = votes.cast_vote(session, token, hall.fast, voter="aut_a", provenance="论坛投票帖 12")
        assert (vote.voter, vote.cast_by, vote.provenance) == ("aut_a", "tok_1", "论坛投票帖 12")
        with pytest.raises(NotFound):
            votes.cast_vote(session, hall.lead, "prp_none")


def test_the_log_does_not_name_the_voter(hall: Hall) -> None:
    with hall.database.session() as session:
        _vote(session, hall, hall.fast, "aut_secret")
        event = events.latest_of(session, "proposal", hall.fast)
        assert event is not None
        assert "aut_secret" not in str((event.before, event.after, event.note))


def test_merged_proposals_count_every_voter_once_and_unmerging_restores(hall: Hall) -> None:
    with hall.database.session() as session:
        for voter in ("aut_a", "aut_b"):
            _vote(session, hall, hall.fast, voter)
        for voter in ("aut_b", "aut_c"):
            _vote(session, hall, hall.cool, voter)
        target = ballot.merge(session, hall.lead, hall.cool, into=hall.fast, version=1)
        assert target.id == hall.fast
        assert votes.tally(session, [hall.fast])[hall.fast] == 3
        with pytest.raises(Conflict) as refused:
            _vote(session, hall, hall.fast, "aut_c")  # has voted for what is now part of it
        assert refused.value.code == "already_voted"
        with pytest.raises(Conflict) as refused:
            _vote(session, hall, hall.cool, "aut_d")
        assert refused.value.details["merged_into"] == hall.fast
        merged = session.get_one(Proposal, hall.cool)
        back = ballot.unmerge(session, hall.lead, hall.cool, version=merged.version)
        assert (back.status, back.merged_into, back.status_before_merge) == ("voting", None, None)
        assert votes.tally(session, [hall.fast, hall.cool]) == {hall.fast: 2, hall.cool: 2}


def test_taking_a_vote_back_after_a_merge_takes_it_back_everywhere(hall: Hall) -> None:
    with hall.database.session() as session:
        for proposal_id in (hall.fast, hall.cool):
            _vote(session, hall, proposal_id, "aut_a")
        ballot.merge(session, hall.lead, hall.cool, into=hall.fast, version=1)
        votes.withdraw_vote(session, hall.lead, hall.fast, voter="aut_a")
        assert votes.tally(session, [hall.fast, hall.cool]) == {hall.fast: 0, hall.cool: 0}


def test_closed_and_merged_proposals_are_not_merged(hall: Hall) -> None:
    with hall.database.session() as session:
        with pytest.raises(Invalid):
            ballot.merge(session, hall.lead, hall.fast, into=hall.fast, version=1)
        with pytest.raises(NotFound):
            ballot.merge(session, hall.lead, hall.fast, into="prp_none", version=1)
        ballot.change_status(session, hall.lead, hall.cool, status="declined", reason="成本", version=1)
        with pytest.raises(Conflict):
            ballot.merge(session, hall.lead, hall.fast, into=hall.cool, version=1)
        with pytest.raises(Conflict):
            ballot.merge(session, hall.lead, hall.cool, into=hall.fast, version=2)
        with pytest.raises(Conflict) as refused:
            ballot.unmerge(session, hall.lead, hall.cool, version=2)
        assert refused.value.code == "not_merged"


def test_a_change_names_the_version_it_rests_on(hall: Hall) -> None:
    with hall.database.session() as session:
        for version, refusal in ((None, VersionMissing), (7, StaleVersion)):
            with pytest.raises(refusal):
                ballot.change_status(session, hall.lead, hall.fast, status="accepted", version=version)
            with pytest.raises(refusal):
                ballot.merge(session, hall.lead, hall.fast, into=hall.cool, version=version)
            with pytest.raises(refusal):
                ballot.unmerge(session, hall.lead, hall.fast, version=version)
            with pytest.raises(refusal):
                ballot.propose(session, hall.lead, hall.fast_theme, version=version)


def test_a_moderator_votes_but_changes_no_proposal(hall: Hall) -> None:
    with hall.database.session() as session:
        moderator = builders.person(session, Role.MODERATOR)
        votes.cast_vote(session, moderator, hall.fast)
        with pytest.raises(Forbidden):
            ballot.change_status(session, moderator, hall.fast, status="accepted", version=1)
        with pytest.raises(Forbidden):
            ballot.merge(session, moderator, hall.fast, into=hall.cool, version=1)
        with pytest.raises(Forbidden):
            ballot.unmerge(session, moderator, hall.fast, version=1)


def test_merging_themes_merges_their_proposals_and_undoing_it_parts_them(hall: Hall) -> None:
    with hall.database.session() as session:
        for proposal_id in (hall.fast, hall.cool):
            _vote(session, hall, proposal_id, "aut_a")
        themes.merge(session, hall.lead, hall.cool_theme, into=hall.fast_theme, version=1)
        merged = session.get_one(Proposal, hall.cool)
        assert (merged.status, merged.merged_into, merged.merged_with_theme) == ("merged", hall.fast, True)
        assert votes.tally(session, [hall.fast])[hall.fast] == 1
        themes.restore(session, hall.lead, hall.cool_theme, version=2)
        assert (merged.status, merged.merged_into, merged.merged_with_theme) == ("voting", None, False)
        assert votes.tally(session, [hall.fast, hall.cool]) == {hall.fast: 1, hall.cool: 1}


def test_undoing_a_merge_of_themes_leaves_a_merge_of_proposals_that_came_before(hall: Hall) -> None:
    with hall.database.session() as session:
        ballot.merge(session, hall.lead, hall.cool, into=hall.fast, version=1)
        themes.merge(session, hall.lead, hall.cool_theme, into=hall.fast_theme, version=1)
        themes.restore(session, hall.lead, hall.cool_theme, version=2)
        assert session.get_one(Proposal, hall.cool).status == "merged"


def test_a_proposal_goes_along_with_its_theme_and_comes_back_with_it(hall: Hall) -> None:
    with hall.database.session() as session:
        third = builders.theme(session, "续航")
        themes.merge(session, hall.lead, hall.fast_theme, into=third.id, version=1)
        carried = session.get_one(Proposal, hall.fast)
        assert (carried.theme_id, carried.status) == (third.id, "voting")
        with pytest.raises(Conflict):
            themes.route_to_ballot(session, hall.lead, third.id, version=third.version)
        # Further along: the theme it was carried to is merged too, and its proposal with it.
        themes.merge(session, hall.lead, third.id, into=hall.cool_theme, version=third.version)
        assert (carried.status, carried.merged_into) == ("merged", hall.cool)
        themes.restore(session, hall.lead, hall.fast_theme, version=2)
        assert (carried.theme_id, carried.status, carried.merged_into) == (hall.fast_theme, "voting", None)
        themes.restore(session, hall.lead, third.id, version=session.get_one(Theme, third.id).version)
        assert proposals.of_theme(session, third.id) is None


def test_a_closed_proposal_stays_where_it_is_when_themes_merge(hall: Hall) -> None:
    with hall.database.session() as session:
        ballot.change_status(session, hall.lead, hall.cool, status="declined", reason="成本", version=1)
        themes.merge(session, hall.lead, hall.cool_theme, into=hall.fast_theme, version=1)
        closed = session.get_one(Proposal, hall.cool)
        assert (closed.status, closed.theme_id) == ("declined", hall.cool_theme)
