"""People move mentions between themes and out of them: what changes, who may, what later runs and undo do with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from nlp.registry import ClusterMembers, reconcile
from review import mention_moves as moves
from review import themes
from review.errors import Conflict, Forbidden, Invalid, NotFound, StaleVersion, VersionMissing
from review.mention_moves import Group
from review.principals import Principal, Role
from review.theme_counts import recount
from review.theme_status import living
from store.database import Database
from store.tables import DecidedMention, Event, LineageEdge, Mention, MentionPin, Theme
from tests import builders


@dataclass(frozen=True)
class Board:
    """ "slow" holds m1..m4, "hot" h1..h3, and x1, x2 have no theme."""

    database: Database
    who: Principal
    slow: str
    hot: str

    def groups(self, slow: int = 0, hot: int = 0, none: int = 0, *, version: int | None = 1) -> list[Group]:
        found = [Group(self.slow, version, slow), Group(self.hot, version, hot), Group(None, None, none)]
        return [group for group in found if group.mentions]


@pytest.fixture
def board(database: Database) -> Board:
    with database.session() as session:
        who = builders.person(session, Role.PRODUCT_MANAGER, "小李")
        where = builders.channel(session)
        people = [builders.author(session) for _ in range(3)]
        slow = builders.theme(session, "充电很慢", score=80.0)
        hot = builders.theme(session, "发热严重", score=60.0)
        for number in range(1, 5):
            post = builders.post(session, where, people[number % 3], f"快充太慢{number}")
            builders.mention(session, post, slow, key=f"m{number}", strength=0.9 - number / 10)
        for number in range(1, 4):
            post = builders.post(session, where, people[number % 3], f"发热{number}")
            builders.mention(session, post, hot, key=f"h{number}", strength=0.7)
        for number in range(1, 3):
            builders.mention(
                session, builders.post(session, where, None, f"别的{number}"), key=f"x{number}", strength=0.0
            )
        for theme in (slow, hot):
            recount(session, theme)
    return Board(database, who, slow.id, hot.id)


def _where(session: Session) -> dict[str, str | None]:
    session.expire_all()
    return {mention.key: mention.theme_id for mention in session.scalars(select(Mention))}


def _pins(session: Session) -> dict[str, str | None]:
    return dict(session.execute(select(MentionPin.key, MentionPin.theme_id)).all())


def _picture(session: Session) -> dict[str, Any]:
    """Everything that an undo must bring back."""
    session.flush()
    session.expire_all()
    columns = [Theme.id, Theme.status, Theme.size, Theme.posts, Theme.authors, Theme.severity, Theme.weekly]
    active = select(*columns).where(Theme.status == "active")
    return {
        "themes": {row[0]: tuple(row[1:]) for row in session.execute(active)},
        "mentions": {row.key: (row.theme_id, row.strength) for row in session.scalars(select(Mention))},
        "pins": _pins(session),
        "remembered": sorted(
            tuple(row) for row in session.execute(select(DecidedMention.theme_id, DecidedMention.key))
        ),
    }


def test_mentions_of_several_themes_become_one_of_their_own(board: Board) -> None:
    with board.database.session() as session:
        moved = moves.split_off(
            session, board.who, keys=["m1", "m2", "h1", "x1"], groups=board.groups(2, 1, 1), name=" 夜里充电 "
        )
        new = moved.target
        assert new is not None
        assert (moved.mentions, new.name, new.named_by_person, new.size, new.status) == (
            4,
            "夜里充电",
            True,
            4,
            "active",
        )
        where = _where(session)
        assert {key for key, theme in where.items() if theme == new.id} == {"m1", "m2", "h1", "x1"}
        assert _pins(session) == dict.fromkeys(["m1", "m2", "h1", "x1"], new.id)
        slow, hot = session.get_one(Theme, board.slow), session.get_one(Theme, board.hot)
        assert (slow.size, slow.version, hot.size, hot.version) == (2, 2, 2, 2)
        edges = session.scalars(select(LineageEdge).order_by(LineageEdge.from_theme)).all()
        assert {(edge.kind, edge.from_theme, edge.to_theme) for edge in edges} == {
            ("split", board.slow, new.id), ("split", board.hot, new.id),
        }  # fmt: skip
        told = {(event.action, event.subject_id) for event in session.scalars(select(Event))}
        assert told == {
            ("theme.split", board.slow), ("theme.split", board.hot), ("theme.split_off", new.id),
            ("mentions.moved", moved.id),
        }  # fmt: skip


def test_mentions_go_to_another_theme_which_counts_them(board: Board) -> None:
    with board.database.session() as session:
        moved = moves.move_to(
            session, board.who, keys=["m1", "x1"], groups=board.groups(1, 0, 1), into=board.hot, version=1
        )
        assert moved.target is not None
        assert (moved.target.size, moved.target.version) == (5, 2)
        assert session.get_one(Theme, board.slow).size == 3
        assert _pins(session) == {"m1": board.hot, "x1": board.hot}
        strengths = {mention.key: mention.strength for mention in session.scalars(select(Mention))}
        assert strengths["x1"] == 0.5  # belongs, but does not become what the theme is quoted by
        actions = {event.action for event in session.scalars(select(Event))}
        assert actions == {"theme.mentions_left", "theme.mentions_received", "mentions.moved"}


def test_dismissed_mentions_have_no_theme_and_say_why(board: Board) -> None:
    with board.database.session() as session:
        moved = moves.dismiss(session, board.who, keys=["m1", "h1"], groups=board.groups(1, 1), note="只是玩笑")
        assert moved.target is None
        where = _where(session)
        assert (where["m1"], where["h1"], where["m2"]) == (None, None, board.slow)
        assert _pins(session) == {"m1": None, "h1": None}
        notes = {event.note for event in session.scalars(select(Event))}
        assert notes == {"只是玩笑"}


def test_what_is_dismissed_is_told_apart_and_may_come_back_by_hand(board: Board) -> None:
    gone = Group(None, None, 1, dismissed=True)
    with board.database.session() as session:
        moves.dismiss(session, board.who, keys=["x1"], groups=board.groups(none=1))
        with pytest.raises(Conflict) as changed:  # seen as never placed, which x1 no longer is
            moves.move_to(session, board.who, keys=["x1", "x2"], groups=board.groups(none=2), into=board.hot, version=1)
        assert changed.value.code == "selection_changed"
        with pytest.raises(Invalid, match="already"):
            moves.dismiss(session, board.who, keys=["x1"], groups=[gone])
        moves.move_to(session, board.who, keys=["x1"], groups=[gone], into=board.hot, version=1)
        assert _where(session)["x1"] == board.hot


Act = Callable[[Session, Principal, Board], moves.Moved]
ACTS: dict[str, Act] = {
    "split": lambda s, who, b: moves.split_off(s, who, keys=["m1", "h1", "x1"], groups=b.groups(1, 1, 1), name="新"),
    "move": lambda s, who, b: moves.move_to(s, who, keys=["m1", "x1"], groups=b.groups(1, 0, 1), into=b.hot, version=1),
    "dismiss": lambda s, who, b: moves.dismiss(s, who, keys=["m1", "h1"], groups=b.groups(1, 1)),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_an_undo_restores_exactly(board: Board, act: Act) -> None:
    with board.database.session() as session:
        before = _picture(session)
        moved = act(session, board.who, board)
        assert _picture(session) != before
    with board.database.session() as session:
        undone = moves.undo(session, board.who, moved.id)
        assert (undone.mentions, undone.left) == (moved.mentions, 0)
        assert _picture(session) == before


def test_an_undo_restores_earlier_pins_and_memories(board: Board) -> None:
    with board.database.session() as session:
        third = builders.theme(session, "续航短")
        post = builders.post(session, builders.channel(session))
        builders.mention(session, post, third, key="t1", strength=0.6)
        builders.mention(session, post, third, key="t2", strength=0.5)
        recount(session, third)
        themes.merge(session, board.who, third.id, into=board.slow, version=1)
        moves.move_to(session, board.who, keys=["m1"], groups=board.groups(1, version=2), into=board.hot, version=1)
        before = _picture(session)
        moved = moves.dismiss(
            session, board.who, keys=["m1", "t1"], groups=[Group(board.hot, 2, 1), Group(board.slow, 3, 1)]
        )
        moves.undo(session, board.who, moved.id)
        assert _picture(session) == before
        restored = themes.restore(session, board.who, third.id, version=session.get_one(Theme, third.id).version)
        assert restored.size == 2, "the merge's memory came back with the undo"


def test_an_undo_leaves_what_people_have_put_elsewhere_since(board: Board) -> None:
    with board.database.session() as session:
        moved = moves.split_off(session, board.who, keys=["m1", "m2"], groups=board.groups(2), name="夜里充电")
        assert moved.target is not None
        moves.move_to(session, board.who, keys=["m1"], groups=[Group(moved.target.id, 1, 1)], into=board.hot, version=1)
        undone = moves.undo(session, board.who, moved.id)
        assert (undone.mentions, undone.left) == (1, 1)
        where = _where(session)
        assert (where["m1"], where["m2"]) == (board.hot, board.slow)
        assert session.get_one(Theme, moved.target.id).status == "retired"


def test_an_undo_that_has_nothing_to_take_back_is_refused_and_not_used_up(board: Board) -> None:
    with board.database.session() as session:
        moved = moves.split_off(session, board.who, keys=["m1", "m2"], groups=board.groups(2), name="夜里充电")
        assert moved.target is not None
        made = moved.target.id
        themes.merge(session, board.who, made, into=board.hot, version=1)
        before = _picture(session)
        with pytest.raises(Conflict) as refused:
            moves.undo(session, board.who, moved.id)
        assert refused.value.code == "nothing_to_return"
        assert _picture(session) == before
        themes.restore(session, board.who, made, version=session.get_one(Theme, made).version)
        assert moves.undo(session, board.who, moved.id).mentions == 2, "once they are back there it can be undone"


def test_an_undo_follows_a_source_that_was_merged_since(board: Board) -> None:
    with board.database.session() as session:
        moved = moves.dismiss(session, board.who, keys=["m1"], groups=board.groups(1))
        themes.merge(session, board.who, board.slow, into=board.hot, version=2)
        moves.undo(session, board.who, moved.id)
        assert _where(session)["m1"] == board.hot


def test_a_move_is_undone_once(board: Board) -> None:
    with board.database.session() as session:
        moved = moves.dismiss(session, board.who, keys=["m1"], groups=board.groups(1))
        moves.undo(session, board.who, moved.id)
        with pytest.raises(Conflict, match="already"):
            moves.undo(session, board.who, moved.id)
        with pytest.raises(NotFound):
            moves.undo(session, board.who, "mov_none")


def test_a_split_that_is_on_the_ballot_is_not_undone_behind_its_voters(board: Board) -> None:
    with board.database.session() as session:
        moved = moves.split_off(session, board.who, keys=["m1", "m2"], groups=board.groups(2), name="夜里充电")
        assert moved.target is not None
        themes.route_to_ballot(session, board.who, moved.target.id, version=moved.target.version)
        with pytest.raises(Conflict) as refused:
            moves.undo(session, board.who, moved.id)
        assert refused.value.code == "on_ballot"


def test_the_next_run_obeys(board: Board) -> None:
    with board.database.session() as session:
        new = moves.split_off(session, board.who, keys=["m1", "h1"], groups=board.groups(1, 1), name="夜里充电").target
        assert new is not None
        moves.move_to(session, board.who, keys=["m2"], groups=board.groups(1, version=2), into=board.hot, version=2)
        moves.dismiss(session, board.who, keys=["m3"], groups=board.groups(1, version=3))
        previous, constraints = themes.previous_themes(session)
    # mining finds the same clusters as before anybody moved anything, and one of what had no theme
    clusters = [ClusterMembers(frozenset({"m1", "m2", "m3", "m4"})), ClusterMembers(frozenset({"h1", "h2", "h3"}))]
    found = dict(reconcile(previous, clusters, constraints, loose=["x1", "x2"]).theme_of)
    assert found == {
        "m1": new.id, "h1": new.id, "m2": board.hot, "m3": None, "m4": board.slow,
        "h2": board.hot, "h3": board.hot, "x1": None, "x2": None,
    }  # fmt: skip


def test_after_an_undo_the_next_run_is_free_again(board: Board) -> None:
    with board.database.session() as session:
        moved = moves.split_off(session, board.who, keys=["m1", "m2"], groups=board.groups(2), name="夜里充电")
        moves.undo(session, board.who, moved.id)
        previous, constraints = themes.previous_themes(session)
    assert not constraints.pinned
    clusters = [ClusterMembers(frozenset({"m1", "m2", "m3", "m4"}))]
    assert set(dict(reconcile(previous, clusters, constraints).theme_of).values()) == {board.slow}
    assert living(board.slow, {}) is None


@pytest.mark.parametrize(
    ("keys", "counts", "code"),
    [
        ([], (0, 0, 0), "mentions_required"),
        (["m1", "m2", "m3", "m4"], (4, 0, 0), "nothing_left"),
        (["h1", "h2", "h3", "m1"], (1, 3, 0), "nothing_left"),
        ([f"k{n}" for n in range(moves.MOST_MENTIONS + 1)], (1, 0, 0), "too_many_mentions"),
    ],
)  # fmt: skip
def test_a_move_that_makes_no_sense_is_refused_and_changes_nothing(
    board: Board, keys: list[str], counts: tuple[int, int, int], code: str
) -> None:
    with board.database.session() as session:
        before = _picture(session)
    with pytest.raises(Invalid) as refused, board.database.session() as session:
        moves.split_off(session, board.who, keys=keys, groups=board.groups(*counts), name="新")
    assert refused.value.code == code
    with board.database.session() as session:
        assert _picture(session) == before


def test_nothing_moves_to_where_it_is_nor_to_what_is_gone(board: Board) -> None:
    with board.database.session() as session:
        with pytest.raises(Invalid):
            moves.move_to(session, board.who, keys=["m1"], groups=board.groups(1), into=board.slow, version=1)
        with pytest.raises(NotFound):
            moves.move_to(session, board.who, keys=["m1"], groups=board.groups(1), into="thm_none", version=1)
        themes.mark_not_a_theme(session, board.who, board.hot, version=1)
        with pytest.raises(Conflict, match="not active"):
            moves.move_to(session, board.who, keys=["m1"], groups=board.groups(1), into=board.hot, version=2)


def test_only_what_was_seen_moves(board: Board) -> None:
    """A run in between has put one of the circled mentions elsewhere: no version changed, and still nothing moves."""
    with board.database.session() as session:
        session.scalars(select(Mention).where(Mention.key == "m2")).one().theme_id = board.hot
    with pytest.raises(Conflict) as refused, board.database.session() as session:
        moves.dismiss(session, board.who, keys=["m1", "m2"], groups=board.groups(2))
    assert refused.value.code == "selection_changed"


def test_groups_that_were_unticked_stay(board: Board) -> None:
    with board.database.session() as session:
        moved = moves.dismiss(session, board.who, keys=["m1", "h1", "x1"], groups=board.groups(1))
        assert moved.mentions == 1
        assert _where(session)["h1"] == board.hot


def test_who_decided_on_an_old_version_is_told_who_changed_it(board: Board) -> None:
    with board.database.session() as session:
        themes.rename(session, board.who, board.slow, name="快充慢", version=1)
    with pytest.raises(StaleVersion) as stale, board.database.session() as session:
        moves.dismiss(session, board.who, keys=["m1", "h1"], groups=board.groups(1, 1))
    assert (stale.value.details["version"], stale.value.details["changed_by"]) == (2, "小李")
    with pytest.raises(VersionMissing), board.database.session() as session:
        moves.dismiss(session, board.who, keys=["m1"], groups=board.groups(1, version=None))


def test_of_two_people_at_once_one_is_refused_and_told(board: Board) -> None:
    with board.database.session() as session:
        other = builders.person(session, Role.PRODUCT_MANAGER, "小王")
        moves.move_to(session, other, keys=["m1"], groups=board.groups(1), into=board.hot, version=1)
    with pytest.raises(StaleVersion) as stale, board.database.session() as session:
        moves.split_off(session, board.who, keys=["m1", "m2"], groups=board.groups(2), name="夜里充电")
    assert stale.value.details["changed_by"] == "小王"
    with board.database.session() as session:
        assert _where(session)["m2"] == board.slow


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_a_moderator_moves_nothing(board: Board, act: Act) -> None:
    with board.database.session() as session:
        moved = moves.dismiss(session, board.who, keys=["x1"], groups=board.groups(0, 0, 1))
        moderator = builders.person(session, Role.MODERATOR)
        with pytest.raises(Forbidden):
            act(session, moderator, replace(board))
        with pytest.raises(Forbidden):
            moves.undo(session, moderator, moved.id)


def test_a_new_theme_needs_a_name(board: Board) -> None:
    with pytest.raises(Invalid) as refused, board.database.session() as session:
        moves.split_off(session, board.who, keys=["m1"], groups=board.groups(1), name="  ")
    assert refused.value.code == "name_required"
