"""One file of a corpus worked through alone: read, cleaned, split, encoded; kept on disk so that no work is done twice.

What a partition yields is a pure function of its bytes, the run's settings and what all partitions have in common
(display names, product names). Its folder is named by a hash of these: a folder that is there is right and complete.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.columns import Columns
from ingest.errors import NotAFileError
from ingest.masking import Masked
from ingest.posts import MaskKind, Post, Rejected, Tier
from ingest.prepare import clean_texts
from ingest.reading import Reading, ReadSummary, read_bytes, read_path
from models.encoders.protocol import Encoder
from nlp.encoding import encode_all
from nlp.mentions import Piece, pieces_of
from nlp.products import ProductLexicon
from pipeline.settings import zone

_LAYOUT = 1  # of the files; a change makes old folders strangers
_RECORDS, _TEXTS, _VECTORS = "records.jsonl", "texts.jsonl", "vectors.npy"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How files are read: the same for all partitions."""

    format_name: str | None
    mapping: Mapping[str, str] | None
    timezone: str


@dataclass(frozen=True, slots=True)
class Common:
    """What a partition must know of all others before its texts can be cleaned and split."""

    names: frozenset[str]  # display names: mentions of people are recognised by them
    products: tuple[str, ...]

    def digest(self) -> str:
        """A hash of both."""
        return hashlib.sha256(repr((sorted(self.names), self.products)).encode()).hexdigest()

    @property
    def lexicon(self) -> ProductLexicon:
        return ProductLexicon(self.products)


@dataclass(frozen=True, slots=True)
class PartitionRecords:
    """What reading a file yields; iterates as `ingest.Reading` does."""

    source: str
    format: str
    summary: ReadSummary
    records: tuple[Post | Rejected, ...]

    def __iter__(self) -> Iterator[Post | Rejected]:
        return iter(self.records)


@dataclass(frozen=True, slots=True)
class PartitionTexts:
    """What cleaning, splitting and encoding add, each a function of a text: raw to masked, masked to pieces."""

    masked: Mapping[str, Masked]
    pieces: Mapping[str, Sequence[Piece]]
    said: tuple[str, ...]  # distinct normalised texts, sorted
    vectors: npt.NDArray[np.float32]  # [len(said), d]


def partition_files(paths: Sequence[Path]) -> list[Path]:
    """The files named, and those in the folders named, in order of name; hidden ones left out. Once each."""
    found: dict[Path, None] = {}
    for path in paths:
        inside = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        found.update((one, None) for one in inside if not one.name.startswith("."))
    return list(found)


def digest_of(path: Path, *given: object) -> str:
    """32 hexadecimal characters that name the bytes of a file together with what else decides the outcome."""
    digest = hashlib.sha256(repr((_LAYOUT, path.name, *given)).encode())
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()[:32]


def read_partition(path: Path, options: ReadOptions) -> PartitionRecords:
    """Every record of a file but those that are no posts by nature. Raises IngestError as `ingest.read_path` does."""
    with _opened(path, options) as reading:
        records = tuple(record for record in reading if isinstance(record, (Post, Rejected)))
        return PartitionRecords(reading.source, reading.format, reading.summary, records)


def _opened(path: Path, options: ReadOptions) -> Reading:
    place = zone(options.timezone)
    if path.suffix.lower() == ".parquet":
        table = _as_csv(path)
        return read_bytes(table, name=path.name, format="table", mapping=options.mapping, timezone=place)
    return read_path(path, format=options.format_name, mapping=options.mapping, timezone=place)


def _as_csv(path: Path) -> bytes:
    """A Parquet file as the table that the reader of tables knows. Raises NotAFileError where it is none."""
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    written = io.StringIO()
    rows = csv.writer(written)
    try:
        with ParquetFile(path) as file:
            rows.writerow(file.schema_arrow.names)
            for batch in file.iter_batches():
                columns = [column.to_pylist() for column in batch.columns]
                rows.writerows([_cell(value) for value in row] for row in zip(*columns, strict=True))
    except (ArrowException, OSError) as error:
        raise NotAFileError(f"{path} is no Parquet file that can be read: {error}") from error
    return written.getvalue().encode("utf-8", "surrogatepass")


def _cell(value: object) -> str:
    return "" if value is None else str(_plain(value))


