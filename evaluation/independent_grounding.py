"""Whether a text says a sentence, measured without the drafters' own check: by the longest common subsequence."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_LEAST = 0.8  # of a sentence's characters, in order, in one run of the source
_STRETCH = 1.5  # the run may be this much longer than the sentence


def is_quoted(sentence: str, source: str) -> bool:
    """ROUGE-L precision (Lin 2004) against the best run of the source of about the sentence's length."""
    return quoted_share(sentence, source) >= _LEAST


def quoted_share(sentence: str, source: str) -> float:
    """0..1: how many of a sentence's characters stand in a run of the source, in the same order."""
    from rapidfuzz.distance import LCSseq

    claim, whole = _letters(sentence), _letters(source)
    if not claim:
        return 0.0
    width = round(len(claim) * _STRETCH)
    starts = range(0, max(len(whole) - width, 0) + 1, max(len(claim) // 4, 1))
    runs = [whole[start : start + width] for start in starts] + [whole[-width:]]
    return max(float(LCSseq.similarity(claim, run)) for run in runs) / len(claim)


def best_quoted(sentence: str, sources: Sequence[str]) -> float:
    """The highest share over several sources; 0 without any."""
    return max((quoted_share(sentence, source) for source in sources), default=0.0)


def _letters(text: str) -> str:
    return "".join(character for character in unicodedata.normalize("NFKC", text).lower() if character.isalnum())
