"""Encode the static encoder's training texts with its teacher: `python -m models.recipes.static_teacher TEXTS FOLDER`.

Done once. Chunks are written as they are ready: a run that was stopped goes on where it was, and training may start
before the end.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from models.encoders.batching import Vectors
from models.encoders.catalogue import load_encoder
from models.encoders.protocol import Encoder

CHUNK = 4_000  # texts
_ENOUGH = 16  # digits of a digest that name a chunk


def read_texts(path: Path) -> list[str]:
    """One text a line."""
    return path.read_text(encoding="utf-8").split("\n")[:-1]


def chunks(texts: list[str], folder: Path, encoder: Encoder) -> Iterator[tuple[Path, list[str]]]:
    """File and texts of each chunk; the file's name tells texts and teacher apart."""
    for start in range(0, len(texts), CHUNK):
        part = texts[start : start + CHUNK]
        name = hashlib.sha256("\n".join([encoder.identity.digest, *part]).encode()).hexdigest()[:_ENOUGH]
        yield folder / f"{name}.npy", part


def encode_missing(texts: list[str], folder: Path, encoder: Encoder) -> None:
    """Write the vectors of every chunk that has none yet, in half precision."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, part in chunks(texts, folder, encoder):
        if not path.exists():
            partial = path.with_suffix(".partial.npy")
            np.save(partial, encoder.encode(part).astype(np.float16))
            partial.rename(path)


def taught(texts: list[str], folder: Path, encoder: Encoder) -> tuple[list[str], Vectors]:
    """The texts whose chunks are done, and the teacher's vectors of them: float32[n, d]."""
    done = [(part, np.load(path)) for path, part in chunks(texts, folder, encoder) if path.exists()]
    if not done:
        raise FileNotFoundError(f"{folder} holds no vectors of these texts by {encoder.identity.name}")
    return [text for part, _ in done for text in part], np.vstack([vectors for _, vectors in done]).astype(np.float32)


def main() -> None:
    encode_missing(read_texts(Path(sys.argv[1])), Path(sys.argv[2]), load_encoder())


if __name__ == "__main__":
    main()
