"""Does demand foretell what people like? Civic messages are mined and ranked blind; their likes are the truth."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evaluation.datasets import read_documents, read_posts
from evaluation.ranking import Estimate, Numbers, by_chance, difference, estimate, ndcg, spearman
from models.encoders.protocol import Encoder
from nlp.demand import demand
from nlp.demand_weights import DemandWeights
from nlp.evidence import EvidenceBook, person_of
from nlp.mining import mine
from nlp.settings import MiningSettings
from nlp.types import Demand, Document, MinedMention

CIVIC = "civic_messages.csv"
HALVES = ("chosen on", "reported on")
_LEAST_POSTS = 2  # of a theme in a half: one post's likes are that post's luck


@dataclass(frozen=True, slots=True)
class RankedTheme:
    """One theme in one half of the messages: what is known without likes, and the likes."""

    demand: Demand
    mentions: int
    posts: int
    people: int
    likes: int


@dataclass(frozen=True, slots=True)
class RankerScore:
    """How one way of ranking foretells likes. Gains of NDCG@10: log2(1 + likes), since six posts hold half of all."""

    ranker: str
    spearman: Estimate  # with total likes per theme
    over_mentions: Estimate  # its Spearman less that of ranking by mentions
    ndcg: Estimate
    ndcg_raw: float  # gains are the likes themselves
    per_post: Estimate  # Spearman with mean likes of a theme's posts


@dataclass(frozen=True, slots=True)
class LikesResult:
    """What one half of the messages says."""

    half: str
    posts: int
    themes: int
    likes: int
    scores: tuple[RankerScore, ...]


def load_civic(folder: Path) -> list[Document]:
    """The messages with their likes, prepared as the product prepares posts."""
    return list(read_documents(read_posts(folder / CIVIC)))


def run_likes(
    documents: Sequence[Document], encoder: Encoder, weights: DemandWeights | None = None
) -> tuple[LikesResult, ...]:
    """Mine without likes, rank in two halves of the messages (by hash of id), compare with the likes of each half.

    Weights and shapes may be chosen by looking at the first half only; the second is what is reported.
    """
    blind = [replace(document, likes=0, replies=0) for document in documents]
    settings = MiningSettings(demand=weights) if weights else MiningSettings()
    mentions = mine(blind, encoder=encoder, settings=settings).mentions
    likes = {document.id: document.likes for document in documents}
    results = []
    for number, half in enumerate(HALVES):
        inside = [document for document in blind if half_of(document.id) == number]
        ranked = rank_half(inside, mentions, likes, settings.demand)
        results.append(
            LikesResult(half, len(inside), len(ranked), sum(theme.likes for theme in ranked), score_rankers(ranked))
        )
    return tuple(results)


def half_of(post_id: str) -> int:
    """0 or 1, even and for good."""
    return hashlib.sha256(post_id.encode()).digest()[0] & 1


def rank_half(
    inside: Sequence[Document], mentions: Sequence[MinedMention], likes: Mapping[str, int], weights: DemandWeights
) -> list[RankedTheme]:
    """The themes as they would stand if only these documents had been written."""
    known = {document.id: document for document in inside}
    heard = [mined for mined in mentions if mined.mention.post_id in known]
    book = EvidenceBook(inside, heard, weights)
    by_theme: dict[str, list[MinedMention]] = defaultdict(list)
    for mined in heard:
        if mined.theme_id is not None:
            by_theme[mined.theme_id].append(mined)
    ranked = []
    for _, said in sorted(by_theme.items()):
        posts = {mined.mention.post_id for mined in said}
        if len(posts) >= _LEAST_POSTS:
            ranked.append(
                RankedTheme(
                    demand=demand(book.evidence(said), weights),
                    mentions=len(said),
                    posts=len(posts),
                    people=len({person_of(known[post]) for post in posts}),
                    likes=sum(likes[post] for post in posts),
                )
            )
    return ranked


_RANKERS: tuple[tuple[str, Callable[[RankedTheme], float]], ...] = (
    ("demand", lambda theme: theme.demand.score),
    ("mentions", lambda theme: theme.mentions),
    ("posts", lambda theme: theme.posts),
    ("people", lambda theme: theme.people),
    ("severity alone", lambda theme: theme.demand.parts["severity"]),
    ("growth alone", lambda theme: theme.demand.evidence["growth"]),
    ("recency alone", lambda theme: theme.demand.parts["recency"]),
)


def score_rankers(themes: Sequence[RankedTheme]) -> tuple[RankerScore, ...]:
    """Every way of ranking, and chance."""
    likes = np.array([theme.likes for theme in themes], dtype=np.float64)
    gains = np.log2(1 + likes)
    per_post = likes / np.array([theme.posts for theme in themes])
    mentions = np.array([theme.mentions for theme in themes], dtype=np.float64)
    scores = []
    for name, key in _RANKERS:
        values: Numbers = np.array([key(theme) for theme in themes], dtype=np.float64)
        scores.append(
            RankerScore(
                ranker=name,
                spearman=estimate(spearman, values, likes),
                over_mentions=difference(spearman, values, mentions, likes),
                ndcg=estimate(ndcg, values, gains),
                ndcg_raw=ndcg(values, likes),
                per_post=estimate(spearman, values, per_post),
            )
        )
    luck = by_chance(spearman, likes)
    least = estimate(spearman, mentions, likes).value
    scores.append(
        RankerScore(
            ranker="random",
            spearman=luck,
            over_mentions=Estimate(luck.value - least, luck.low - least, luck.high - least),
            ndcg=by_chance(ndcg, gains),
            ndcg_raw=by_chance(ndcg, likes).value,
            per_post=by_chance(spearman, per_post),
        )
    )
    return tuple(scores)
