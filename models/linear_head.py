"""One linear layer over vectors of one encoder: the shape of every small head, and its safetensors file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.encoders.protocol import EncoderIdentity
from models.encoders.static import in_teachers_space

WEIGHTS, BIAS, CENTRE = "weights", "bias", "centre"
DIGEST = "encoder_digest"  # metadata: vectors of another encoder mean nothing to a head


@dataclass(frozen=True, slots=True)
class LinearHead:
    """k numbers from a unit vector; good for one encoder, and for the student it has taught."""

    encoder_digest: str
    weights: npt.NDArray[np.float32]  # [d, k]
    bias: npt.NDArray[np.float32]  # [k]
    centre: npt.NDArray[np.float32]  # [d], mean vector of the training texts

    def fits(self, encoder: EncoderIdentity) -> bool:
        """Whether it was trained on vectors of this very encoder, or of its teacher."""
        own = encoder.digest == self.encoder_digest and encoder.dimension == len(self.centre)
        return own or encoder.teacher == self.encoder_digest

    def logits(self, vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """float64[n, k]; a row of zeros (nothing to encode) says nothing: zeros."""
        if vectors.shape[1] != len(self.centre):  # of a student: brought back to where its teacher's are
            vectors = in_teachers_space(vectors)
        said = np.any(vectors != 0, axis=1, keepdims=True)
        found = (vectors - self.centre) @ self.weights + self.bias
        return np.where(said, found, 0.0).astype(np.float64)


def read_linear_head(content: bytes, what: str, recipe: str) -> LinearHead:
    """A head from the bytes of its safetensors file; `what` it is called, `recipe` is the module that makes it.

    Raises ValueError where a part is missing or of wrong shape.
    """
    import json

    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = {name: array.astype(np.float32) for name, array in load(content).items()}
        length = int.from_bytes(content[:8], "little")
        digest = json.loads(content[8 : 8 + length])["__metadata__"][DIGEST]
        head = LinearHead(digest, arrays[WEIGHTS], arrays[BIAS], arrays[CENTRE])
    except (KeyError, SafetensorError, ValueError) as error:
        raise ValueError(f"not {what}, make it again with {recipe}: {error}") from error
    if head.weights.shape != (len(head.centre), len(head.bias)):
        raise ValueError(f"not {what}: weights {head.weights.shape}, centre {head.centre.shape}")
    return head


def write_linear_head(head: LinearHead, target: Path, about: Mapping[str, str]) -> None:
    """Write the head in half precision. about: further metadata, as the encoder's name."""
    from safetensors.numpy import save_file

    target.parent.mkdir(parents=True, exist_ok=True)
    arrays = {WEIGHTS: head.weights, BIAS: head.bias, CENTRE: head.centre}
    save_file(
        {name: np.ascontiguousarray(array, dtype=np.float16) for name, array in arrays.items()},
        target,
        metadata={**about, DIGEST: head.encoder_digest},
    )
