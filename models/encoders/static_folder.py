"""The folder a static encoder is kept in: the layout of a sentence-transformers model without a network."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from models.encoders.static import TABLE, TABLE_KEY, TEACHER, TEACHER_DIGEST, TEACHER_KEY, TOKENIZER, StaticEncoder

_MODULES = (
    ("", "sentence_transformers.models.StaticEmbedding"),
    ("1_Normalize", "sentence_transformers.models.Normalize"),
)


def write_folder(folder: Path, encoder: StaticEncoder) -> None:
    """Token vectors, tokenizer, the teacher's projection and the list of modules.

    sentence-transformers averages token vectors where we add them: scaled to length one that is the same.
    """
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    save_file({TABLE_KEY: np.ascontiguousarray(encoder.table)}, folder / TABLE, metadata={"format": "pt"})
    if encoder.teacher is not None:
        save_file(
            {TEACHER_KEY: np.ascontiguousarray(encoder.teacher.projection)},
            folder / TEACHER,
            metadata={TEACHER_DIGEST: encoder.teacher.digest},
        )
    encoder.tokenizer.save(str(folder / TOKENIZER), pretty=False)
    modules = [
        {"idx": number, "name": str(number), "path": path, "type": kind} for number, (path, kind) in enumerate(_MODULES)
    ]
    (folder / "modules.json").write_text(json.dumps(modules, indent=2) + "\n", encoding="utf-8")
    (folder / "1_Normalize").mkdir(exist_ok=True)
    (folder / "1_Normalize" / "config.json").write_text("{}\n", encoding="utf-8")
