"""Finding by words: BM25 over jieba's words and over character pairs, which need no dictionary."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.drafters.folding import folded
from models.drafters.wording import words

K1, B = 1.2, 0.6  # Robertson & Zaragoza 2009; short entries, so length matters less
TITLE_WEIGHT = 2  # a word of the title counts as said twice


class LexicalIndex:
    """Titles and bodies, read once. Scores are `bm25s` (Lucene's variant)."""

    def __init__(self, texts: Sequence[tuple[str, str]]) -> None:
        """`texts`: title and body of each item."""
        from bm25s import BM25

        logging.getLogger("bm25s").setLevel(logging.WARNING)  # it tells of every index it builds
        self._size = len(texts)
        self._index = BM25(k1=K1, b=B, method="lucene") if texts else None
        if self._index is not None:
            self._index.index(
                [[*_tokens(title) * TITLE_WEIGHT, *_tokens(body)] or [""] for title, body in texts],
                show_progress=False,
            )

    def scores(self, asked: str) -> npt.NDArray[np.float32]:
        """float32[item]; 0 where an item shares no word and no pair with the question."""
        if self._index is None:
            return np.zeros(0, dtype=np.float32)
        known = [token for token in dict.fromkeys(_tokens(asked)) if token in self._index.vocab_dict]
        if not known:
            return np.zeros(self._size, dtype=np.float32)
        return np.asarray(self._index.get_scores(known), dtype=np.float32)


def _tokens(text: str) -> list[str]:
    """Words, marked so that none is taken for a pair, and pairs of letters."""
    plain = folded(text)
    return [f"{word}/" for word in words(plain)] + letter_pairs(plain)


def letter_pairs(folded: str) -> list[str]:
    """Neighbouring letters of a folded text, two by two, whatever stands between them."""
    letters = "".join(character for character in folded if character.isalnum())
    return [letters[at : at + 2] for at in range(len(letters) - 1)]
