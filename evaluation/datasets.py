"""Labelled sets: the bundled sample, public corpora where they are on this machine, and files a user brings."""

from __future__ import annotations

import csv
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evaluation.errors import EvaluationError
from evaluation.provenance import DataSource, data_source
from ingest import Post, prepare, read_path
from nlp.documents import document_of
from nlp.types import Document

DATA_VARIABLE = "ZHONGSHENG_DATA"
DEFAULT_DATA = "../shared/data"
SAMPLE = "sample"
SAMPLE_FILES = ("forum.csv", "wechat_group.csv", "qq_group.txt")

_LABEL_COLUMNS = ("label", "theme", "topic", "category", "class", "标签", "主题", "类别", "分类")
_TEXT_COLUMNS = ("text", "content", "内容", "正文", "desc", "描述", "comment", "评论")
_SECRET = "evaluation"  # noqa: S105 - pseudonyms of a passing run, kept nowhere


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Documents ready to be mined, each with its label; "" where it belongs to no theme."""

    name: str
    documents: tuple[Document, ...]
    labels: tuple[str, ...]
    files: tuple[Path, ...] = ()  # where the documents come from

    def __post_init__(self) -> None:
        if len(self.documents) != len(self.labels):
            raise ValueError(f"{self.name}: {len(self.documents)} documents, {len(self.labels)} labels")

    def sources(self) -> tuple[DataSource, ...]:
        """The files with their hashes, as reports name them."""
        return tuple(data_source(self.name, file, len(self.documents)) for file in self.files)


def data_folder() -> Path:
    """Where the public corpora are: $ZHONGSHENG_DATA, else beside the repository. It need not exist."""
    chosen = os.environ.get(DATA_VARIABLE)
    return Path(chosen) if chosen else Path(__file__).resolve().parent.parent / DEFAULT_DATA


def sample_folder() -> Path:
    """The bundled sample, in the source tree or inside the installed package."""
    root = Path(__file__).resolve().parent.parent
    for folder in (root / "examples", root / "pipeline" / "examples"):
        if (folder / "gold.csv").exists():
            return folder
    raise EvaluationError("the bundled sample is missing; install the package again, or run in the source tree")


def load_sample(folder: Path | None = None) -> LabelledSet:
    """The bundled sample with its gold themes (the first where a post has two), all three files together."""
    folder = folder or sample_folder()
    gold: dict[tuple[str, int], str] = {}
    for row in csv_rows(folder / "gold.csv"):
        gold[row["source"], int(row["line"])] = row["theme"].split("|")[0]
    documents: list[Document] = []
    labels: list[str] = []
    for source in SAMPLE_FILES:
        posts = read_posts(folder / source)
        line_of = {post.id: post.line for post in posts}
        for document in read_documents(posts):
            label = gold.get((source, line_of[document.id]))
            if label is not None:
                documents.append(within(document, source))
                labels.append(label)
    return LabelledSet(SAMPLE, tuple(documents), tuple(labels), tuple(folder / source for source in SAMPLE_FILES))


def known_sets() -> tuple[str, ...]:
    """Names `load` knows: the sample, then the public corpora present on this machine."""
    folder = data_folder()
    return (SAMPLE, *(name for name, known in _CORPORA.items() if (folder / known.file).exists()))


def absent_sets() -> tuple[str, ...]:
    """Names of public corpora that `load` knows and that are not on this machine."""
    return tuple(name for name in _CORPORA if name not in known_sets())


def load(name: str) -> LabelledSet:
    """A set by its name in `known_sets`."""
    if name == SAMPLE:
        return load_sample()
    known = _CORPORA.get(name)
    if known is None:
        raise EvaluationError(f"no labelled set is called {name!r}; known: {', '.join((SAMPLE, *_CORPORA))}")
    path = data_folder() / known.file
    if not path.exists():
        raise EvaluationError(f"{path} is not here; set {DATA_VARIABLE} to the folder of the public corpora")
    return _labelled(name, list(known.pairs(csv_rows(path))), path, least=known.least)


def load_file(
    path: Path, labels: Path | None = None, *, text: str | None = None, label: str | None = None
) -> LabelledSet:
    """A labelled file of the user's.

    Without `labels`: a CSV or JSON-lines file with a text and a label column (`text`, `label` name them). With it:
    any file that can be read as posts, and a CSV `id,label` for their ids. Raises EvaluationError or IngestError.
    """
    if labels is not None:
        return _joined(path, labels)
    rows = list(_json_lines(path) if path.suffix.lower() in {".jsonl", ".ndjson"} else csv_rows(path))
    if not rows:
        raise EvaluationError(f"{path} holds no rows")
    text_column = _column(rows[0], text, _TEXT_COLUMNS, "text", path)
    label_column = _column(rows[0], label, _LABEL_COLUMNS, "label", path)
    return _labelled(path.name, [(row[text_column], row[label_column]) for row in rows], path, least=1)


@dataclass(frozen=True, slots=True)
class _Corpus:
    file: str
    pairs: Callable[[Iterable[dict[str, str]]], Iterator[tuple[str, str]]]
    least: int = 1  # rows a label must have


_NOT_A_MODULE = re.compile(
    r"小米|红米|Redmi|MIUI|内测|公测|稳定版|开发版|尝鲜|平板|手机|Note|Mix|[KC]C?\d|\d+ ?(?:Pro|Ultra|S|青春)"
)


def _proposals(rows: Iterable[dict[str, str]]) -> Iterator[tuple[str, str]]:
    """First tag that names a module, not a device or a release channel."""
    for row in rows:
        modules = [tag for tag in row["标签"].split(",") if tag and not _NOT_A_MODULE.search(tag)]
        if modules:
            yield row["内容"], modules[0]


def _first_fault(rows: Iterable[dict[str, str]]) -> Iterator[tuple[str, str]]:
    return ((row["desc"], row["problem"].split(",")[0]) for row in rows)


def _entity(rows: Iterable[dict[str, str]]) -> Iterator[tuple[str, str]]:
    return ((row["text"], row["category"].split("#")[0]) for row in rows if "#" in row["category"])


def _topic(rows: Iterable[dict[str, str]]) -> Iterator[tuple[str, str]]:
    return ((row["text"], row["topic"]) for row in rows)


_CORPORA = {
    "mi_proposals": _Corpus("mi_proposals.csv", _proposals, least=3),
    "car_complaints": _Corpus("car_complaints.csv", _first_fault, least=8),
    "phone_review_clauses": _Corpus("phone_review_clauses.csv", _entity, least=8),
    "laptop_clauses": _Corpus("laptop_clauses.csv", _topic, least=8),
}


def _labelled(name: str, pairs: Sequence[tuple[str, str]], path: Path, *, least: int) -> LabelledSet:
    counts = Counter(label for _, label in pairs)
    kept = [(text, label) for text, label in pairs if text.strip() and counts[label] >= least]
    posts = [
        Post(id=f"{row:07d}", platform="evaluation", author="", time=None, text=text)
        for row, (text, _) in enumerate(kept)
    ]
    documents = tuple(read_documents(posts))
    return LabelledSet(name, documents, tuple(kept[int(document.id)][1] for document in documents), (path,))


def _joined(path: Path, labels: Path) -> LabelledSet:
    rows = list(csv_rows(labels))
    if not rows or not {"id", "label"} <= set(rows[0]):
        raise EvaluationError(f"{labels} needs the header id,label")
    gold = {row["id"]: row["label"] for row in rows}
    documents = tuple(document for document in read_documents(read_posts(path)) if document.id in gold)
    if not documents:
        raise EvaluationError(f"no post of {path.name} has an id that {labels.name} names")
    return LabelledSet(path.name, documents, tuple(gold[document.id] for document in documents), (path, labels))


def read_posts(path: Path) -> list[Post]:
    """The posts of a file, rejected rows left out."""
    with read_path(path) as reading:
        return [record for record in reading if isinstance(record, Post)]


def read_documents(posts: Sequence[Post]) -> Iterator[Document]:
    """Posts through the product's own preparation: cleaned, masked, pseudonymous."""
    return map(document_of, prepare(posts, secret=_SECRET))


