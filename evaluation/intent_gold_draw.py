"""Which mentions are labelled by hand: a draw by hash, so that anyone with the corpora draws the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evaluation.datasets import csv_rows
from evaluation.intent_gold import CORPORA, GoldCorpus, mentions_of_rows, text_hash
from nlp.types import Mention

SEED = "intent gold 1"
_SPARE = 2  # rows looked at for each that is wanted: some say nothing, some say the same


@dataclass(frozen=True, slots=True)
class Drawn:
    """A mention to be labelled, with all mentions of its post."""

    file: str
    row: int
    mention: Mention
    post: tuple[Mention, ...]

    @property
    def hash(self) -> str:
        return text_hash(self.mention.text)


def draw(folder: Path, corpora: Mapping[str, GoldCorpus] = CORPORA, seed: str = SEED) -> list[Drawn]:
    """`mentions` of each corpus in `folder`, one a post: rows in the order of a hash, then a mention by another.

    A text drawn before, or one of which normalisation leaves nothing, is passed over. Asking for more keeps what was
    drawn and adds to it.
    """
    return [one for file, corpus in corpora.items() for one in _draw_file(folder / file, corpus, seed)]


def _draw_file(path: Path, corpus: GoldCorpus, seed: str) -> list[Drawn]:
    wanted = corpus.wanted or bool
    candidates = [n for n, row in enumerate(csv_rows(path)) if wanted(row) and row[corpus.column].strip()]
    candidates.sort(key=lambda number: _chance(seed, path.name, str(number)))
    rows = candidates[: corpus.mentions * _SPARE]
    posts = mentions_of_rows(path, set(rows), corpus)
    drawn: list[Drawn] = []
    seen: set[str] = set()
    for row in rows:
        mentions = [mention for mention in posts[row] if mention.normalised]
        if not mentions or len(drawn) == corpus.mentions:
            continue
        chosen = min(mentions, key=lambda mention: _chance(seed, path.name, str(row), str(mention.ordinal)))
        if chosen.text not in seen:
            seen.add(chosen.text)
            drawn.append(Drawn(path.name, row, chosen, tuple(posts[row])))
    return drawn


def _chance(*parts: str) -> bytes:
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).digest()
