"""Evidence changes before structure does: what stands, what moves, and why, told with vectors made by hand."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nlp.clustering import Clustering
from nlp.registry import ClusterMembers, Lineage, anchor_text, reconcile
from nlp.settings import MiningSettings
from nlp.standing import Said, Structure, structure_of
from nlp.types import Constraints, EdgeKind, PreviousTheme

DIMENSION = 16


def _vector(topic: int, number: int, towards: int | None = None) -> npt.NDArray[np.float32]:
    """A unit vector near the axis of its topic, leaning towards another where told."""
    made = np.zeros(DIMENSION)
    made[topic] = 1.0
    made[8 + number % 8] = 0.25
    if towards is not None:
        made[towards] = 0.8
    return np.asarray(made / np.linalg.norm(made), dtype=np.float32)


class Corpus:
    """Mentions with a topic each, and what the fresh clustering makes of them."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.vectors: list[npt.NDArray[np.float32]] = []
        self.fresh: list[int] = []

    def add(self, name: str, topic: int, count: int, *, fresh: int, start: int = 0, towards: int | None = None) -> None:
        for number in range(start, start + count):
            self.keys.append(f"{name}{number}")
            self.vectors.append(_vector(topic, number, towards))
            self.fresh.append(fresh)

    def structure(
        self, previous: Sequence[PreviousTheme], unplaced: Sequence[str] = (), pinned: Collection[str] = ()
    ) -> Structure:
        rows = np.arange(len(self.keys), dtype=np.intp)
        said = Said(self.keys, rows, pinned=frozenset(pinned), unplaced=frozenset(unplaced))
        return structure_of(said, np.stack(self.vectors), self._clustering(), previous, settings=MiningSettings())

    def lineage(self, previous: Sequence[PreviousTheme], unplaced: Sequence[str] = ()) -> Lineage:
        return self.told(self.structure(previous, unplaced), previous)

    def told(
        self, structure: Structure, previous: Sequence[PreviousTheme], constraints: Constraints | None = None
    ) -> Lineage:
        clusters = []
        for label in sorted(set(structure.labels) - {-1}):
            keys = frozenset(key for key, own in zip(self.keys, structure.labels, strict=True) if own == label)
            clusters.append(ClusterMembers(keys, (min(keys),), structure.continues.get(label)))
        loose = [key for key, label in zip(self.keys, structure.labels, strict=True) if label < 0]
        return reconcile(previous, clusters, constraints, loose=loose)

    def _clustering(self) -> Clustering:
        labels = np.array(self.fresh, dtype=np.int32)
        count = int(labels.max(initial=-1)) + 1
        return Clustering(
            labels=labels,
            strengths=np.ones(len(labels), dtype=np.float32),
            core=labels >= 0,
            prototypes=np.zeros((count, DIMENSION), dtype=np.float32),
            thresholds=np.zeros(count, dtype=np.float32),
            groups=np.zeros(count, dtype=np.int32),
            group_prototypes=np.zeros((1, DIMENSION), dtype=np.float32),
            layers=(),
            parameters={},
            timings={},
        )


def _keys(name: str, count: int, start: int = 0) -> frozenset[str]:
    return frozenset(f"{name}{number}" for number in range(start, start + count))


def _previous(**sizes: int) -> list[PreviousTheme]:
    return [PreviousTheme(f"thm_{name}", _keys(name, size)) for name, size in sizes.items()]


def _edges(lineage: Lineage) -> Mapping[EdgeKind, set[tuple[str | None, str | None]]]:
    return {
        kind: {(edge.source, edge.target) for edge in lineage.edges if edge.kind is kind}
        for kind in EdgeKind
        if any(edge.kind is kind for edge in lineage.edges)
    }


def test_with_nothing_before_the_fresh_clustering_is_the_structure() -> None:
    corpus = Corpus()
    corpus.add("a", 0, 6, fresh=0)
    corpus.add("b", 1, 6, fresh=1)
    assert corpus.structure([]).labels == (*[0] * 6, *[1] * 6)


def test_a_fresh_clustering_that_disagrees_moves_nothing_while_nothing_new_was_said() -> None:
    corpus = Corpus()
    corpus.add("a", 0, 12, fresh=0)
    corpus.add("b", 1, 5, fresh=0)  # drawn together this time
    corpus.add("b", 1, 5, fresh=1, start=5)
    lineage = corpus.lineage(_previous(a=12, b=10))
    assert {lineage.theme_of[key] for key in _keys("a", 12)} == {"thm_a"}
    assert {lineage.theme_of[key] for key in _keys("b", 10)} == {"thm_b"}
    assert _edges(lineage) == {EdgeKind.SURVIVE: {("thm_a", "thm_a"), ("thm_b", "thm_b")}}


