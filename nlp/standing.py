"""Evidence changes before structure does: themes of earlier runs stand, and new mentions find their place in them.

Clustering anew moves a tenth of all mentions although nothing was said that was not said before. Here the themes of
the run before are the structure. The fresh clustering is consulted where evidence has changed: for themes that have
changed much since their structure was settled, and for mentions that fit no theme.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from nlp.assignment import assign
from nlp.clustering import Clustering, cluster
from nlp.prototypes import broader_groups, fit_to_the_others, join_thresholds, prototypes_of
from nlp.registry import root_of
from nlp.settings import MiningSettings
from nlp.types import MiningResult, PreviousTheme

Vectors = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]

_NOBODY = -1
_FADING = 2  # mentions below which a theme is one no more, unless a person decided about it


@dataclass(frozen=True, slots=True)
class Said:
    """The mentions of a run as structure sees them; the i-th of each belongs together."""

    keys: Sequence[str]
    rows: npt.NDArray[np.intp]  # [n] row of the mention's text among the vectors; -1 where it can have no theme
    pinned: Collection[str] = frozenset()  # keys that a person put somewhere: they shape themes but are not moved
    unplaced: Collection[str] = frozenset()  # keys that the earlier run knew and left without a theme


@dataclass(frozen=True, slots=True)
class Tally:
    """How a theme has changed since its structure was settled."""

    settled: int  # mentions it had then
    changed: int  # mentions that have come or gone since


@dataclass(frozen=True, slots=True)
class Structure:
    """Where every mention stands. Cluster numbers are 0..k-1; -1 is no theme."""

    labels: tuple[int, ...]  # cluster number of each mention
    clustering: Clustering  # told in the same numbers
    continues: Mapping[int, str] = field(default_factory=dict)  # cluster number -> id of the theme that it is
    tallies: Mapping[int, Tally] = field(default_factory=dict)  # of every cluster
    fitting: Mapping[str, str] = field(default_factory=dict)  # key of a new mention -> earlier theme that it fits


@dataclass(frozen=True, slots=True)
class _Standing:
    """One earlier theme, with those that people merged into it."""

    id: str
    keys: frozenset[str]
    prototype: Vectors | None
    threshold: float | None
    tally: Tally
    held: frozenset[str]  # keys that it held itself after the last run; `keys` also remembers what people decided on
    dismissed: bool
    decided: bool  # by a person: it does not fade as long as one mention remains


def as_previous(result: MiningResult) -> tuple[PreviousTheme, ...]:
    """The themes of a run as the next one must know them, where people have decided nothing."""
    held: dict[str, set[str]] = defaultdict(set)
    for mined in result.mentions:
        if mined.theme_id is not None:
            held[mined.theme_id].add(mined.key)
    return tuple(
        PreviousTheme(
            id=theme.id,
            mention_keys=frozenset(held[theme.id]),
            prototype=np.asarray(theme.prototype, dtype=np.float32),
            threshold=theme.threshold,
            settled_size=theme.settled_size,
            changed=theme.changed,
        )
        for theme in sorted(result.themes, key=lambda theme: theme.id)
    )


def unplaced_of(result: MiningResult) -> frozenset[str]:
    """Keys of the mentions that a run left without a theme."""
    return frozenset(mined.key for mined in result.mentions if mined.theme_id is None)


def structure_of(
    said: Said,
    vectors: Vectors,
    fresh: Clustering,
    previous: Sequence[PreviousTheme],
    *,
    settings: MiningSettings,
) -> Structure:
    """The structure of a run that knows earlier themes; that of the fresh clustering where it knows none.

    - A mention that a theme held stays in it.
    - A fresh cluster made of more new mentions than known ones is a theme of its own.
    - Any other new mention joins the theme it fits (`nlp.assignment`).
    - A theme that has changed by `change_share` since it was settled is reconsidered: its mentions go where the fresh
      clustering sees them, so that it may split, or merge with its like.
    - What fits nowhere is clustered by itself.
    vectors: float32[m, d], unit rows, one for each distinct text. fresh: clustering of these rows.
    """
    standing = _standing(previous)
    if not standing:
        found = np.append(fresh.labels, np.int32(_NOBODY))[said.rows]  # row -1 reads the appended "no theme"
        return Structure(tuple(found.tolist()), fresh)
    return _Settlement(said, vectors, fresh, standing, settings).settle()


def _standing(previous: Sequence[PreviousTheme]) -> list[_Standing]:
    """The themes that stand, those first that no person dismissed: what a theme holds now goes before a memory."""
    known = {theme.id: theme for theme in sorted(previous, key=lambda theme: theme.id)}
    parts_of: dict[str, list[PreviousTheme]] = defaultdict(list)
    for theme in known.values():
        if not theme.retired or theme.merged_into or theme.not_a_theme:
            parts_of[root_of(theme.id, known)].append(theme)
    found = []
    for root, parts in sorted(parts_of.items()):
        keys = frozenset(key for part in parts for key in part.mention_keys)
        own = known.get(root, parts[0])
        size = own.settled_size if own.settled_size is not None else len(keys)
        decided = own.name is not None or own.not_a_theme or len(parts) > 1
        found.append(
            _Standing(
                id=root,
                keys=keys,
                prototype=own.prototype,
                threshold=own.threshold,
                tally=Tally(size, own.changed),
                held=own.mention_keys,
                dismissed=own.not_a_theme,
                decided=decided,
            )
        )
    return sorted(found, key=lambda theme: (theme.dismissed, theme.id))


@dataclass(frozen=True, slots=True)
class _Shape:
    """Clusters in vector space."""

    sums: npt.NDArray[np.float64]  # [k, d] weighted sums of members
    thresholds: npt.NDArray[np.float32]  # [k]

    def prototypes(self) -> Vectors:
        """float32[k, d], unit rows; zeros for a cluster of which nothing is known."""
        lengths = np.linalg.norm(self.sums, axis=1, keepdims=True)
        return np.asarray(self.sums / np.where(lengths > 0, lengths, 1), dtype=np.float32)


class _Settlement:
    """The decision of one run. Clusters are numbered: standing themes, then fresh clusters, then a second pass's."""

    def __init__(
        self,
        said: Said,
        vectors: Vectors,
        fresh: Clustering,
        standing: Sequence[_Standing],
        settings: MiningSettings,
    ) -> None:
        self._said = said
        self._vectors = vectors
        self._fresh = fresh
        self._standing = standing
        self._settings = settings.registry
        self._clustering = settings.clustering
        self._drawn = int(fresh.labels.max(initial=-1)) + 1  # fresh clusters
        able = said.rows >= 0
        self._seen = np.where(able, fresh.labels[said.rows] if len(vectors) else _NOBODY, _NOBODY)
        self._owner = self._owners()
        bound = np.array([key in said.pinned for key in said.keys], dtype=np.bool_) | ~able
        old = np.array([key in said.unplaced for key in said.keys], dtype=np.bool_)
        free = (self._owner < 0) & ~bound
        self._new = free & ~old
        self._old = free & old
        present = set(said.keys)
        self._absent = np.array([len(theme.held - present) for theme in standing], dtype=np.int64)
        self._memories = self._memory()

    def settle(self) -> Structure:
        """See `structure_of`."""
        known = self._known_shape()
        novel = self._novel(known.prototypes())
        labels = self._owner.copy()
        came = self._new & ~self._of_fresh(novel)
        labels[came] = self._fitting(came, known)
        fits = labels.copy()
        tallies = self._tallies(labels)
        open_ = self._reconsidered(labels, tallies)
        labels = self._redrawn(labels, open_, novel)
        labels = self._second_pass(labels)
        fitting = {
            self._said.keys[position]: self._standing[fits[position]].id
            for position in np.flatnonzero(came & (fits >= 0)).tolist()
        }
        return replace(self._told(labels, open_, tallies, known), fitting=fitting)

    def _owners(self) -> Labels:
        """The standing theme that held each mention: `standing` is in order of precedence."""
        owner_of: dict[str, int] = {}
        for number, theme in enumerate(self._standing):
            for key in theme.keys:
                owner_of.setdefault(key, number)
        return np.array([owner_of.get(key, _NOBODY) for key in self._said.keys], dtype=np.int32)

    def _of_fresh(self, flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Of each mention, what `flags` says of its fresh cluster; False where it is in none."""
        return np.asarray(np.append(flags, False)[self._seen])

    def _count(self, who: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """int64[fresh clusters]: how many of these mentions are in each."""
        return np.bincount(self._seen[who & (self._seen >= 0)], minlength=self._drawn)

    def _novel(self, prototypes: Vectors) -> npt.NDArray[np.bool_]:
        """bool[fresh clusters]: those that mentions without a theme outnumber, by evidence that is new.

        Not so where these are as like standing themes as they are like each other (means of cosines): then they are
        what those themes are about, as all mentions are in a file that holds none of the earlier ones.
        """
        new, old, owned = self._count(self._new), self._count(self._old), self._count(self._owner >= 0)
        settings = self._settings
        novel = (
            (new + old > owned) & (new >= settings.change_share * (new + old)) & (new + old >= settings.least_evidence)
        )
        free = self._new | self._old
        for drawn in np.flatnonzero(novel):
            vectors = self._vectors[self._said.rows[free & (self._seen == drawn)]]
            theirs = (vectors @ prototypes.T).max(axis=1).mean()
            novel[drawn] = float(theirs) < settings.same_need * float(np.linalg.norm(vectors.mean(axis=0)))
        return np.asarray(novel)

    def _known_shape(self) -> _Shape:
        """Each standing theme by its members that are here and, for those that are not, by what it was."""
        shape = self._shape(self._owner, len(self._standing))
        thresholds = shape.thresholds.copy()
        for number, theme in enumerate(self._standing):
            if theme.prototype is not None and theme.threshold is not None:
                thresholds[number] = theme.threshold
        return _Shape(shape.sums + self._memories, thresholds)

    def _memory(self) -> npt.NDArray[np.float64]:
        """float64[standing, d]: the stored prototype as often as the theme has members that are not here."""
        memories = np.zeros((len(self._standing), self._vectors.shape[1]))
        for number, theme in enumerate(self._standing):
            if theme.prototype is not None:
                memories[number] = self._absent[number] * theme.prototype.astype(np.float64)
        return memories

    def _shape(self, labels: Labels, count: int) -> _Shape:
        """The shape of clusters 0..count-1 by their members. A text said a hundred times is not a hundred texts."""
        rows = self._said.rows
        members = np.flatnonzero((labels >= 0) & (rows >= 0))
        width = max(len(self._vectors), 1)
        pairs, said = np.unique(labels[members].astype(np.int64) * width + rows[members], return_counts=True)
        of, texts = (pairs // width).astype(np.int32), pairs % width
        vectors, pull = self._vectors[texts], 1.0 + np.log(said)
        membership = csr_array((pull, (of, np.arange(len(of)))), shape=(count, len(of)))
        thresholds = np.zeros(count, dtype=np.float32)
        found = join_thresholds(
            fit_to_the_others(vectors, of, pull), of, self._fresh.core[texts], looseness=self._clustering.looseness
        )
        thresholds[: len(found)] = found
        return _Shape(np.asarray(membership @ vectors.astype(np.float64)), thresholds)

    def _fitting(self, who: npt.NDArray[np.bool_], shape: _Shape) -> Labels:
        """The cluster that each of these mentions fits; -1 where none."""
        rows, where = np.unique(self._said.rows[who], return_inverse=True)
        return assign(self._vectors[rows], shape.prototypes(), shape.thresholds)[0][where.ravel()]

    def _tallies(self, labels: Labels) -> list[Tally]:
        came = np.bincount(labels[self._new & (labels >= 0)], minlength=len(self._standing))
        return [
            Tally(theme.tally.settled, theme.tally.changed + int(came[number]) + int(self._absent[number]))
            for number, theme in enumerate(self._standing)
        ]

    def _reconsidered(self, labels: Labels, tallies: Sequence[Tally]) -> npt.NDArray[np.bool_]:
        """bool[standing]: themes that have changed enough for their structure to be looked at again, or fade.

        Who sees only a part of a theme (one week's file, say) cannot judge the whole: it stands.
        """
        settings = self._settings
        sizes = np.bincount(labels[labels >= 0], minlength=len(self._standing))
        return np.array(
            [
                (size < _FADING and not theme.decided)
                or (
                    not theme.dismissed  # a verdict is no structure
                    and tally.changed >= max(settings.change_share * tally.settled, settings.least_evidence)
                    and size >= (1.0 - settings.change_share) * tally.settled
                )
                for size, tally, theme in zip(sizes, tallies, self._standing, strict=True)
            ],
            dtype=np.bool_,
        )

    def _redrawn(self, labels: Labels, open_: npt.NDArray[np.bool_], novel: npt.NDArray[np.bool_]) -> Labels:
        """Mentions of open themes and of novel clusters go where the fresh clustering sees them.

        A fresh cluster that mentions of standing themes outnumber is theirs: what is open in it joins the largest.
        """
        count = len(self._standing)
        opened = (labels >= 0) & np.append(open_, False)[labels]
        closed = (labels >= 0) & ~opened
        loose = (self._new | self._old) & (labels < 0)
        free, held = self._count(opened | (loose & self._of_fresh(novel))), self._count(closed)
        ground = (free > held) & (free >= 2)
        chief = self._chiefs(labels, closed)
        moving = opened | (loose & self._of_fresh(ground))
        redrawn = labels.copy()
        to = np.append(np.where(ground, count + np.arange(self._drawn), chief), _NOBODY)
        redrawn[moving] = to[self._seen[moving]]
        floating = opened & (redrawn < 0) & (self._said.rows >= 0)
        if floating.any():
            shape = self._shape(redrawn, count + self._drawn)
            redrawn[floating] = self._fitting(floating, shape)
        return redrawn

    def _chiefs(self, labels: Labels, closed: npt.NDArray[np.bool_]) -> Labels:
        """int32[fresh clusters]: the standing theme that holds most of each; -1 where none holds any."""
        who = closed & (self._seen >= 0)
        votes = Counter(zip(self._seen[who].tolist(), labels[who].tolist(), strict=True))
        chief = np.full(self._drawn, _NOBODY, dtype=np.int32)
        for (drawn, theme), _ in sorted(votes.items(), key=lambda item: (item[1], -item[0][1])):
            chief[drawn] = theme
        return chief

    def _second_pass(self, labels: Labels) -> Labels:
        """What fits nowhere, clustered by itself: a crowd of new mentions that agree is a theme."""
        settings = self._settings
        waiting = (labels < 0) & (self._new | self._old)
        rows, where = np.unique(self._said.rows[waiting], return_inverse=True)
        if len(rows) < 2 or not self._new[waiting].any():
            return labels
        weights = np.bincount(where.ravel()).astype(np.float32)
        dials = replace(self._clustering, few=0, least_theme=settings.least_evidence)
        found = cluster(self._vectors[rows], weights, settings=dials)
        # only what is dense: leftovers brought home to other leftovers would be a theme of nothing in common
        groups = np.where(found.core, found.labels, _NOBODY)[where.ravel()]
        sizes = np.bincount(groups[groups >= 0])
        fresh = np.bincount(groups[(groups >= 0) & self._new[waiting]], minlength=len(sizes))
        crowd = (sizes >= settings.least_evidence) & (fresh >= settings.change_share * sizes)
        first = len(self._standing) + self._drawn
        placed = labels.copy()
        placed[waiting] = np.where(np.append(crowd, False)[groups], first + groups, labels[waiting])
        return placed

    def _told(self, labels: Labels, open_: npt.NDArray[np.bool_], tallies: Sequence[Tally], known: _Shape) -> Structure:
        """Clusters renumbered 0..k-1. A theme that stands keeps its threshold; its prototype follows its members."""
        used, numbers = np.unique(labels[labels >= 0], return_inverse=True)
        final = labels.copy()
        final[labels >= 0] = numbers.ravel()
        shape = self._shape(final, len(used))
        sizes = np.bincount(final[final >= 0], minlength=len(used))
        told = {number: Tally(int(size), 0) for number, size in enumerate(sizes)}
        continues: dict[int, str] = {}
        for number, was in enumerate(used.tolist()):
            if was < len(open_) and not open_[was]:
                continues[number] = self._standing[was].id
                told[number] = tallies[was]
                shape.sums[number] += self._memories[was]
                shape.thresholds[number] = known.thresholds[was]
        return Structure(tuple(final.tolist()), self._clustering_of(final, shape), continues, told)

    def _clustering_of(self, labels: Labels, shape: _Shape) -> Clustering:
        """The clustering of the texts; one that mentions of two themes say counts to the theme that says it most."""
        rows, prototypes = self._said.rows, shape.prototypes()
        said = Counter(
            (int(row), int(label)) for row, label in zip(rows, labels, strict=True) if row >= 0 and label >= 0
        )
        texts = np.full(len(self._vectors), _NOBODY, dtype=np.int32)
        for (row, label), _ in sorted(said.items(), key=lambda item: (item[1], -item[0][1])):
            texts[row] = label
        strengths = np.zeros(len(texts), dtype=np.float32)
        placed = np.flatnonzero(texts >= 0)
        near = np.einsum("ij,ij->i", self._vectors[placed], prototypes[texts[placed]])
        strengths[placed] = np.clip(np.round(near, 5), 0.0, 1.0)
        groups = broader_groups(prototypes)
        sizes = np.bincount(texts[placed], minlength=len(prototypes)).astype(np.float64)
        return replace(
            self._fresh,
            labels=texts,
            strengths=strengths,
            core=self._fresh.core & (texts >= 0),
            prototypes=prototypes,
            thresholds=shape.thresholds,
            groups=groups,
            group_prototypes=prototypes_of(prototypes, groups, np.maximum(sizes, 1.0)),
            layers=(texts, np.append(groups, np.int32(_NOBODY))[texts]),
        )
