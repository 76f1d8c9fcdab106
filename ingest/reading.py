"""A file, an upload or bytes to a stream of records, with the format recognised and what was read counted."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import tzinfo
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from ingest.columns import Columns
from ingest.decoding import Stream, has_undecodable, show_undecodable
from ingest.errors import BadMappingError, EmptySourceError, NotAFileError
from ingest.formats import Format
from ingest.keys import PostIds
from ingest.posts import RAW_LIMIT, Post, Record, Rejected, Skipped
from ingest.readers import table
from ingest.recognise import find_format
from ingest.times import DEFAULT_TIMEZONE
from ingest.workbooks import is_zip

_TEXT_FIELDS = tuple(entry.name for entry in fields(Post) if entry.type == "str")


@dataclass(frozen=True, slots=True)
class ReadSummary:
    """What has been read so far; final once the reading has been iterated to its end."""

    source: str
    format: str
    encoding: str  # "" for a workbook, which is no text
    posts: int
    rejected: int
    skipped: int
    without_time: int  # posts among `posts` whose source gives no time
    columns: Columns | None  # the guess, for tables only


class Reading:
    """One pass over a source. Iterate it once for `Post`, `Rejected` and `Skipped`, in the order of the source.

    `format`, `platform` and `columns` are known before the first record. Close it, or use it in a `with` statement.
    """

    def __init__(
        self,
        binary: BinaryIO,
        *,
        name: str,
        format_name: str | None,
        mapping: Mapping[str, str] | None,
        timezone: tzinfo,
    ) -> None:
        self._binary = binary
        self._stream = Stream(binary, name)
        if not self._stream.raw_head.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
            raise EmptySourceError(f"{name or 'The source'} is empty; there is nothing to read.")
        chosen = find_format(self._stream, "table" if mapping and format_name is None else format_name)
        self.source = name
        self.format: str = chosen.name
        self.platform: str = chosen.platform
        self.columns: Columns | None = None
        self._records = self._start(chosen, mapping, timezone)
        self._posts = self._rejected = self._skipped = self._without_time = 0

    def _start(self, chosen: Format, mapping: Mapping[str, str] | None, timezone: tzinfo) -> Iterator[Record]:
        if chosen is not table.FORMAT:
            if mapping:
                raise BadMappingError(f"A column mapping is for tables; this is read as {chosen.name}.")
            return chosen.read(self._stream, timezone=timezone)
        opened = table.open_table(self._stream, mapping)
        self.columns = opened.columns
        return table.read_table(opened, timezone=timezone)

    def __iter__(self) -> Iterator[Record]:
        ids = PostIds()
        for record in self._records:
            yield self._counted(_identified(_legible(record, self._stream.encoding), ids))

    def _counted(self, record: Record) -> Record:
        match record:
            case Post():
                self._posts += 1
                self._without_time += record.time is None
            case Rejected():
                self._rejected += 1
            case Skipped():
                self._skipped += 1
        return record

    @property
    def summary(self) -> ReadSummary:
        """The counts so far."""
        return ReadSummary(
            source=self.source,
            format=self.format,
            encoding="" if is_zip(self._stream) else self._stream.encoding,
            posts=self._posts,
            rejected=self._rejected,
            skipped=self._skipped,
            without_time=self._without_time,
            columns=self.columns,
        )

    def close(self) -> None:
        """Release the file."""
        self._binary.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_path(
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002 - the word of the command line
    mapping: Mapping[str, str] | None = None,
    timezone: tzinfo = DEFAULT_TIMEZONE,
) -> Reading:
    """Open a file for reading. `format` overrides recognition; `mapping` is field to column, for tables.

    Naive times are taken to be in `timezone`. Raises a subclass of `IngestError` where the file as a whole cannot be
    read; a bad row never raises but comes as a `Rejected`.
    """
    path = Path(path)
    if path.is_dir():
        raise NotAFileError(f"{path} is a directory; name the files in it, for example {path}/*.csv")
    try:
        binary = path.open("rb")
    except FileNotFoundError:
        raise NotAFileError(f"{path} does not exist; check the path.") from None
    except OSError as error:
        raise NotAFileError(f"{path} cannot be opened: {error.strerror or error}.") from error
    return read_stream(binary, name=path.name, format=format, mapping=mapping, timezone=timezone)


def read_bytes(
    data: bytes,
    *,
    name: str = "",
    format: str | None = None,  # noqa: A002 - the word of the command line
    mapping: Mapping[str, str] | None = None,
    timezone: tzinfo = DEFAULT_TIMEZONE,
) -> Reading:
    """The same for bytes in memory; `name` is the file name they came under, if any."""
    return read_stream(io.BytesIO(data), name=name, format=format, mapping=mapping, timezone=timezone)


def read_stream(
    binary: BinaryIO,
    *,
    name: str = "",
    format: str | None = None,  # noqa: A002 - the word of the command line
    mapping: Mapping[str, str] | None = None,
    timezone: tzinfo = DEFAULT_TIMEZONE,
) -> Reading:
    """The same for an open binary stream, such as an upload. The reading closes it."""
    try:
        return Reading(binary, name=name, format_name=format, mapping=mapping, timezone=timezone)
    except BaseException:
        binary.close()
        raise


def _identified(record: Record, ids: PostIds) -> Record:
    return ids.identify(record) if isinstance(record, Post) else record


def _legible(record: Record, encoding: str) -> Record:
    """The record with nothing undecodable in it: a damaged post becomes a rejected row."""
    if isinstance(record, Rejected):
        return replace(record, raw=show_undecodable(record.raw)[:RAW_LIMIT])
    if isinstance(record, Post) and any(has_undecodable(getattr(record, name)) for name in _TEXT_FIELDS):
        reason = f"the row holds bytes that are not {encoding} text; save the file again as UTF-8"
        return Rejected(record.line, reason, show_undecodable(record.text)[:RAW_LIMIT])
    return record
