"""Quotes: a theme in a few people's words, typical of it and different from each other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp.types import Quote

_READABLE = (8, 50)  # characters a person reads at a glance
_LONGEST = 140
_LONGEST_QUOTED = 200  # where a theme is told at such length only, its beginning speaks
_TYPICAL = 0.75  # share of typicality against difference in maximal marginal relevance
_ENOUGH = 6  # mentions from which only the more typical half may speak
_ITEM = re.compile(r"^\s*(?:\d{1,2}[、．.)）]|[（(]\d{1,2}[)）]|[①-⑳]|[·•\-]+\s)\s*(?!\d)")
_OFFICIAL = re.compile(r"^\s*[【\[［](?:公告|通知|转|转发|置顶|官方|系统)[】\]］]|^联名")
_CLAUSE_END = re.compile(r"[。！？!?；;，,：:、\s]")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Quotable:
    """A mention that may speak for its theme."""

    post_id: str
    author: str
    text: str
    vector: npt.NDArray[np.float32]
    needs: bool = True  # a pain point, request or question


def choose_quotes(mentions: Sequence[Quotable], prototype: npt.NDArray[np.float32], limit: int) -> tuple[Quote, ...]:
    """Up to `limit` quotes by maximal marginal relevance (Carbonell & Goldstein 1998), distinct authors first.

    Typicality is the cosine to the prototype, less for texts outside 8..60 characters and for mentions that need
    nothing. A quote has at most 200 characters. The same mentions in any order give the same quotes.
    """
    pool = sorted((m for m in mentions if m.text.strip()), key=lambda m: (m.post_id, m.text))
    unique = {(_tidy(m.text)): m for m in reversed(pool)}
    pool = [unique[text] for text in sorted(unique)]
    if not pool:
        return ()
    vectors = np.stack([m.vector for m in pool])
    typical = vectors @ prototype
    if len(pool) >= _ENOUGH:
        typical = typical - np.where(typical < np.median(typical), 0.2, 0.0).astype(np.float32)
    typical = typical + np.array([_readability(m) for m in pool], dtype=np.float32)
    chosen: list[int] = []
    while len(chosen) < min(limit, len(pool)):
        taken = {pool[i].author for i in chosen}
        alike = (vectors @ vectors[chosen].T).max(axis=1) if chosen else np.zeros(len(pool), dtype=np.float32)
        score = _TYPICAL * typical - (1 - _TYPICAL) * alike
        score = score - np.array([1.0 if m.author in taken else 0.0 for m in pool])
        score[chosen] = -np.inf
        chosen.append(int(score.argmax()))
    return tuple(Quote(pool[i].post_id, _opening(_tidy(pool[i].text))) for i in chosen)


def _readability(mention: Quotable) -> float:
    """What length and purpose add to or take from typicality."""
    length = len(_tidy(mention.text))
    low, high = _READABLE
    penalty = 0.0
    if length < low:
        penalty = 0.3
    elif length > high:
        penalty = 0.15 if length <= _LONGEST else 0.35
    if _OFFICIAL.search(mention.text):
        penalty += 0.3
    return -penalty - (0.0 if mention.needs else 1.0)


def _tidy(text: str) -> str:
    """One line, without the number of a list item."""
    return _ITEM.sub("", _SPACES.sub(" ", text)).strip()


def _opening(text: str) -> str:
    """The text, or where it is too long to quote its first clauses and an ellipsis."""
    if len(text) <= _LONGEST_QUOTED:
        return text
    kept = text[: _LONGEST_QUOTED - 1]
    ends = [match.start() for match in _CLAUSE_END.finditer(kept) if match.start() >= _LONGEST_QUOTED // 2]
    return (kept[: ends[-1]] if ends else kept) + "…"
