"""Two at once, with real threads and real transactions: exactly one wins, the other is told why."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from review import accounts, drafts, fraud, mention_moves, themes, versions, votes
from review.errors import Conflict, ReviewError, StaleVersion
from review.mention_moves import Group
from review.principals import SYSTEM, Principal, Role
from store.database import Database
from store.tables import Draft, Event, Mention, Proposal, Theme, Vote
from tests import builders


def _at_once(database: Database, acts: Sequence[Callable[[Session], object]]) -> list[str]:
    """Run each act in a transaction of its own, all started together; "won" or the code of the refusal of each."""
    barrier = threading.Barrier(len(acts))
    outcomes: list[str] = [""] * len(acts)

    def run(index: int) -> None:
        barrier.wait()
        try:
            with database.session() as session:
                acts[index](session)
            outcomes[index] = "won"
        except ReviewError as refusal:
            outcomes[index] = refusal.code
        except BaseException as failure:  # an IntegrityError here would be a failure of ours
            outcomes[index] = repr(failure)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _people(database: Database, number: int, role: Role) -> list[Principal]:
    with database.session() as session:
        return [builders.person(session, role) for _ in range(number)]


def test_of_many_claims_at_once_exactly_one_wins(database: Database) -> None:
    people = _people(database, 4, Role.MODERATOR)
    for _ in range(5):
        with database.session() as session:
            draft = builders.draft(session, builders.post(session, builders.channel(session)))
        outcomes = _at_once(database, [lambda s, who=who, on=draft.id: drafts.claim(s, who, on) for who in people])  # type: ignore[misc]
        assert Counter(outcomes) == {"won": 1, "claimed_by_other": 3}
        with database.session(readonly=True) as session:
            found = session.get_one(Draft, draft.id)
            assert found.claimed_by == people[outcomes.index("won")].id
            assert found.version == 2


def test_those_who_ask_for_the_next_item_at_once_get_different_ones(database: Database) -> None:
    people = _people(database, 3, Role.MODERATOR)
    with database.session() as session:
        where = builders.channel(session)
        for priority in range(3):
            builders.draft(session, builders.post(session, where), priority=float(priority))
    outcomes = _at_once(
        database, [lambda s, who=who: drafts.open_next(s, who, drafts.order_for(who)) for who in people]
    )  # type: ignore[misc]
    assert outcomes == ["won"] * 3
    with database.session(readonly=True) as session:
        held = list(session.scalars(select(Draft.claimed_by)))
    assert sorted(str(holder) for holder in held) == sorted(who.id for who in people)


def test_of_two_decisions_at_once_exactly_one_stands(database: Database) -> None:
    (who,) = _people(database, 1, Role.MODERATOR)
    with database.session() as session:
        made = builders.draft(session, builders.post(session, builders.channel(session)))
        version = drafts.claim(session, who, made.id).version
    outcomes = _at_once(
        database,
        [
            lambda s: drafts.approve(s, who, made.id, version=version),
            lambda s: drafts.reject(s, who, made.id, reason="不对", version=version),
        ],
    )
    assert sorted(outcomes) in (["stale_version", "won"], ["draft_not_open", "won"])


def test_of_many_votes_of_one_person_at_once_exactly_one_counts(database: Database) -> None:
    (lead,) = _people(database, 1, Role.PRODUCT_MANAGER)
    with database.session() as session:
        made = builders.proposal(session, builders.theme(session))
        builders.author(session, "aut_a")

    def vote(session: Session) -> object:
        return votes.cast_vote(session, lead, made.id, voter="aut_a", provenance="帖子")

    outcomes = _at_once(database, [vote] * 5)
    assert Counter(outcomes) == {"won": 1, "already_voted": 4}
    with database.session(readonly=True) as session:
        assert session.scalar(select(func.count(Vote.id))) == 1
        assert session.scalar(select(func.count(Event.id)).where(Event.action == "vote.cast")) == 1


def test_different_people_vote_at_once_and_all_count(database: Database) -> None:
    (lead,) = _people(database, 1, Role.PRODUCT_MANAGER)
    with database.session() as session:
        made = builders.proposal(session, builders.theme(session))
        for n in range(5):
            builders.author(session, f"aut_{n}")
    acts = [
        lambda s, n=n: votes.cast_vote(s, lead, made.id, voter=f"aut_{n}", provenance="帖子")  # type: ignore[misc]
        for n in range(5)
    ]
    assert _at_once(database, acts) == ["won"] * 5
    with database.session(readonly=True) as session:
        assert votes.tally(session, [made.id]) == {made.id: 5}


@pytest.mark.parametrize("by", ["role", "use"])
def test_of_two_admins_who_put_each_other_out_at_once_one_remains(database: Database, by: str) -> None:
    one, other = _people(database, 2, Role.ADMIN)

    def put_out(session: Session, who: Principal, whom: Principal) -> object:
        if by == "use":
            return accounts.deactivate_user(session, who, whom.id)
        return accounts.change_role(session, who, whom.id, Role.MODERATOR)

    outcomes = _at_once(database, [lambda s: put_out(s, one, other), lambda s: put_out(s, other, one)])
    assert Counter(outcomes) == {"won": 1, "no_admin_any_more": 1}
    with database.session() as session, pytest.raises(Conflict) as refused:
        put_out(session, SYSTEM, (one, other)[outcomes.index("won")])
    assert refused.value.code == "last_admin"


def test_of_two_edits_of_one_version_at_once_exactly_one_stands(database: Database) -> None:
    (lead,) = _people(database, 1, Role.PRODUCT_MANAGER)
    with database.session() as session:
        made = builders.theme(session, "充电")
    acts = [lambda s, n=n: themes.rename(s, lead, made.id, name=f"名{n}", version=1) for n in range(3)]  # type: ignore[misc]
    outcomes = _at_once(database, acts)
    assert Counter(outcomes) == {"won": 1, "stale_version": 2}
    with database.session(readonly=True) as session:
        found = session.get_one(Theme, made.id)
        assert (found.name, found.version) == (f"名{outcomes.index('won')}", 2)


def test_two_themes_merged_into_each_other_at_once_end_with_one(database: Database) -> None:
    (lead,) = _people(database, 1, Role.PRODUCT_MANAGER)
    with database.session() as session:
        one, other = builders.theme(session), builders.theme(session)
    outcomes = _at_once(
        database,
        [
            lambda s: themes.merge(s, lead, one.id, into=other.id, version=1),
            lambda s: themes.merge(s, lead, other.id, into=one.id, version=1),
        ],
    )
    assert sorted(outcomes) == ["stale_version", "won"]
    with database.session(readonly=True) as session:
        assert sorted(session.scalars(select(Theme.status))) == ["active", "merged"]


def test_a_theme_routed_twice_at_once_is_on_the_ballot_once(database: Database) -> None:
    (lead,) = _people(database, 1, Role.PRODUCT_MANAGER)
    with database.session() as session:
        made = builders.theme(session)
    outcomes = _at_once(database, [lambda s: themes.route_to_ballot(s, lead, made.id, version=1)] * 3)
    assert Counter(outcomes) == {"won": 1, "already_on_ballot": 2}
    with database.session(readonly=True) as session:
        assert session.scalar(select(func.count(Proposal.id))) == 1


def test_a_version_that_moved_behind_a_readers_back_is_caught_by_the_update_itself(postgres_database: Database) -> None:
    # The row lock makes this hard to reach; take it away and the UPDATE … WHERE version still refuses.
    (lead,) = _people(postgres_database, 1, Role.PRODUCT_MANAGER)
    with postgres_database.session() as session:
        made = builders.theme(session)
    with postgres_database.session() as session:
        seen = session.get_one(Theme, made.id)
        with postgres_database.session() as other:
            themes.rename(other, lead, made.id, name="别的", version=1)
        with pytest.raises(StaleVersion) as refused:
            versions.advance(session, seen, now=builders.START)
        assert refused.value.details["version"] == 2


def test_of_two_moves_of_the_same_mentions_at_once_exactly_one_stands(database: Database) -> None:
    """Also of mentions without theme, which have no version to be checked."""
    one, other = _people(database, 2, Role.PRODUCT_MANAGER)
    with database.session() as session:
        theme = builders.theme(session)
        where = builders.channel(session)
        for number in range(6):
            post = builders.post(session, where)
            builders.mention(session, post, theme if number < 4 else None, key=f"m{number}")
    for keys, group in (
        (["m0", "m1"], Group(theme.id, 1, 2)),
        (["m4", "m5"], Group(None, None, 2)),
    ):
        outcomes = _at_once(
            database,
            [
                lambda s, k=keys, g=group: mention_moves.split_off(s, one, keys=k, groups=[g], name="一"),  # type: ignore[misc]
                lambda s, k=keys, g=group: mention_moves.dismiss(s, other, keys=k, groups=[g]),  # type: ignore[misc]
            ],
        )
        assert outcomes.count("won") == 1, outcomes
        assert set(outcomes) <= {"won", "stale_version", "selection_changed"}
    with database.session(readonly=True) as session:
        for made in session.scalars(select(Theme).where(Theme.status == "active")):
            held = select(func.count()).select_from(Mention).where(Mention.theme_id == made.id)
            assert session.scalar(held) == made.size or made.id == theme.id


def test_a_move_undone_twice_at_once_is_undone_once(database: Database) -> None:
    one, other = _people(database, 2, Role.PRODUCT_MANAGER)
    with database.session() as session:
        theme = builders.theme(session)
        where = builders.channel(session)
        for number in range(3):
            builders.mention(session, builders.post(session, where), theme, key=f"m{number}")
        moved = mention_moves.dismiss(session, one, keys=["m0"], groups=[Group(theme.id, 1, 1)])
    outcomes = _at_once(database, [lambda s, who=who: mention_moves.undo(s, who, moved.id) for who in (one, other)])  # type: ignore[misc]
    assert Counter(outcomes) == {"won": 1, "already_undone": 1}


def test_an_undo_and_a_merge_of_where_it_goes_at_once_agree(database: Database) -> None:
    """Whichever comes first: what the undo brings back ends in the theme that lives, and is counted there."""
    one, other = _people(database, 2, Role.PRODUCT_MANAGER)
    for _ in range(3):
        with database.session() as session:
            theme, into = builders.theme(session), builders.theme(session)
            where = builders.channel(session)
            said = [builders.mention(session, builders.post(session, where), theme) for _ in range(3)]
            moved = mention_moves.dismiss(session, one, keys=[said[0].key], groups=[Group(theme.id, 1, 1)])
        outcomes = _at_once(
            database,
            [
                lambda s, who=one, m=moved: mention_moves.undo(s, who, m.id),  # type: ignore[misc]
                lambda s, t=theme, i=into: themes.merge(s, other, t.id, into=i.id, version=2),  # type: ignore[misc]
            ],
        )
        assert outcomes in (["won", "won"], ["won", "stale_version"])
        with database.session(readonly=True) as session:
            home = into.id if outcomes[1] == "won" else theme.id
            assert set(
                session.scalars(select(Mention.theme_id).where(Mention.id.in_([mention.id for mention in said])))
            ) == {home}
            assert session.get_one(Theme, home).size == 3


def test_a_vote_is_taken_back_while_another_makes_a_burst_of_it(database: Database) -> None:
    """Neither the one nor the other is refused, and no flag is left of the vote that went."""
    forum = Principal(id="tok_forum", name="论坛", kind="token", scopes=frozenset({"vote:cast"}))
    for _ in range(3):
        with database.session() as session:
            made = builders.proposal(session, builders.theme(session))
            voters = [builders.author(session).id for _ in range(fraud.BURST_VOTES)]
            for voter in voters[1:]:
                votes.cast_vote(session, forum, made.id, voter=voter, provenance="帖子")
        outcomes = _at_once(
            database,
            [
                lambda s, on=made.id, who=voters[0]: votes.cast_vote(s, forum, on, voter=who, provenance="帖子"),  # type: ignore[misc]
                lambda s, on=made.id, who=voters[1]: votes.withdraw_vote(s, forum, on, voter=who),  # type: ignore[misc]
            ],
        )
        assert outcomes == ["won", "won"]
        with database.session(readonly=True) as session:
            assert votes.tally(session, [made.id]) == {made.id: fraud.BURST_VOTES - 1}
