"""The theme registry: gives the clusters of a run the ids of the themes they continue, obeying people's edits."""

from __future__ import annotations

import base64
import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from nlp.settings import RegistrySettings
from nlp.types import Constraints, EdgeKind, LineageEdge, PreviousTheme


@dataclass(frozen=True, slots=True)
class ClusterMembers:
    """One cluster of this run by the keys of its mentions."""

    keys: frozenset[str]
    core: tuple[str, ...] = ()  # what a minted id is derived from: keys or texts
    continues: str | None = None  # the earlier theme that it is beyond question


@dataclass(frozen=True, slots=True)
class Lineage:
    """What became of every theme and every mention."""

    theme_of: Mapping[str, str | None]  # every mention key of the run -> theme id, None where dismissed
    edges: tuple[LineageEdge, ...]
    names: Mapping[str, str] = field(default_factory=dict)  # names given by people, by theme id


def reconcile(
    previous: Sequence[PreviousTheme],
    clusters: Sequence[ClusterMembers],
    constraints: Constraints | None = None,
    settings: RegistrySettings | None = None,
    *,
    loose: Collection[str] = (),
) -> Lineage:
    """Match clusters to earlier themes and say what survived, was minted, retired, split or merged.

    Overlap is the Jaccard of mention keys over the mentions both runs know, so new posts do not dilute it; the
    matching maximises total overlap (Hungarian). Ids are never reused. People's edits come first: a pinned
    mention is where it was pinned; what matches a theme merged into another joins that other; what matches a
    theme dismissed as "not a theme" stays without theme. The result does not depend on the order of inputs.
    """
    settings = settings or RegistrySettings()
    constraints = constraints or Constraints()
    known = {theme.id: theme for theme in sorted(previous, key=lambda theme: theme.id)}
    pinned = {key: _resolve(theme, known) for key, theme in constraints.pinned.items()}
    present = {key for cluster in clusters for key in cluster.keys} | set(loose)
    free = _free_clusters(clusters, pinned)
    # A retired theme cannot come back under its id, but a person's verdict on it still binds.
    candidates = [theme for theme in known.values() if not theme.retired or theme.merged_into or theme.not_a_theme]
    held = {theme.id: (theme.mention_keys & present) - pinned.keys() for theme in candidates}
    matched = _certain(free, candidates, held)
    standing = {theme for theme, _ in matched.values()}
    open_ = {index: cluster for index, cluster in enumerate(free) if index not in matched}
    matched |= _match(open_, [theme for theme in candidates if theme.id not in standing], held, settings)
    decided = _decided(known)

    taken = set(known) | {theme for theme in constraints.pinned.values() if theme}
    theme_of: dict[str, str | None] = dict.fromkeys(loose)
    edges: list[LineageEdge] = []
    home: dict[int, str | None] = {}  # cluster -> theme id now
    went: dict[str, tuple[int, float]] = {}  # matched previous theme -> cluster and overlap
    for index, cluster in enumerate(free):
        if index in matched:
            theme_id, overlap = matched[index]
            went[theme_id] = (index, overlap)
            home[index] = _resolve(theme_id, known)
            continue
        parent, part = _main_parent(cluster, candidates, held)
        if parent is not None and parent in decided and part > settings.decided_share:
            home[index] = _resolve(parent, known)
            continue
        minted = mint_id(cluster.core or sorted(cluster.keys), taken)
        taken.add(minted)
        home[index] = minted
        if parent is not None and part >= settings.split_share:
            edges.append(LineageEdge(EdgeKind.SPLIT, parent, minted, _jaccard(cluster.keys, held[parent])))
        else:
            edges.append(LineageEdge(EdgeKind.MINT, None, minted, 0.0))
    for index, cluster in enumerate(free):
        for key in cluster.keys:
            theme_of[key] = home[index]
    for key in present & pinned.keys():
        theme_of[key] = pinned[key]

    alive = {theme for theme in theme_of.values() if theme}
    edges.extend(_fates(known, held, free, home=home, went=went, alive=alive, settings=settings))
    names = {theme.id: theme.name for theme in known.values() if theme.name and theme.id in alive}
    edges.sort(key=lambda edge: (edge.kind.value, edge.source or "", edge.target or ""))
    return Lineage(theme_of=theme_of, edges=tuple(edges), names=names)


