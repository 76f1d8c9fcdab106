"""Make models/artefacts/intent_head.safetensors: a linear softmax head over vectors of the default encoder.

python -m models.recipes.intent    (reads the corpora in $ZHONGSHENG_DATA, default ../shared/data; minutes)
"""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.encoders.catalogue import load_encoder
from models.encoders.protocol import Encoder
from models.intent import CLASSES, classify
from models.intent_head import ARTEFACT, IntentHead
from models.linear_head import write_linear_head
from models.recipes.intent_corpora import Example, examples, one

ROOT = Path(__file__).resolve().parents[2]
DEVELOPMENT = ROOT / "evaluation" / "intent_development.csv"
TARGET = ROOT / "models" / "artefacts" / ARTEFACT

SMOOTHING = 0.1  # share of each target spread over all classes
PENALTY = 2e-3  # of squared weights, over vectors scaled by SCALE
SCALE = 8.0
IN_DOMAIN = 40.0  # a sentence of the development set weighs as many of the corpora
FOLDS = 5

Array = npt.NDArray[np.float32]


def development() -> list[Example]:
    """Short forum and chat texts about phones and smart homes, labelled as they were written."""
    with DEVELOPMENT.open(encoding="utf-8", newline="") as stream:
        return [Example(row["text"], one(row["intent"]), "development") for row in csv.DictReader(stream)]


def fit(vectors: Array, targets: Array, weights: Array, digest: str) -> IntentHead:
    """Weighted cross-entropy with smoothed targets and a quadratic penalty, by L-BFGS to its optimum."""
    import torch

    centre = np.average(vectors, axis=0, weights=weights).astype(np.float32)
    inputs = torch.from_numpy((vectors - centre) * SCALE)
    smoothed = torch.from_numpy(targets * (1 - SMOOTHING) + SMOOTHING / len(CLASSES))
    share = torch.from_numpy(weights / weights.mean())
    matrix = torch.zeros(vectors.shape[1], len(CLASSES), requires_grad=True)
    bias = torch.zeros(len(CLASSES), requires_grad=True)
    optimiser = torch.optim.LBFGS([matrix, bias], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        surprise = -(smoothed * torch.log_softmax(inputs @ matrix + bias, dim=1)).sum(dim=1)
        total: torch.Tensor = (share * surprise).mean() + PENALTY * (matrix**2).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return IntentHead(digest, matrix.detach().numpy() * np.float32(SCALE), bias.detach().numpy(), centre)


def class_balance(targets: Array) -> Array:
    """Weights under which every class has the same mass; mean 1."""
    weights = targets @ (1 / targets.sum(axis=0))
    return np.asarray(weights / weights.mean(), dtype=np.float32)


def cross_validated(encoder: Encoder, weak: tuple[Array, Array], own: Sequence[Example], seed: int = 0) -> list[str]:
    """The class of each development text by a head that has not seen it, together with the words."""
    vectors = encoder.encode([example.text for example in own])
    targets = np.array([example.target for example in own], dtype=np.float32)
    fold = np.random.default_rng(seed).permutation(len(own)) % FOLDS
    found = [""] * len(own)
    for held_out in range(FOLDS):
        weights = np.where(fold == held_out, 0.0, IN_DOMAIN).astype(np.float32)
        head = _trained(weak, (vectors, targets), weights, encoder.identity.digest)
        rows = np.flatnonzero(fold == held_out)
        guesses = classify([own[int(i)].text for i in rows], vectors[rows], encoder.identity, head=head)
        for row, guess in zip(rows, guesses, strict=True):
            found[row] = guess.intent
    return found


def _trained(weak: tuple[Array, Array], own: tuple[Array, Array], own_weights: Array, digest: str) -> IntentHead:
    return fit(
        np.vstack([weak[0], own[0]]),
        np.vstack([weak[1], own[1]]),
        np.concatenate([class_balance(weak[1]), own_weights]),
        digest,
    )


def build(encoder: Encoder, folder: Path) -> IntentHead:
    """Train on everything; prints the cross-validated scores of the development set."""
    from sklearn.metrics import classification_report

    found, own = examples(folder), development()
    weak = (
        encoder.encode([example.text for example in found]),
        np.array([example.target for example in found], dtype=np.float32),
    )
    gold = [CLASSES[int(np.argmax(example.target))] for example in own]
    guessed = cross_validated(encoder, weak, own)
    print(classification_report(gold, guessed, labels=list(CLASSES), digits=3, zero_division=0))  # noqa: T201
    vectors = encoder.encode([example.text for example in own])
    targets = np.array([example.target for example in own], dtype=np.float32)
    return _trained(weak, (vectors, targets), np.full(len(own), IN_DOMAIN, np.float32), encoder.identity.digest)


def save(head: IntentHead, encoder_name: str, target: Path = TARGET) -> None:
    """Write the head in half precision."""
    write_linear_head(head, target, {"encoder": encoder_name, "classes": ",".join(CLASSES)})


def main() -> None:
    encoder = load_encoder()
    head = build(encoder, Path(os.environ.get("ZHONGSHENG_DATA", "../shared/data")))
    save(head, encoder.identity.name)


if __name__ == "__main__":
    main()
