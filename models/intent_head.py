"""The learned half of reading intents: words and vector of a mention weighed together. Made by recipes/intent.py."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from models.encoders.protocol import EncoderIdentity
from models.intent_words import MEASURES
from models.linear_head import LinearHead, read_linear_head

DEFAULT_ARTEFACT, STATIC_ARTEFACT = "intent_head.safetensors", "intent_head_static.safetensors"
FAMILY = "family:"  # and name:teacher, in the place of a digest: such encoders share one space of vectors


@dataclass(frozen=True, slots=True)
class IntentHead:
    """Log-odds of the classes of `models.intent.CLASSES` from a unit vector and the measures of the words."""

    layer: LinearHead  # over vector and measures side by side

    def fits(self, encoder: EncoderIdentity) -> bool:
        """Whether it was trained on vectors of this very encoder, or of one of its family."""
        known = self.layer.encoder_digest
        alike = known in {encoder.digest, f"{FAMILY}{encoder.name}:{encoder.teacher}"}
        return alike and encoder.dimension + MEASURES == len(self.layer.centre)

    def logits(self, vectors: npt.NDArray[np.float32], measures: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """float64[n, 5]. vectors: float32[n, d]; measures: float32[n, MEASURES], see `models.intent_words`."""
        return self.layer.logits(np.hstack([vectors, measures]))


@cache
def shipped_head(encoder: EncoderIdentity) -> IntentHead | None:
    """The head in models/artefacts that fits an encoder; None where none does."""
    return next((head for head in shipped_heads() if head.fits(encoder)), None)


@cache
def shipped_heads() -> tuple[IntentHead, ...]:
    """The heads in models/artefacts: for the default encoder and for the static one."""
    folder = resources.files("models").joinpath("artefacts")
    return tuple(read_head(folder.joinpath(name).read_bytes()) for name in (DEFAULT_ARTEFACT, STATIC_ARTEFACT))


def read_head(content: bytes) -> IntentHead:
    """A head from the bytes of its safetensors file. Raises ValueError where a part is missing or of wrong shape."""
    return IntentHead(read_linear_head(content, "an intent head", "models.recipes.intent"))
