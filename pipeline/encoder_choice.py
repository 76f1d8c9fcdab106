"""The encoder that mines a corpus: the one the settings name, or by size, fitted to the corpus where that is large."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from pathlib import Path
from typing import Any, Final

from ingest.posts import Post
from ingest.prepare import clean_texts
from models.encoders.protocol import Encoder
from models.encoders.sizes import AUTO, STATIC, is_worth_refining, name_by_size
from nlp.mentions import split_all
from nlp.types import Document
from pipeline.memory import give_back
from pipeline.settings import Settings

FOLDER: Final = "encoders"  # where encoders fitted to a corpus are kept, by revision
_SAMPLE = 2_000  # posts whose mentions stand for the corpus; refinement takes what it needs of them
_GROWTH = 4  # times the posts it was fitted to, up to which a fitted encoder serves on

Load = Callable[[Settings], Encoder]
Sample = Callable[[], Sequence[str]]


@dataclass(frozen=True, slots=True)
class ChosenEncoder:
    """An encoder and the name that loads the same one again, in this process or another."""

    name: str
    encoder: Encoder


def choose_encoder(settings: Settings, posts: int, sample: Sample, keep: Path, load: Load) -> ChosenEncoder:
    """The encoder for so many posts.

    sample: gives normalised mentions that stand for the corpus; called only where an encoder is fitted to it.
    keep: folder that a fitted encoder is written to. Raises UnknownEncoderError for a name that fits none.
    """
    if settings.encoder != AUTO:
        return ChosenEncoder(settings.encoder, load(settings))
    if is_worth_refining(posts):
        return _fitted(sample(), keep)
    return _named(name_by_size(posts), settings, load)


def name_of_kept(identity: Mapping[str, Any], keep: Path) -> str:
    """The name that loads the encoder of an earlier run, where the settings leave the choice open."""
    if identity.get("name") != STATIC:
        return name_by_size(0)
    folder = keep / str(identity.get("revision"))
    return f"{STATIC}:{folder}" if folder.is_dir() else STATIC


def serves_on(identity: Mapping[str, Any], posts_then: int, posts_now: int, keep: Path) -> bool:
    """Whether an encoder that was fitted to the corpus of an earlier run still fits: ids last longer that way."""
    kept = identity.get("name") == STATIC and (keep / str(identity.get("revision"))).is_dir()
    return kept and is_worth_refining(posts_now) and posts_now <= _GROWTH * posts_then


def mentions_of_posts(posts: Iterable[Post]) -> list[str]:
    """Normalised mentions of a sample of posts as received. The order of the posts does not matter."""
    drawn = _drawn(post.text for post in posts if not post.recalls)
    return mentions_of_texts(masked.text for masked in clean_texts(drawn, names=frozenset()))


def mentions_of_texts(texts: Iterable[str]) -> list[str]:
    """Normalised mentions of a sample of cleaned texts."""
    documents = [Document(id=str(number), text=text) for number, text in enumerate(_drawn(texts))]
    return [mention.normalised for mention in split_all(documents)]


def _drawn(texts: Iterable[str]) -> list[str]:
    return nsmallest(_SAMPLE, set(texts), key=lambda text: hashlib.sha256(text.encode("utf-8", "replace")).digest())


def _fitted(texts: Sequence[str], keep: Path) -> ChosenEncoder:
    from models.encoders.static_refinement import refined_for

    encoder = refined_for(texts)
    give_back()  # the teacher is a gigabyte
    folder = keep / encoder.identity.revision
    if not folder.is_dir():
        encoder.save(folder)
    return ChosenEncoder(f"{STATIC}:{folder}", encoder)


def _named(name: str, settings: Settings, load: Load) -> ChosenEncoder:
    return ChosenEncoder(name, load(settings.model_copy(update={"encoder": name})))
