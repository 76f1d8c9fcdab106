"""Make models/encoders/artefacts/static: token vectors whose sum points where the teacher's vector of the text does.

python -m models.recipes.static TEXTS FOLDER [TARGET]    (texts of evaluation.static_texts, vectors of static_teacher)
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.encoders.batching import Vectors, unit_rows
from models.encoders.catalogue import load_encoder
from models.encoders.protocol import EncoderIdentity
from models.encoders.static import StaticEncoder, Teacher, shipped_folder
from models.recipes.static_teacher import read_texts, taught
from models.recipes.static_tokenizer import learn_vocabulary, new_tokenizer

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Dials:
    """How the student is trained."""

    dimension: int = 384
    vocabulary: int = 32_000
    least: int = 5  # texts a token must occur in, about
    epochs: int = 6
    batch: int = 256  # texts
    rate: float = 0.01  # falls to zero over the epochs
    seed: int = 0


def principal_axes(vectors: Vectors, dimension: int) -> Vectors:
    """float32[d, dimension]: the directions that keep most of the cosines (no mean is taken out)."""
    values, axes = np.linalg.eigh(vectors.T.astype(np.float64) @ vectors)
    return np.ascontiguousarray(axes[:, np.argsort(-values)[:dimension]], dtype=np.float32)


def train(student: StaticEncoder, texts: list[str], targets: Vectors, dials: Dials) -> npt.NDArray[np.float16]:
    """Token vectors, float16[vocabulary, d], by one minus cosine under sparse Adam."""
    import torch

    counts = student.counts(texts)
    bags = _Bags(torch.from_numpy(counts.indices.astype(np.int64)), torch.from_numpy(counts.indptr.astype(np.int64)))
    goal = torch.from_numpy(targets)
    torch.manual_seed(dials.seed)
    table = torch.nn.EmbeddingBag(counts.shape[1], targets.shape[1], mode="sum", sparse=True, padding_idx=0)
    torch.nn.init.normal_(table.weight, std=0.02)
    optimiser = torch.optim.SparseAdam(table.parameters(), lr=dials.rate)
    batches = list(_batches(np.flatnonzero(np.diff(counts.indptr) > 0), dials))
    for step, rows in enumerate(map(torch.from_numpy, batches)):
        optimiser.param_groups[0]["lr"] = dials.rate * (1 - step / len(batches))
        loss = (1 - torch.cosine_similarity(table(*bags.of(rows)), goal[rows], dim=1)).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()  # type: ignore[no-untyped-call]
    weights = table.weight.detach().numpy().copy()
    weights[0] = 0  # the unknown token says nothing
    return weights.astype(np.float16)


@dataclass(frozen=True, slots=True)
class _Bags:
    """The tokens of every text, one after another."""

    tokens: Tensor
    ends: Tensor  # of the texts before the first, the second ...; one more than texts

    def of(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens of these texts, and where each text's begin."""
        import torch

        lengths = self.ends[rows + 1] - self.ends[rows]
        begins = lengths.cumsum(0) - lengths
        shift = (self.ends[rows] - begins).repeat_interleave(lengths)
        return self.tokens[torch.arange(len(shift)) + shift], begins


def _batches(usable: npt.NDArray[np.intp], dials: Dials) -> Iterator[npt.NDArray[np.intp]]:
    chance = np.random.default_rng(dials.seed)
    for _ in range(dials.epochs):
        mixed = chance.permutation(usable)
        for start in range(0, len(mixed), dials.batch):
            yield mixed[start : start + dials.batch]


def build(texts: list[str], vectors: Vectors, teacher: EncoderIdentity, dials: Dials) -> StaticEncoder:
    """A student of `teacher`, whose vectors of `texts` are given."""
    tokenizer = new_tokenizer()
    learn_vocabulary(tokenizer, texts, size=dials.vocabulary, least=dials.least)
    blank = np.zeros((tokenizer.get_vocab_size(), dials.dimension), dtype=np.float16)
    axes = principal_axes(vectors, dials.dimension)
    table = train(StaticEncoder(tokenizer, blank), texts, unit_rows(vectors @ axes), dials)
    return StaticEncoder(tokenizer, table, teacher=Teacher(teacher.digest, axes.astype(np.float16)))


def main() -> None:
    teacher = load_encoder()
    texts, vectors = taught(read_texts(Path(sys.argv[1])), Path(sys.argv[2]), teacher)
    build(texts, vectors, teacher.identity, Dials()).save(Path(sys.argv[3]) if len(sys.argv) > 3 else shipped_folder())


if __name__ == "__main__":
    main()
