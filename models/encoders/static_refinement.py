"""Fit the static encoder to the corpus at hand by its teacher's vectors of a sample: closed form, no torch."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, diags_array
from tokenizers import Tokenizer

from models.encoders.batching import Vectors, unit_rows
from models.encoders.protocol import Encoder, EncoderIdentity, Progress
from models.encoders.static import StaticEncoder

Matrix = npt.NDArray[np.float64]

SAMPLE = 1_000  # texts


class RefinementError(ValueError):
    """The sample cannot refine this encoder; the message says why."""


@dataclass(frozen=True, slots=True)
class RefinementDials:
    """How far the sample may move the encoder; chosen by neighbours kept on unlabelled texts left out of the sample."""

    least: int = 2  # texts of the sample that a new token occurs in
    penalty: float = 0.1  # of the residual left, against moving tokens
    turning: float = 0.5  # weight of turning the whole space, against moving single tokens
    shortest: float = 0.5  # of the median length of summed vectors: a shorter sum counts as this long


def refine(
    base: StaticEncoder,
    texts: Sequence[str],
    vectors: Vectors,
    teacher: EncoderIdentity,
    *,
    dials: RefinementDials | None = None,
) -> StaticEncoder:
    """The encoder that imitates `teacher` better on texts like these. Their order does not matter.

    texts: normalised mentions of the corpus, 300 to 4,000 of them; time grows with the cube of their number, a second
    at 2,000. vectors: float32[n, d], the teacher's of the texts. Raises RefinementError where the teacher is not the
    one the encoder was trained by, or there is nothing to learn from.

    With S the encoder's unit vectors of the sample, T the teacher's in the same space and F the token counts divided by
    the lengths of the sums, it finds the table's change A = turning S'X, B = F'X for the X that solves
    (turning SS' + FF'/mean diagonal + penalty I) X = T - S: ridge regression of the residual on both, in dual form.
    """
    dials = dials or RefinementDials()
    if base.teacher is None or base.teacher.digest != teacher.digest:
        raise RefinementError(f"this static encoder is no student of {teacher.name}; refine it with its own teacher")
    rows = sorted({text: row for row, text in enumerate(texts) if vectors[row].any() and text.strip()}.items())
    if not rows:
        raise RefinementError("the sample holds no text with a vector")
    sample = [text for text, _ in rows]
    goal = unit_rows(vectors[[row for _, row in rows]] @ base.teacher.projection.astype(np.float32))
    grown = _with_tokens(base, _new_tokens(base.tokenizer, sample, dials.least))
    table = _moved(grown.table.astype(np.float64), grown.counts(sample), goal.astype(np.float64), dials)
    return StaticEncoder(grown.tokenizer, table.astype(np.float16), teacher=base.teacher)


def refined_for(
    texts: Sequence[str],
    *,
    base: StaticEncoder | None = None,
    teacher: Encoder | None = None,
    sample: int = SAMPLE,
    progress: Progress | None = None,
) -> StaticEncoder:
    """The shipped encoder (or `base`) refined on a sample of these texts, which the teacher encodes (by default ours).

    The sample is drawn by content: the same texts in any order give the same encoder.
    """
    from models.encoders.catalogue import load_encoder

    chosen = sorted({text for text in texts if text.strip()}, key=_draw)[:sample]
    guide = teacher or load_encoder()
    vectors = guide.encode(chosen, progress=progress)
    return refine(base or StaticEncoder.load(), chosen, vectors, guide.identity)


def _draw(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _moved(table: Matrix, counts: csr_array, goal: Matrix, dials: RefinementDials) -> Matrix:
    sums = np.asarray(counts @ table)
    lengths = np.linalg.norm(sums, axis=1)
    usual = np.median(lengths[lengths > 0]) if lengths.any() else 1.0
    share = 1 / np.maximum(lengths, dials.shortest * usual)
    own = sums * share[:, None]
    heard = np.ones(len(table))
    heard[0] = 0  # the unknown token stays silent
    tokens = csr_array(diags_array(share) @ counts.astype(np.float64) @ diags_array(heard))
    alike = (tokens @ tokens.T).toarray()
    scale = max(float(np.trace(alike)) / len(alike), 1e-12)
    kernel = alike / scale + dials.turning * (own @ own.T) + dials.penalty * np.eye(len(alike))
    solved = np.linalg.solve(kernel, goal - own)
    turned = table + table @ (dials.turning * (own.T @ solved))
    return np.asarray(turned + tokens.T @ (solved / scale))


def _new_tokens(tokenizer: Tokenizer, texts: Sequence[str], least: int) -> list[str]:
    """Tokens of at least `least` of the texts that the vocabulary lacks."""
    known = tokenizer.get_vocab()
    found: Counter[str] = Counter()
    for text in texts:
        pieces = tokenizer.pre_tokenizer.pre_tokenize_str(tokenizer.normalizer.normalize_str(text))
        found.update({piece for piece, _ in pieces} - known.keys())
    return sorted(token for token, count in found.items() if count >= least)


def _with_tokens(base: StaticEncoder, tokens: Sequence[str]) -> StaticEncoder:
    """The same encoder with more tokens, whose vectors are zeros."""
    layout = json.loads(base.tokenizer.to_str())
    vocabulary = layout["model"]["vocab"]
    vocabulary.update({token: len(vocabulary) + place for place, token in enumerate(tokens)})
    zeros = np.zeros((len(tokens), base.table.shape[1]), dtype=np.float16)
    return StaticEncoder(Tokenizer.from_str(json.dumps(layout)), np.vstack([base.table, zeros]), teacher=base.teacher)
