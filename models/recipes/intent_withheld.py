"""Rows of the corpora from which nothing is learnt weakly: those labelled by hand, to measure or to teach."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GOLD = ROOT / "evaluation" / "intent_gold.csv"  # measures, and trains nothing under any label
LABELS = ROOT / "models" / "recipes" / "intent_labels.csv"  # teaches under the labels given by hand, and no others
_TEXT_COLUMNS = ("内容", "desc", "text", "评论内容", "review", "留言详情", "评论", "question")
_PIECE = 6  # characters: a shorter example is withheld only where it is a whole row
_VERSION = re.compile(r"MIUI\s?\d*[-\s]?|小米\s?11\s?|V?\d+(?:\.\d+){2,}\S*|(?:稳定|开发|内测|公测)版?[-\s]?")


@dataclass(frozen=True, slots=True)
class Withheld:
    """Texts of withheld rows; `text in withheld` tells whether a text is one of them or a piece of one."""

    rows: frozenset[str]
    joined: str

    @classmethod
    def read(cls, folder: Path, lists: Iterable[Path] = (GOLD, LABELS)) -> Withheld:
        """The rows that `lists` name (columns file and row, from 0) in the corpora that stand in `folder`."""
        wanted: dict[str, set[int]] = defaultdict(set)
        for path in lists:
            for place in _csv(path):
                wanted[place["file"]].add(int(place["row"]))
        texts = [
            row[column]
            for file, numbers in wanted.items()
            if (folder / file).exists()
            for number, row in enumerate(_csv(folder / file))
            if number in numbers
            for column in _TEXT_COLUMNS
            if row.get(column)
        ]
        return cls.of(texts)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Withheld:
        """Withheld are these texts and their pieces, also as they read without versions and models."""
        known = {form for text in texts for form in (_squeezed(text), _squeezed(_VERSION.sub("", text)))}
        return cls(frozenset(known), "\n".join(sorted(known)))

    def __contains__(self, text: str) -> bool:
        squeezed = _squeezed(text)
        return squeezed in self.rows or (len(squeezed) >= _PIECE and squeezed in self.joined)


def _squeezed(text: str) -> str:
    """Letters and digits only: marks and blanks at the ends of pieces differ by how they were cut."""
    return "".join(character for character in text if character.isalnum())


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))
