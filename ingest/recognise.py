"""Which reader a source is for: by its signature in the first 64 KiB, or by name."""

from __future__ import annotations

from ingest.decoding import Stream
from ingest.errors import UnknownFormatError, UnsupportedFileError
from ingest.formats import Format
from ingest.readers import discuz_csv, jsonl, pywxdump_csv, qq_txt, table, wechat_csv
from ingest.workbooks import is_zip

FORMATS: tuple[Format, ...] = tuple(
    sorted(
        (
            discuz_csv.FORMAT,
            jsonl.FORMAT,
            pywxdump_csv.FORMAT,
            qq_txt.FORMAT,
            table.FORMAT,
            wechat_csv.FORMAT,
        ),
        key=lambda entry: (-entry.priority, entry.name),
    )
)

# Kinds of file that people bring and that have to be converted, by their first bytes.
_CONVERT_FIRST = (
    (b"\xd0\xcf\x11\xe0", "This is an old Excel workbook (.xls); save it as .xlsx or CSV."),
    (b"\x1f\x8b", "This file is compressed (gzip); unpack it first."),
    (b"Rar!", "This is a RAR archive; unpack it first and name the files in it."),
    (b"7z\xbc\xaf", "This is a 7z archive; unpack it first and name the files in it."),
    (b"SQLite format 3\0", "This is a SQLite database; export the messages as CSV or JSON lines."),
    (b"%PDF-", "This is a PDF; export the posts as CSV or JSON lines."),
)


def format_names() -> tuple[str, ...]:
    """The names that an explicit format may have, in order of recognition."""
    return tuple(entry.name for entry in FORMATS)


def find_format(stream: Stream, name: str | None = None) -> Format:
    """The format of that name, else the recognised one.

    Raises `UnknownFormatError` (no such name, nothing recognises it), `UnsupportedFileError` (convert it first) or
    `UnknownEncodingError` (neither a workbook nor text).
    """
    for magic, advice in _CONVERT_FIRST:
        if stream.raw_head.startswith(magic):
            raise UnsupportedFileError(advice)
    if not is_zip(stream):
        _ = stream.head  # binary content is refused here, not at the first record
    known = ", ".join(format_names())
    if name is not None:
        for entry in FORMATS:
            if entry.name == name:
                return entry
        raise UnknownFormatError(f"There is no format {name!r}; the formats are: {known}.")
    if is_zip(stream):
        return table.FORMAT  # a workbook; asking the others would mean to decode it as text
    for entry in FORMATS:
        if entry.signature(stream):
            return entry
    raise UnknownFormatError(
        f"The format of {stream.name or 'this source'} is not recognised. "
        f"Say which it is with --format NAME ({known}), or export it as CSV with a header line or as JSON lines."
    )
