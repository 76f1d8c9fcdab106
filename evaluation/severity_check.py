"""Is severity right? Words alone against words and head, on graded sentences and on reviews neither was made from."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.ranking import Estimate, Numbers, difference, estimate, spearman
from models.encoders.protocol import Encoder
from models.intent import classify
from models.linear_head import LinearHead
from models.recipes import severity as recipe
from models.severity_head import felt_severity
from nlp.normalisation import normalise
from nlp.severity import severity
from nlp.types import Intent

_LIMITS = tuple((low + high) / 2 for low, high in zip(recipe.GRADES, recipe.GRADES[1:], strict=False))
_LONGEST = 120  # characters of a review that are read: about a mention
_MOST = 1_200  # reviews of a corpus that are read


@dataclass(frozen=True, slots=True)
class SeverityScore:
    """How well severity follows given grades, words alone and with the head."""

    dataset: str
    texts: int
    words: Estimate  # Spearman
    both: Estimate
    gained: Estimate
    words_right: float | None  # share of texts in their grade, where grades are 0..3
    both_right: float | None
    both_near: float | None  # share at most one grade off


def run_severity(encoder: Encoder, folder: Path) -> tuple[SeverityScore, ...]:
    """On graded sentences (each judged by a head that has not seen it), laptop stars and camera polarity."""
    corpora, own = recipe.weak(folder), recipe.development()
    with recipe.DEVELOPMENT.open(encoding="utf-8", newline="") as stream:
        grades = [float(row["grade"]) for row in csv.DictReader(stream)]
    texts = [graded.text for graded in own]
    vectors = encoder.encode([normalise(text) for text in texts])
    fold = recipe.folds(len(own))
    felt: list[float | None] = [None] * len(own)
    for held_out in range(recipe.FOLDS):
        seen = [graded for graded, where in zip(own, fold, strict=True) if where != held_out]
        head = recipe.trained(encoder, corpora, seen)
        rows = np.flatnonzero(fold == held_out)
        for row, value in zip(rows.tolist(), _felt(vectors[rows], encoder, head), strict=True):
            felt[row] = value
    whole = recipe.trained(encoder, corpora, own)
    scores = [_score("graded sentences, five folds", texts, grades, felt, encoder, graded=True)]
    for name, (said, given) in (
        ("laptop reviews, stars turned round", _laptops(folder)),
        ("camera clauses, polarity", _cameras(folder)),
    ):
        found = _felt(encoder.encode([normalise(text) for text in said]), encoder, whole)
        scores.append(_score(name, said, given, found, encoder, graded=False))
    return tuple(scores)


def _score(
    name: str,
    texts: Sequence[str],
    grades: Sequence[float],
    felt: Sequence[float | None],
    encoder: Encoder,
    *,
    graded: bool,
) -> SeverityScore:
    """Intents are read as mining reads them by themselves: by words and vector."""
    vectors = encoder.encode([normalise(text) for text in texts])
    intents = [Intent(guess.intent) for guess in classify(texts, vectors, encoder.identity)]
    words = np.array([severity(text, intent) for text, intent in zip(texts, intents, strict=True)])
    both = np.array([severity(t, intent, f) for t, intent, f in zip(texts, intents, felt, strict=True)])
    truth: Numbers = np.array(grades, dtype=np.float64)
    off = np.abs(np.digitize(both, _LIMITS) - truth)
    return SeverityScore(
        dataset=name,
        texts=len(texts),
        words=estimate(spearman, words, truth),
        both=estimate(spearman, both, truth),
        gained=difference(spearman, both, words, truth),
        words_right=float(np.mean(np.digitize(words, _LIMITS) == truth)) if graded else None,
        both_right=float(np.mean(off == 0)) if graded else None,
        both_near=float(np.mean(off <= 1)) if graded else None,
    )


def _felt(vectors: np.typing.NDArray[np.float32], encoder: Encoder, head: LinearHead) -> list[float | None]:
    found = felt_severity(vectors, encoder.identity, head)
    return [None] * len(vectors) if found is None else [float(value) for value in np.nan_to_num(found)]


def _laptops(folder: Path) -> tuple[list[str], list[float]]:
    rows = [row for row in _rows(folder / "laptop_reviews.csv") if len(row["评论内容"]) > 5 and row["评分"].isdigit()]
    return [row["评论内容"][:_LONGEST] for row in rows], [5.0 - float(row["评分"]) for row in rows]


def _cameras(folder: Path) -> tuple[list[str], list[float]]:
    rows = [row for row in _rows(folder / "camera_review_clauses.csv") if row["polarity"] in {"positive", "negative"}]
    return [row["text"] for row in rows], [float(row["polarity"] == "negative") for row in rows]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    chosen = np.random.default_rng(0).permutation(len(rows))[: 2 * _MOST]
    return [rows[int(i)] for i in np.sort(chosen)]
