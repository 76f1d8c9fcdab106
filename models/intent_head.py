"""The learned half of reading intents: one linear layer over the vector of a mention. Made by recipes/intent.py."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from models.encoders.protocol import EncoderIdentity

Logits = npt.NDArray[np.float64]

ARTEFACT = "intent_head.safetensors"
WEIGHTS, BIAS, CENTRE = "weights", "bias", "centre"
DIGEST = "encoder_digest"  # metadata: vectors of another encoder mean nothing to the head


@dataclass(frozen=True, slots=True)
class IntentHead:
    """Log-odds of the classes of `models.intent.CLASSES` from a unit vector; good for one encoder only."""

    encoder_digest: str
    weights: npt.NDArray[np.float32]  # [d, 5]
    bias: npt.NDArray[np.float32]  # [5]
    centre: npt.NDArray[np.float32]  # [d], mean vector of the training texts

    def fits(self, encoder: EncoderIdentity) -> bool:
        """Whether it was trained on vectors of this very encoder."""
        return encoder.digest == self.encoder_digest and encoder.dimension == len(self.centre)

    def logits(self, vectors: npt.NDArray[np.float32]) -> Logits:
        """float64[n, 5]; a row of zeros (nothing to encode) says nothing: zeros."""
        said = np.any(vectors != 0, axis=1, keepdims=True)
        found = (vectors - self.centre) @ self.weights + self.bias
        return np.where(said, found, 0.0).astype(np.float64)


@cache
def shipped_head() -> IntentHead:
    """The head in models/artefacts."""
    return read_head(resources.files("models").joinpath("artefacts", ARTEFACT).read_bytes())


def read_head(content: bytes) -> IntentHead:
    """A head from the bytes of its safetensors file. Raises ValueError where a part is missing or of wrong shape."""
    import json

    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = {name: array.astype(np.float32) for name, array in load(content).items()}
        length = int.from_bytes(content[:8], "little")
        digest = json.loads(content[8 : 8 + length])["__metadata__"][DIGEST]
        head = IntentHead(digest, arrays[WEIGHTS], arrays[BIAS], arrays[CENTRE])
    except (KeyError, SafetensorError, ValueError) as error:
        raise ValueError(f"not an intent head, make it again with models.recipes.intent: {error}") from error
    if head.weights.shape != (len(head.centre), len(head.bias)):
        raise ValueError(f"not an intent head: weights {head.weights.shape}, centre {head.centre.shape}")
    return head
