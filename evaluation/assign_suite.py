"""The assign suite: posts that find their themes without a run: as a run would have it, and how fast."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evaluation.datasets import known_sets, load
from evaluation.provenance import DataSource
from evaluation.remembering import EncoderFor, RememberingEncoders
from evaluation.report import REPORTS, Report, table, write_report
from evaluation.stability_suite import later
from evaluation.synthetic import clauses_of, synthetic_posts
from models.encoders.catalogue import load_encoder
from models.encoders.protocol import Encoder, EncoderIdentity
from models.encoders.sizes import STATIC
from nlp.arrivals import KnownThemes, place
from nlp.assignment import assign
from nlp.intents import IntentDials, of_reviews
from nlp.mentions import split_mentions
from nlp.mining import mine
from nlp.types import Document

Progress = Callable[[str, int, int], None]

THEMES = 1_000
SINGLE = 200  # posts placed one by one
BULK = 20_000  # posts placed at once, no two alike, texts split and read by all cores
CROWD = 5_000  # other posts that warm the processes up
_SEED = 20_240_601


@dataclass(frozen=True, slots=True)
class SetAgreement:
    """Held-back posts of one set: assignment against a run that knows the same themes."""

    dataset: str
    held_back: int  # mentions
    agreement: float  # same theme, or none in both
    placed: float  # share of them that assignment gave a theme
    placed_by_run: float


@dataclass(frozen=True, slots=True)
class Latency:
    """Placing posts among `THEMES` themes."""

    p50_ms: float  # one post, all of it: split, encode, read intent, compare
    p95_ms: float
    posts_per_second: float  # the same in bulk
    compare_p50_ms: float  # comparing one vector with all prototypes
    vectors_per_second: float  # comparing in bulk


@dataclass(frozen=True, slots=True)
class AssignResult:
    """Everything the suite found out."""

    sets: tuple[SetAgreement, ...]
    latency: dict[str, Latency]  # by the encoder's name


def run_assign(*, encoder_for: EncoderFor, out: Path = REPORTS, progress: Progress | None = None) -> Path:
    """Measure on every set that is here and write a report; returns its Markdown file."""
    names = known_sets()
    model_for = RememberingEncoders(encoder_for)
    used: list[EncoderIdentity] = []
    scored: list[SetAgreement] = []
    sources: list[DataSource] = []
    documents: list[Document] = []
    for done, name in enumerate(names):
        if progress:
            progress(name, done, len(names) + 1)
        dataset = load(name)
        documents += dataset.documents
        sources += dataset.sources()
        model = model_for(len(dataset.documents))
        used.append(model.identity)
        scored.append(score_agreement(name, dataset.documents, model))
    if progress:
        progress("latency", len(names), len(names) + 1)
    readers = {reader.identity.name: reader for reader in (encoder_for(0), load_encoder(STATIC))}
    result = AssignResult(tuple(scored), {name: measure_latency(documents, reader) for name, reader in readers.items()})
    if progress:
        progress("latency", len(names) + 1, len(names) + 1)
    return write_report(
        Report(
            suite="assign",
            title="Assignment between runs",
            body=_body(result),
            result=result,
            encoders=used,
            data=sources,
        ),
        out,
    )


def score_agreement(name: str, documents: Sequence[Document], encoder: Encoder) -> SetAgreement:
    """Mine nine tenths; place the rest; compare with what a run over all, which knows the first, makes of the rest."""
    chance = random.Random(_SEED)  # noqa: S311 - a draw that must be the same every time
    held = {document.id for document in documents if chance.random() < 0.1}
    first = mine([document for document in documents if document.id not in held], encoder=encoder)
    themes = KnownThemes(
        ids=tuple(theme.id for theme in first.themes),
        prototypes=np.stack([theme.prototype for theme in first.themes]),
        thresholds=np.array([theme.threshold for theme in first.themes], dtype=np.float32),
        of_reviews=of_reviews(Counter(mined.intent for mined in first.mentions), IntentDials()),
    )
    placed = {
        mined.key: mined.theme_id
        for mined in place([document for document in documents if document.id in held], themes, encoder)
    }
    run = {mined.key: mined.theme_id for mined in later(first, documents, encoder).mentions if mined.key in placed}
    return SetAgreement(
        dataset=name,
        held_back=len(run),
        agreement=sum(placed[key] == theme for key, theme in run.items()) / max(len(run), 1),
        placed=sum(theme is not None for theme in placed.values()) / max(len(placed), 1),
        placed_by_run=sum(theme is not None for theme in run.values()) / max(len(run), 1),
    )


def measure_latency(documents: Sequence[Document], encoder: Encoder) -> Latency:
    """Seconds on this machine, with the encoder as it is: no vector is remembered."""
    texts = [document.text for document in islice(cycle(documents), THEMES)]
    prototypes = encoder.encode(texts)
    themes = KnownThemes(
        ids=tuple(f"thm_{number}" for number in range(THEMES)),
        prototypes=prototypes,
        thresholds=np.full(THEMES, 0.5, dtype=np.float32),
    )
    place(documents[:3], themes, encoder)  # whatever is loaded on first use
    single = [_seconds(partial(place, [post], themes, encoder)) for post in islice(cycle(documents), SINGLE)]
    warming, many = crowds(documents)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        list(pool.map(len, [""] * 64))  # the processes are there before the clock starts
        place(warming, themes, encoder, each=pool.map)
        bulk = _seconds(partial(place, many, themes, encoder, each=pool.map))
    rows = np.asarray(np.resize(prototypes, (BULK, prototypes.shape[1])), dtype=np.float32)
    one = [_seconds(partial(_compare, row, themes)) for row in rows[:SINGLE, None]]
    return Latency(
        p50_ms=1000 * float(np.quantile(single, 0.5)),
        p95_ms=1000 * float(np.quantile(single, 0.95)),
        posts_per_second=len(many) / bulk,
        compare_p50_ms=1000 * float(np.quantile(one, 0.5)),
        vectors_per_second=BULK / _seconds(partial(_compare, rows, themes)),
    )


def crowds(documents: Sequence[Document], *, warming: int = CROWD, bulk: int = BULK) -> tuple[list[Document], ...]:
    """Posts to warm up with and posts to measure with, none of their texts twice: clauses of the documents put together
    anew, since few corpora have so many posts and a text that comes again is not encoded again."""
    clauses = {"posts": clauses_of([document.text for document in documents])}
    made = synthetic_posts(clauses, 4 * (warming + bulk), seed=_SEED)
    found = list(islice(distinct(Document(id=row["id"], text=row["text"]) for row in made), warming + bulk))
    return found[:warming], found[warming:]


def distinct(posts: Iterable[Document]) -> Iterator[Document]:
    """The posts of which no earlier one has a mention, normalised."""
    seen: set[str] = set()
    for post in posts:
        said = {mention.normalised for mention in split_mentions(post)}
        if said.isdisjoint(seen):
            seen |= said
            yield post


def _compare(vectors: npt.NDArray[np.float32], themes: KnownThemes) -> None:
    assign(vectors, themes.prototypes, themes.thresholds)


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _body(result: AssignResult) -> list[str]:
    return [
        "## Agreement with a run",
        "",
        *table(
            ["set", "mentions held back", "agreement", "placed", "placed by the run"],
            [
                [one.dataset, f"{one.held_back:,}", f"**{one.agreement:.1%}**", f"{one.placed:.1%}",
                 f"{one.placed_by_run:.1%}"]
                for one in result.sets
            ],
        ),
        "",
        "A tenth of the posts is held back and placed among the themes of the others; the run is over all posts and "
        "knows those themes. The same theme, or none in both, agrees.",
        "",
        f"## Speed among {THEMES:,} themes",
        "",
        *table(
            ["encoder", "", "p50 of one, ms", "p95 of one, ms", "a second in bulk"],
            [
                row
                for name, fast in result.latency.items()
                for row in (
                    [name, "posts: split, encode, intent, compare", f"**{fast.p50_ms:.2f}**", f"{fast.p95_ms:.2f}",
                     f"**{fast.posts_per_second:,.0f}**"],
                    [name, "vectors: compare only", f"{fast.compare_p50_ms:.3f}", "",
                     f"{fast.vectors_per_second:,.0f}"],
                )
            ],
        ),
    ]  # fmt: skip
