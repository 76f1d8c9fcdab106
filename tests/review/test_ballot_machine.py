"""Whatever people do on the ballot, in whatever order: the totals equal a naive recount."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from review import ballot, fraud, votes
from review.errors import Conflict, Invalid
from review.principals import Principal, Role
from store.database import Database
from store.repositories import votes as stored
from store.tables import Proposal
from tests import builders

VOTERS = [f"aut_{name}" for name in "abcd"]


class Ballot(RuleBasedStateMachine):
    """The model: who voted for what, and what was folded into what; nothing else."""

    database: Database
    proposals = Bundle("proposals")

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.session: Session = self.stack.enter_context(Session(self.database.engine, expire_on_commit=False))
        self.cast: dict[str, set[str]] = {}
        self.folded: dict[str, str] = {}
        self.aside: set[tuple[str, str]] = set()  # (proposal the vote was cast for, voter)

    @initialize(target=proposals)
    def start(self) -> str:
        self.lead: Principal = builders.person(self.session, Role.PRODUCT_MANAGER)
        for voter in VOTERS:
            builders.author(self.session, voter)
        return self._new()

    @rule(target=proposals)
    def propose(self) -> str:
        return self._new()

    def _new(self) -> str:
        made = builders.proposal(self.session, builders.theme(self.session))
        self.cast[made.id] = set()
        return made.id

    def _within(self, top: str) -> set[str]:
        """The proposal and all that was folded into it, found the slow way."""
        found = {top}
        while True:
            more = {source for source, target in self.folded.items() if target in found} - found
            if not more:
                return found
            found |= more

    def _voters(self, top: str) -> set[str]:
        return set().union(*(self.cast[one] for one in self._within(top)))

    def _counting(self, top: str) -> set[str]:
        """Those of whose votes at least one was not set aside."""
        return {voter for one in self._within(top) for voter in self.cast[one] if (one, voter) not in self.aside}

    def _is_aside(self, top: str, voter: str) -> bool:
        return any((one, voter) in self.aside for one in self._within(top))

    @rule(proposal=proposals, voter=st.sampled_from(VOTERS))
    def vote(self, proposal: str, voter: str) -> None:
        allowed = proposal not in self.folded and voter not in self._voters(proposal)
        if allowed:
            votes.cast_vote(self.session, self.lead, proposal, voter=voter, provenance="帖子")
            self.cast[proposal].add(voter)
        else:
            with pytest.raises(Conflict):
                votes.cast_vote(self.session, self.lead, proposal, voter=voter, provenance="帖子")

    @rule(proposal=proposals, voter=st.sampled_from(VOTERS))
    def take_back(self, proposal: str, voter: str) -> None:
        aside = self._is_aside(proposal, voter)
        if proposal not in self.folded and voter in self._voters(proposal) and not aside:
            votes.withdraw_vote(self.session, self.lead, proposal, voter=voter)
            for one in self._within(proposal):
                self.cast[one].discard(voter)
        else:
            with pytest.raises(Conflict):
                votes.withdraw_vote(self.session, self.lead, proposal, voter=voter)

    @rule(proposal=proposals, voter=st.sampled_from(VOTERS), counting=st.booleans())
    def review(self, proposal: str, voter: str, counting: bool) -> None:
        """Set a person's votes aside, or count them again: all of them for the proposal, or a refusal."""
        cast = [(one, voter) for one in self._within(proposal) if voter in self.cast[one]]
        ids = [vote.id for vote in stored.of_voter(self.session, proposal, voter)]
        version = self.session.get_one(Proposal, proposal, populate_existing=True).version
        changes = any((key in self.aside) == counting for key in cast)

        def act() -> None:
            if counting:
                fraud.take_back(self.session, self.lead, proposal, ids, version=version)
            else:
                fraud.set_aside(self.session, self.lead, proposal, ids, reason="刷票", version=version)

        if not changes:
            with self.session.begin_nested() as undone, pytest.raises((Conflict, Invalid)):
                act()
            if undone.is_active:
                undone.rollback()
            return
        act()
        self.aside = self.aside - set(cast) if counting else self.aside | set(cast)

    @rule(source=proposals, into=proposals)
    def merge(self, source: str, into: str) -> None:
        if source == into:
            return
        version = self.session.get_one(Proposal, source).version
        if source in self.folded or into in self.folded:
            with pytest.raises(Conflict):
                ballot.merge(self.session, self.lead, source, into=into, version=version)
        else:
            ballot.merge(self.session, self.lead, source, into=into, version=version)
            self.folded[source] = into

    @rule(proposal=proposals)
    def unmerge(self, proposal: str) -> None:
        version = self.session.get_one(Proposal, proposal).version
        if proposal in self.folded:
            ballot.unmerge(self.session, self.lead, proposal, version=version)
            del self.folded[proposal]
        else:
            with pytest.raises(Conflict):
                ballot.unmerge(self.session, self.lead, proposal, version=version)

    @invariant()
    def totals_equal_the_recount(self) -> None:
        expected = {proposal: len(self._counting(proposal)) for proposal in self.cast}
        assert votes.tally(self.session, self.cast) == expected
        both = {name: (tally.counted, tally.cast) for name, tally in stored.tallies(self.session, self.cast).items()}
        assert both == {name: (len(self._counting(name)), len(self._voters(name))) for name in self.cast}

    def teardown(self) -> None:
        self.session.rollback()
        self.stack.close()


def test_totals_always_equal_the_recount(database: Database, tmp_path: Path) -> None:
    machine = type("BallotHere", (Ballot,), {"database": database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
