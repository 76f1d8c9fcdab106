"""Gather the texts the static encoder learns from: `python -m evaluation.static_texts FILE`, one a line.

Public corpora in $ZHONGSHENG_DATA, cut into mentions and clauses and normalised as mining does. Sets that measure
encoders, and every text that holds a text of theirs, stay out.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterable, Iterator
from html import unescape
from pathlib import Path

from evaluation.datasets import csv_rows, data_folder, read_posts, sample_folder
from nlp.mentions import split_mentions
from nlp.normalisation import normalise
from nlp.segmentation import domain_vocabulary
from nlp.types import Document

SOURCES: dict[str, tuple[tuple[str, ...], int]] = {  # file: columns, texts at most
    "aspect_clauses.csv": (("text",), 14_000),
    "camera_review_clauses.csv": (("text",), 6_000),
    "chit_chat.csv": (("text",), 26_000),
    "civic_replies.csv": (("留言主题", "留言详情"), 16_000),
    "forum_noise.csv": (("标题", "评论"), 6_000),
    "forum_qa.csv": (("question", "answer"), 5_000),
    "group_chat.csv": (("text",), 2_000),
    "laptop_reviews.csv": (("评论内容",), 24_000),
    "news_titles.csv": (("text",), 10_000),
    "question_pairs_afqmc.csv": (("a", "b"), 14_000),
    "question_pairs_assistant.csv": (("a", "b"), 12_000),
    "question_pairs_lcqmc.csv": (("a", "b"), 18_000),
    "service_chat.csv": (("text",), 26_000),
    "shopping_reviews.csv": (("review",), 80_000),
    "takeaway_reviews.csv": (("review",), 24_000),
}
MEASURING: dict[str, tuple[str, ...]] = {
    "mi_proposals.csv": ("内容",),
    "mi_suggestions.csv": ("内容",),
    "car_complaints.csv": ("desc",),
    "phone_review_clauses.csv": ("text",),
    "laptop_clauses.csv": ("text",),
    "civic_messages.csv": ("留言主题", "留言详情"),
}
SAMPLE_FILES = ("forum.csv", "wechat_group.csv", "qq_group.txt")
FRAMES = (  # what is said of things, for words of our dictionaries that the corpora hardly know
    "{a}",
    "{a}{b}",
    "{a}总是{b}",
    "{a}的时候{b}",
    "{a}没反应",
    "{a}失灵",
    "{a}有问题",
    "{a}不能用",
    "{a}很好用",
    "{a}在哪里设置",
    "{a}和{b}",
    "{a}不支持{b}",
    "更新以后{a}变差了",
    "希望{a}支持{b}",
    "希望增加{a}",
    "为什么{a}没有{b}",
)
PARTNERS = 3  # words of the dictionaries that each word is put beside, in every frame
LONGEST = 140  # characters
LEAST_HELD = 8  # characters of a measuring text from which a text that holds it stays out
CLAUSES_FROM = 24  # characters: longer mentions are also given clause by clause

_TAG = re.compile(r"<[^>]*>")
_CLAUSE = re.compile(r"[，,。！!？?；;~～…]+|\s{2,}")


def pieces(raw: str) -> Iterator[str]:
    """Mentions of a text and, of the longer ones, their clauses; normalised."""
    for mention in split_mentions(Document(id="", text=_TAG.sub(" ", unescape(raw)))):
        yield mention.normalised
        if len(mention.normalised) >= CLAUSES_FROM:
            yield from (clause.strip() for clause in _CLAUSE.split(mention.normalised))


def measuring_texts(folder: Path) -> set[str]:
    """Normalised mentions and clauses of everything that measures encoders."""
    raw = [row[column] for name, columns in MEASURING.items() for row in csv_rows(folder / name) for column in columns]
    raw += [post.text for name in SAMPLE_FILES for post in read_posts(sample_folder() / name)]
    return {piece for text in raw for piece in pieces(text) if piece}


def composed_texts(chance: random.Random) -> Iterator[str]:
    """Short sentences about the words of our dictionaries."""
    words = domain_vocabulary()
    for word in words:
        for frame in FRAMES:
            if "{b}" in frame:
                yield from (frame.format(a=word, b=other) for other in chance.sample(words, PARTNERS))
            else:
                yield frame.format(a=word)


def training_texts(folder: Path, seed: int = 11) -> list[str]:
    """Distinct texts in an order mixed over all sources, the same for the same files."""
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    held = Measuring(measuring_texts(folder))
    found: set[str] = set()
    for name, (columns, most) in SOURCES.items():
        rows = csv_rows(folder / name)
        texts = {piece for row in rows for column in columns for piece in pieces(row[column])}
        usable = sorted(text for text in texts - found if 2 <= len(text) <= LONGEST and not held.within(text))
        found.update(chance.sample(usable, min(most, len(usable))))
    found.update(text for text in map(normalise, composed_texts(chance)) if not held.within(text))
    mixed = sorted(found)
    chance.shuffle(mixed)
    return mixed


class Measuring:
    """Whether a text is, or holds, one of the given texts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._whole = set(texts)
        self._by_start: dict[str, list[str]] = {}
        for text in self._whole:
            if len(text) >= LEAST_HELD:
                self._by_start.setdefault(text[:LEAST_HELD], []).append(text)

    def within(self, text: str) -> bool:
        if text in self._whole:
            return True
        starts = range(len(text) - LEAST_HELD + 1)
        return any(
            text.startswith(other, start)
            for start in starts
            for other in self._by_start.get(text[start : start + LEAST_HELD], ())
        )


def main() -> None:
    target = Path(sys.argv[1])
    target.write_text("".join(f"{text}\n" for text in training_texts(data_folder())), encoding="utf-8")


if __name__ == "__main__":
    main()
