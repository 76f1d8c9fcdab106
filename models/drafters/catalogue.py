"""Drafters by name, as settings give them."""

from __future__ import annotations

from dataclasses import dataclass

from models.drafters.text_model import TextModel

GROUNDED = "grounded"


class UnknownDrafterError(ValueError):
    """The name fits no drafter; the message lists what does."""


@dataclass(frozen=True, slots=True)
class DrafterName:
    """A drafter's name taken apart."""

    kind: str  # grounded, transformers, openai
    model: str = ""  # name or folder of a model
    url: str = ""


def parse_drafter(name: str) -> DrafterName:
    """Take a name apart. Raises UnknownDrafterError.

    grounded                         sentences of the knowledge (offline, the default)
    transformers:<name or folder>    a local causal model words the reply; fetched only where downloads are allowed
    openai:<url>#<model>             any OpenAI-compatible endpoint, e.g. openai:http://localhost:8000/v1#qwen3
    """
    kind, _, rest = name.strip().partition(":")
    if kind == GROUNDED and not rest:
        return DrafterName(GROUNDED)
    if kind == "transformers" and rest:
        return DrafterName(kind, model=rest)
    url, mark, model = rest.rpartition("#")
    if kind == "openai" and mark and model and url.startswith(("http://", "https://")):
        return DrafterName(kind, model=model, url=url)
    raise UnknownDrafterError(
        f"no drafter is called {name!r}; use grounded, transformers:<name or folder> or openai:<url>#<model>"
    )


def load_text_model(
    name: str, *, allow_download: bool = False, api_key: str | None = None, at_once: int = 4
) -> TextModel | None:
    """The language model of a drafter; None for the grounded one, which has none. Raises UnknownDrafterError."""
    parsed = parse_drafter(name)
    if parsed.kind == "transformers":
        from models.drafters.local_model import LocalModel

        return LocalModel(parsed.model, allow_download=allow_download, at_once=at_once)
    if parsed.kind == "openai":
        from models.drafters.endpoint import EndpointModel

        return EndpointModel(parsed.url, parsed.model, api_key=api_key, at_once=at_once)
    return None
