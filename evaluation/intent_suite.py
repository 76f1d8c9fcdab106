"""The intent suite: what posts and mentions do, as mining reads them, against labels; and what leaks into needs."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.datasets import (
    SAMPLE,
    SAMPLE_FILES,
    data_folder,
    load_file,
    read_documents,
    read_posts,
    sample_folder,
    within,
)
from evaluation.errors import EvaluationError
from evaluation.intent_gold import GOLD, GoldMentions, find_gold, read_labels
from evaluation.intent_gold_score import CLASSES, GoldScore, score_gold, section, skips
from evaluation.metrics import theme_of_posts
from evaluation.provenance import DataSource, data_source
from evaluation.report import REPORTS, Report, table, write_report
from evaluation.suites import Progress
from models.encoders.catalogue import load_encoder
from models.encoders.protocol import Encoder
from nlp.mining import mine
from nlp.types import NEEDS, Document, MinedMention

_GOLD_SET = "hand-labelled mentions"


@dataclass(frozen=True, slots=True)
class IntentSet:
    """Documents, each with what it does: a value of `nlp.types.Intent`."""

    name: str
    documents: tuple[Document, ...]
    intents: tuple[str, ...]
    sources: tuple[DataSource, ...] = ()


@dataclass(frozen=True, slots=True)
class IntentScore:
    """How well posts were read. Rows of `confusion` are the labels, columns what was read, both by `CLASSES`."""

    dataset: str
    posts: int
    macro_f1: float
    f1: dict[str, float]
    confusion: tuple[tuple[int, ...], ...]
    in_need_themes: dict[str, int]  # posts by label whose theme is a need: praise and chatter there are leaks


@dataclass(frozen=True, slots=True)
class IntentResult:
    """Everything the intent suite found out."""

    scores: tuple[IntentScore, ...]
    gold: GoldScore | None = None  # the hand-labelled mentions; None where they were not asked for or not found


def run_intent(
    files: Sequence[Path] = (),
    *,
    encoder: str | Encoder = "default",
    out: Path = REPORTS,
    progress: Progress | None = None,
) -> Path:
    """Score the reading of intents and write a report; returns its Markdown file (the JSON lies beside it).

    files: CSV or JSON lines with a text column and a column `intent`; without any, the bundled sample and, where the
    public corpora are, the hand-labelled mentions.
    Raises EvaluationError or ingest.IngestError with what to do.
    """
    sets = [_from_file(path) for path in files] or [load_sample_intents()]
    gold = None if files else find_gold(read_labels(), data_folder())
    model = load_encoder(encoder) if isinstance(encoder, str) else encoder
    steps = [one.name for one in sets] + ([_GOLD_SET] if gold else [])
    tell = progress or _say_nothing
    scores = []
    for done, one in enumerate(sets):
        tell(one.name, done, len(steps))
        scores.append(score_intents(one, model))
    gold_score = None
    if gold and gold.mentions:
        tell(_GOLD_SET, len(sets), len(steps))
        gold_score = score_gold(gold, model)
    tell(steps[-1], len(steps), len(steps))
    report = Report(
        suite="intent",
        title="Intent of posts and mentions",
        body=[*_body(scores), *(section(gold_score) if gold_score else [])],
        result=IntentResult(tuple(scores), gold_score),
        encoder=model.identity,
        data=[source for one in sets for source in one.sources] + (_gold_sources(gold) if gold else []),
        skipped=skips(gold) if gold else (),
    )
    return write_report(report, out)


def load_sample_intents(folder: Path | None = None) -> IntentSet:
    """The bundled sample, all three files together, with its gold intents."""
    folder = folder or sample_folder()
    with (folder / "gold.csv").open(encoding="utf-8-sig", newline="") as stream:
        gold = {(row["source"], int(row["line"])): row["intent"] for row in csv.DictReader(stream)}
    documents: list[Document] = []
    intents: list[str] = []
    for source in SAMPLE_FILES:
        posts = read_posts(folder / source)
        line_of = {post.id: post.line for post in posts}
        for document in read_documents(posts):
            intent = gold.get((source, line_of[document.id]))
            if intent is not None:
                documents.append(within(document, source))
                intents.append(intent)
    sources = tuple(data_source(SAMPLE, folder / source, len(documents)) for source in SAMPLE_FILES)
    return IntentSet(SAMPLE, tuple(documents), tuple(intents), sources)


def score_intents(one: IntentSet, encoder: Encoder) -> IntentScore:
    """Mine the set and compare each post's intent with its label."""
    from sklearn.metrics import confusion_matrix, f1_score

    if not one.documents:
        raise EvaluationError(f"{one.name} holds no labelled posts")
    result = mine(one.documents, encoder=encoder)
    ids = [document.id for document in one.documents]
    read = intent_of_posts(result.mentions)
    found = [read[post] for post in ids]
    classes = list(CLASSES)
    each = f1_score(one.intents, found, labels=classes, average=None, zero_division=0.0)
    needs = {theme.id for theme in result.themes if theme.intent in NEEDS}
    themes = theme_of_posts(result.mentions, ids)
    inside = Counter(label for label, theme in zip(one.intents, themes, strict=True) if theme in needs)
    return IntentScore(
        dataset=one.name,
        posts=len(ids),
        macro_f1=float(sum(each) / len(each)),
        f1={name: float(value) for name, value in zip(classes, each, strict=True)},
        confusion=tuple(tuple(int(n) for n in row) for row in confusion_matrix(one.intents, found, labels=classes)),
        in_need_themes={name: inside[name] for name in classes},
    )


def intent_of_posts(mentions: Iterable[MinedMention]) -> Mapping[str, str]:
    """What each post mainly does: the intent of most of its mentions by summed confidence."""
    votes: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(CLASSES, 0.0))
    for mined in mentions:
        votes[mined.mention.post_id][mined.intent.value] += mined.intent_confidence
    return {post: max(CLASSES, key=lambda name: votes[post][name]) for post in votes}


def _body(scores: Sequence[IntentScore]) -> list[str]:
    lines = ["A post does what most of its mentions do, by summed confidence.", ""]
    header = ["label, then what was read", *CLASSES, "F1", "in need themes"]
    for score in scores:
        rows = [
            [name, *map(str, row), f"{score.f1[name]:.3f}", str(score.in_need_themes[name])]
            for name, row in zip(CLASSES, score.confusion, strict=True)
        ]
        lines += [
            f"## {score.dataset}: macro-F1 {score.macro_f1:.3f} ({score.posts} posts)",
            "",
            *table(header, rows),
            "",
        ]
    return lines


def _gold_sources(gold: GoldMentions) -> list[DataSource]:
    counts = Counter(label.file for label in gold.labels)
    corpora = [data_source(_GOLD_SET, data_folder() / file, count) for file, count in counts.items()]
    return [data_source(_GOLD_SET, GOLD, len(gold.labels)), *corpora]


def _say_nothing(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def _from_file(path: Path) -> IntentSet:
    loaded = load_file(path, label="intent")
    strange = sorted(set(loaded.labels) - set(CLASSES))
    if strange:
        raise EvaluationError(f"{path}: no intent is called {', '.join(strange)}; known: {', '.join(CLASSES)}")
    return IntentSet(loaded.name, loaded.documents, loaded.labels, loaded.sources())
