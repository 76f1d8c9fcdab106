"""Mining: texts in; intents, themes with stable ids, names, quotes and demand out. The façade of this room."""

from __future__ import annotations

import hashlib
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt

from models.encoders.protocol import Encoder
from nlp.batches import Each
from nlp.clustering import Clustering, cluster
from nlp.encoding import encode_all
from nlp.evidence import EvidenceBook
from nlp.intents import Encoded, IntentReading, carries_theme, in_company, intents_of, settled_labels
from nlp.mentions import split_each
from nlp.products import ProductLexicon
from nlp.registry import ClusterMembers, Lineage, reconcile
from nlp.settings import MiningSettings
from nlp.severity import severity
from nlp.themes import ThemeParts, build_themes
from nlp.types import Constraints, Document, Mention, MinedMention, MiningResult, PreviousTheme

Progress = Callable[[str, int, int], None]  # (step, done, total)
Vectors = npt.NDArray[np.float32]

STEPS = ("split", "encode", "cluster", "name", "rank")
_CORE = 12  # mentions a minted id is derived from


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
    votes: Mapping[str, int] | None = None,
    progress: Progress | None = None,
    each: Each = map,
) -> MiningResult:
    """Themes of the documents, best demand first.

    documents: cleaned and masked, ids distinct; their order does not matter.
    previous, constraints: themes of earlier runs and people's edits, which are obeyed (see `nlp.registry`).
    votes: votes by theme id. progress: called with a step of `STEPS`, done and total.
    each: maps over batches of texts, as `map` does or in other processes, which changes nothing but the time.
    Every document has at least one mention in the result. Chatter beyond doubt and empty mentions have no theme.
    """
    settings = settings or MiningSettings()
    clock = _Clock(progress)
    ordered = sorted(documents, key=lambda document: document.id)
    with clock.step("split"):
        lexicon = ProductLexicon(tuple(sorted({d.product for d in ordered if len(d.product) > 1})))
        read = _read(ordered, lexicon, each)
    space = _space(read, encoder, settings, clock, each)
    with clock.step("cluster"):
        labels, readings, lineage = _reconciled(read, space, previous, constraints, settings)
    mined = _mined(read, space, labels, readings, lineage)
    with clock.step("name"):
        parts = ThemeParts(
            documents=ordered,
            mentions=mined,
            labels=labels,
            row_of=space.row_of,
            vectors=space.vectors,
            clustering=space.clustering,
            names=lineage.names,
            votes=votes or {},
            lexicon=lexicon,
        )
        book = EvidenceBook(ordered, mined, settings.demand)
        themes = build_themes(parts, book, encoder, settings)
    with clock.step("rank"):
        ranked = sorted(themes, key=lambda theme: (-theme.demand.score, -theme.authors, theme.id))
    return MiningResult(
        mentions=mined,
        themes=tuple(ranked),
        lineage=lineage.edges,
        encoder=encoder.identity,
        parameters={**space.clustering.parameters, **_flat_settings(settings)},
        timings={**clock.seconds, **{f"cluster.{k}": v for k, v in space.clustering.timings.items()}},
    )


def mention_key(post_id: str, text: str, repeat: int = 0) -> str:
    """Stable identity of a mention: hash of post id and text; `repeat` counts the same text within the post."""
    content = f"{post_id}\x00{text}" + (f"\x00{repeat}" if repeat else "")
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def _read(documents: Sequence[Document], lexicon: ProductLexicon, each: Each) -> _Read:
    mentions: list[Mention] = []
    keys = []
    for found in split_each(documents, lexicon, each):
        seen: Counter[str] = Counter()
        for mention in found:
            keys.append(mention_key(mention.post_id, mention.text, seen[mention.text]))
            seen[mention.text] += 1
        mentions.extend(found)
    return _Read(mentions=tuple(mentions), keys=tuple(keys))


def _space(read: _Read, encoder: Encoder, settings: MiningSettings, clock: _Clock, each: Each) -> _Space:
    """Each distinct text is encoded once; those that may have a theme weigh as many mentions as say them."""
    said = sorted({mention.normalised for mention in read.mentions} - {""})
    with clock.step("encode"):
        encoded = encode_all(
            encoder,
            said,
            slim=len(said) > settings.clustering.exact_rows,
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
    vectors = encoded if len(texts) == len(said) else encoded[[row_of[text] for text in texts]]
    with clock.step("cluster"):
        weights = np.array([counts[text] for text in texts], dtype=np.float32)
        clustering = cluster(vectors, weights, keys=texts, settings=settings.clustering)
    return _Space(tuple(intents), eligible, {text: row for row, text in enumerate(texts)}, vectors, clustering)


def _reconciled(
    read: _Read,
    space: _Space,
    previous: Sequence[PreviousTheme],
    constraints: Constraints | None,
    settings: MiningSettings,
) -> tuple[tuple[int, ...], list[IntentReading], Lineage]:
    """The cluster number of each mention (-1: none), what each does in its company, what became of every theme."""
    clustering = space.clustering
    found = [
        int(clustering.labels[space.row_of[m.normalised]]) if take else -1
        for m, take in zip(read.mentions, space.eligible, strict=True)
    ]
    readings = in_company(space.intents, found)
    labels = settled_labels(space.intents, readings, found, settings.intents)
    members: dict[int, list[tuple[float, str]]] = defaultdict(list)
    for mention, key, label in zip(read.mentions, read.keys, labels, strict=True):
        if label >= 0:
            members[label].append((-float(clustering.strengths[space.row_of[mention.normalised]]), key))
    clusters = [
        ClusterMembers(frozenset(key for _, key in said), tuple(key for _, key in sorted(said)[:_CORE]))
        for said in members.values()
    ]
    loose = [key for key, label in zip(read.keys, labels, strict=True) if label < 0]
    return labels, readings, reconcile(previous, clusters, constraints, settings.registry, loose=loose)


def _mined(
    read: _Read, space: _Space, labels: Sequence[int], readings: Sequence[IntentReading], lineage: Lineage
) -> tuple[MinedMention, ...]:
    mined = []
    for position, (mention, key) in enumerate(zip(read.mentions, read.keys, strict=True)):
        reading = readings[position]
        theme_id = lineage.theme_of.get(key)
        strength = 0.0
        if theme_id is not None:  # a mention that only a person put there belongs fully
            row = space.row_of.get(mention.normalised, -1)
            strength = float(space.clustering.strengths[row]) if labels[position] >= 0 else 1.0
        mined.append(
            MinedMention(
                mention=mention,
                key=key,
                intent=reading.intent,
                intent_confidence=round(reading.confidence, 4),
                severity=severity(mention.text, reading.intent),
                theme_id=theme_id,
                strength=round(min(max(strength, 0.0), 1.0), 4),
            )
        )
    return tuple(mined)


def _flat_settings(settings: MiningSettings) -> dict[str, float | int | str]:
    """Every dial by dotted name, to be recorded with the run."""
    flat: dict[str, float | int | str] = {}
    for name, value in asdict(replace(settings)).items():
        if isinstance(value, dict):
            flat.update({f"{name}.{inner}": setting for inner, setting in value.items()})
        else:
            flat[name] = value
    return flat