def within(document: Document, source: str) -> Document:
    """The document with ids that cannot clash with those of another file."""
    first = document.duplicate_of
    return replace(
        document, id=f"{source}:{document.id}", duplicate_of=f"{source}:{first}" if first is not None else None
    )


def csv_rows(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a CSV file in UTF-8 by its header; nothing is None. Raises EvaluationError where it cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                yield {key: value or "" for key, value in row.items() if key is not None}
    except FileNotFoundError:
        raise EvaluationError(f"{path} does not exist; check the path") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EvaluationError(f"{path} cannot be read as a CSV file in UTF-8: {error}") from error


def _json_lines(path: Path) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig") as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise EvaluationError(f"{path}, line {number}: not a JSON object")
                    yield {str(key): "" if value is None else str(value) for key, value in row.items()}
    except FileNotFoundError:
        raise EvaluationError(f"{path} does not exist; check the path") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise EvaluationError(f"{path} cannot be read as JSON lines: {error}") from error


def _column(row: dict[str, str], named: str | None, guesses: Sequence[str], what: str, path: Path) -> str:
    if named is not None:
        if named not in row:
            raise EvaluationError(f"{path} has no column {named!r}; it has {', '.join(row)}")
        return named
    lowered = {column.strip().lower(): column for column in row}
    for guess in guesses:
        if guess in lowered:
            return lowered[guess]
    raise EvaluationError(
        f"{path} has no {what} column among {', '.join(guesses)}; name it with --{what}, or give labels in a file of "
        f"their own (id,label). Its columns: {', '.join(row)}"
    )
