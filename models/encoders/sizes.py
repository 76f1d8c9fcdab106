"""Which encoder serves a corpus of which size where nobody names one (docs/decisions/0008-encoder-by-size.md)."""

from __future__ import annotations

from typing import Final

from models.encoders.catalogue import DEFAULT

AUTO: Final = "auto"
STATIC: Final = "static"
FEW: Final = 3_000  # posts: up to here the large encoders take seconds, and it is small corpora that need them
MANY: Final = 20_000  # posts: from here fitting the static encoder to the corpus costs little beside the rest


def name_by_size(posts: int) -> str:
    """Catalogue name of the encoder that serves so many posts."""
    return DEFAULT if posts <= FEW else STATIC


def is_worth_refining(posts: int) -> bool:
    """Whether the static encoder is to be fitted to a corpus of so many posts."""
    return posts > MANY
