"""What is public of the ballot, who follows, and whose keys hold: the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from review import ballot, contributors, credit, follows, privacy, theme_digests, votes
from review.principals import SYSTEM, Principal
from store.database import Database
from store.repositories import contributors as keys
from store.repositories import credit as consents
from store.repositories import desk, proposal_evidence, public_board
from store.repositories import follows as stored_follows
from store.repositories import votes as stored_votes
from store.repositories.proposal_evidence import EvidenceCounts
from store.tables import ContributorKey, Proposal, Theme
from tests import builders

NOW = datetime.now(UTC)


def _about(session: Session, status: str, *, product: str = "", named: tuple[str, ...] = ()) -> Proposal:
    theme = builders.theme(session)
    said = builders.post(session, builders.channel(session), builders.author(session), product=product)
    builders.mention(session, said, theme, products=list(named))
    theme_digests.refresh(session, [theme.id])
    return builders.proposal(session, theme, status=status, reason="成本" if status == "declined" else "")


def test_a_board_holds_what_people_looked_at_of_its_product(database: Database) -> None:
    with database.session() as session:
        by_post = _about(session, "voting", product="手机")
        by_mention = _about(session, "accepted", named=("手机", "耳机"))
        elsewhere = _about(session, "shipped", product="手机壳")
        inside = _about(session, "received", product="手机")

        def ids(**query: str) -> set[str]:
            return {proposal.id for proposal in public_board.listed(session, **query).items}  # type: ignore[arg-type]

        assert ids() == {by_post.id, by_mention.id, elsewhere.id}
        assert ids(product="手机") == {by_post.id, by_mention.id}
        assert ids(product="手机", status="voting") == {by_post.id}
        assert ids(status="received") == {by_post.id, by_mention.id, elsewhere.id}  # no public status: all
        assert public_board.one(session, by_mention.id, products=["耳机", "门锁"]) is not None
        assert public_board.one(session, elsewhere.id, products=["手机"]) is None
        assert public_board.one(session, inside.id) is None


def test_most_votes_lead_and_pages_follow_each_other(database: Database) -> None:
    with database.session() as session:
        proposals = [_about(session, "voting") for _ in range(3)]
        for place, proposal in enumerate(proposals):
            for _ in range(place):
                who = builders.author(session)
                votes.cast_vote(session, SYSTEM, proposal.id, voter=who.id, provenance="帖子")
        first = public_board.listed(session, limit=2)
        rest = public_board.listed(session, limit=2, cursor=first.next_cursor)
        assert [one.id for one in (*first.items, *rest.items)] == [one.id for one in reversed(proposals)]


def test_progress_tells_public_steps_with_their_words(database: Database) -> None:
    with database.session() as session:
        proposal = _about(session, "received", product="手机")
        for status, note, reason in (
            ("under_review", "", ""),
            ("voting", "欢迎投票", ""),
            ("declined", "", "成本太高"),
        ):
            ballot.change_status(
                session, SYSTEM, proposal.id, status=status, note=note, reason=reason, version=proposal.version
            )
        ballot.assign(session, SYSTEM, proposal.id, owner_id=None, version=proposal.version)
        told = [step for step, _ in public_board.progress(session, product="手机")]
        assert [(step.status, step.note, step.reason) for step in told] == [
            ("declined", "", "成本太高"), ("voting", "欢迎投票", ""), ("under_review", "", ""),
        ]  # fmt: skip
        assert public_board.progress(session, product="耳机") == ()


def test_followers_of_a_merged_proposal_follow_on_and_count_once(database: Database) -> None:
    with database.session() as session:
        target, merged = _about(session, "voting"), _about(session, "voting")
        both, one = builders.author(session), builders.author(session)
        for proposal, who in ((target, both), (merged, both), (merged, one)):
            follows.follow(session, SYSTEM, proposal.id, follower=who.id)
        ballot.merge(session, SYSTEM, merged.id, into=target.id, version=1)
        assert stored_follows.counts(session, [target.id]) == {target.id: 2}
        follows.unfollow(session, SYSTEM, target.id, follower=one.id)
        assert stored_follows.counts(session, [target.id, merged.id]) == {target.id: 1, merged.id: 1}
        assert stored_follows.followed(session, [target.id], both.id) == {target.id}


def test_without_a_branch_its_votes_are_gone(database: Database) -> None:
    with database.session() as session:
        target, merged = _about(session, "voting"), _about(session, "voting")
        both, one = builders.author(session), builders.author(session)
        for proposal, who in ((target, both), (merged, both), (merged, one)):
            votes.cast_vote(session, SYSTEM, proposal.id, voter=who.id, provenance="帖子")
        assert stored_votes.union_of(session, [target.id, merged.id]) == 2
        ballot.merge(session, SYSTEM, merged.id, into=target.id, version=1)
        assert stored_votes.counts(session, [target.id]) == {target.id: 2}
        assert stored_votes.without_branch(session, target.id, branch=merged.id) == 1


def test_the_proposal_of_a_theme_is_where_its_votes_went_in_the_end(database: Database) -> None:
    with database.session() as session:
        first, then, last = (builders.proposal(session, builders.theme(session)) for _ in range(3))
        ballot.merge(session, SYSTEM, first.id, into=then.id, version=1)
        ballot.merge(session, SYSTEM, then.id, into=last.id, version=then.version)
        for proposal in (first, then, last):
            found = desk.proposal_of_theme(session, proposal.theme_id)
            assert found is not None
            assert found.id == last.id


def test_thanks_count_who_voiced_the_need_without_the_first_reporters(database: Database) -> None:
    with database.session() as session:
        first, other, both, happy = (builders.author(session) for _ in range(4))
        proposal, merged = (
            builders.proposal(session, builders.theme(session), first_reporters=[who.id]) for who in (first, other)
        )
        said = ((proposal, first), (proposal, both), (merged, both), (merged, builders.author(session)))
        for about, who in said:
            theme = session.get_one(Theme, about.theme_id)
            builders.mention(session, builders.post(session, builders.channel(session), who), theme)
        praise = builders.post(session, builders.channel(session), happy)
        builders.mention(session, praise, session.get_one(Theme, proposal.theme_id), intent="praise")
        merged.status, merged.merged_into = "merged", proposal.id
        session.flush()
        thanks = credit.thanks_for(session, [proposal.id, merged.id])
    assert (thanks[proposal.id].first, thanks[proposal.id].others) == ((first.id, other.id), 2)
    assert (thanks[merged.id].first, thanks[merged.id].others) == ((other.id,), 2)


def test_evidence_is_recounted(database: Database) -> None:
    with database.session() as session:
        theme, who = builders.theme(session), builders.author(session)
        for product in ("手机", "", "手机"):
            builders.mention(session, builders.post(session, builders.channel(session), who, product=product), theme)
        for _ in range(2):
            nameless = builders.post(session, builders.channel(session), None)
            builders.mention(session, nameless, theme, products=["耳机"])
        assert proposal_evidence.of_theme(session, theme.id) == EvidenceCounts(
            mentions=5, people=3, channels=5, products=2
        )
        assert proposal_evidence.of_theme(session, "thm_none") == EvidenceCounts(0, 0, 0, 0)


def test_an_erased_person_leaves_votes_behind_and_nothing_that_leads_to_them(database: Database) -> None:
    with database.session() as session:
        admin = builders.person(session)
        who, proposal = builders.author(session), _about(session, "voting")
        opened = contributors.enter(session, contributors.invite(session, SYSTEM, who.id).secret)
        contributor = contributors.principal_of(session, opened)
        assert contributor == Principal(contributor.id, contributor.name, "contributor", author=who.id)  # type: ignore[union-attr]
        votes.cast_vote(session, contributor, proposal.id)
        follows.follow(session, contributor, proposal.id)
        credit.agree(session, contributor, display_name="小王")
        privacy.erase_author(session, admin, who.id)
        assert stored_votes.counts(session, [proposal.id]) == {proposal.id: 1}
        assert stored_follows.counts(session, [proposal.id]) == {proposal.id: 0}
        assert consents.names(session, [who.id]) == {}
        assert contributors.principal_of(session, opened) is None


def test_keys_that_are_over_open_nothing_and_are_swept(database: Database) -> None:
    with database.session() as session:
        who = builders.author(session)
        link = contributors.invite(session, SYSTEM, who.id)
        session.query(ContributorKey).update({"expires_at": NOW - timedelta(minutes=1)})
        assert contributors.whose_link(session, link.secret) is None
        keys.sweep(session, now=NOW)
        assert session.query(ContributorKey).count() == 0