def mint_id(core: Iterable[str], taken: set[str]) -> str:
    """A new theme id from its core mention keys: the same content gives the same id; salted where taken."""
    content = "\n".join(sorted(core))
    salt = 0
    while True:
        digest = hashlib.sha256(f"{salt}\n{content}".encode()).digest()
        minted = "thm_" + base64.b32encode(digest).decode().lower()[:26]
        if minted not in taken:
            return minted
        salt += 1


def anchor_text(said: Mapping[str, int]) -> str:
    """The text of a cluster that its id is made from: the least by a hash that favours what many say.

    Two clusters that share the share J of what they say have the same anchor in about J of all cases (weighted
    min-hash, Efraimidis and Spirakis 2006), whichever posts come or go. said: text -> how many mentions say it.
    """

    def rank(text: str) -> tuple[float, str]:
        number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) + 1
        return -math.log(number / (2**64 + 1)) / said[text], text

    return min(said, key=rank)


def root_of(theme_id: str, known: Mapping[str, PreviousTheme]) -> str:
    """The theme that holds a theme's mentions after people's merges: the last of the chain, or a dismissed one in it.

    A merge circle ends where it began.
    """
    seen: set[str] = set()
    while theme_id in known and theme_id not in seen:
        seen.add(theme_id)
        theme = known[theme_id]
        if theme.not_a_theme or theme.merged_into is None:
            break
        theme_id = theme.merged_into
    return theme_id


def _resolve(theme_id: str | None, known: Mapping[str, PreviousTheme]) -> str | None:
    """Where a theme's mentions belong after people's merges and dismissals; None for no theme."""
    if theme_id is None:
        return None
    root = root_of(theme_id, known)
    return None if root in known and known[root].not_a_theme else root


def _decided(known: Mapping[str, PreviousTheme]) -> set[str]:
    """Themes whose pieces must not become themes of their own: dismissed, merged, or the target of a merge."""
    decided = {theme.id for theme in known.values() if theme.not_a_theme or theme.merged_into}
    return decided | {theme.merged_into for theme in known.values() if theme.merged_into}


def _free_clusters(clusters: Sequence[ClusterMembers], pinned: Mapping[str, str | None]) -> list[ClusterMembers]:
    """Clusters without pinned mentions, empty ones dropped, in an order that depends on content only."""
    free = [
        ClusterMembers(
            keys=cluster.keys - pinned.keys(),
            core=tuple(key for key in cluster.core if key not in pinned),
            continues=cluster.continues,
        )
        for cluster in clusters
    ]
    return sorted((cluster for cluster in free if cluster.keys), key=lambda cluster: min(cluster.keys))


def _certain(
    free: Sequence[ClusterMembers], candidates: Sequence[PreviousTheme], held: Mapping[str, frozenset[str]]
) -> dict[int, tuple[str, float]]:
    """Cluster index -> (theme that it continues beyond question, overlap), one to one, the larger overlap first."""
    everyone = frozenset(key for theme in candidates for key in held[theme.id])
    claims = [
        (-_jaccard(cluster.keys & everyone, held.get(cluster.continues, frozenset())), index, cluster.continues)
        for index, cluster in enumerate(free)
        if cluster.continues is not None
    ]
    found: dict[int, tuple[str, float]] = {}
    given: set[str] = set()
    for negative, index, theme in sorted(claims):
        if theme not in given:
            given.add(theme)
            found[index] = (theme, -negative)
    return found


