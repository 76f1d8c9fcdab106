"""A preview says what the edit then does; and where what it showed is no longer so, the edit is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from review import theme_owners, theme_previews, themes, votes
from review.errors import Conflict, Forbidden, Invalid
from review.principals import Principal, Role
from review.theme_counts import recount
from store.database import Database
from store.tables import Author, Mention, Post, Theme
from tests import builders
from tests.builders import START


@dataclass(frozen=True)
class Pair:
    """Two themes of three people, one of whom speaks of both."""

    database: Database
    who: Principal
    slow: str
    hot: str
    slow_mentions: tuple[str, ...]


@pytest.fixture
def pair(database: Database) -> Pair:
    with database.session() as session:
        who = builders.person(session, Role.PRODUCT_MANAGER, "小李")
        where = builders.channel(session)
        both, one, other = (builders.author(session) for _ in range(3))
        slow = builders.theme(session, "充电很慢", quotes=[{"post_id": "x", "text": "慢"}])
        hot = builders.theme(session, "发热严重", intent="request")
        first = builders.post(session, where, both, "快充太慢", posted_at=START)
        second = builders.post(session, where, one, "充电慢", posted_at=START + timedelta(weeks=1))
        third = builders.post(session, where, other, "烫手", posted_at=START + timedelta(weeks=1))
        fourth = builders.post(session, where, both, "发热", posted_at=START)
        slow.quotes = [{"post_id": first.id, "text": "快充太慢"}]
        m = [builders.mention(session, first, slow), builders.mention(session, second, slow)]
        builders.mention(session, third, hot)
        builders.mention(session, fourth, hot)
        builders.draft(session, fourth, hot)
        for theme in (slow, hot):
            recount(session, theme)
    return Pair(database, who, slow.id, hot.id, tuple(x.id for x in m))


def _version(session: Session, theme: str) -> int:
    return session.get_one(Theme, theme).version


def test_the_union_counts_everybody_once_and_is_what_the_merge_makes(pair: Pair) -> None:
    with pair.database.session() as session:
        preview = theme_previews.merge(session, pair.who, [pair.hot], into=pair.slow)
        assert (preview.target.people, preview.sources[0].people) == (2, 2)
        assert (preview.union.authors, preview.shared_people, preview.union.size) == (3, 1, 4)
        assert preview.drafts == 1
        assert preview.cautions == ("different_intents",)
        made = themes.merge(
            session, pair.who, pair.hot, into=pair.slow, version=_version(session, pair.hot), basis=preview.basis
        )
        assert (made.authors, made.size) == (preview.union.authors, preview.union.size)
        assert tuple((week, people) for week, people in made.weekly) == preview.union.weekly


def test_who_spoke_of_three_themes_is_one_shared_person(pair: Pair) -> None:
    with pair.database.session() as session:
        third = builders.theme(session, "掉电快")
        both = session.get_one(Post, session.get_one(Mention, pair.slow_mentions[0]).post_id).author_id
        post = builders.post(session, builders.channel(session), session.get_one(Author, both))
        builders.mention(session, post, third)
        recount(session, third)
        assert theme_previews.merge(session, pair.who, [pair.hot, third.id], into=pair.slow).shared_people == 1


def test_votes_joined_are_counted_by_person_and_match_the_ballot_afterwards(pair: Pair) -> None:
    with pair.database.session() as session:
        mine = builders.proposal(session, session.get_one(Theme, pair.slow), title="快一点")
        theirs = builders.proposal(session, session.get_one(Theme, pair.hot), title="凉一点")
        voters = [builders.person(session, Role.MODERATOR) for _ in range(3)]
        for voter in voters[:2]:
            votes.cast_vote(session, voter, mine.id)
        for voter in voters[1:]:
            votes.cast_vote(session, voter, theirs.id)
        preview = theme_previews.merge(session, pair.who, [pair.hot], into=pair.slow)
        (effect,) = preview.ballot
        assert (effect.effect, effect.votes, effect.votes_after, effect.into_title) == ("joins", 2, 3, "快一点")
        themes.merge(session, pair.who, pair.hot, into=pair.slow, version=_version(session, pair.hot))
        assert votes.tally(session, [mine.id]) == {mine.id: 3}


def test_a_proposal_without_a_counterpart_moves_and_a_closed_one_stays(pair: Pair) -> None:
    with pair.database.session() as session:
        moving = builders.proposal(session, session.get_one(Theme, pair.hot))
        assert theme_previews.merge(session, pair.who, [pair.hot], into=pair.slow).ballot[0].effect == "moves"
        builders.proposal(session, session.get_one(Theme, pair.slow), status="shipped")
        preview = theme_previews.merge(session, pair.who, [pair.hot], into=pair.slow)
        assert preview.ballot[0].effect == "stays"
        assert "closed_proposal" in preview.cautions
        themes.merge(session, pair.who, pair.hot, into=pair.slow, version=_version(session, pair.hot))
        assert moving.theme_id == pair.hot


def test_different_owners_and_given_names_are_pointed_out(pair: Pair) -> None:
    with pair.database.session() as session:
        other = builders.person(session, Role.PRODUCT_MANAGER, "小王")
        for theme, owner in ((pair.slow, pair.who), (pair.hot, other)):
            theme_owners.assign(session, pair.who, theme, owner_id=owner.id, version=_version(session, theme))
        themes.rename(session, pair.who, pair.hot, name="烫手", version=_version(session, pair.hot))
        cautions = theme_previews.merge(session, pair.who, [pair.hot], into=pair.slow).cautions
    assert set(cautions) >= {"two_owners", "names_given"}


def test_an_edit_since_the_preview_is_named_and_nothing_is_done(pair: Pair) -> None:
    with pair.database.session() as session:
        basis = theme_previews.merge(session, pair.who, [pair.hot], into=pair.slow).basis
        themes.rename(session, pair.who, pair.slow, name="充电太慢", version=_version(session, pair.slow))
        with pytest.raises(Conflict) as refused:
            themes.merge(session, pair.who, pair.hot, into=pair.slow, version=_version(session, pair.hot), basis=basis)
        assert refused.value.code == "preview_outdated"
        assert refused.value.details["changed"] == [{"id": pair.slow, "name": "充电太慢", "what": "edited"}]
        assert "充电太慢" in refused.value.message_zh
        assert session.get_one(Theme, pair.hot).status == "active"


def test_a_theme_that_went_to_the_ballot_since_the_preview_is_noticed(pair: Pair) -> None:
    with pair.database.session() as session:
        basis = theme_previews.dismissal(session, pair.who, pair.hot).basis
        themes.route_to_ballot(session, pair.who, pair.hot, version=_version(session, pair.hot))
        with pytest.raises(Conflict) as refused:
            themes.mark_not_a_theme(session, pair.who, pair.hot, version=_version(session, pair.hot), basis=basis)
    assert [shift["what"] for shift in refused.value.details["changed"]] == ["joined_ballot"]


@pytest.mark.parametrize(("more", "refused"), [(2, False), (40, True)])
def test_a_few_new_posts_do_not_spoil_a_preview_and_many_do(pair: Pair, more: int, refused: bool) -> None:
    with pair.database.session() as session:
        basis = theme_previews.dismissal(session, pair.who, pair.slow).basis
        where = session.get_one(Post, session.get_one(Theme, pair.slow).quotes[0]["post_id"]).channel_id
        assert where
        channel = builders.channel(session)
        theme = session.get_one(Theme, pair.slow)
        for _ in range(more):
            builders.mention(session, builders.post(session, channel), theme)
        recount(session, theme)
        version = _version(session, pair.slow)
        if refused:
            with pytest.raises(Conflict, match="grown"):
                themes.mark_not_a_theme(session, pair.who, pair.slow, version=version, basis=basis)
        else:
            themes.mark_not_a_theme(session, pair.who, pair.slow, version=version, basis=basis)
            assert theme.status == "not_a_theme"


@pytest.mark.parametrize("basis", ["", "nonsense", "thm_x:1:1", ";;:", "：" * 5000])
def test_a_basis_that_is_none_of_ours_is_refused(pair: Pair, basis: str) -> None:
    with pair.database.session() as session, pytest.raises(Conflict) as refused:
        themes.mark_not_a_theme(session, pair.who, pair.hot, version=_version(session, pair.hot), basis=basis)
    assert refused.value.code == "preview_outdated"


def test_a_split_says_what_leaves_and_what_stays(pair: Pair) -> None:
    with pair.database.session() as session:
        preview = theme_previews.split(session, pair.who, pair.slow, [pair.slow_mentions[0], "men_unknown"])
        assert (preview.leaving.size, preview.staying.size, preview.people_in_both) == (1, 1, 0)
        assert preview.quotes == ("快充太慢",)
        new = themes.split_off(
            session, pair.who, pair.slow, mention_ids=[pair.slow_mentions[0]], name="快充",
            version=_version(session, pair.slow), basis=preview.basis,
        )  # fmt: skip
        assert new.size == preview.leaving.size
        origin = themes.rejoin(session, pair.who, new.id, version=new.version)
        assert (origin.id, origin.size) == (pair.slow, 2)


def test_several_are_merged_on_one_preview(pair: Pair) -> None:
    with pair.database.session() as session:
        third = builders.theme(session, "电池鼓包")
        ids = [pair.hot, third.id]
        preview = theme_previews.merge(session, pair.who, [*ids, pair.slow], into=pair.slow)
        assert [side.id for side in preview.sources] == ids
        seen = {theme: _version(session, theme) for theme in ids}
        made = themes.merge_several(session, pair.who, seen, into=pair.slow, basis=preview.basis)
        assert made.size == preview.union.size
        assert {session.get_one(Theme, theme).merged_into for theme in ids} == {pair.slow}


def test_previews_need_the_right_to_edit_and_two_themes(pair: Pair) -> None:
    with pair.database.session() as session:
        moderator = builders.person(session, Role.MODERATOR)
        with pytest.raises(Forbidden):
            theme_previews.merge(session, moderator, [pair.hot], into=pair.slow)
        with pytest.raises(Invalid):
            theme_previews.merge(session, pair.who, [pair.slow], into=pair.slow)
        themes.mark_not_a_theme(session, pair.who, pair.hot, version=_version(session, pair.hot))
        with pytest.raises(Conflict):
            theme_previews.merge(session, pair.who, [pair.hot], into=pair.slow)


def test_a_given_name_can_be_taken_back(pair: Pair) -> None:
    with pair.database.session() as session:
        theme = session.get_one(Theme, pair.slow)
        with pytest.raises(Conflict):
            themes.unname(session, pair.who, pair.slow, version=theme.version)
        theme.mined_name = "充电 慢"
        themes.rename(session, pair.who, pair.slow, name="别的", version=theme.version)
        themes.unname(session, pair.who, pair.slow, version=theme.version)
        assert (theme.name, theme.named_by_person) == ("充电 慢", False)
