"""How well the classifier reads the hand-labelled mentions, each by itself as mining reads it before it has company."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.datasets import DATA_VARIABLE
from evaluation.errors import EvaluationError
from evaluation.intent_gold import GoldLabel, GoldMentions
from evaluation.report import Skip, table
from models.encoders.protocol import Encoder
from nlp.intents import Encoded, intents_of
from nlp.types import Intent, Mention

CLASSES = tuple(intent.value for intent in Intent)


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One class against the first labels. Precision, recall and F1 are 0 where they have no denominator."""

    name: str
    labelled: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class FileScore:
    """Mentions of one corpus file, and how many were read as their first label, or as the first or second."""

    file: str
    mentions: int
    right: int
    defensible: int


@dataclass(frozen=True, slots=True)
class GoldScore:
    """The hand-labelled mentions scored. Rows of `confusion` are first labels, columns what was read, by `CLASSES`."""

    mentions: int
    drifted: int  # labels whose text the cleaning or the splitter changed since; not scored
    macro_f1: float
    accuracy: float
    defensible: float  # share read as the first or the second label
    clear_accuracy: float  # over mentions not flagged as hard
    hard_accuracy: float
    classes: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    files: tuple[FileScore, ...]


def score_gold(gold: GoldMentions, encoder: Encoder) -> GoldScore:
    """Read the mentions found and compare with their labels. Raises EvaluationError where none was found."""
    if not gold.mentions:
        raise EvaluationError("none of the labelled mentions was found; the corpora here are other ones")
    read = read_intents(gold.mentions, encoder)
    return compare(gold.labels, read, drifted=len(gold.drifted))


def read_intents(mentions: Sequence[Mention], encoder: Encoder) -> list[Intent]:
    """What the classifier takes each mention to do, from its words and its vector alone."""
    said = sorted({mention.normalised for mention in mentions})
    encoded = Encoded({text: row for row, text in enumerate(said)}, encoder.encode(said), encoder.identity)
    return [reading.intent for reading in intents_of(mentions, encoded)]


def compare(labels: Sequence[GoldLabel], read: Sequence[Intent], *, drifted: int = 0) -> GoldScore:
    """Score what was read, the i-th against the i-th label."""
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    truth = [one.label.value for one in labels]
    found = [intent.value for intent in read]
    right = [one.label is intent for one, intent in zip(labels, read, strict=True)]
    defensible = [intent in (one.label, one.second) for one, intent in zip(labels, read, strict=True)]
    precision, recall, f1, labelled = precision_recall_fscore_support(
        truth, found, labels=list(CLASSES), average=None, zero_division=0.0
    )
    classes = tuple(
        ClassScore(name, int(labelled[i]), float(precision[i]), float(recall[i]), float(f1[i]))
        for i, name in enumerate(CLASSES)
    )
    return GoldScore(
        mentions=len(labels),
        drifted=drifted,
        macro_f1=sum(one.f1 for one in classes) / len(classes),
        accuracy=_share(right),
        defensible=_share(defensible),
        clear_accuracy=_share([hit for one, hit in zip(labels, right, strict=True) if not one.hard]),
        hard_accuracy=_share([hit for one, hit in zip(labels, right, strict=True) if one.hard]),
        classes=classes,
        confusion=tuple(
            tuple(int(count) for count in row) for row in confusion_matrix(truth, found, labels=list(CLASSES))
        ),
        files=_by_file(labels, right, defensible),
    )


def skips(gold: GoldMentions) -> list[Skip]:
    """What of the labels could not be scored, in words."""
    skipped = []
    if gold.missing_files:
        why = f"Not on this machine: {', '.join(gold.missing_files)}; set {DATA_VARIABLE} to the folder of the corpora."
        skipped.append(Skip("hand-labelled mentions of absent corpora", why))
    if gold.drifted:
        files = Counter(one.file for one in gold.drifted)
        where = ", ".join(f"{file}: {count}" for file, count in files.items())
        why = f"Their text is not what was labelled ({where}): cleaning or splitting changed, or the corpus did."
        skipped.append(Skip(f"{len(gold.drifted)} hand-labelled mentions", why))
    return skipped


def section(score: GoldScore) -> list[str]:
    """The score as Markdown."""
    confusion = [
        [one.name, *map(str, row), f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f1:.3f}"]
        for one, row in zip(score.classes, score.confusion, strict=True)
    ]
    files = [
        [one.file, str(one.mentions), f"{one.right / one.mentions:.3f}", f"{one.defensible / one.mentions:.3f}"]
        for one in score.files
    ]
    return [
        f"## Hand-labelled mentions: macro-F1 {score.macro_f1:.3f} ({score.mentions} mentions)",
        "",
        "Mentions of the public corpora, labelled by hand after docs/intent-guideline.md; the labels train nothing. "
        f"Each mention is read by itself. Accuracy {score.accuracy:.3f}; where a defensible second label counts too, "
        f"{score.defensible:.3f}; on clear mentions {score.clear_accuracy:.3f}, on hard ones "
        f"{score.hard_accuracy:.3f}. Labels whose text changed since and that are not scored: {score.drifted}.",
        "",
        *table(["label, then what was read", *CLASSES, "precision", "recall", "F1"], confusion),
        "",
        *table(["file", "mentions", "accuracy", "first or second label"], files),
        "",
    ]


def _by_file(labels: Sequence[GoldLabel], right: Sequence[bool], defensible: Sequence[bool]) -> tuple[FileScore, ...]:
    mentions = Counter(one.file for one in labels)
    hits = Counter(one.file for one, hit in zip(labels, right, strict=True) if hit)
    second = Counter(one.file for one, hit in zip(labels, defensible, strict=True) if hit)
    return tuple(FileScore(file, count, hits[file], second[file]) for file, count in mentions.items())


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else 0.0
