"""Theme ids mean the same thing tomorrow, and people's edits survive every run."""

from __future__ import annotations

import random
from collections.abc import Iterable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nlp.registry import ClusterMembers, Lineage, mint_id, reconcile
from nlp.types import Constraints, EdgeKind, PreviousTheme


def cluster(keys: Iterable[str]) -> ClusterMembers:
    return ClusterMembers(frozenset(keys))


def numbered(prefix: str, count: int, start: int = 0) -> list[str]:
    return [f"{prefix}{i}" for i in range(start, start + count)]


def as_previous(lineage: Lineage) -> list[PreviousTheme]:
    held: dict[str, set[str]] = {}
    for key, theme in lineage.theme_of.items():
        if theme:
            held.setdefault(theme, set()).add(key)
    return [PreviousTheme(theme, frozenset(keys), name=lineage.names.get(theme)) for theme, keys in held.items()]


def edges(lineage: Lineage, kind: EdgeKind) -> list[tuple[str | None, str | None]]:
    return [(edge.source, edge.target) for edge in lineage.edges if edge.kind is kind]


A, B = numbered("a", 10), numbered("b", 10)


def first_run() -> tuple[list[PreviousTheme], str, str]:
    lineage = reconcile([], [cluster(A), cluster(B)])
    return as_previous(lineage), str(lineage.theme_of["a0"]), str(lineage.theme_of["b0"])


def test_new_clusters_get_ids_made_from_their_content() -> None:
    lineage = reconcile([], [cluster(A), cluster(B)])
    assert len(edges(lineage, EdgeKind.MINT)) == 2
    assert all(theme and theme.startswith("thm_") and len(theme) == 30 for theme in lineage.theme_of.values())
    assert reconcile([], [cluster(B), cluster(A)]).theme_of == lineage.theme_of


def test_a_taken_id_is_salted() -> None:
    first = mint_id(A, set())
    assert mint_id(A, {first}) != first


def test_a_theme_survives_dropped_and_added_posts() -> None:
    previous, a, b = first_run()
    lineage = reconcile(previous, [cluster([*A[1:], *numbered("new", 30)]), cluster(B[:8])])
    assert lineage.theme_of["a5"] == lineage.theme_of["new3"] == a
    assert lineage.theme_of["b0"] == b
    assert len(edges(lineage, EdgeKind.SURVIVE)) == 2


def test_a_split_keeps_the_id_with_the_larger_part_and_says_where_the_other_came_from() -> None:
    previous, a, _ = first_run()
    lineage = reconcile(previous, [cluster(A[:6]), cluster(A[6:]), cluster(B)])
    assert lineage.theme_of["a0"] == a
    new = lineage.theme_of["a9"]
    assert new != a
    assert edges(lineage, EdgeKind.SPLIT) == [(a, new)]


def test_a_merge_of_clusters_is_told() -> None:
    previous, a, b = first_run()
    lineage = reconcile(previous, [cluster([*A, *B[:9]])])
    assert lineage.theme_of["b0"] == a
    assert edges(lineage, EdgeKind.MERGE) == [(b, a)]


def test_a_theme_nobody_speaks_of_any_more_retires_and_its_id_is_not_used_again() -> None:
    previous, a, b = first_run()
    lineage = reconcile(previous, [cluster(A)])
    assert edges(lineage, EdgeKind.RETIRE) == [(b, None)]
    retired = [PreviousTheme(a, frozenset(A)), PreviousTheme(b, frozenset(B), retired=True)]
    again = reconcile(retired, [cluster(A), cluster(B)])
    assert again.theme_of["b0"] != b


def test_the_matching_takes_the_best_whole_not_the_first_pair() -> None:
    one, two = PreviousTheme("thm_1", frozenset(["a", "b", "c", "d"])), PreviousTheme("thm_2", frozenset(["e", "f"]))
    lineage = reconcile([one, two], [cluster(["a", "b", "e"]), cluster(["c", "d", "f"])])
    assert set(lineage.theme_of.values()) == {"thm_1", "thm_2"}


def test_a_persons_name_stays() -> None:
    previous, a, _ = first_run()
    named = [PreviousTheme(t.id, t.mention_keys, name="充电发烫" if t.id == a else None) for t in previous]
    assert reconcile(named, [cluster(A), cluster(B)]).names == {a: "充电发烫"}


def test_a_persons_merge_is_obeyed_however_the_clusters_fall() -> None:
    _, a, b = first_run()
    kept_apart = [PreviousTheme(a, frozenset(A)), PreviousTheme(b, frozenset(B), merged_into=a)]
    moved = [PreviousTheme(a, frozenset([*A, *B])), PreviousTheme(b, frozenset(), merged_into=a)]
    for previous in (kept_apart, moved):
        lineage = reconcile(previous, [cluster([*A, "x"]), cluster([*B[:5], "y"]), cluster(B[5:])])
        assert set(lineage.theme_of.values()) == {a}


def test_what_a_person_dismissed_stays_without_theme() -> None:
    _, a, b = first_run()
    previous = [PreviousTheme(a, frozenset(A)), PreviousTheme(b, frozenset(B), not_a_theme=True)]
    lineage = reconcile(previous, [cluster(A), cluster([*B[:6], "new"]), cluster(B[6:])])
    assert lineage.theme_of["b0"] is None
    assert lineage.theme_of["new"] is None
    assert lineage.theme_of["b9"] is None
    assert lineage.theme_of["a0"] == a


