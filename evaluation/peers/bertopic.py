"""BERTopic as its documentation has Chinese users run it: jieba words, a multilingual encoder, defaults otherwise."""

from __future__ import annotations

import importlib.util
import logging
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from bertopic import BERTopic

INSTALL = "pip install 'zhongsheng[peers]'"
OUTLIER_TOPIC = -1  # BERTopic's name for posts in no topic


class PeerFailure(RuntimeError):  # noqa: N818 - what the peer did, to be shown in a table
    """BERTopic raised on this input; the message is its own."""


@dataclass(frozen=True, slots=True)
class BertopicOutcome:
    """Themes of the posts ("" where none), before and after `reduce_outliers`, and seconds by step."""

    themes: tuple[str, ...]
    reduced: tuple[str, ...]
    cluster_seconds: float  # UMAP and HDBSCAN
    represent_seconds: float  # topic words by class-based TF-IDF
    reduce_seconds: float


@dataclass(frozen=True, slots=True)
class BertopicPeer:
    """BERTopic with the settings it comes with.

    The vectorizer counts jieba's words (its default finds no words in unspaced Chinese), the language is
    multilingual, and UMAP is BERTopic's own default with a seed, for a run that can be repeated; without a seed
    where `seed` is None, as a user would run it.
    """

    seed: int | None = 0

    def run(self, texts: Sequence[str], vectors: npt.NDArray[np.float32]) -> BertopicOutcome:
        """Topics of texts whose vectors, float32[n, d], are known. Raises PeerFailure where BERTopic raises."""
        stopwatch = _Stopwatch()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                model = self.model()
                model.umap_model.fit_transform = stopwatch.around(model.umap_model.fit_transform)
                model.hdbscan_model.fit = stopwatch.around(model.hdbscan_model.fit)
                start = time.perf_counter()
                topics, _ = model.fit_transform(list(texts), vectors)
                fitted = time.perf_counter()
                reduced = reduce_outliers(model, texts, topics)
                ended = time.perf_counter()
            except Exception as error:  # whatever an input does to a peer is the peer's result
                raise PeerFailure(f"{type(error).__name__}: {error}".splitlines()[0][:160]) from error
        return BertopicOutcome(
            themes=_names(topics),
            reduced=_names(reduced),
            cluster_seconds=stopwatch.seconds,
            represent_seconds=fitted - start - stopwatch.seconds,
            reduce_seconds=ended - fitted,
        )

    def model(self) -> BERTopic:
        """A BERTopic that has not seen anything yet."""
        import jieba
        from bertopic import BERTopic
        from sklearn.feature_extraction.text import CountVectorizer

        jieba.setLogLevel(logging.WARNING)
        model = BERTopic(
            language="multilingual", vectorizer_model=CountVectorizer(tokenizer=jieba.lcut, token_pattern=None)
        )
        model.umap_model.random_state = self.seed
        return model


def reduce_outliers(model: BERTopic, texts: Sequence[str], topics: list[int]) -> list[int]:
    """`BERTopic.reduce_outliers` by its default strategy, "distributions"; as they were where there is no topic."""
    if OUTLIER_TOPIC not in topics or set(topics) == {OUTLIER_TOPIC}:
        return topics
    return [int(topic) for topic in model.reduce_outliers(list(texts), topics)]


def missing() -> str:
    """Why BERTopic cannot run here and what to do; "" where it can."""
    if all(importlib.util.find_spec(name) is not None for name in ("bertopic", "umap", "hdbscan")):
        return ""
    return f"BERTopic is not installed; {INSTALL}"


@dataclass(slots=True)
class _Stopwatch:
    """Seconds spent inside the calls it was put around."""

    seconds: float = 0.0

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call, timed."""

        def timed(*values: Any, **named: Any) -> Any:
            start = time.perf_counter()
            try:
                return call(*values, **named)
            finally:
                self.seconds += time.perf_counter() - start

        return timed


def _names(topics: Sequence[int]) -> tuple[str, ...]:
    return tuple("" if topic == OUTLIER_TOPIC else str(int(topic)) for topic in topics)
