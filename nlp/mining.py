"""Mining: texts in; intents, themes with stable ids, names, quotes and demand out. The façade of this room."""

from __future__ import annotations

import hashlib
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.encoders.protocol import Encoder
from nlp.batches import Each
from nlp.clustering import Clustering, cluster
from nlp.encoding import chosen_rows, encode_all
from nlp.evidence import EvidenceBook
from nlp.intents import Encoded, IntentReading, carries_theme, in_company, intents_of, settled_labels
from nlp.map_layout import MapLayout, PreviousMap, lay_out_map
from nlp.mentions import Piece, split_each
from nlp.products import ProductLexicon
from nlp.registry import ClusterMembers, Lineage, anchor_text, reconcile
from nlp.settings import MiningSettings
from nlp.severity import felt_severities, severity
from nlp.standing import Said, Structure, structure_of
from nlp.themes import ThemeParts, build_themes
from nlp.types import Constraints, Document, Mention, MinedMention, MinedTheme, MiningResult, PreviousTheme

Progress = Callable[[str, int, int], None]  # (step, done, total)
Vectors = npt.NDArray[np.float32]

STEPS = ("split", "encode", "cluster", "name", "rank")  # and "map" where a map is asked for


class _Clock:
    """Seconds by step, and the word to whoever watches."""

    def __init__(self, progress: Progress | None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.tell(name, 0, 1)
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start
        self.tell(name, 1, 1)

    def tell(self, name: str, done: int, total: int) -> None:
        if self._progress is not None:
            self._progress(name, done, total)


@dataclass(frozen=True, slots=True)
class _Read:
    """Mentions and their keys; the i-th of each belongs together."""

    mentions: tuple[Mention, ...]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What earlier runs and people leave to a run."""

    themes: Sequence[PreviousTheme]
    constraints: Constraints
    unplaced: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Reconciled:
    """Themes by number and by id; the i-th label and reading belong to the i-th mention."""

    labels: tuple[int, ...]  # cluster number, -1 for none
    readings: tuple[IntentReading, ...]
    structure: Structure
    lineage: Lineage


@dataclass(frozen=True, slots=True)
class _Space:
    """What mentions do, and the distinct normalised texts of those that may have a theme: vectors, clusters."""

    intents: tuple[IntentReading, ...]  # of every mention, by itself
    eligible: tuple[bool, ...]  # of every mention
    row_of: Mapping[str, int]
    vectors: Vectors
    clustering: Clustering


def mine(
    documents: Sequence[Document],
    *,
    encoder: Encoder,
    settings: MiningSettings | None = None,
    previous: Sequence[PreviousTheme] = (),
    constraints: Constraints | None = None,
    unplaced: Collection[str] = (),
    votes: Mapping[str, int] | None = None,
    progress: Progress | None = None,
    each: Each = map,
    known: Mapping[str, Sequence[Piece]] | None = None,
    shelf: Path | None = None,
    mapped: PreviousMap | None = None,
) -> MiningResult:
    """Themes of the documents, best demand first.

    documents: cleaned and masked, ids distinct; their order does not matter.
    previous, constraints: themes of earlier runs and people's edits. Themes stand until evidence changes (see
        `nlp.standing`); what people decided is obeyed (see `nlp.registry`).
    unplaced: keys of mentions that the earlier run knew and left without a theme: they are no new evidence.
    votes: votes by theme id. progress: called with a step of `STEPS`, done and total.
    each: maps over batches, as `map` does, in other processes or on other machines, which changes nothing but the time.
    known: pieces of texts that were split before, by text (`nlp.mentions.pieces_of`).
    shelf: folder for the vectors of very many texts, reached by whatever works for `each`; without one they stay in
        memory, and joining them to themes stays in this process.
    mapped: the theme map as it was (an empty one at first), if the result shall say where mentions lie.
    Every document has at least one mention in the result. Chatter beyond doubt and empty mentions have no theme.
    """
    settings = settings or MiningSettings()
    clock = _Clock(progress)
    ordered = sorted(documents, key=lambda document: document.id)
    with clock.step("split"):
        lexicon = ProductLexicon(tuple(sorted({d.product for d in ordered if len(d.product) > 1})))
        read = _read(split_each(ordered, lexicon, each, known))
    space = _space(read, encoder, settings, clock, each=each, shelf=shelf)
    earlier = _Earlier(previous, constraints or Constraints(), frozenset(unplaced))
    with clock.step("cluster"):
        settled = _reconciled(read, space, earlier, settings)
    mined = _mined(read, space, settled, felt_severities(space.vectors, encoder.identity))
    with clock.step("name"):
        parts = ThemeParts(
            documents=ordered,
            mentions=mined,
            labels=settled.labels,
            row_of=space.row_of,
            vectors=space.vectors,
            clustering=settled.structure.clustering,
            names=settled.lineage.names,
            votes=votes or {},
            lexicon=lexicon,
        )
        book = EvidenceBook(ordered, mined, settings.demand)
        themes = _as_they_stand(build_themes(parts, book, encoder, settings), mined, settled)
    with clock.step("rank"):
        ranked = sorted(themes, key=lambda theme: (-theme.demand.score, -theme.authors, theme.id))
    layout = None
    if mapped is not None:
        with clock.step("map"):
            layout = _layout(mined, space, mapped)
    return MiningResult(
        mentions=mined,
        themes=tuple(ranked),
        lineage=settled.lineage.edges,
        encoder=encoder.identity,
        parameters={**space.clustering.parameters, **_flat_settings(settings)},
        timings={**clock.seconds, **{f"cluster.{k}": v for k, v in space.clustering.timings.items()}},
        layout=layout,
    )


def mention_key(post_id: str, text: str, repeat: int = 0) -> str:
    """Stable identity of a mention: hash of post id and text; `repeat` counts the same text within the post."""
    content = f"{post_id}\x00{text}" + (f"\x00{repeat}" if repeat else "")
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def _read(split: Iterable[Sequence[Mention]]) -> _Read:
    mentions: list[Mention] = []
    keys = []
    for found in split:
        seen: Counter[str] = Counter()
        for mention in found:
            keys.append(mention_key(mention.post_id, mention.text, seen[mention.text]))
            seen[mention.text] += 1
        mentions.extend(found)
    return _Read(mentions=tuple(mentions), keys=tuple(keys))


def _space(
    read: _Read, encoder: Encoder, settings: MiningSettings, clock: _Clock, *, each: Each, shelf: Path | None
) -> _Space:
    """Each distinct text is encoded once; those that may have a theme weigh as many mentions as say them."""
    said = sorted({mention.normalised for mention in read.mentions} - {""})
    with clock.step("encode"):
        encoded = encode_all(
            encoder,
            said,
            slim=len(said) > settings.clustering.exact_rows,
            shelf=shelf,
            progress=lambda done, total: clock.tell("encode", done, total),
        )
        row_of = {text: row for row, text in enumerate(said)}
        intents = intents_of(read.mentions, Encoded(row_of, encoded, encoder.identity), each)
    eligible = tuple(
        carries_theme(mention, reading, settings.chatter_confidence)
        for mention, reading in zip(read.mentions, intents, strict=True)
    )
    counts = Counter(m.normalised for m, take in zip(read.mentions, eligible, strict=True) if take)
    texts = sorted(counts)
    rows = np.array([row_of[text] for text in texts], dtype=np.intp)
    vectors = encoded if len(texts) == len(said) else chosen_rows(encoded, rows, shelf)
    with clock.step("cluster"):
        weights = np.array([counts[text] for text in texts], dtype=np.float32)
        clustering = cluster(vectors, weights, keys=texts, settings=settings.clustering, each=each)
    return _Space(tuple(intents), eligible, {text: row for row, text in enumerate(texts)}, vectors, clustering)


def _reconciled(
    read: _Read,
    space: _Space,
    earlier: _Earlier,
    settings: MiningSettings,
) -> _Reconciled:
    """Where every mention stands, what each does in its company, what became of every theme."""
    structure = structure_of(
        Said(
            keys=read.keys,
            rows=np.array(
                [
                    space.row_of[m.normalised] if take else -1
                    for m, take in zip(read.mentions, space.eligible, strict=True)
                ],
                dtype=np.intp,
            ),
            pinned=earlier.constraints.pinned.keys(),
            unplaced=earlier.unplaced,
        ),
        space.vectors,
        space.clustering,
        earlier.themes,
        settings=settings,
    )
    readings = in_company(space.intents, structure.labels)
    labels = settled_labels(space.intents, readings, structure.labels, settings.intents)
    members: dict[int, list[int]] = defaultdict(list)
    for position, label in enumerate(labels):
        if label >= 0:
            members[label].append(position)
    clusters = [
        ClusterMembers(
            keys=frozenset(read.keys[position] for position in said),
            core=(anchor_text(Counter(read.mentions[position].normalised for position in said)),),
            continues=structure.continues.get(label),
        )
        for label, said in members.items()
    ]
    loose = [key for key, label in zip(read.keys, labels, strict=True) if label < 0]
    known = _with_arrivals(earlier.themes, structure.fitting)
    lineage = reconcile(known, clusters, earlier.constraints, settings.registry, loose=loose)
    return _Reconciled(labels, tuple(readings), structure, lineage)


def _with_arrivals(themes: Sequence[PreviousTheme], fitting: Mapping[str, str]) -> list[PreviousTheme]:
    """The themes as if they had held what fits them: by that a theme is known whose old mentions are not here."""
    came: dict[str, set[str]] = defaultdict(set)
    for key, theme_id in fitting.items():
        came[theme_id].add(key)
    return [
        replace(theme, mention_keys=theme.mention_keys | came[theme.id]) if theme.id in came else theme
        for theme in themes
    ]


def _mined(read: _Read, space: _Space, settled: _Reconciled, felt: Sequence[float | None]) -> tuple[MinedMention, ...]:
    """felt: severity by vector, of each row of the space."""
    strengths = settled.structure.clustering.strengths
    mined = []
    for position, (mention, key) in enumerate(zip(read.mentions, read.keys, strict=True)):
        reading = settled.readings[position]
        theme_id = settled.lineage.theme_of.get(key)
        strength = 0.0
        row = space.row_of.get(mention.normalised, -1)
        if theme_id is not None:  # a mention that only a person put there belongs fully
            strength = float(strengths[row]) if settled.labels[position] >= 0 else 1.0
        mined.append(
            MinedMention(
                mention=mention,
                key=key,
                intent=reading.intent,
                intent_confidence=round(reading.confidence, 4),
                severity=severity(mention.text, reading.intent, felt[row] if row >= 0 else None),
                theme_id=theme_id,
                strength=round(min(max(strength, 0.0), 1.0), 4),
            )
        )
    return tuple(mined)


def _as_they_stand(
    themes: Sequence[MinedTheme], mentions: Sequence[MinedMention], settled: _Reconciled
) -> list[MinedTheme]:
    """The themes with what a later run and `nlp.assignment` need of them: shape in vector space and tally of change."""
    votes: dict[str, Counter[int]] = defaultdict(Counter)
    for mined, label in zip(mentions, settled.labels, strict=True):
        if mined.theme_id is not None and label >= 0:
            votes[mined.theme_id][label] += 1
    structure = settled.structure
    told = []
    for theme in themes:
        counted = votes.get(theme.id)
        if not counted:  # only what a person pinned there
            told.append(replace(theme, settled_size=theme.size))
            continue
        main = min(counted, key=lambda label: (-counted[label], label))
        tally = structure.tallies.get(main)
        told.append(
            replace(
                theme,
                prototype=structure.clustering.prototypes[main],
                threshold=float(structure.clustering.thresholds[main]),
                settled_size=tally.settled if tally else theme.size,
                changed=tally.changed if tally else 0,
            )
        )
    return told


def _layout(mined: Sequence[MinedMention], space: _Space, mapped: PreviousMap) -> MapLayout:
    """Where every mention that may have a theme lies on the theme map."""
    rows = [
        space.row_of[entry.mention.normalised] if take else -1
        for entry, take in zip(mined, space.eligible, strict=True)
    ]
    return lay_out_map(
        [entry.key for entry in mined],
        np.array(rows, dtype=np.intp),
        space.vectors,
        [entry.theme_id for entry in mined],
        mapped,
    )


def _flat_settings(settings: MiningSettings) -> dict[str, float | int | str]:
    """Every dial by dotted name, to be recorded with the run."""
    flat: dict[str, float | int | str] = {}
    for name, value in asdict(replace(settings)).items():
        if isinstance(value, dict):
            flat.update({f"{name}.{inner}": setting for inner, setting in value.items()})
        else:
            flat[name] = value
    return flat
