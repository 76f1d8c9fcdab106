"""Encoders by name, as settings and the command line give them."""

from __future__ import annotations

from pathlib import Path

from models.encoders.protocol import Encoder

DEFAULT = "default"


class UnknownEncoderError(ValueError):
    """The name fits no encoder; the message lists what does."""


def load_encoder(name: str = DEFAULT, *, allow_download: bool = False, api_key: str | None = None) -> Encoder:
    """The encoder called `name`.

    default              USE and e5 side by side (offline)
    use | e5             one of the two (offline)
    static[:FOLDER]      our own student of the default, hundreds of times faster; as shipped or refined (offline)
    st:NAME-OR-FOLDER    any sentence-transformers model; fetched from its hub only where `allow_download`
    openai:URL#MODEL     an OpenAI-compatible embedding endpoint, e.g. openai:http://localhost:8080/v1#bge-m3
    """
    kind, _, rest = name.partition(":")
    if name == DEFAULT:
        from models.encoders.ensemble import EnsembleEncoder

        return EnsembleEncoder()
    if name == "use":
        from models.encoders.use import UseEncoder

        return UseEncoder()
    if name == "e5":
        from models.encoders.e5 import E5Encoder

        return E5Encoder()
    if name == "static" or (kind == "static" and rest):
        from models.encoders.static import StaticEncoder

        return StaticEncoder.load(Path(rest) if rest else None)
    if kind == "st" and rest:
        from models.encoders.sentence_transformer import SentenceTransformerEncoder

        return SentenceTransformerEncoder(rest, allow_download=allow_download)
    if kind == "openai" and "#" in rest:
        from models.encoders.openai_compatible import OpenAICompatibleEncoder

        url, _, model = rest.rpartition("#")
        return OpenAICompatibleEncoder(url, model, api_key=api_key)
    raise UnknownEncoderError(
        f"no encoder is called {name!r}; use default, use, e5, static, st:<name or folder> or openai:<url>#<model>"
    )
