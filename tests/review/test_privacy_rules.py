"""A look at raw text is on record; an erased person leaves counts and nothing that leads back."""

from __future__ import annotations

import pytest
from sqlalchemy import Text, cast, select

from review import contributors, credit, privacy, votes
from review.errors import Forbidden, Invalid, NotFound
from review.principals import Principal, Role
from review.theme_counts import recount
from store.database import Database
from store.repositories import events
from store.tables import Author, Base, Event, Post, Proposal, Theme, Vote
from tests import builders


def test_every_look_at_raw_text_is_on_record(database: Database) -> None:
    with database.session() as session:
        admin = builders.person(session, Role.ADMIN)
        post = builders.post(session, builders.channel(session), raw="打我电话 13800138000")
        assert privacy.read_raw(session, admin, post.id) == "打我电话 13800138000"
        event = events.latest_of(session, "post", post.id)
        assert event is not None
        assert (event.action, event.actor) == ("post.raw_read", admin.id)
        assert "13800138000" not in str((event.before, event.after, event.note))
        with pytest.raises(NotFound):
            privacy.read_raw(session, admin, "pst_none")


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.PRODUCT_MANAGER])
def test_others_see_no_raw_text_and_erase_nobody(database: Database, role: Role) -> None:
    with database.session() as session:
        who = builders.person(session, role)
        author = builders.author(session)
        post = builders.post(session, builders.channel(session), author)
        with pytest.raises(Forbidden):
            privacy.read_raw(session, who, post.id)
        with pytest.raises(Forbidden):
            privacy.erase_author(session, who, author.id)
        assert session.scalars(select(Event)).all() == []


def test_an_erased_person_is_gone_and_every_count_stays(database: Database) -> None:
    with database.session() as session:
        admin = builders.person(session, Role.ADMIN)
        where, author, other = builders.channel(session), builders.author(session), builders.author(session)
        theme = builders.theme(session)
        posts = [builders.post(session, where, author, raw=f"原文 {n}") for n in range(3)]
        kept = builders.post(session, where, other, raw="别人的原文")
        for post in [*posts, kept]:
            builders.mention(session, post, theme)
        recount(session, theme)
        proposal = builders.proposal(session, theme, first_reporters=[author.id, other.id])
        votes.cast_vote(session, admin, proposal.id, voter=author.id, provenance="投票帖")
        votes.cast_vote(session, admin, proposal.id, voter=other.id, provenance="投票帖")
        before = (theme.size, theme.posts, theme.authors, theme.weekly)
        erased_id = author.id
    with database.session() as session:
        erased = privacy.erase_author(session, admin, erased_id)
        assert (erased.posts, erased.votes) == (3, 1)
    with database.session() as session:
        found = session.get_one(Theme, theme.id)
        recount(session, found)
        assert (found.size, found.posts, found.authors, found.weekly) == before
        assert votes.tally(session, [proposal.id]) == {proposal.id: 2}
        assert session.get_one(Proposal, proposal.id).first_reporters == [other.id]
        texts = {post.id: post.raw for post in session.scalars(select(Post))}
        assert texts == {post.id: "" for post in posts} | {kept.id: "别人的原文"}
        assert all(post.text for post in session.scalars(select(Post)))
        assert session.get(Author, erased_id) is None
        # Nothing but the event of the erasure itself names the pseudonym.
        named = [
            (table.name, column.name)
            for table in Base.metadata.tables.values()
            for column in table.columns
            if session.execute(select(table).where(cast(column, Text).contains(erased_id))).first()
        ]
        assert named == [("events", "subject_id")]
        with pytest.raises(NotFound):
            privacy.erase_author(session, admin, erased_id)


def test_nothing_in_the_log_leads_from_an_erased_contributors_votes_to_them(database: Database) -> None:
    with database.session() as session:
        admin, author = builders.person(session, Role.ADMIN), builders.author(session)
        proposals = [builders.proposal(session, builders.theme(session)).id for _ in range(2)]
        contributor = contributors.principal_of(
            session, contributors.enter(session, contributors.invite(session, admin, author.id).secret)
        )
        assert contributor is not None
        credit.agree(session, contributor, display_name="小王")
        votes.cast_vote(session, contributor, proposals[0])
        credit.withdraw(session, contributor)
        credit.agree(session, admin, author_id=author.id, display_name="小王", provenance="小王在群里说的")
        votes.cast_vote(session, admin, proposals[1], voter=author.id, provenance="小王在群里说的")
        erased_id = author.id
        assert privacy.erase_author(session, admin, erased_id).votes == 2
    with database.session(readonly=True) as session:
        lines = session.scalars(select(Event)).all()
        of_the_session = [line for line in lines if line.actor == contributor.id]
        assert len(of_the_session) == 4
        assert {line.subject_id for line in of_the_session} == {contributor.id, proposals[0]}
        assert not any("小王" in str((line.before, line.after, line.note)) for line in lines)
        assert not any(vote.provenance for vote in session.scalars(select(Vote)))


def test_a_vote_on_its_way_while_its_voter_is_erased_is_refused(database: Database) -> None:
    with database.session() as session:
        admin, author = builders.person(session, Role.ADMIN), builders.author(session)
        proposal = builders.proposal(session, builders.theme(session)).id
        secret = contributors.enter(session, contributors.invite(session, admin, author.id).secret)
        contributor = contributors.principal_of(session, secret)
        assert contributor is not None
        privacy.erase_author(session, admin, author.id)
        with pytest.raises(Invalid) as refused:
            votes.cast_vote(session, contributor, proposal)
        assert refused.value.code == "voter_unknown"
        assert session.scalars(select(Vote)).all() == []


def test_an_erasure_is_on_record_with_its_extent(database: Database) -> None:
    with database.session() as session:
        admin: Principal = builders.person(session, Role.ADMIN)
        author = builders.author(session)
        builders.post(session, builders.channel(session), author)
        author_id = author.id
        privacy.erase_author(session, admin, author_id)
        event = events.latest_of(session, "author", author_id)
        assert event is not None
        assert (event.action, event.after) == ("author.erased", {"posts": 1, "votes": 0})
