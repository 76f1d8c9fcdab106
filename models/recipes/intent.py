"""The intent head: a linear layer over vector and words of a mention, taught by weak, written and hand labels.

`python -m evaluation.intent_training` gathers the texts and writes the artefacts.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.encoders.protocol import Encoder, EncoderIdentity
from models.intent import CLASSES
from models.intent_head import FAMILY, IntentHead
from models.intent_words import MEASURES, read_words
from models.linear_head import LinearHead, write_linear_head
from models.recipes.intent_corpora import Example, one

ROOT = Path(__file__).resolve().parents[2]
DEVELOPMENT = ROOT / "evaluation" / "intent_development.csv"
ARTEFACTS = ROOT / "models" / "artefacts"

SECOND = 0.1  # share of a hand label that goes to its second class
FOLDS = 4
SCALE = 8.0  # vectors are scaled so before they are penalised
SPREAD = 1.5  # log-odds of the vectors are divided by it before they are penalised


@dataclass(frozen=True, slots=True)
class Taught:
    """A text whose class a person gave: as written in simplified characters, as encoded, and where it is held out."""

    said: str
    normalised: str
    target: tuple[float, ...]
    fold: int  # 0..FOLDS-1
    of_a_corpus: bool  # a mention of a corpus; else a short text written for this purpose


@dataclass(frozen=True, slots=True)
class Dials:
    """How much each kind of text teaches, and how much weights are held back; chosen on held-out hand labels."""

    labelled: float = 15.0  # a labelled mention weighs as many weakly labelled sentences
    written: float = 40.0  # and so does a written one
    written_in_reading: float = 3.0  # against a labelled mention, where vectors and words are joined
    smoothing: float = 0.05
    penalty: float = 2e-3  # of squared weights on vectors
    reading_smoothing: float = 0.02
    reading_penalty: float = 1e-3  # of squared weights on the vectors' log-odds and the words' measures
    request_boost: float = 0.5  # log-odds: a wish overlooked costs more than one too many; as good on held-out labels


Array = npt.NDArray[np.float32]
_REQUEST = np.array(one("request"), dtype=np.float32)


def written() -> list[tuple[str, str]]:
    """Text and class of the short forum and chat texts written for this purpose."""
    with DEVELOPMENT.open(encoding="utf-8", newline="") as stream:
        return [(row["text"], row["intent"]) for row in csv.DictReader(stream)]


def target(label: str, second: str = "") -> tuple[float, ...]:
    """A hand label as shares of the classes."""
    if not second:
        return one(label)
    return tuple((1 - SECOND) * first + SECOND * other for first, other in zip(one(label), one(second), strict=True))


@dataclass(frozen=True, slots=True)
class _Layer:
    """A fitted linear softmax layer over its inputs."""

    weights: Array
    bias: Array

    def __call__(self, inputs: Array) -> Array:
        return np.asarray(inputs @ self.weights + self.bias, dtype=np.float32)


def fit(inputs: Array, targets: Array, weights: Array, *, smoothing: float, penalty: float) -> _Layer:
    """Weighted cross-entropy with smoothed targets and a quadratic penalty, by L-BFGS."""
    import torch

    x = torch.from_numpy(np.ascontiguousarray(inputs, dtype=np.float32))
    smoothed = torch.from_numpy((targets * (1 - smoothing) + smoothing / len(CLASSES)).astype(np.float32))
    share = torch.from_numpy((weights / weights.sum()).astype(np.float32))
    matrix = torch.zeros(inputs.shape[1], len(CLASSES), requires_grad=True)
    bias = torch.zeros(len(CLASSES), requires_grad=True)
    optimiser = torch.optim.LBFGS([matrix, bias], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        surprise = -(smoothed * torch.log_softmax(x @ matrix + bias, dim=1)).sum(dim=1)
        total: torch.Tensor = (share * surprise).sum() + penalty * (matrix**2).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return _Layer(matrix.detach().numpy(), bias.detach().numpy())


def class_balance(targets: Array) -> Array:
    """Weights under which every class has the same mass; mean 1."""
    weights = targets @ (1 / targets.sum(axis=0))
    return np.asarray(weights / weights.mean(), dtype=np.float32)


class Trainer:
    """Everything a head is made of, encoded once: first vectors alone, then their log-odds beside the words.

    The second step sees log-odds of layers that had not seen the text, so it learns how far vectors can be trusted.
    """

    def __init__(self, encoder: Encoder, weak: Sequence[Example], taught: Sequence[Taught], dials: Dials) -> None:
        self._dials = dials
        self._identity = encoder.identity
        self._weak = encoder.encode([example.text for example in weak])
        self._weak_targets = np.array([example.target for example in weak], dtype=np.float32)
        self._centre = self._weak.mean(axis=0)
        self._taught = encoder.encode([text.normalised for text in taught])
        self._targets = np.array([text.target for text in taught], dtype=np.float32)
        self._measures = np.array([read_words(text.said).measures for text in taught], dtype=np.float32)
        self._fold = np.array([text.fold for text in taught])
        corpus = np.array([text.of_a_corpus for text in taught])
        self._weights = np.where(corpus, dials.labelled, dials.written).astype(np.float32)
        self._reading_weights = np.where(corpus, 1.0, dials.written_in_reading).astype(np.float32)
        self._held_out = self._held_out_log_odds()

    def head(self) -> IntentHead:
        """A head taught by everything."""
        layer = self._vector_layer(np.ones(len(self._targets), dtype=bool))
        reading = self._reading(np.ones(len(self._targets), dtype=bool))
        joined = self._relative() @ reading.weights[: len(CLASSES)]
        weights = np.vstack([layer.weights @ joined * np.float32(SCALE), reading.weights[len(CLASSES) :]])
        return IntentHead(
            LinearHead(
                home(self._identity),
                weights,
                layer.bias @ joined + reading.bias,
                np.concatenate([self._centre, np.zeros(MEASURES, dtype=np.float32)]),
            )
        )

    def held_out_classes(self) -> list[str]:
        """The class of each taught text, by layers that have not seen it."""
        found = np.zeros(self._targets.shape, dtype=np.float32)
        for fold in range(FOLDS):
            away = self._fold == fold
            found[away] = self._reading(~away)(self._inputs()[away])
        return [CLASSES[best] for best in found.argmax(axis=1).tolist()]

    def _held_out_log_odds(self) -> Array:
        found = np.zeros(self._targets.shape, dtype=np.float32)
        for fold in range(FOLDS):
            away = self._fold == fold
            found[away] = self._vector_layer(~away)((self._taught[away] - self._centre) * np.float32(SCALE))
        return found

    def _vector_layer(self, seen: npt.NDArray[np.bool_]) -> _Layer:
        return fit(
            (np.vstack([self._weak, self._taught[seen]]) - self._centre) * np.float32(SCALE),
            np.vstack([self._weak_targets, self._targets[seen]]),
            np.concatenate([class_balance(self._weak_targets), self._weights[seen]]),
            smoothing=self._dials.smoothing,
            penalty=self._dials.penalty,
        )

    def _reading(self, seen: npt.NDArray[np.bool_]) -> _Layer:
        reading = fit(
            self._inputs()[seen],
            self._targets[seen],
            self._reading_weights[seen],
            smoothing=self._dials.reading_smoothing,
            penalty=self._dials.reading_penalty,
        )
        return _Layer(reading.weights, reading.bias + np.float32(self._dials.request_boost) * _REQUEST)

    def _inputs(self) -> Array:
        return np.hstack([self._held_out @ self._relative(), self._measures])

    @staticmethod
    def _relative() -> Array:
        """Takes the mean from a row of log-odds: what they say does not depend on it."""
        count = len(CLASSES)
        return ((np.eye(count) - 1 / count) / SPREAD).astype(np.float32)


def home(encoder: EncoderIdentity) -> str:
    """What tells whose vectors a head reads: an encoder's digest, or its family where refined ones share its space."""
    return f"{FAMILY}{encoder.name}:{encoder.teacher}" if encoder.teacher else encoder.digest


def save(head: IntentHead, encoder_name: str, target_file: Path) -> None:
    """Write the head in half precision."""
    write_linear_head(head.layer, target_file, {"encoder": encoder_name, "classes": ",".join(CLASSES)})
