"""The theme map: every mention a point, every theme an island; the same from run to run but for what changed.

Islands are placed by `nlp.map_islands`. On its island a mention lies by the two leading axes of its theme, the
typical ones in the middle; what has no theme lies in the water between the themes it is most like. What an earlier
map placed stays where its island is.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from nlp.map_islands import Island, place_islands

Floats = npt.NDArray[np.float32]
Points = npt.NDArray[np.float64]

_FILLED = 0.55  # exponent of rank to radius: 0.5 fills a disc evenly, more thins it towards the shore
_JITTER = 0.12  # of a standard deviation: the same words said twice are two points
_SPREADS = 6
_SKETCH = 12  # columns of the random sketch that the two leading axes are found in
_MOST_KIN = 3  # themes that draw a mention without theme
_SHARPNESS = 0.04  # difference of cosines at which one theme draws e times as much as another
_BLOCK = 4096
_SAMPLE = 8192  # mentions that the axes of a theme are found from
_ON_SHORE = 1.08  # of the radius: so far out a point still lay on the island


@dataclass(frozen=True, slots=True)
class PreviousMap:
    """The map as it was: points by mention key, islands by theme id."""

    points: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    islands: Mapping[str, Island] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MapLayout:
    """Where mentions and themes lie, within -1..1 in both directions. The i-th key and point belong together."""

    keys: tuple[str, ...]
    points: Floats  # [n, 2]
    islands: Mapping[str, Island]  # by theme id


@dataclass(frozen=True, slots=True)
class _Members:
    """The mentions of one theme; the i-th of each belongs together."""

    numbers: npt.NDArray[np.intp]  # among all mentions
    local: Points  # [m, 2] within the unit disc, from this run's vectors
    before: Points  # [m, 2] on the map before; nan where it was not


def lay_out_map(
    keys: Sequence[str],
    rows: npt.NDArray[np.intp],
    vectors: Floats,
    themes: Sequence[str | None],
    previous: PreviousMap | None = None,
) -> MapLayout:
    """Positions of mentions. Deterministic, and whatever the order of mentions and vectors.

    keys [n]: distinct mention keys. rows [n]: row of the mention's words among `vectors` (float[m, d], unit rows), -1
    where it has none: such a mention lies anywhere on its island, and without a theme it is not on the map.
    themes [n]: theme id or None. previous: the map before.
    """
    previous = previous or PreviousMap()
    order = sorted((n for n in range(len(keys)) if rows[n] >= 0 or themes[n] is not None), key=lambda n: keys[n])
    names = tuple(keys[n] for n in order)
    of = np.asarray(rows, dtype=np.intp)[order] if order else np.zeros(0, dtype=np.intp)
    chance = _chances(names)
    before = np.array([previous.points.get(name, (np.nan, np.nan)) for name in names]).reshape(len(names), 2)
    held: dict[str, list[int]] = defaultdict(list)
    for number, n in enumerate(order):
        held[themes[n] or ""].append(number)
    loose = np.array(held.pop("", []), dtype=np.intp)

    ids = sorted(held)
    members: list[_Members] = []
    prototypes = np.zeros((len(ids), vectors.shape[1]), dtype=np.float32)
    for place, theme in enumerate(ids):
        numbers = np.array(held[theme], dtype=np.intp)
        prototypes[place] = _unit(_sum(vectors, of[numbers]))
        members.append(_Members(numbers, _local(_scores(vectors, of[numbers]), chance[numbers]), before[numbers]))
    sizes = np.array([len(part.numbers) for part in members], dtype=np.float64)
    islands = place_islands(ids, sizes, prototypes, previous.islands, _hints(ids, members, previous))

    points = np.zeros((len(names), 2))
    for theme, part in zip(ids, members, strict=True):
        points[part.numbers] = _on_island(part, islands[theme], previous.islands.get(theme))
    if len(loose):
        drawn = _between(vectors, of[loose], prototypes, [islands[theme] for theme in ids], chance[loose])
        was = before[loose]
        stays = ~np.isnan(was[:, 0]) & _in_water(was, list(islands.values()))
        points[loose] = np.where(stays[:, None], was, drawn)
    return MapLayout(names, np.clip(points, -1.0, 1.0).astype(np.float32), islands)


def beside(island: Island, key: str) -> tuple[float, float]:
    """Where a mention lies that came between two runs: on its theme's island, by nothing but its key."""
    turn, out = _chances((key,))[0]
    radius = island.radius * out**0.5
    return island.x + radius * float(np.cos(2 * np.pi * turn)), island.y + radius * float(np.sin(2 * np.pi * turn))


