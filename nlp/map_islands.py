"""The islands of the theme map: one disc a theme, like ones near each other, known ones where they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Points = npt.NDArray[np.float64]

COLOURS = 12  # hues of the page's palette; near islands get different ones

_GAP = 0.018  # water between two shores
_EDGE = 0.97  # islands stay within this far of the centre
_WIDER = 1.5  # the map is wider than high, as screens are
_STRESS_ROUNDS = 60
_FORCE_ROUNDS = 260
_KIN = 4  # most similar themes that an island is drawn to
_STAY = 0.04  # how much of a push a known island gives way to
_LEAST_AREA = 0.3  # of the squares of all radii; a first map has about 0.5
_NEAR_DISTANCES = 0.25  # no two themes are asked to be nearer than this part of the widest distance


@dataclass(frozen=True, slots=True)
class Island:
    """Where a theme lies: centre and radius on the map of -1..1 by -1..1, and the number of its hue."""

    x: float
    y: float
    radius: float
    colour: int


def place_islands(
    ids: Sequence[str],
    sizes: npt.NDArray[np.float64],
    prototypes: Floats,
    previous: Mapping[str, Island],
    hints: Mapping[str, tuple[float, float]],
) -> dict[str, Island]:
    """One disc a theme, area in proportion to its size, none on another.

    ids [k] ascending; sizes [k] mentions; prototypes float32[k, d], unit rows. A theme of `previous` stays but for a
    nudge where a neighbour has grown; hints: where a theme that is not in `previous` would best begin (its mentions
    were there). The sum of areas is that of `previous`, so that more posts alone change nothing; themes that come and
    go leave holes, and where those have eaten up too much of the map, islands close ranks and all of it is enlarged.
    """
    if not ids:
        return {}
    known = np.array([theme in previous for theme in ids])
    alike = np.clip(prototypes.astype(np.float64) @ prototypes.astype(np.float64).T, -1.0, 1.0)
    area = sum(island.radius**2 for island in previous.values()) if known.any() else 0.35
    radii = np.sqrt(area * sizes / sizes.sum())
    if known.any():
        centres = _beginnings(ids, alike, previous, hints)
        centres = _apart(centres, radii, known)
    else:
        centres = _stress(_axes(prototypes), alike)
        centres = _drawn_together(centres, radii, alike)
    centres, radii = _fitted(centres, radii, enlarge=not known.any())
    if known.any() and (radii**2).sum() < _LEAST_AREA:
        centres, radii = _fitted(_drawn_together(centres, radii), radii, enlarge=True)
    colours = _colours(ids, centres, radii, previous)
    return {
        theme: Island(float(x), float(y), float(radius), colour)
        for theme, (x, y), radius, colour in zip(ids, centres, radii, colours, strict=True)
    }


def _axes(prototypes: Floats) -> Points:
    """float64[k, 2]: the two leading principal axes of the prototypes, signs fixed, widths alike."""
    count = len(prototypes)
    if count == 1:
        return np.zeros((1, 2))
    centred = prototypes.astype(np.float64) - prototypes.mean(axis=0, dtype=np.float64)
    left, values, _ = np.linalg.svd(centred, full_matrices=False)
    axes = np.zeros((count, 2))
    kept = min(2, left.shape[1])
    axes[:, :kept] = left[:, :kept] * (values[:kept] > 1e-9)
    axes *= np.where(axes[np.abs(axes).argmax(axis=0), [0, 1]] < 0, -1.0, 1.0)
    # equal rows (identical prototypes) would never part
    axes += 1e-3 * np.stack([np.cos(np.arange(count) * 2.4), np.sin(np.arange(count) * 2.4)], axis=1)
    return np.asarray(axes / np.abs(axes).max())


def _stress(start: Points, alike: Points) -> Points:
    """Distances on the map follow the ranks of angles between prototypes, the near ones above all.

    Majorisation of weighted stress (de Leeuw 1977; weights distance**-2 as Kamada and Kawai 1989).
    """
    count = len(start)
    if count < 3:
        return start
    upper = np.triu_indices(count, k=1)
    angles = np.round(np.arccos(alike[upper]), 5)
    order = np.searchsorted(np.sort(angles), angles, side="left") / max(len(angles) - 1, 1)
    wanted = np.zeros((count, count))
    wanted[upper] = _NEAR_DISTANCES + (1 - _NEAR_DISTANCES) * order
    wanted += wanted.T
    weights = np.divide(1.0, wanted**2, out=np.zeros_like(wanted), where=wanted > 0)
    laplacian = np.diag(weights.sum(axis=1)) - weights
    inverse = np.linalg.pinv(laplacian)
    points = start
    for _ in range(_STRESS_ROUNDS):
        apart = np.linalg.norm(points[:, None] - points[None, :], axis=2)
        ratio = np.divide(weights * wanted, apart, out=np.zeros_like(apart), where=apart > 1e-9)
        guttman = np.diag(ratio.sum(axis=1)) - ratio
        points = inverse @ (guttman @ points)
    return np.asarray(points)


def _drawn_together(centres: Points, radii: npt.NDArray[np.float64], alike: Points | None = None) -> Points:
    """Islands drift to the middle, and with `alike` to their kin, until their shores meet."""
    if len(centres) < 2:
        return centres
    still = np.zeros(len(centres), dtype=bool)
    near = _kin_of(alike) if alike is not None else None
    for turn in range(_FORCE_ROUNDS):
        eagerness = 1.0 - turn / _FORCE_ROUNDS
        if near is not None:
            towards = centres[near] - centres[:, None]
            distance = np.linalg.norm(towards, axis=2)
            pull = np.maximum(distance - (radii[:, None] + radii[near] + _GAP), 0) / np.maximum(distance, 1e-9)
            centres = centres + 0.05 * eagerness * (pull[:, :, None] * towards).mean(axis=1)
        centres = centres * (1 - 0.03 * eagerness * np.array([1.0, _WIDER]))
        centres = _apart(centres, radii, still, rounds=4)
    return _apart(centres, radii, still)


def _kin_of(alike: Points) -> npt.NDArray[np.intp]:
    """intp[k, few]: the most similar other themes of each."""
    kin = alike - 2 * np.eye(len(alike))
    return np.argsort(-kin, axis=1, kind="stable")[:, : min(_KIN, len(alike) - 1)]


def _beginnings(
    ids: Sequence[str], alike: Points, previous: Mapping[str, Island], hints: Mapping[str, tuple[float, float]]
) -> Points:
    """Known islands where they were; new ones where their mentions were, else beside the known one most like them."""
    known = [row for row, theme in enumerate(ids) if theme in previous]
    centres = np.zeros((len(ids), 2))
    for row, theme in enumerate(ids):
        if theme in previous:
            centres[row] = previous[theme].x, previous[theme].y
    for row, theme in enumerate(ids):
        if theme in previous:
            continue
        if theme in hints:
            centres[row] = hints[theme]
            continue
        nearest = known[int(np.argmax(np.round(alike[row, known], 5)))]
        outwards = centres[nearest] / max(float(np.linalg.norm(centres[nearest])), 1e-6)
        centres[row] = centres[nearest] + 0.05 * outwards + 1e-3 * np.array([np.cos(row * 2.4), np.sin(row * 2.4)])
    return centres


def _apart(
    centres: Points, radii: npt.NDArray[np.float64], known: npt.NDArray[np.bool_], *, rounds: int = 200
) -> Points:
    """Discs that overlap push each other away; known ones hardly give way."""
    count = len(centres)
    if count < 2:
        return centres
    ease = np.where(known, _STAY, 1.0)
    share = ease[:, None] / (ease[:, None] + ease[None, :])
    least = radii[:, None] + radii[None, :] + _GAP
    np.fill_diagonal(least, 0.0)
    centres = centres.copy()
    for _ in range(rounds):
        away = centres[:, None] - centres[None, :]
        distance = np.linalg.norm(away, axis=2)
        overlap = np.maximum(least - distance, 0)
        if overlap.max() < 1e-4:
            break
        push = (overlap * share / np.maximum(distance, 1e-9))[:, :, None] * away
        centres += 0.5 * push.sum(axis=1)
    return centres


def _fitted(
    centres: Points, radii: npt.NDArray[np.float64], *, enlarge: bool
) -> tuple[Points, npt.NDArray[np.float64]]:
    """Everything within the map; a first map is centred and as large as fits, a later one is only ever drawn in."""
    low, high = (centres - radii[:, None]).min(axis=0), (centres + radii[:, None]).max(axis=0)
    if enlarge:
        centres = centres - (low + high) / 2
        scale = _EDGE / max(float((high - low).max()) / 2, 1e-9)
    else:
        scale = min(1.0, _EDGE / max(float(np.abs(low).max()), float(np.abs(high).max()), 1e-9))
    return centres * scale, radii * scale


def hue_beside(x: float, y: float, islands: Sequence[Island]) -> int:
    """The hue that the islands near a place have least; the larger and nearer, the more it counts."""
    crowd = np.zeros(COLOURS)
    for island in islands:
        shore = float(np.hypot(x - island.x, y - island.y)) - island.radius
        crowd[island.colour] += 1.0 / max(shore, 0.01) ** 2
    return int(np.argmin(np.round(crowd, 3)))


def _colours(
    ids: Sequence[str], centres: Points, radii: npt.NDArray[np.float64], previous: Mapping[str, Island]
) -> list[int]:
    """Known islands keep their hue; a new one takes that which is furthest away, the larger island choosing first."""
    islands = {
        row: Island(float(centres[row, 0]), float(centres[row, 1]), radii[row], previous[theme].colour % COLOURS)
        for row, theme in enumerate(ids)
        if theme in previous
    }
    for row in sorted(range(len(ids)), key=lambda row: (-radii[row], ids[row])):
        if row not in islands:
            x, y = float(centres[row, 0]), float(centres[row, 1])
            islands[row] = Island(x, y, radii[row], hue_beside(x, y, list(islands.values())))
    return [islands[row].colour for row in range(len(ids))]