def _match(
    free: Mapping[int, ClusterMembers],
    candidates: Sequence[PreviousTheme],
    held: Mapping[str, frozenset[str]],
    settings: RegistrySettings,
) -> dict[int, tuple[str, float]]:
    """Cluster index -> (previous theme id, overlap), one to one, maximising overlap within connected parts."""
    holders: dict[str, list[int]] = defaultdict(list)  # themes may share a key after a person's merge
    for position, theme in enumerate(candidates):
        for key in held[theme.id]:
            holders[key].append(position)
    pairs: list[tuple[int, int, float]] = []
    for index, cluster in free.items():
        shared = Counter(position for key in cluster.keys for position in holders.get(key, ()))
        familiar = sum(1 for key in cluster.keys if key in holders)
        for position, common in shared.items():
            overlap = common / (familiar + len(held[candidates[position].id]) - common)
            if overlap >= settings.survive_overlap:
                pairs.append((index, position, overlap))
    if not pairs:
        return {}
    first = max(free) + 1
    rows, columns = [row for row, _, _ in pairs], [first + column for _, column, _ in pairs]
    size = first + len(candidates)
    graph = coo_array((np.ones(len(pairs)), (rows, columns)), shape=(size, size))
    _, part_of = connected_components(graph, directed=False)
    parts: dict[int, list[tuple[int, int, float]]] = defaultdict(list)
    for pair in sorted(pairs):
        parts[int(part_of[pair[0]])].append(pair)
    matched: dict[int, tuple[str, float]] = {}
    for part in parts.values():
        for row, column, overlap in _best_pairs(part, candidates, settings):
            matched[row] = (candidates[column].id, overlap)
    return matched


def _best_pairs(
    pairs: Sequence[tuple[int, int, float]], candidates: Sequence[PreviousTheme], settings: RegistrySettings
) -> list[tuple[int, int, float]]:
    rows = sorted({row for row, _, _ in pairs})
    columns = sorted({column for _, column, _ in pairs})
    gain = np.zeros((len(rows), len(columns)))
    overlaps: dict[tuple[int, int], float] = {}
    for row, column, overlap in pairs:
        bonus = settings.named_bonus if candidates[column].name else 0.0
        gain[rows.index(row), columns.index(column)] = overlap + bonus
        overlaps[row, column] = overlap
    chosen = zip(*linear_sum_assignment(gain, maximize=True), strict=True)
    found = [(rows[i], columns[j]) for i, j in chosen]
    return [(row, column, overlaps[row, column]) for row, column in found if (row, column) in overlaps]


def _main_parent(
    cluster: ClusterMembers, candidates: Sequence[PreviousTheme], held: Mapping[str, frozenset[str]]
) -> tuple[str | None, float]:
    """The earlier theme most of the cluster's known mentions came from, and their share."""
    shares = [(len(cluster.keys & held[theme.id]), theme.id) for theme in candidates]
    common, parent = min(shares, key=lambda item: (-item[0], item[1]), default=(0, ""))
    if not common:
        return None, 0.0
    familiar = {key for theme in candidates for key in cluster.keys & held[theme.id]}
    return parent, common / len(familiar)


def _jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    union = len(left | right)
    return len(left & right) / union if union else 0.0


def _fates(
    known: Mapping[str, PreviousTheme],
    held: Mapping[str, frozenset[str]],
    free: Sequence[ClusterMembers],
    *,
    home: Mapping[int, str | None],
    went: Mapping[str, tuple[int, float]],
    alive: set[str],
    settings: RegistrySettings,
) -> list[LineageEdge]:
    """One edge for every earlier theme that was not already gone: survive, merge or retire."""
    edges = []
    for theme in known.values():
        if theme.retired and theme.id not in alive:
            continue
        if theme.id in alive:
            overlap = went[theme.id][1] if theme.id in went else 0.0
            edges.append(LineageEdge(EdgeKind.SURVIVE, theme.id, theme.id, overlap))
            continue
        target = _resolve(theme.id, known)
        if target != theme.id:  # a person's merge or dismissal
            if target in alive:
                edges.append(LineageEdge(EdgeKind.MERGE, theme.id, target, went.get(theme.id, (0, 0.0))[1]))
            else:
                edges.append(LineageEdge(EdgeKind.RETIRE, theme.id, None, 0.0))
            continue
        keys = held.get(theme.id, frozenset())
        shares = [(len(keys & cluster.keys), -index) for index, cluster in enumerate(free)] if keys else []
        common, negative = max(shares, default=(0, 0))
        into = home.get(-negative)
        if common and into and common / len(keys) >= settings.merge_share:
            overlap = _jaccard(keys, free[-negative].keys)
            edges.append(LineageEdge(EdgeKind.MERGE, theme.id, into, overlap))
        else:
            edges.append(LineageEdge(EdgeKind.RETIRE, theme.id, None, 0.0))
    return edges