def test_pinned_mentions_go_where_a_person_put_them() -> None:
    previous, a, b = first_run()
    split_off = PreviousTheme("thm_pinned", frozenset(A[:3]))
    pins = {**dict.fromkeys(A[:3], "thm_pinned"), "b0": a, "b1": None, "loose": b}
    lineage = reconcile([*previous, split_off], [cluster(A), cluster(B)], Constraints(pins), loose=["loose", "lost"])
    assert {lineage.theme_of[key] for key in A[:3]} == {"thm_pinned"}
    assert lineage.theme_of["a5"] == lineage.theme_of["b0"] == a
    assert lineage.theme_of["b1"] is None
    assert lineage.theme_of["loose"] == b
    assert lineage.theme_of["lost"] is None


def test_nothing_before_and_nothing_now() -> None:
    assert reconcile([], []).edges == ()
    previous, a, b = first_run()
    assert sorted(edges(reconcile(previous, []), EdgeKind.RETIRE), key=str) == sorted([(a, None), (b, None)], key=str)


class ReMining(RuleBasedStateMachine):
    """People edit between runs; posts come and go; every verdict must hold after each run."""

    TOPICS = 5

    @initialize(seed=st.integers(0, 10_000))
    def start(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.serial = 0
        self.topics: dict[int, list[str]] = {topic: [] for topic in range(self.TOPICS)}
        for topic in self.topics:
            self._post(topic, 12)
        self.pins: dict[str, str | None] = {}
        self.names: dict[str, str] = {}
        self.merged: dict[str, str] = {}
        self.dismissed: set[str] = set()
        self.themes: dict[str, frozenset[str]] = {}
        self.ever: set[str] = set()
        self.lineage = reconcile([], [])
        self.mine()

    def _post(self, topic: int, count: int) -> None:
        self.topics[topic].extend(f"t{topic}-{self.serial + i}" for i in range(count))
        self.serial += count

    def _previous(self) -> list[PreviousTheme]:
        return [
            PreviousTheme(
                theme,
                keys,
                name=self.names.get(theme),
                merged_into=self.merged.get(theme),
                not_a_theme=theme in self.dismissed,
            )
            for theme, keys in self.themes.items()
        ]

    def _alive(self) -> list[str]:
        alive = {theme for theme in self.lineage.theme_of.values() if theme}
        return sorted(alive - self.dismissed - self.merged.keys())

    @rule()
    def mine(self) -> None:
        clusters = [cluster(keys) for keys in self.topics.values() if keys]
        self.random.shuffle(clusters)
        previous = self._previous()
        self.random.shuffle(previous)
        self.lineage = reconcile(previous, clusters, Constraints(dict(self.pins)))
        minted = {e.target for e in self.lineage.edges if e.kind in {EdgeKind.MINT, EdgeKind.SPLIT}}
        assert not minted & self.ever, "an id was used twice"
        held: dict[str, set[str]] = {}
        for key, theme in self.lineage.theme_of.items():
            if theme:
                held.setdefault(theme, set()).add(key)
        for theme, keys in held.items():
            self.themes[theme] = frozenset(keys)
        self.ever |= set(self.themes)

    @rule(topic=st.integers(0, TOPICS - 1), count=st.integers(1, 4))
    def add_posts(self, topic: int, count: int) -> None:
        self._post(topic, count)
        self.mine()

    @rule(topic=st.integers(0, TOPICS - 1))
    def drop_a_post(self, topic: int) -> None:
        free = [key for key in self.topics[topic] if key not in self.pins]
        if len(free) > 8:
            self.topics[topic].remove(self.random.choice(free))
        self.mine()

    @precondition(lambda self: self._alive())
    @rule()
    def rename(self) -> None:
        theme = self.random.choice(self._alive())
        self.names[theme] = f"named {len(self.names)}"
        self.mine()

    @precondition(lambda self: len(self._alive()) > 2)
    @rule()
    def merge(self) -> None:
        source, target = self.random.sample(self._alive(), 2)
        self.merged[source] = target
        self.mine()

    @precondition(lambda self: len(self._alive()) > 2)
    @rule()
    def dismiss(self) -> None:
        self.dismissed.add(self.random.choice(self._alive()))
        self.mine()

    @precondition(lambda self: self._alive())
    @rule()
    def split_off(self) -> None:
        theme = self.random.choice(self._alive())
        keys = sorted(key for key, now in self.lineage.theme_of.items() if now == theme and key not in self.pins)
        if len(keys) < 8:
            return
        new = f"thm_split{self.serial}-{len(self.pins)}"
        chosen = self.random.sample(keys, 2)
        self.pins.update(dict.fromkeys(chosen, new))
        self.themes[new] = frozenset(chosen)
        self.themes[theme] = self.themes[theme] - set(chosen)
        self.ever.add(new)
        self.mine()

    def _target(self, theme: str | None) -> str | None:
        while theme in self.merged and theme not in self.dismissed:
            theme = self.merged[theme]
        return None if theme in self.dismissed else theme

    @invariant()
    def people_are_obeyed(self) -> None:
        now = self.lineage.theme_of
        used = {theme for theme in now.values() if theme}
        assert not used & self.dismissed
        assert not used & self.merged.keys()
        for key, theme in self.pins.items():
            if key in now:
                assert now[key] == self._target(theme)
        for theme, name in self.names.items():
            if theme in used:
                assert self.lineage.names[theme] == name

    @invariant()
    def a_topic_is_one_theme(self) -> None:
        for keys in self.topics.values():
            themes = {self.lineage.theme_of[key] for key in keys if key not in self.pins}
            assert len(themes) <= 1


ReMining.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestReMining = ReMining.TestCase
