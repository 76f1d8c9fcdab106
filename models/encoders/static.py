"""Our own static encoder: the sum of learnt vectors of characters, pairs of neighbours and Latin words, scaled to one.

A student of the default ensemble (models/cards/static.md). Its folder is a plain sentence-transformers model as well,
but neither torch nor sentence-transformers is needed, or imported, to use it here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.encoders.batching import Vectors, encode_in_batches, unit_rows
from models.encoders.protocol import EncoderIdentity, Progress

if TYPE_CHECKING:
    from scipy.sparse import csr_array
    from tokenizers import Tokenizer

TABLE = "model.safetensors"
TABLE_KEY = "embedding.weight"
TOKENIZER = "tokenizer.json"
TEACHER = "teacher.safetensors"
TEACHER_KEY = "projection"
TEACHER_DIGEST = "teacher"
NAME = "static"
_BATCH = 4096  # texts


class StaticModelError(ValueError):
    """The folder holds no static encoder, or a damaged one."""


@dataclass(frozen=True, slots=True)
class Teacher:
    """Whom the student imitates, and how the teacher's vectors come into the student's space."""

    digest: str  # of its identity
    projection: npt.NDArray[np.float16]  # [teacher's dimension, student's dimension]


class StaticEncoder:
    """Token vectors behind the protocol. A text's vector depends on nothing but the text."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        table: npt.NDArray[np.float16],
        *,
        teacher: Teacher | None = None,
    ) -> None:
        """table: float16[vocabulary, d], one row a token id; the row of the unknown token is zeros."""
        if table.ndim != 2 or len(table) != tokenizer.get_vocab_size():
            raise StaticModelError(f"{len(table)} token vectors for {tokenizer.get_vocab_size()} tokens")
        self.tokenizer = tokenizer
        self.table = table
        self.teacher = teacher

    @classmethod
    def load(cls, folder: Path | None = None) -> StaticEncoder:
        """The encoder of `folder`, by default the shipped one. Raises StaticModelError where there is none."""
        from safetensors import SafetensorError, safe_open
        from tokenizers import Tokenizer

        place = folder or shipped_folder()
        try:
            with safe_open(place / TABLE, framework="numpy") as file:
                table = file.get_tensor(TABLE_KEY)
            teacher = _read_teacher(place)
            tokenizer = Tokenizer.from_str((place / TOKENIZER).read_text(encoding="utf-8"))
        except (OSError, KeyError, SafetensorError) as error:
            raise StaticModelError(f"{place} holds no static encoder ({error})") from error
        except Exception as error:  # `tokenizers` raises bare Exception for a file it cannot read
            raise StaticModelError(f"{place / TOKENIZER} is damaged ({error})") from error
        return cls(tokenizer, table, teacher=teacher)

    def save(self, folder: Path) -> None:
        """Write a folder that `load` and `sentence_transformers.SentenceTransformer` read."""
        from models.encoders.static_folder import write_folder

        write_folder(folder, self)

    @property
    def identity(self) -> EncoderIdentity:
        return self._identity

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """float32[n, d]; zeros also where no token of the text is known."""
        return encode_in_batches(
            texts, self._encode_batch, dimension=self.table.shape[1], batch_size=_BATCH, progress=progress
        )

    def counts(self, texts: Sequence[str]) -> csr_array:
        """float32[n, vocabulary]: how often each token stands in each text."""
        from scipy.sparse import csr_array

        ids = [encoding.ids for encoding in self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]
        ends = np.cumsum([0, *map(len, ids)])
        columns = np.fromiter(chain.from_iterable(ids), dtype=np.int32, count=int(ends[-1]))
        ones = np.ones(len(columns), dtype=np.float32)
        return csr_array((ones, columns, ends), shape=(len(ids), len(self.table)))

    def _encode_batch(self, texts: list[str]) -> Vectors:
        # one row after another, token after token: no sum depends on the texts beside it
        return np.asarray(self.counts(texts) @ self._vectors, dtype=np.float32)

    @cached_property
    def _vectors(self) -> Vectors:
        return self.table.astype(np.float32)

    @cached_property
    def _identity(self) -> EncoderIdentity:
        digest = hashlib.sha256(self.tokenizer.to_str().encode("utf-8"))
        digest.update(np.ascontiguousarray(self.table).data)
        return EncoderIdentity(
            NAME,
            digest.hexdigest()[:12],
            self.table.shape[1],
            digest.hexdigest(),
            teacher=self._teacher_whose_heads_fit(),
        )

    def _teacher_whose_heads_fit(self) -> str:
        """Refined encoders keep the shipped projection; one trained anew has axes of its own."""
        shipped, own = _shipped_teacher(), self.teacher
        return own.digest if own is not None and np.array_equal(own.projection, shipped.projection) else ""


def shipped_folder() -> Path:
    """The sentence-transformers folder inside the package."""
    return Path(str(resources.files("models").joinpath("encoders", "artefacts", "static")))


def in_teachers_space(vectors: Vectors) -> Vectors:
    """float32[n, teacher's dimension], unit rows: where the teacher's vectors of the texts would about be.

    vectors: of the shipped encoder or a refinement of it. What reads the teacher's vectors reads these (a linear head
    reads 72 to 84 % of mentions as it does from the teacher's own); for neighbours the vectors themselves are better.
    """
    return unit_rows(vectors @ _shipped_teacher().projection.astype(np.float32).T)


@cache
def _shipped_teacher() -> Teacher:
    return _read_teacher(shipped_folder())


def _read_teacher(folder: Path) -> Teacher:
    from safetensors import safe_open

    with safe_open(folder / TEACHER, framework="numpy") as file:
        return Teacher((file.metadata() or {})[TEACHER_DIGEST], file.get_tensor(TEACHER_KEY))