def _chances(keys: Sequence[str]) -> Points:
    """float64[n, 2] in 0..1, by key alone."""
    digests = b"".join(hashlib.blake2b(key.encode(), digest_size=8).digest() for key in keys)
    return np.frombuffer(digests, dtype="<u4").reshape(-1, 2).astype(np.float64) / 2**32


def _unit(vector: Floats) -> Floats:
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length > 0 else vector


def _blocks(rows: npt.NDArray[np.intp]) -> Iterator[slice]:
    """Few rows at a time: a theme may hold more than fits into memory beside everything else."""
    for start in range(0, len(rows), _BLOCK):
        yield slice(start, start + _BLOCK)


def _sum(vectors: Floats, rows: npt.NDArray[np.intp]) -> Floats:
    """float32[d]: what the rows (-1 for none) sum up to."""
    total = np.zeros(vectors.shape[1])
    for block in _blocks(rows):
        some = rows[block]
        total += vectors[some[some >= 0]].sum(axis=0, dtype=np.float64)
    return total.astype(np.float32)


def _local(scores: Points, chance: Points) -> Points:
    """float64[m, 2] within the unit disc: scores on two axes, the middle of them in the middle of the disc."""
    count = len(scores)
    turn = 2 * np.pi * chance[:, 0]
    noise = np.sqrt(-2 * np.log(np.maximum(chance[:, 1], 1e-12)))[:, None] * np.stack([np.cos(turn), np.sin(turn)], 1)
    spread = scores.std(axis=0)
    scores = np.where(spread > 1e-6, scores / np.maximum(spread, 1e-9), 0.0) + _JITTER * noise
    out = np.hypot(scores[:, 0], scores[:, 1])
    ranks = np.empty(count)
    ranks[np.argsort(out, kind="stable")] = np.arange(count)
    radius = ((ranks + 0.5) / count) ** _FILLED if count > 1 else np.zeros(1)
    return np.asarray(scores * (radius / np.maximum(out, 1e-12))[:, None])


def _scores(vectors: Floats, rows: npt.NDArray[np.intp]) -> Points:
    """float64[m, 2]: scores of the rows on their two leading principal axes; 0 where there is no row.

    The axes are those of the first few thousand (in the order of keys, which are hashes: a fair sample), found in a
    random sketch (Halko, Martinsson, Tropp 2011).
    """
    scores = np.zeros((len(rows), 2))
    known = rows[rows >= 0]
    if len(known) < 3:
        return scores
    said = vectors[known[:_SAMPLE]].astype(np.float32)
    middle = said.mean(axis=0)
    said -= middle
    sketch = np.random.default_rng(0).standard_normal((said.shape[1], _SKETCH)).astype(np.float32)
    basis, _ = np.linalg.qr(said.T @ (said @ sketch))
    inside = (said @ basis).astype(np.float64)
    _, turned = np.linalg.eigh(inside.T @ inside)
    turned = turned[:, ::-1][:, :2]
    signs = np.where(turned[np.abs(turned).argmax(axis=0), np.arange(turned.shape[1])] < 0, -1.0, 1.0)
    axes = (basis @ (turned * signs)).astype(np.float32)
    for block in _blocks(rows):
        there = np.flatnonzero(rows[block] >= 0)
        found = (vectors[rows[block][there]].astype(np.float32) - middle) @ axes
        scores[block.start + there, : axes.shape[1]] = found
    return scores


def _hints(ids: Sequence[str], members: Sequence[_Members], previous: PreviousMap) -> dict[str, tuple[float, float]]:
    """Where the mentions of new themes were, if the map knew most of them."""
    found = {}
    for theme, part in zip(ids, members, strict=True):
        was = part.before[~np.isnan(part.before[:, 0])]
        if theme not in previous.islands and 2 * len(was) >= len(part.numbers):
            x, y = np.median(was, axis=0)
            found[theme] = (float(x), float(y))
    return found