def work_on_texts(read: PartitionRecords, common: Common, encoder: Encoder) -> PartitionTexts:
    """Clean, split and encode the posts of a partition."""
    raw = sorted({record.text for record in read if isinstance(record, Post) and not record.recalls})
    masked = dict(zip(raw, clean_texts(raw, names=common.names), strict=True))
    texts = sorted({one.text for one in masked.values()})
    pieces = dict(zip(texts, pieces_of(texts, lexicon=common.lexicon), strict=True))
    said = sorted({normalised for found in pieces.values() for _, normalised, _ in found} - {""})
    return PartitionTexts(masked, pieces, tuple(said), encode_all(encoder, said, slim=False))


class PartitionStore:
    """Folders of finished work. A folder appears whole or not at all, whenever a process is killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, digest: str) -> bool:
        """Whether this work is done."""
        return (self._folder / digest).is_dir()

    def sweep(self) -> None:
        """Remove what killed processes left half done. Nobody may be writing."""
        for rest in self._folder.glob("*.partial.*"):
            shutil.rmtree(rest, ignore_errors=True)

    @contextmanager
    def shelf(self) -> Iterator[Path]:
        """A folder for what one run needs, gone after it; `sweep` removes that of a run that was killed."""
        folder = self._folder / f"shelf.partial.{os.getpid()}"
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep_records(self, digest: str, read: PartitionRecords) -> None:
        """Store what reading yielded."""
        with (
            _Appearing(self._folder / digest) as folder,
            (folder / _RECORDS).open("w", encoding="utf-8", errors="surrogatepass") as file,
        ):
            head = {"source": read.source, "format": read.format, "summary": asdict(read.summary)}
            file.writelines(_line(value) for value in (head, *map(_record, read.records)))

    def records(self, digest: str) -> PartitionRecords:
        """What `keep_records` stored."""
        with (self._folder / digest / _RECORDS).open(encoding="utf-8", errors="surrogatepass") as file:
            head = json.loads(next(file))
            records = tuple(_record_of(json.loads(line)) for line in file)
        return PartitionRecords(head["source"], head["format"], _summary_of(head["summary"]), records)

    def keep_texts(self, digest: str, texts: PartitionTexts) -> None:
        """Store what working on texts yielded."""
        with _Appearing(self._folder / digest) as folder:
            with (folder / _TEXTS).open("w", encoding="utf-8", errors="surrogatepass") as file:
                rows: list[Any] = [[raw, one.text, one.counts] for raw, one in texts.masked.items()]
                file.write(_line({"masked": len(rows), "pieces": len(texts.pieces)}))
                rows += [[text, found] for text, found in texts.pieces.items()]
                file.writelines(_line(row) for row in [*rows, *texts.said])
            np.save(folder / _VECTORS, texts.vectors, allow_pickle=False)

    def texts(self, digest: str) -> PartitionTexts:
        """What `keep_texts` stored; vectors stay on disk until they are used."""
        with (self._folder / digest / _TEXTS).open(encoding="utf-8", errors="surrogatepass") as file:
            counts = json.loads(next(file))
            rows = [json.loads(line) for line in file]
        cleaned, split = counts["masked"], counts["masked"] + counts["pieces"]
        return PartitionTexts(
            masked={
                raw: Masked(text, {MaskKind(kind): count for kind, count in masks.items()})
                for raw, text, masks in rows[:cleaned]
            },
            pieces={
                text: [(piece, normalised, tuple(products)) for piece, normalised, products in found]
                for text, found in rows[cleaned:split]
            },
            said=tuple(rows[split:]),
            vectors=np.load(self._folder / digest / _VECTORS, mmap_mode="r", allow_pickle=False),
        )


class _Appearing:
    """A folder written beside its place and moved there when complete; another that came first is as good."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._partial = place.with_name(f"{place.name}.partial.{os.getpid()}")

    def __enter__(self) -> Path:
        self._partial.mkdir(parents=True)
        return self._partial

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and not self._place.exists():
            self._partial.rename(self._place)
        shutil.rmtree(self._partial, ignore_errors=True)


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain) + "\n"


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _summary_of(given: dict[str, Any]) -> ReadSummary:
    found = given["columns"]
    columns = found and Columns(tuple(found["header"]), found["by_field"], frozenset(found["asked_for"]))
    return ReadSummary(**{**given, "columns": columns})


def _record(record: Post | Rejected) -> list[object]:
    kind = "post" if isinstance(record, Post) else "rejected"
    return [kind, *(getattr(record, field.name) for field in fields(record))]


def _record_of(row: Sequence[Any]) -> Post | Rejected:
    kind, *values = row
    if kind == "rejected":
        return Rejected(*values)
    given = dict(zip((field.name for field in fields(Post)), values, strict=True))
    time = given["time"] and datetime.fromisoformat(given["time"])
    return Post(**{**given, "time": time, "tier": Tier(given["tier"])})