def test_survive_a_few_new_mentions_join_the_theme_they_fit() -> None:
    corpus = Corpus()
    corpus.add("a", 0, 22, fresh=0)
    corpus.add("b", 1, 20, fresh=1)
    lineage = corpus.lineage(_previous(a=20, b=20))
    assert lineage.theme_of["a21"] == "thm_a"
    assert _edges(lineage) == {EdgeKind.SURVIVE: {("thm_a", "thm_a"), ("thm_b", "thm_b")}}


def test_mint_a_crowd_of_new_mentions_is_a_theme_of_its_own() -> None:
    corpus = Corpus()
    corpus.add("a", 0, 20, fresh=0)
    corpus.add("n", 3, 7, fresh=1)
    lineage = corpus.lineage(_previous(a=20))
    (minted,) = {lineage.theme_of[key] for key in _keys("n", 7)}
    assert _edges(lineage) == {EdgeKind.SURVIVE: {("thm_a", "thm_a")}, EdgeKind.MINT: {(None, minted)}}


def test_old_mentions_that_fitted_nowhere_make_no_theme_by_themselves() -> None:
    corpus = Corpus()
    corpus.add("a", 0, 20, fresh=0)
    corpus.add("n", 3, 7, fresh=1)
    lineage = corpus.lineage(_previous(a=20), unplaced=sorted(_keys("n", 7)))
    assert {lineage.theme_of[key] for key in _keys("n", 7)} == {None}


def test_old_mentions_that_fitted_nowhere_join_a_crowd_that_comes_to_them() -> None:
    corpus = Corpus()
    corpus.add("a", 0, 20, fresh=0)
    corpus.add("n", 3, 9, fresh=1)
    lineage = corpus.lineage(_previous(a=20), unplaced=sorted(_keys("n", 4)))
    assert len({lineage.theme_of[key] for key in _keys("n", 9)} - {None}) == 1
    assert lineage.theme_of["n0"] is not None


def test_retire_a_theme_that_nobody_speaks_of() -> None:
    corpus = Corpus()
    corpus.add("a", 0, 20, fresh=0)
    corpus.add("b", 1, 1, fresh=-1)
    lineage = corpus.lineage(_previous(a=20, b=12))
    assert _edges(lineage) == {EdgeKind.SURVIVE: {("thm_a", "thm_a")}, EdgeKind.RETIRE: {("thm_b", None)}}


def test_split_a_theme_that_has_grown_much_comes_apart_where_the_fresh_clustering_says_so() -> None:
    corpus = Corpus()
    corpus.add("a", 0, 20, fresh=0, towards=2)
    corpus.add("z", 2, 20, fresh=1, towards=0)
    previous = [PreviousTheme("thm_a", _keys("a", 12) | _keys("z", 11))]
    lineage = corpus.lineage(previous)
    assert {lineage.theme_of[key] for key in _keys("a", 20)} == {"thm_a"}
    (part,) = {lineage.theme_of[key] for key in _keys("z", 20)}
    assert _edges(lineage) == {EdgeKind.SURVIVE: {("thm_a", "thm_a")}, EdgeKind.SPLIT: {("thm_a", part)}}


def test_merge_two_themes_that_have_grown_much_become_one_where_the_fresh_clustering_says_so() -> None:
    corpus = Corpus()
    corpus.add("a", 0, 24, fresh=0, towards=1)
    corpus.add("b", 1, 16, fresh=0, towards=0)
    lineage = corpus.lineage(_previous(a=16, b=9))
    assert {lineage.theme_of[key] for key in _keys("a", 24) | _keys("b", 16)} == {"thm_a"}
    assert _edges(lineage) == {EdgeKind.SURVIVE: {("thm_a", "thm_a")}, EdgeKind.MERGE: {("thm_b", "thm_a")}}


def test_change_adds_up_over_runs_until_the_structure_is_looked_at_again() -> None:
    corpus = Corpus()
    corpus.add("a", 0, 22, fresh=0, towards=2)
    corpus.add("z", 2, 22, fresh=1, towards=0)
    keys = _keys("a", 20) | _keys("z", 20)
    calm = PreviousTheme("thm_a", keys, settled_size=40, changed=0)
    stirred = PreviousTheme("thm_a", keys, settled_size=40, changed=9)
    structure = corpus.structure([calm])
    assert len(set(structure.labels)) == 1
    assert structure.tallies[0].changed == 4
    assert structure.tallies[0].settled == 40
    assert len(set(corpus.structure([stirred]).labels)) == 2


