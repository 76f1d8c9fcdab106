"""Questions with the knowledge that answers them: the bundled sample. Public corpora: `reply_sets`."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from evaluation.datasets import SAMPLE, SAMPLE_FILES, read_documents, read_posts, sample_folder
from evaluation.errors import EvaluationError
from evaluation.provenance import DataSource, data_source
from models.drafters.types import KnowledgeItem, KnowledgeKind, Question
from nlp.types import Document

_CONVERSATION = timedelta(minutes=20)
_MOST_BEFORE = 4


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question and the id of the item that answers it, "" where none does."""

    question: Question
    answer: str


@dataclass(frozen=True, slots=True)
class KnowledgeSet:
    """What may be answered from, and what is asked."""

    name: str
    items: tuple[KnowledgeItem, ...]
    asked: tuple[AskedQuestion, ...]
    sources: tuple[DataSource, ...] = ()


def load_sample_questions(folder: Path | None = None) -> KnowledgeSet:
    """The bundled sample: its questions with what was said before them, its knowledge, its gold."""
    folder = folder or sample_folder()
    gold = {(row["source"], int(row["line"])): row["knowledge_id"] for row in _rows(folder / "knowledge_gold.csv")}
    asked = []
    for source in SAMPLE_FILES:
        posts = read_posts(folder / source)
        line_of = {post.id: post.line for post in posts}
        documents = list(read_documents(posts))
        for at, document in enumerate(documents):
            answer = gold.get((source, line_of[document.id]))
            if answer is not None:
                question = Question(
                    document.text, document.product, intent="question", before=_before(documents[:at], document)
                )
                asked.append(AskedQuestion(question, answer))
    sources = [data_source(SAMPLE, folder / "knowledge_gold.csv", len(asked))]
    items = _items(folder / "knowledge.jsonl")
    sources.append(data_source(SAMPLE, folder / "knowledge.jsonl", len(items)))
    return KnowledgeSet(SAMPLE, items, tuple(asked), tuple(sources))


def _before(earlier: Sequence[Document], document: Document) -> tuple[str, ...]:
    """The messages of the same channel shortly before, latest first, as drafting sees them."""
    if document.time is None:
        return ()
    near = [
        other.text
        for other in earlier
        if other.channel == document.channel
        and other.time is not None
        and timedelta(0) <= document.time - other.time <= _CONVERSATION
    ]
    return tuple(near[: -_MOST_BEFORE - 1 : -1])


def _items(path: Path) -> tuple[KnowledgeItem, ...]:
    with path.open(encoding="utf-8") as stream:
        rows = [json.loads(line) for line in stream if line.strip()]
    return tuple(
        KnowledgeItem(
            id=row["id"],
            kind=KnowledgeKind(row["kind"]),
            title=row["title"],
            body=row["body"],
            product=row.get("product", ""),
            version=row.get("version", ""),
            updated_at=datetime.fromisoformat(row["updated_at"]) if row.get("updated_at") else None,
        )
        for row in rows
    )


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror or error}") from error
