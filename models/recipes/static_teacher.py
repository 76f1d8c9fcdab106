"""Encode the static encoder's training texts with its teacher: `python -m models.recipes.static_teacher TEXTS FOLDER`.

A text is encoded once, however the list grows. Chunks are written as they are ready: a run that was stopped goes on
where it was, and training may start before the end.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.encoders.batching import Vectors
from models.encoders.catalogue import load_encoder
from models.encoders.protocol import Encoder

CHUNK = 4_000  # texts
Keys = npt.NDArray[np.uint64]


def read_texts(path: Path) -> list[str]:
    """One text a line."""
    return path.read_text(encoding="utf-8").split("\n")[:-1]


def encode_missing(texts: list[str], folder: Path, encoder: Encoder) -> None:
    """Write the vectors of every text that has none in the folder yet, in half precision."""
    folder.mkdir(parents=True, exist_ok=True)
    known = {int(key) for keys, _ in _chunks(folder, encoder) for key in keys}
    missing = [text for text, key in zip(texts, _keys(texts), strict=True) if int(key) not in known]
    for start in range(0, len(missing), CHUNK):
        part = missing[start : start + CHUNK]
        keys = _keys(part)
        target = folder / f"{_teacher(encoder)}-{int(keys[0]):016x}.npz"
        partial = target.with_suffix(".partial")
        with partial.open("wb") as stream:
            np.savez(stream, keys=keys, vectors=encoder.encode(part).astype(np.float16))
        partial.rename(target)


def taught(texts: list[str], folder: Path, encoder: Encoder) -> tuple[list[str], Vectors]:
    """The texts that have a vector by now, and the teacher's vectors of them: float32[n, d]."""
    chunks = _chunks(folder, encoder)
    if not chunks:
        raise FileNotFoundError(f"{folder} holds no vectors by {encoder.identity.name}")
    vectors = np.vstack([vectors for _, vectors in chunks])
    row_of = {int(key): row for row, key in enumerate(key for keys, _ in chunks for key in keys)}
    rows = [row_of.get(int(key), -1) for key in _keys(texts)]
    found = [row for row in rows if row >= 0]
    return [text for text, row in zip(texts, rows, strict=True) if row >= 0], vectors[found].astype(np.float32)


def _chunks(folder: Path, encoder: Encoder) -> list[tuple[Keys, npt.NDArray[np.float16]]]:
    found = []
    for path in sorted(folder.glob(f"{_teacher(encoder)}-*.npz")):
        with np.load(path) as chunk:
            found.append((chunk["keys"], chunk["vectors"]))
    return found


def _keys(texts: list[str]) -> Keys:
    digests = [hashlib.sha256(text.encode("utf-8")).digest()[:8] for text in texts]
    return np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)


def _teacher(encoder: Encoder) -> str:
    return encoder.identity.digest[:12]


def main() -> None:
    encode_missing(read_texts(Path(sys.argv[1])), Path(sys.argv[2]), load_encoder())


if __name__ == "__main__":
    main()