def test_a_theme_is_known_by_what_it_was_where_none_of_its_mentions_is_here() -> None:
    corpus = Corpus()
    corpus.add("n", 0, 9, fresh=0)
    was = PreviousTheme("thm_a", _keys("a", 9), prototype=_vector(0, 0), threshold=0.6)
    structure = corpus.structure([was])
    assert set(structure.fitting.values()) == {"thm_a"}


def test_a_theme_of_another_need_does_not_swallow_a_crowd_that_only_resembles_it() -> None:
    corpus = Corpus()
    corpus.add("a", 0, 60, fresh=0)
    corpus.add("n", 3, 8, fresh=1, towards=0)
    was = PreviousTheme("thm_a", _keys("a", 60), prototype=_vector(0, 0), threshold=0.3)
    lineage = corpus.lineage([was])
    assert len({lineage.theme_of[key] for key in _keys("n", 8)} - {None, "thm_a"}) == 1


def test_a_dismissed_theme_receives_what_fits_it_and_shows_none_of_it() -> None:
    corpus = Corpus()
    corpus.add("a", 0, 20, fresh=0)
    corpus.add("d", 1, 14, fresh=1)
    previous = [PreviousTheme("thm_a", _keys("a", 20)), PreviousTheme("thm_d", _keys("d", 12), not_a_theme=True)]
    lineage = corpus.lineage(previous)
    assert {lineage.theme_of[key] for key in _keys("d", 14)} == {None}


def test_the_order_of_mentions_and_themes_decides_nothing() -> None:
    corpus = Corpus()
    corpus.add("a", 0, 20, fresh=0, towards=2)
    corpus.add("z", 2, 20, fresh=1, towards=0)
    corpus.add("n", 3, 7, fresh=2)
    previous = [PreviousTheme("thm_a", _keys("a", 12)), PreviousTheme("thm_z", _keys("z", 19))]
    expected = corpus.lineage(previous).theme_of
    turned = Corpus()
    turned.keys, turned.vectors, turned.fresh = corpus.keys[::-1], corpus.vectors[::-1], corpus.fresh[::-1]
    assert turned.lineage(previous[::-1]).theme_of == expected


def test_an_anchor_holds_while_it_is_there_whatever_else_comes_or_goes() -> None:
    said = {f"电池耗电快{number}": 1 + number % 3 for number in range(40)}
    anchor = anchor_text(said)
    less = {text: count for number, (text, count) in enumerate(said.items()) if number % 7 or text == anchor}
    assert anchor_text(less) == anchor
    assert anchor_text(dict(reversed(said.items()))) == anchor
    assert anchor_text({**said, anchor: said[anchor] + 5}) == anchor