def _on_island(part: _Members, island: Island, was: Island | None) -> Points:
    """[m, 2] on the map. Who was on the island keeps the place there; newcomers lie by their words, turned to fit."""
    centre = np.array([island.x, island.y])
    known = ~np.isnan(part.before[:, 0])
    if was is not None:
        offsets = (part.before - [was.x, was.y]) / max(was.radius, 1e-9)
        known &= np.hypot(offsets[:, 0], offsets[:, 1]) <= _ON_SHORE
        local = np.where(known[:, None], offsets, part.local @ _turn(part.local[known], offsets[known]))
        fixed = known
    else:  # a new theme: turned as its mentions lay before, so that a split looks like one
        offsets = part.before - np.nanmean(part.before, axis=0) if known.any() else part.before
        local = part.local @ _turn(part.local[known], offsets[known])
        fixed = np.zeros(len(known), dtype=bool)
    return np.asarray(centre + island.radius * _spread(local, fixed))


def _turn(now: Points, then: Points) -> Points:
    """The rotation (or reflection) that brings points nearest to where they were (orthogonal Procrustes)."""
    if len(now) < 3:
        return np.eye(2)
    left, _, right = np.linalg.svd(now.T @ (then - then.mean(axis=0)))
    return np.asarray(left @ right)


def _spread(local: Points, fixed: npt.NDArray[np.bool_]) -> Points:
    """Points of the unit disc that nearly cover each other step aside, but for the fixed ones."""
    if len(local) < 2 or fixed.all():
        return local
    wide = 1.2 / len(local) ** 0.5
    points = local.copy()
    for _ in range(_SPREADS):
        pairs = cKDTree(points).query_pairs(wide, output_type="ndarray")
        if not len(pairs):
            break
        first, second = pairs[:, 0], pairs[:, 1]
        away = points[first] - points[second]
        distance = np.maximum(np.hypot(away[:, 0], away[:, 1]), 1e-9)
        push = (0.3 * (wide - distance) / distance)[:, None] * away
        moved = np.stack(
            [
                np.bincount(first, push[:, d], len(points)) - np.bincount(second, push[:, d], len(points))
                for d in (0, 1)
            ],
            axis=1,
        )
        moved[fixed] = 0
        points += moved
        out = np.hypot(points[:, 0], points[:, 1])
        beyond = (out > 1) & ~fixed
        points[beyond] /= out[beyond, None]
    return points


def _between(
    vectors: Floats, rows: npt.NDArray[np.intp], prototypes: Floats, islands: Sequence[Island], chance: Points
) -> Points:
    """[n, 2]: in the water, drawn by the themes that the words are most like."""
    if not islands:
        return 0.9 * _local(_scores(vectors, rows), chance)
    centres = np.array([[island.x, island.y] for island in islands])
    kin = min(_MOST_KIN, len(islands))
    found = np.empty((len(rows), 2))
    for start in range(0, len(rows), _BLOCK):
        block = slice(start, start + _BLOCK)
        alike = np.round(vectors[rows[block]].astype(np.float32) @ prototypes.T, 4)
        near = np.argsort(-alike, axis=1, kind="stable")[:, :kin]
        top = np.take_along_axis(alike, near, axis=1).astype(np.float64)
        weight = np.exp((top - top[:, :1]) / _SHARPNESS)
        weight /= weight.sum(axis=1, keepdims=True)
        found[block] = (weight[:, :, None] * centres[near]).sum(axis=1)
    turn = 2 * np.pi * chance[:, 0]
    found += 0.04 * chance[:, 1:] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return _washed_off(found, islands, chance)


def _washed_off(points: Points, islands: Sequence[Island], chance: Points) -> Points:
    """Points on an island go to its nearest shore, and on from there while that is another island."""
    if not len(points):
        return points
    centres = np.array([[island.x, island.y] for island in islands])
    shores = np.array([island.radius for island in islands])
    points = points.copy()
    for turn in range(12):
        stranded = np.zeros(len(points), dtype=bool)
        for centre, shore in zip(centres, shores, strict=True):
            away = points - centre
            distance = np.hypot(away[:, 0], away[:, 1])
            inside = distance < shore * 1.02
            if not inside.any():
                continue
            stranded |= inside
            out = shore * (1.04 + 0.1 * chance[inside, 1] + 0.02 * turn)
            unit = away[inside] / np.maximum(distance[inside], 1e-9)[:, None]
            unit[distance[inside] < 1e-9] = (1.0, 0.0)
            points[inside] = centre + unit * out[:, None]
        if not stranded.any():
            break
    return points


def _in_water(points: Points, islands: Sequence[Island]) -> npt.NDArray[np.bool_]:
    """Which points lie on no island; nan does not."""
    dry = np.isnan(points[:, 0])
    for island in islands:
        dry |= np.hypot(points[:, 0] - island.x, points[:, 1] - island.y) < island.radius
    return np.asarray(~dry)
