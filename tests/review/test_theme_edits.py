"""People's edits of themes: what they change, how they are undone, and that later runs know of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from nlp.registry import ClusterMembers, reconcile
from review import themes
from review.errors import Conflict, Forbidden, Invalid, NotFound, StaleVersion, VersionMissing
from review.principals import Principal, Role
from review.theme_counts import recount
from store.database import Database
from store.repositories import events
from store.tables import Event, LineageEdge, Mention, MentionPin, Theme
from tests import builders
from tests.builders import START


@dataclass(frozen=True)
class Board:
    """Two themes: "slow" with four mentions by two people (m1, m2 of one post), "hot" with two."""

    database: Database
    who: Principal
    slow: str
    hot: str
    m: tuple[str, ...]  # of slow
    h: tuple[str, ...]  # of hot


@pytest.fixture
def board(database: Database) -> Board:
    with database.session() as session:
        who = builders.person(session, Role.PRODUCT_MANAGER, "小李")
        where = builders.channel(session)
        first, second = builders.author(session), builders.author(session)
        slow = builders.theme(session, "充电很慢", keyphrases=["快充", "发烫"], score=80.0)
        hot = builders.theme(session, "发热严重", score=60.0)
        p1 = builders.post(session, where, first, "快充太慢，还发烫", posted_at=START)
        p2 = builders.post(session, where, second, "晚上快充很慢", posted_at=START + timedelta(weeks=2))
        p3 = builders.post(session, where, None, "充电慢", posted_at=START + timedelta(weeks=2, days=1))
        m = [
            builders.mention(session, p1, slow, "快充太慢", key="m1", strength=0.9, severity=0.2),
            builders.mention(session, p1, slow, "还发烫", key="m2", strength=0.5, severity=0.4),
            builders.mention(session, p2, slow, "晚上快充很慢", key="m3", strength=0.8, severity=0.6),
            builders.mention(session, p3, slow, "充电慢", key="m4", strength=0.7, severity=0.8),
        ]
        h = [
            builders.mention(session, p2, hot, "发热", key="h1", intent="question"),
            builders.mention(session, p3, hot, "烫手", key="h2"),
        ]
        for theme in (slow, hot):
            recount(session, theme)
    return Board(database, who, slow.id, hot.id, tuple(x.id for x in m), tuple(x.id for x in h))


def _where(session: Session) -> dict[str, str | None]:
    return {mention.key: mention.theme_id for mention in session.scalars(select(Mention))}


def _picture(session: Session) -> dict[str, Any]:
    """Everything about themes and mentions that an undo must bring back."""
    session.flush()
    columns = [
        Theme.id, Theme.status, Theme.merged_into, Theme.size, Theme.posts, Theme.authors, Theme.severity,
        Theme.weekly, Theme.first_seen, Theme.last_seen, Theme.score, Theme.quotes, Theme.name,
    ]  # fmt: skip
    mentions = select(Mention.key, Mention.theme_id, Mention.strength)
    return {
        "themes": {row[0]: tuple(row[1:]) for row in session.execute(select(*columns))},
        "mentions": {row[0]: tuple(row[1:]) for row in session.execute(mentions)},
    }


def test_the_counts_of_a_theme_follow_from_its_mentions(board: Board) -> None:
    with board.database.session(readonly=True) as session:
        slow = session.get_one(Theme, board.slow)
    assert (slow.size, slow.posts, slow.authors) == (4, 3, 3)  # the post of nobody known is a person of its own
    assert slow.severity == 0.5
    assert slow.weekly == [["2026-06-01", 1], ["2026-06-08", 0], ["2026-06-15", 2]]
    assert (slow.first_seen, slow.last_seen) == (START, START + timedelta(weeks=2, days=1))


def test_a_renamed_theme_keeps_the_persons_name_and_tells_the_next_run(board: Board) -> None:
    with board.database.session() as session:
        theme = themes.rename(session, board.who, board.slow, name=" 快充太慢 ", version=1)
        assert (theme.name, theme.named_by_person, theme.version) == ("快充太慢", True, 2)
        event = events.latest_of(session, "theme", board.slow)
        assert event is not None
        assert (event.action, event.actor) == ("theme.renamed", board.who.id)
        assert event.before == {"name": "充电很慢", "named_by_person": False}
        assert event.after == {"name": "快充太慢"}
        previous, _ = themes.previous_themes(session)
    assert {theme.id: theme.name for theme in previous} == {board.slow: "快充太慢", board.hot: None}


def test_a_merge_moves_everything_and_recounts(board: Board) -> None:
    with board.database.session() as session:
        target = themes.merge(session, board.who, board.hot, into=board.slow, version=1)
        assert target.id == board.slow
        assert (target.size, target.posts, target.authors) == (6, 3, 3)
        assert set(_where(session).values()) == {board.slow}
        merged = session.get_one(Theme, board.hot)
        assert (merged.status, merged.merged_into, merged.version, target.version) == ("merged", board.slow, 2, 2)
        edge = session.scalars(select(LineageEdge)).one()
        assert (edge.kind, edge.from_theme, edge.to_theme, edge.run_id) == ("merge", board.hot, board.slow, None)
        actions = set(session.scalars(select(Event.action)))
    assert actions == {"theme.merged", "theme.received_merge"}


Act = Callable[[Session, Principal, Board], object]


@pytest.mark.parametrize(
    "act",
    [
        lambda s, who, b: themes.merge(s, who, b.slow, into=b.hot, version=1),
        lambda s, who, b: themes.mark_not_a_theme(s, who, b.slow, version=1, note="广告"),
    ],
    ids=["merge", "dismissal"],
)
def test_an_undo_restores_exactly(board: Board, act: Act) -> None:
    with board.database.session() as session:
        before = _picture(session)
        act(session, board.who, board)
        assert _picture(session) != before
    with board.database.session() as session:
        version = session.get_one(Theme, board.slow).version
        themes.restore(session, board.who, board.slow, version=version)
        assert _picture(session) == before


def test_an_undo_leaves_what_people_have_put_elsewhere_since(board: Board) -> None:
    with board.database.session() as session:
        themes.merge(session, board.who, board.slow, into=board.hot, version=1)
        new = themes.split_off(session, board.who, board.hot, mention_ids=[board.m[1]], name="充电发烫", version=2)
        themes.restore(session, board.who, board.slow, version=2)
        assert _where(session) == {
            "m1": board.slow, "m2": new.id, "m3": board.slow, "m4": board.slow, "h1": board.hot, "h2": board.hot,
        }  # fmt: skip


def test_an_undo_does_not_take_what_was_split_off_and_merged_back(board: Board) -> None:
    with board.database.session() as session:
        themes.merge(session, board.who, board.slow, into=board.hot, version=1)
        new = themes.split_off(session, board.who, board.hot, mention_ids=[board.m[1]], name="充电发烫", version=2)
        themes.merge(session, board.who, new.id, into=board.hot, version=1)
        themes.restore(session, board.who, board.slow, version=2)
        assert _where(session)["m2"] == board.hot
        themes.restore(session, board.who, new.id, version=new.version)
        assert _where(session)["m2"] == new.id


def test_a_chain_of_merges_can_be_undone_in_either_order(board: Board) -> None:
    for first in ("inner", "outer"):
        with board.database.session() as session:
            third = builders.theme(session, "续航短")
            before = _picture(session)
            slow = session.get_one(Theme, board.slow)
            hot = session.get_one(Theme, board.hot)
            themes.merge(session, board.who, slow.id, into=hot.id, version=slow.version)
            themes.merge(session, board.who, hot.id, into=third.id, version=hot.version)
            assert set(_where(session).values()) == {third.id}
            for theme in (slow, hot) if first == "inner" else (hot, slow):
                themes.restore(session, board.who, theme.id, version=theme.version)
            assert _picture(session) == before


def test_splitting_off_pins_the_chosen_mentions_to_a_theme_of_their_own(board: Board) -> None:
    with board.database.session() as session:
        new = themes.split_off(
            session, board.who, board.slow, mention_ids=[board.m[0], board.m[2]], name="晚上快充慢", version=1
        )
        assert (new.status, new.name, new.named_by_person, new.version) == ("active", "晚上快充慢", True, 1)
        assert (new.size, new.posts, new.authors, new.severity) == (2, 2, 2, 0.4)
        assert new.keyphrases == ["快充"]
        assert [quote["text"] for quote in new.quotes] == ["快充太慢", "晚上快充很慢"]
        assert session.get_one(Theme, board.slow).size == 2
        pins = dict(session.execute(select(MentionPin.key, MentionPin.theme_id)).all())
        assert pins == {"m1": new.id, "m3": new.id}
        edge = session.scalars(select(LineageEdge)).one()
        assert (edge.kind, edge.from_theme, edge.to_theme, edge.overlap) == ("split", board.slow, new.id, 0.5)


@pytest.mark.parametrize(
    ("chosen", "code"),
    [([], "mentions_required"), (["men_none"], "mentions_elsewhere"), (["h1"], "mentions_elsewhere"), (["all"], "nothing_left")],
)  # fmt: skip
def test_a_split_that_makes_no_sense_is_refused_and_changes_nothing(board: Board, chosen: list[str], code: str) -> None:
    ids = {"h1": [board.h[0]], "all": list(board.m)}.get(chosen[0] if chosen else "", chosen)
    with board.database.session() as session:
        before = _picture(session)
    with pytest.raises(Invalid) as refused, board.database.session() as session:
        themes.split_off(session, board.who, board.slow, mention_ids=ids, name="新", version=1)
    assert refused.value.code == code
    with board.database.session() as session:
        assert _picture(session) == before


def test_a_dismissed_theme_holds_nothing_and_says_why(board: Board) -> None:
    with board.database.session() as session:
        theme = themes.mark_not_a_theme(session, board.who, board.hot, version=1, note="广告")
        assert theme.status == "not_a_theme"
        assert {key for key, where in _where(session).items() if where is None} == {"h1", "h2"}
        event = events.latest_of(session, "theme", board.hot)
        assert event is not None
        assert event.note == "广告"


def test_the_next_run_obeys_merges_splits_and_dismissals(board: Board) -> None:
    with board.database.session() as session:
        new = themes.split_off(session, board.who, board.slow, mention_ids=[board.m[3]], name="只是慢", version=1)
        third = builders.theme(session, "闪充慢")
        third_post = builders.post(session, builders.channel(session))
        for number in range(3):
            builders.mention(session, third_post, third, key=f"t{number}")
        themes.merge(session, board.who, third.id, into=board.slow, version=1)
        themes.mark_not_a_theme(session, board.who, board.hot, version=1)
        previous, constraints = themes.previous_themes(session)
    # Mining finds the same clusters as before anybody edited anything.
    clusters = [
        ClusterMembers(frozenset({"m1", "m2", "m3", "m4"})),
        ClusterMembers(frozenset({"t0", "t1", "t2"})),
        ClusterMembers(frozenset({"h1", "h2"})),
    ]
    found = dict(reconcile(previous, clusters, constraints).theme_of)
    assert found == {
        "m1": board.slow, "m2": board.slow, "m3": board.slow, "m4": new.id,
        "t0": board.slow, "t1": board.slow, "t2": board.slow, "h1": None, "h2": None,
    }  # fmt: skip
    # A run that has taken the dismissed mentions out of their theme still leaves enough to know it by.
    kept = [replace(theme) for theme in previous if theme.id == board.hot]
    assert kept[0].not_a_theme
    assert kept[0].mention_keys == {"h1", "h2"}


def test_a_restored_theme_is_known_by_what_it_holds_only(board: Board) -> None:
    with board.database.session() as session:
        themes.merge(session, board.who, board.slow, into=board.hot, version=1)
        themes.restore(session, board.who, board.slow, version=2)
        previous, _ = themes.previous_themes(session)
    keys = {theme.id: theme.mention_keys for theme in previous}
    assert keys == {board.slow: {"m1", "m2", "m3", "m4"}, board.hot: {"h1", "h2"}}


def test_an_edit_without_a_version_or_with_an_old_one_is_refused(board: Board) -> None:
    with board.database.session() as session:
        themes.rename(session, board.who, board.slow, name="快充慢", version=1)
    with pytest.raises(VersionMissing) as missing, board.database.session() as session:
        themes.rename(session, board.who, board.slow, name="别的", version=None)
    assert missing.value.status == 428
    with pytest.raises(StaleVersion) as stale, board.database.session() as session:
        themes.rename(session, board.who, board.slow, name="别的", version=1)
    assert stale.value.status == 409
    assert stale.value.details["version"] == 2
    assert stale.value.details["changed_by"] == "小李"
    assert stale.value.details["changed_at"]


EDITS: dict[str, Act] = {
    "rename": lambda s, who, b: themes.rename(s, who, b.slow, name="新", version=1),
    "merge": lambda s, who, b: themes.merge(s, who, b.slow, into=b.hot, version=1),
    "split": lambda s, who, b: themes.split_off(s, who, b.slow, mention_ids=[b.m[0]], name="新", version=1),
    "dismiss": lambda s, who, b: themes.mark_not_a_theme(s, who, b.slow, version=1),
    "restore": lambda s, who, b: themes.restore(s, who, b.slow, version=1),
    "route": lambda s, who, b: themes.route_to_ballot(s, who, b.slow, version=1),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_a_moderator_edits_no_theme(board: Board, edit: Act) -> None:
    with board.database.session() as session:
        moderator = builders.person(session, Role.MODERATOR)
        with pytest.raises(Forbidden):
            edit(session, moderator, board)


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_a_theme_that_is_not_there_is_not_found(board: Board, edit: Act) -> None:
    with pytest.raises(NotFound), board.database.session() as session:
        edit(session, board.who, replace(board, slow="thm_none"))


@pytest.mark.parametrize("name", ["rename", "restore"])
def test_a_name_must_say_something_and_there_must_be_something_to_undo(board: Board, name: str) -> None:
    with board.database.session() as session:
        if name == "restore":
            with pytest.raises(Conflict, match="undone"):
                EDITS["restore"](session, board.who, board)
            return
        for bad, code in (("  ", "name_required"), ("长" * 201, "name_too_long"), ("a\x00b", "name_unreadable")):
            with pytest.raises(Invalid) as refused:
                themes.rename(session, board.who, board.slow, name=bad, version=1)
            assert refused.value.code == code


@pytest.mark.parametrize("name", ["merge", "split", "dismiss", "route"])
def test_a_merged_theme_is_edited_no_more(board: Board, name: str) -> None:
    with board.database.session() as session:
        themes.merge(session, board.who, board.slow, into=board.hot, version=1)
        session.get_one(Theme, board.slow).version = 1
        session.flush()
        with pytest.raises(Conflict, match="not active"):
            EDITS[name](session, board.who, board)


def test_a_theme_is_not_merged_into_itself_nor_into_what_is_gone(board: Board) -> None:
    with board.database.session() as session:
        with pytest.raises(Invalid):
            themes.merge(session, board.who, board.slow, into=board.slow, version=1)
        with pytest.raises(NotFound):
            themes.merge(session, board.who, board.slow, into="thm_none", version=1)
        themes.mark_not_a_theme(session, board.who, board.hot, version=1)
        with pytest.raises(Conflict):
            themes.merge(session, board.who, board.slow, into=board.hot, version=1)
