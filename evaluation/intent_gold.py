"""The hand-labelled mentions of the public corpora: where each stands, what it does; the texts stay in the corpora."""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.datasets import csv_rows, read_documents
from evaluation.errors import EvaluationError
from ingest import Post
from nlp.mentions import split_mentions
from nlp.types import Intent, Mention

GOLD = Path(__file__).with_name("intent_gold.csv")
COLUMNS = ("file", "row", "mention", "hash", "label", "second", "hard")
HASH_DIGITS = 12  # of SHA-256 of a mention's text: enough to notice that the splitter or the cleaning drifted


@dataclass(frozen=True, slots=True)
class GoldCorpus:
    """How posts stand in a corpus file, and how many of its mentions are labelled."""

    column: str
    mentions: int
    wanted: Callable[[Mapping[str, str]], bool] | None = None  # of a row; None: every row


def _of_a_customer(row: Mapping[str, str]) -> bool:
    return row["from_agent"] == "0"


CORPORA: Mapping[str, GoldCorpus] = {
    "mi_suggestions.csv": GoldCorpus("内容", 150),
    "mi_proposals.csv": GoldCorpus("内容", 60),
    "car_complaints.csv": GoldCorpus("desc", 40),
    "phone_review_clauses.csv": GoldCorpus("text", 40),
    "camera_review_clauses.csv": GoldCorpus("text", 40),
    "laptop_reviews.csv": GoldCorpus("评论内容", 20),
    "laptop_clauses.csv": GoldCorpus("text", 15),
    "takeaway_reviews.csv": GoldCorpus("review", 40),
    "shopping_reviews.csv": GoldCorpus("review", 45),
    "civic_messages.csv": GoldCorpus("留言详情", 60),
    "group_chat.csv": GoldCorpus("text", 60),
    "service_chat.csv": GoldCorpus("text", 60, _of_a_customer),
    "forum_noise.csv": GoldCorpus("评论", 30),
    "chit_chat.csv": GoldCorpus("text", 30),
    "forum_qa.csv": GoldCorpus("question", 20),
}


@dataclass(frozen=True, slots=True)
class GoldLabel:
    """One labelled mention. `row` is the 0-based data row of `file`, `ordinal` the mention's place in its post."""

    file: str
    row: int
    ordinal: int
    hash: str
    label: Intent
    second: Intent | None  # another reading that can be defended
    hard: bool


@dataclass(frozen=True, slots=True)
class GoldMentions:
    """Mentions found again, the i-th belonging to the i-th label, and what was not found."""

    mentions: tuple[Mention, ...]
    labels: tuple[GoldLabel, ...]
    drifted: tuple[GoldLabel, ...]  # the text at that place is another today, or there is none
    missing_files: tuple[str, ...]  # corpora that are not on this machine


def read_labels(path: Path = GOLD) -> tuple[GoldLabel, ...]:
    """The labels as stored, by default those that measure. Raises EvaluationError on a row that cannot be one."""
    labels = []
    for number, row in enumerate(csv_rows(path), start=2):
        try:
            label = GoldLabel(
                file=row["file"],
                row=int(row["row"]),
                ordinal=int(row["mention"]),
                hash=row["hash"],
                label=Intent(row["label"]),
                second=Intent(row["second"]) if row["second"] else None,
                hard=row.get("hard") == "1",  # labels that teach do not say
            )
        except (KeyError, ValueError) as error:
            raise EvaluationError(
                f"{path}, line {number}: not a label ({error}); columns: {', '.join(COLUMNS)}"
            ) from None
        labels.append(label)
    return tuple(labels)


def write_gold(labels: Sequence[GoldLabel], path: Path = GOLD) -> None:
    """Store labels in the order given."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for one in labels:
            second = one.second.value if one.second else ""
            writer.writerow((one.file, one.row, one.ordinal, one.hash, one.label.value, second, int(one.hard)))


def find_gold(labels: Sequence[GoldLabel], folder: Path, corpora: Mapping[str, GoldCorpus] = CORPORA) -> GoldMentions:
    """The labelled mentions, cut from the corpora in `folder` by today's cleaning and splitting."""
    rows_of: dict[str, set[int]] = defaultdict(set)
    for one in labels:
        rows_of[one.file].add(one.row)
    missing = tuple(sorted(file for file in rows_of if not (folder / file).exists()))
    standing = {
        (file, row): mentions
        for file, rows in rows_of.items()
        if file not in missing
        for row, mentions in mentions_of_rows(folder / file, rows, corpora[file]).items()
    }
    mentions: list[Mention] = []
    found: list[GoldLabel] = []
    drifted: list[GoldLabel] = []
    for one in labels:
        if one.file in missing:
            continue
        candidates = standing.get((one.file, one.row), [])
        if one.ordinal < len(candidates) and text_hash(candidates[one.ordinal].text) == one.hash:
            mentions.append(candidates[one.ordinal])
            found.append(one)
        else:
            drifted.append(one)
    return GoldMentions(tuple(mentions), tuple(found), tuple(drifted), missing)


def mentions_of_rows(path: Path, rows: set[int], corpus: GoldCorpus) -> dict[int, list[Mention]]:
    """Mentions of the posts in the named data rows (0-based) of a corpus file, through the product's preparation."""
    posts = [
        Post(id=f"{path.name}:{number}", platform="evaluation", author="", time=None, text=row[corpus.column])
        for number, row in enumerate(csv_rows(path))
        if number in rows
    ]
    return {int(document.id.rpartition(":")[2]): split_mentions(document) for document in read_documents(posts)}


def text_hash(text: str) -> str:
    """The short hash by which a mention's text is recognised."""
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_DIGITS]