class LaterRuns(RuleBasedStateMachine):
    """Runs that each know the one before; posts come and go, people edit, and every fresh clustering is a bad draw."""

    TOPICS = 5

    @initialize(seed=st.integers(0, 10_000))
    def start(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.serial = 0
        self.topic_of: dict[str, int] = {}
        for topic in range(self.TOPICS):
            self._post(topic, 14)
        self.pins: dict[str, str | None] = {}
        self.names: dict[str, str] = {}
        self.merged: dict[str, str] = {}
        self.dismissed: set[str] = set()
        self.retired: set[str] = set()
        self.held: dict[str, frozenset[str]] = {}
        self.tallies: dict[str, tuple[int, int]] = {}
        self.remembered: dict[str, frozenset[str]] = {}  # what a theme held when a person merged or dismissed it
        self.theme_of: dict[str, str | None] = {}
        self.run(noisy=False)

    def _post(self, topic: int, count: int) -> None:
        for _ in range(count):
            self.topic_of[f"m{self.serial}"] = topic
            self.serial += 1

    def _previous(self) -> list[PreviousTheme]:
        return [
            PreviousTheme(
                theme,
                keys | self.remembered.get(theme, frozenset()),
                name=self.names.get(theme),
                merged_into=self.merged.get(theme),
                not_a_theme=theme in self.dismissed,
                retired=theme in self.retired,
                settled_size=self.tallies.get(theme, (len(keys), 0))[0],
                changed=self.tallies.get(theme, (0, 0))[1],
            )
            for theme, keys in self.held.items()
        ]

    def run(self, *, noisy: bool = True) -> None:
        """Mine with what is known; a noisy fresh clustering draws two topics together and tears one apart."""
        corpus = Corpus()
        drawn = {topic: topic for topic in range(self.TOPICS)}
        torn = -1
        if noisy:
            one, other, torn = self.random.sample(range(self.TOPICS), 3)
            drawn[other] = one
        keys = sorted(self.topic_of)
        self.random.shuffle(keys)
        for key in keys:
            topic = self.topic_of[key]
            half = topic == torn and int(key[1:]) % 2
            corpus.keys.append(key)
            corpus.vectors.append(_vector(topic, int(key[1:])))
            corpus.fresh.append(self.TOPICS if half else drawn[topic])
        before = dict(self.theme_of)
        previous = self._previous()
        unplaced = [key for key, theme in before.items() if theme is None and key in self.topic_of]
        structure = corpus.structure(previous, unplaced, self.pins)
        lineage = corpus.told(structure, previous, Constraints(dict(self.pins)))
        minted = {edge.target for edge in lineage.edges if edge.kind in {EdgeKind.MINT, EdgeKind.SPLIT}}
        assert not minted & set(self.held), "an id was used twice"
        self.theme_of = dict(lineage.theme_of)
        self.tallies = {
            theme: (structure.tallies[label].settled, structure.tallies[label].changed)
            for label, theme in structure.continues.items()
        }
        now: dict[str, set[str]] = {theme: set() for theme in self.held}
        for key, theme in self.theme_of.items():
            if theme:
                now.setdefault(theme, set()).add(key)
        self.held = {theme: frozenset(keys) for theme, keys in now.items()}
        gone = {edge.source for edge in lineage.edges if edge.kind in {EdgeKind.RETIRE, EdgeKind.MERGE} and edge.source}
        self.retired |= gone - self.merged.keys() - self.dismissed - {t for t, keys in self.held.items() if keys}
        self.names_now = dict(lineage.names)

    def _alive(self) -> list[str]:
        return sorted({theme for theme in self.theme_of.values() if theme} - self.dismissed - self.merged.keys())

    @rule()
    def nothing_new_is_said(self) -> None:
        before = dict(self.theme_of)
        self.run()
        assert self.theme_of == before

    @rule(topic=st.integers(0, TOPICS - 1))
    def a_post_comes(self, topic: int) -> None:
        self._post(topic, 1)
        self.run()

    @rule()
    def a_twentieth_goes(self) -> None:
        free = [key for key in sorted(self.topic_of) if key not in self.pins]
        for key in self.random.sample(free, len(free) // 20):
            del self.topic_of[key]
        for topic in range(self.TOPICS):  # a topic of the machine never dies out
            self._post(topic, max(0, 8 - sum(own == topic for own in self.topic_of.values())))
        self.run()

    @precondition(lambda self: self._alive())
    @rule()
    def rename(self) -> None:
        theme = self.random.choice(self._alive())
        self.names[theme] = f"named {len(self.names)}"
        self.run()

    @precondition(lambda self: len(self._alive()) > 2)
    @rule()
    def merge(self) -> None:
        source, target = self.random.sample(self._alive(), 2)
        self.remembered[source] = self.held[source]
        self.held[target] |= self.held[source]
        self.held[source] = frozenset()
        self.merged[source] = target
        self.run()

    @precondition(lambda self: len(self._alive()) > 2)
    @rule()
    def dismiss(self) -> None:
        theme = self.random.choice(self._alive())
        self.remembered[theme] = self.held[theme]
        self.held[theme] = frozenset()
        self.dismissed.add(theme)
        self.run()

    @precondition(lambda self: self._alive())
    @rule()
    def split_off(self) -> None:
        theme = self.random.choice(self._alive())
        keys = sorted(self.held[theme] - self.pins.keys())
        if len(keys) < 8:
            return
        new = f"thm_split{len(self.held)}"
        chosen = frozenset(self.random.sample(keys, 2))
        self.pins.update(dict.fromkeys(chosen, new))
        self.held[new] = chosen
        self.held[theme] -= chosen
        self.theme_of.update(dict.fromkeys(chosen, new))
        self.run()

    def _root(self, theme: str | None) -> str | None:
        while theme in self.merged and theme not in self.dismissed:
            theme = self.merged[theme]
        return None if theme in self.dismissed else theme

    @invariant()
    def people_are_obeyed(self) -> None:
        used = {theme for theme in self.theme_of.values() if theme}
        assert not used & self.dismissed
        assert not used & self.merged.keys()
        for key, theme in self.pins.items():
            if key in self.theme_of:
                assert self.theme_of[key] == self._root(theme)
        for theme, name in self.names.items():
            if theme in used:
                assert self.names_now[theme] == name

    @invariant()
    def nothing_dismissed_comes_back(self) -> None:
        for theme in self.dismissed:
            for key in self.remembered[theme] & self.theme_of.keys():
                if key not in self.pins:
                    assert self.theme_of[key] is None


LaterRuns.TestCase.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
TestLaterRuns = LaterRuns.TestCase
