"""The theme map in the store: what a run writes, what edits and arrivals change, what the page reads."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.database import Database
from store.repositories import map_points
from store.repositories.map_points import Place
from store.tables import MapPoint, Theme
from tests import builders

HERE = Place(0.5, -0.25, 0.1, 3)


def _theme_of_three(session: Session, name: str = "充电很慢") -> Theme:
    theme = builders.theme(session, name, size=3)
    where = builders.channel(session)
    for number in range(3):
        builders.mention(session, builders.post(session, where), theme, key=f"{name}{number}")
    return theme


def test_what_is_kept_is_read_again_with_the_theme_each_point_has_now(database: Database) -> None:
    with database.session() as session:
        theme = _theme_of_three(session)
        builders.mention(session, builders.post(session, builders.channel(session)), key="loose")
        places = {"充电很慢0": (0.5, -0.25), "充电很慢1": (-1.0, 1.0), "loose": (0.0, 0.00003)}
        map_points.keep(session, places, {theme.id: HERE})
    with database.session(readonly=True) as session:
        rows = map_points.rows(session)
        assert list(rows.numbers) == sorted(rows.numbers)
        assert dict(zip(rows.xs, rows.themes, strict=True)) == {16_000: theme.id, -32_000: theme.id, 0: None}
        assert map_points.points(session)["充电很慢0"] == (0.5, -0.25)
        assert map_points.islands(session) == {theme.id: HERE}
        assert [(shown.id, shown.place) for shown in map_points.themes(session)] == [(theme.id, HERE)]


def test_a_mention_keeps_its_number_and_one_that_is_gone_leaves(database: Database) -> None:
    with database.session() as session:
        _theme_of_three(session)
        map_points.keep(session, {"充电很慢0": (0.1, 0.1), "充电很慢1": (0.2, 0.2)}, {})
        before = {row.key: row.number for row in session.scalars(select(MapPoint))}
        map_points.keep(session, {"充电很慢1": (0.3, 0.2), "充电很慢2": (0.4, 0.4)}, {})
        session.expire_all()
        after = {row.key: (row.number, row.x) for row in session.scalars(select(MapPoint))}
    assert set(after) == {"充电很慢1", "充电很慢2"}
    assert after["充电很慢1"] == (before["充电很慢1"], 9_600)


def test_arrivals_are_added_once(database: Database) -> None:
    with database.session() as session:
        _theme_of_three(session)
        map_points.keep(session, {"充电很慢0": (0.1, 0.1)}, {})
        assert map_points.add(session, [("充电很慢0", 0.9, 0.9), ("充电很慢1", 0.2, 0.2)]) == 1
        assert map_points.points(session)["充电很慢0"] == (0.1, 0.1)


def test_the_state_changes_with_whatever_changes_the_picture(database: Database) -> None:
    seen = []

    def look() -> None:
        with database.session(readonly=True) as session:
            seen.append(map_points.state(session))

    look()
    with database.session() as session:
        theme = _theme_of_three(session)
    look()
    with database.session() as session:
        map_points.keep(session, {"充电很慢0": (0.1, 0.1)}, {theme.id: HERE})
    look()
    with database.session() as session:
        session.get_one(Theme, theme.id).version = 2
    look()
    with database.session() as session:
        session.get_one(Theme, theme.id).updated_at = datetime.now(UTC)
    look()
    assert len(set(seen)) == len(seen)
    look()
    assert seen[-1] == seen[-2]


def test_points_are_found_by_number_with_their_mentions(database: Database) -> None:
    with database.session() as session:
        theme = _theme_of_three(session)
        map_points.keep(session, {f"充电很慢{number}": (0.1 * number, 0.0) for number in range(3)}, {theme.id: HERE})
        numbers = {row.key: row.number for row in session.scalars(select(MapPoint))}
        found = map_points.numbered(session, [numbers["充电很慢2"], numbers["充电很慢0"], 999_999])
        assert [(one.key, one.theme_id) for one in found] == [("充电很慢0", theme.id), ("充电很慢2", theme.id)]
        row = map_points.mention(session, numbers["充电很慢1"])
        assert row is not None
        assert row.mention.key == "充电很慢1"
        assert map_points.mention(session, 999_999) is None


def test_mentions_may_go_to_any_active_theme_found_by_name_or_keyphrase(database: Database) -> None:
    with database.session() as session:
        slow = builders.theme(session, "充电很慢", score=80.0, keyphrases=["快充"])
        hot = builders.theme(session, "发热严重", score=60.0, keyphrases=["烫手"])
        builders.theme(session, "快充广告", status="not_a_theme")
        assert [theme.id for theme in map_points.targets(session, "", without=[], limit=9)] == [slow.id, hot.id]
        assert [theme.id for theme in map_points.targets(session, "烫", without=[], limit=9)] == [hot.id]
        assert map_points.targets(session, "快充", without=[slow.id], limit=9) == ()
