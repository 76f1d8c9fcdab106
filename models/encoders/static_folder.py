"""The folder a static encoder is kept in: the layout of a sentence-transformers model without a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_MODULES = (
    ("", "sentence_transformers.models.StaticEmbedding"),
    ("1_Normalize", "sentence_transformers.models.Normalize"),
)


def write_folder(folder: Path, tokenizer: Tokenizer, table: npt.NDArray[np.float16]) -> None:
    """Token vectors, tokenizer and the list of modules. sentence-transformers averages; scaled to one it is the sum."""
    from safetensors.numpy import save_file

    from models.encoders.static import TABLE, TABLE_KEY, TOKENIZER

    folder.mkdir(parents=True, exist_ok=True)
    save_file({TABLE_KEY: np.ascontiguousarray(table)}, folder / TABLE, metadata={"format": "pt"})
    tokenizer.save(str(folder / TOKENIZER), pretty=False)
    modules = [
        {"idx": number, "name": str(number), "path": path, "type": kind} for number, (path, kind) in enumerate(_MODULES)
    ]
    (folder / "modules.json").write_text(json.dumps(modules, indent=2) + "\n", encoding="utf-8")
    (folder / "1_Normalize").mkdir(exist_ok=True)
    (folder / "1_Normalize" / "config.json").write_text("{}\n", encoding="utf-8")
