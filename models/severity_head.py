"""The learned half of severity: how bad a mention is by its vector. Made by recipes/severity.py."""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from models.encoders.protocol import EncoderIdentity
from models.linear_head import LinearHead, read_linear_head

ARTEFACT = "severity_head.safetensors"
_BLOCK = 8192  # rows that are centred in memory at a time


@cache
def shipped_severity_head() -> LinearHead:
    """The head in models/artefacts; one output, 0 (harmless) to 1 (grave) before clipping."""
    content = resources.files("models").joinpath("artefacts", ARTEFACT).read_bytes()
    return read_linear_head(content, "a severity head", "models.recipes.severity")


def felt_severity(
    vectors: npt.NDArray[np.float32], encoder: EncoderIdentity, head: LinearHead | None = None
) -> npt.NDArray[np.float64] | None:
    """float64[n], 0..1, of unit vectors made by `encoder`; NaN for a row of zeros, which says nothing.

    None where the head (the shipped one by default) was not trained for that encoder.
    """
    head = head or shipped_severity_head()
    if not head.fits(encoder):
        return None
    found = np.full(len(vectors), np.nan)
    for start in range(0, len(vectors), _BLOCK):
        block = np.asarray(vectors[start : start + _BLOCK], dtype=np.float32)
        said = np.any(block != 0, axis=1)
        found[start : start + _BLOCK][said] = np.clip(head.logits(block)[said, 0], 0.0, 1.0)
    return found
