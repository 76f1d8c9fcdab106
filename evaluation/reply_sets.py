"""Public corpora of questions with replies, as knowledge sets: half of the questions find their reply, half do not.

Only the half of the texts that was kept for measuring (`models.drafters.recipes.claims.in_half`) is used. Replies are
knowledge as they are, mostly without titles: far less tidy than a knowledge base that people keep.
"""

from __future__ import annotations

import csv
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path

from evaluation.datasets import data_folder
from evaluation.knowledge_sets import AskedQuestion, KnowledgeSet
from evaluation.provenance import data_source
from models.drafters.recipes.claims import in_half
from models.drafters.types import KnowledgeItem, KnowledgeKind, Question

_KEPT = 200  # replies that are knowledge; as many questions have theirs taken away
_MEASURING = 1  # the half
_SALUTATION = re.compile(r"^.{0,40}?(?:您好|你好)[！!，,：:\s]*|^(?:尊敬的|网友).{0,30}?[：:！!]")


@dataclass(frozen=True, slots=True)
class _Pair:
    question: str
    title: str
    reply: str


def load_reply_sets(folder: Path | None = None) -> list[KnowledgeSet]:
    """The sets whose corpus is on this machine: forum_qa, service_chat, civic_replies without and with titles."""
    folder = folder or data_folder()
    found = []
    for name, (file, pairs) in _SETS.items():
        path = folder / file
        if path.exists():
            found.append(_knowledge_set(name, path, list(pairs(path))))
    return found


def _knowledge_set(name: str, path: Path, pairs: list[_Pair]) -> KnowledgeSet:
    mine = [pair for pair in pairs if in_half(pair.question, _MEASURING)]
    random.Random(1).shuffle(mine)  # noqa: S311 - sampling, not security
    some = mine[: 2 * _KEPT]
    kept = some[: len(some) // 2]
    items = tuple(
        KnowledgeItem(f"r{number}", KnowledgeKind.APPROVED_REPLY, pair.title, pair.reply)
        for number, pair in enumerate(kept)
    )
    asked = tuple(
        AskedQuestion(Question(pair.question), f"r{number}" if number < len(kept) else "")
        for number, pair in enumerate(some)
    )
    return KnowledgeSet(name, items, asked, (data_source(name, path, len(asked)),))


def _forum(path: Path) -> Iterator[_Pair]:
    """Answers of twenty characters and more without links: shorter ones point elsewhere or joke."""
    for row in _rows(path):
        question, answer = row["question"].strip(), row["answer"].strip()
        if len(answer) >= 20 and "http" not in answer:
            yield _Pair(question, "", answer)


def _civic(path: Path) -> Iterator[_Pair]:
    for pair in _civic_titled(path):
        yield _Pair(pair.question, "", pair.reply)


def _civic_titled(path: Path) -> Iterator[_Pair]:
    """Messages and replies; the subject that the writer gave is the item's title."""
    for row in _rows(path):
        question, reply = row["留言详情"].strip(), row["答复意见"].strip()
        if len(question) > 20 and len(reply) > 40:
            yield _Pair(question, row["留言主题"].strip(), _SALUTATION.sub("", reply))


def _chat(path: Path) -> Iterator[_Pair]:
    """Of each dialogue the longest turn of the customer that got an answer of some length; answers given twice are
    phrases and left out."""
    found = []
    for _, rows in groupby(_rows(path), key=lambda row: row["session"]):
        turns = [(by, " ".join(row["text"].strip() for row in own)) for by, own in groupby(rows, _agent)]
        asked = [
            _Pair(question, "", answer)
            for (by, question), (_, answer) in pairwise(turns)
            if by == "0" and len(question) >= 10 and len(answer) >= 25
        ]
        if asked:
            found.append(max(asked, key=lambda pair: len(pair.question)))
    times = Counter(pair.reply for pair in found)
    yield from (pair for pair in found if times[pair.reply] == 1)


def _agent(row: dict[str, str]) -> str:
    return row["from_agent"]


_SETS: dict[str, tuple[str, Callable[[Path], Iterator[_Pair]]]] = {
    "forum_qa": ("forum_qa.csv", _forum),
    "service_chat": ("service_chat.csv", _chat),
    "civic_replies": ("civic_replies.csv", _civic),
    "civic_replies, titled": ("civic_replies.csv", _civic_titled),
}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield from csv.DictReader(stream)
