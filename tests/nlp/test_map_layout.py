"""The theme map's layout: islands apart, everything in its place from run to run, whatever the order of the input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from nlp.map_islands import COLOURS, Island, hue_beside, place_islands
from nlp.map_layout import MapLayout, PreviousMap, beside, lay_out_map


@dataclass(frozen=True)
class Corpus:
    """Mentions of some themes, each a cloud around its direction; the i-th of each belongs together."""

    keys: list[str]
    vectors: npt.NDArray[np.float32]
    themes: list[str | None]

    def laid_out(self, rows: npt.NDArray[np.intp] | None = None, previous: PreviousMap | None = None) -> MapLayout:
        chosen = np.arange(len(self.keys)) if rows is None else rows
        return lay_out_map(
            [self.keys[row] for row in chosen],
            np.arange(len(chosen)),
            self.vectors[chosen],
            [self.themes[row] for row in chosen],
            previous,
        )


def corpus(sizes: list[int], *, loose: int = 0, seed: int = 7, dimension: int = 32) -> Corpus:
    chance = np.random.default_rng(seed)
    directions = chance.standard_normal((len(sizes), dimension))
    vectors, themes, keys = [], [], []
    for theme, size in enumerate(sizes):
        vectors.append(directions[theme] + 0.6 * chance.standard_normal((size, dimension)))
        themes += [f"thm_{theme:03d}"] * size
        keys += [f"t{theme}m{number}" for number in range(size)]
    vectors.append(chance.standard_normal((loose, dimension)))
    themes += [None] * loose
    keys += [f"loose{number}" for number in range(loose)]
    whole = np.concatenate(vectors)
    return Corpus(keys, (whole / np.linalg.norm(whole, axis=1, keepdims=True)).astype(np.float32), themes)


def places(layout: MapLayout) -> dict[str, tuple[float, float]]:
    return {key: (float(x), float(y)) for key, (x, y) in zip(layout.keys, layout.points, strict=True)}


def after(layout: MapLayout) -> PreviousMap:
    return PreviousMap(places(layout), layout.islands)


@pytest.fixture(scope="module")
def town() -> Corpus:
    return corpus([300, 180, 120, 90, 70, 60, 40, 30, 25, 20, 12, 8, 5, 3, 1], loose=60)


def test_the_same_mentions_in_any_order_lie_in_the_same_places(town: Corpus) -> None:
    turned = np.random.default_rng(3).permutation(len(town.keys))
    assert places(town.laid_out(turned)) == places(town.laid_out())
    assert town.laid_out(turned).islands == town.laid_out().islands


def test_themes_are_islands_that_do_not_overlap_and_hold_their_mentions(town: Corpus) -> None:
    layout = town.laid_out()
    islands = list(layout.islands.values())
    for one in range(len(islands)):
        for other in range(one):
            apart = np.hypot(islands[one].x - islands[other].x, islands[one].y - islands[other].y)
            assert apart >= (islands[one].radius + islands[other].radius) * 0.99
    theme_of = dict(zip(town.keys, town.themes, strict=True))
    for key, (x, y) in places(layout).items():
        island = layout.islands.get(theme_of[key] or "")
        if island is not None:
            assert np.hypot(x - island.x, y - island.y) <= island.radius * 1.0001
    assert np.abs(layout.points).max() <= 1


def test_an_island_is_as_large_as_its_theme(town: Corpus) -> None:
    islands = town.laid_out().islands
    ratio = (islands["thm_000"].radius / islands["thm_003"].radius) ** 2
    assert ratio == pytest.approx(300 / 90, rel=1e-3)


def test_what_has_no_theme_lies_in_the_water(town: Corpus) -> None:
    layout = town.laid_out()
    where = places(layout)
    ashore = 0
    for key in (key for key, theme in zip(town.keys, town.themes, strict=True) if theme is None):
        x, y = where[key]
        ashore += any(np.hypot(x - at.x, y - at.y) < at.radius for at in layout.islands.values())
    assert ashore <= 3  # of 60: where three islands meet there may be no water


def test_more_posts_leave_everything_where_it_was(town: Corpus) -> None:
    some = np.flatnonzero(np.random.default_rng(5).random(len(town.keys)) < 1 / 1.1)
    first = town.laid_out(some)
    second = town.laid_out(previous=after(first))
    before, now = places(first), places(second)
    common = sorted(before)
    old = np.array([before[key] for key in common])
    new = np.array([now[key] for key in common])
    assert np.median(np.hypot(*(old - new).T)) < 0.015
    near_before = cKDTree(old).query(old, 11)[1][:, 1:]
    near_now = cKDTree(new).query(new, 11)[1][:, 1:]
    kept = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(near_before, near_now, strict=True)])
    assert kept > 0.9
    assert {theme: at.colour for theme, at in first.islands.items()}.items() <= {
        theme: at.colour for theme, at in second.islands.items()
    }.items()


def test_nothing_new_moves_nothing(town: Corpus) -> None:
    first = town.laid_out()
    second = town.laid_out(previous=after(first))
    moved = np.hypot(*(first.points - second.points).T)
    assert moved.max() < 1e-3


def test_a_new_theme_finds_water_and_pushes_nobody_far(town: Corpus) -> None:
    known = np.array([row for row, theme in enumerate(town.themes) if theme != "thm_004"])
    first = town.laid_out(known)
    second = town.laid_out(previous=after(first))
    assert "thm_004" in second.islands
    for theme, before in first.islands.items():
        now = second.islands[theme]
        assert np.hypot(now.x - before.x, now.y - before.y) < 0.12


def test_a_split_begins_where_its_mentions_were(town: Corpus) -> None:
    first = town.laid_out()
    themes = [
        "thm_new" if theme == "thm_000" and key.endswith("7") else theme
        for key, theme in zip(town.keys, town.themes, strict=True)
    ]
    second = Corpus(town.keys, town.vectors, themes).laid_out(previous=after(first))
    parent, child = second.islands["thm_000"], second.islands["thm_new"]
    assert np.hypot(child.x - parent.x, child.y - parent.y) < parent.radius + child.radius + 0.25


def test_a_mention_that_a_person_moved_travels_to_its_new_island(town: Corpus) -> None:
    first = town.laid_out()
    themes = ["thm_001" if key == "t0m0" else theme for key, theme in zip(town.keys, town.themes, strict=True)]
    second = Corpus(town.keys, town.vectors, themes).laid_out(previous=after(first))
    x, y = places(second)["t0m0"]
    there = second.islands["thm_001"]
    assert np.hypot(x - there.x, y - there.y) <= there.radius * 1.0001


def test_near_islands_differ_in_hue(town: Corpus) -> None:
    islands = list(town.laid_out().islands.values())
    for island in islands:
        nearest = min(
            (other for other in islands if other is not island),
            key=lambda other: np.hypot(island.x - other.x, island.y - other.y) - other.radius,
        )
        assert nearest.colour != island.colour
    assert 0 <= hue_beside(0.0, 0.0, islands) < COLOURS


def test_the_same_words_said_often_are_many_points() -> None:
    one = corpus([40, 10])
    vectors = one.vectors.copy()
    vectors[:40] = vectors[0]
    layout = Corpus(one.keys, vectors, one.themes).laid_out()
    assert len({tuple(point) for point in layout.points.tolist()}) == 50


def test_a_mention_without_vector_lies_on_its_island_or_nowhere() -> None:
    layout = lay_out_map(
        ["a", "b", "c", "d"], np.array([0, 1, -1, -1]), corpus([2]).vectors, ["thm_a", "thm_a", "thm_a", None]
    )
    assert layout.keys == ("a", "b", "c")


def test_arrivals_lie_on_their_island_by_nothing_but_their_key(town: Corpus) -> None:
    island = town.laid_out().islands["thm_002"]
    x, y = beside(island, "some key")
    assert (x, y) == beside(island, "some key")
    assert np.hypot(x - island.x, y - island.y) <= island.radius


@settings(max_examples=40, deadline=None)
@given(sizes=st.lists(st.integers(1, 12), max_size=8), loose=st.integers(0, 6), seed=st.integers(0, 99))
def test_any_small_map_is_within_its_bounds_and_complete(sizes: list[int], loose: int, seed: int) -> None:
    made = corpus(sizes, loose=loose, seed=seed, dimension=6)
    if not made.keys:
        made = Corpus([], np.zeros((0, 6), dtype=np.float32), [])
    first = made.laid_out()
    again = made.laid_out(previous=after(first))
    for layout in (first, again):
        assert sorted(layout.keys) == sorted(made.keys)
        assert np.isfinite(layout.points).all()
        assert np.abs(layout.points).max(initial=0) <= 1
        assert set(layout.islands) == {theme for theme in made.themes if theme}


def test_a_map_whose_themes_come_and_go_for_a_year_stays_as_large_as_it_was() -> None:
    chance = np.random.default_rng(0)
    sizes = chance.integers(5, 200, size=80).astype(np.float64)
    rows = chance.standard_normal((80, 32))
    prototypes = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    islands: dict[str, Island] = {}
    moved = []
    for week in range(51):  # thirty themes, each week the oldest one goes and another comes
        before, ids = islands, [f"thm_{number:02d}" for number in range(week, week + 30)]
        here = slice(week, week + 30)
        islands = place_islands(ids, sizes[here], prototypes[here], before, {})
        stayed = [theme for theme in ids if theme in before]
        moved += [np.hypot(islands[t].x - before[t].x, islands[t].y - before[t].y) for t in stayed]
        assert sum(island.radius**2 for island in islands.values()) >= 0.3
        assert all(abs(i.x) + i.radius <= 1 and abs(i.y) + i.radius <= 1 for i in islands.values())
    assert np.median(moved) < 0.01
