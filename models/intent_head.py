"""The learned half of reading intents: one linear layer over the vector of a mention. Made by recipes/intent.py."""

from __future__ import annotations

from functools import cache
from importlib import resources

from models.linear_head import LinearHead, read_linear_head

ARTEFACT = "intent_head.safetensors"

IntentHead = LinearHead  # its outputs are log-odds of the classes of `models.intent.CLASSES`


@cache
def shipped_head() -> IntentHead:
    """The head in models/artefacts."""
    return read_head(resources.files("models").joinpath("artefacts", ARTEFACT).read_bytes())


def read_head(content: bytes) -> IntentHead:
    """A head from the bytes of its safetensors file. Raises ValueError where a part is missing or of wrong shape."""
    return read_linear_head(content, "an intent head", "models.recipes.intent")
