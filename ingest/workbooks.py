"""Excel workbooks (.xlsx) to rows, streamed, with care for archives made to exhaust memory."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import IO

from ingest.csv_rows import RECORD_LIMIT, Row
from ingest.decoding import Stream
from ingest.errors import UnsupportedFileError
from ingest.posts import RAW_LIMIT, Rejected

_MAGIC = b"PK\x03\x04"
_IN_MEMORY = 8 << 20  # bytes; a larger workbook waits on disk
_SHEET_LIMIT = 2 << 30  # unpacked bytes of all sheets: they are streamed
_STRINGS_LIMIT = 256 << 20  # unpacked bytes of the parts that openpyxl keeps in memory
_COLUMN_LIMIT = 500  # a row with more cells than this is cut: formatting to the last column is common


def is_zip(stream: Stream) -> bool:
    """Whether the source is a zip archive, which every .xlsx is."""
    return stream.raw_head.startswith(_MAGIC)


def read_workbook(stream: Stream) -> Iterator[Row | Rejected]:
    """Rows of the first sheet that has any, cells as text, times in ISO 8601.

    Raises `UnsupportedFileError` for an archive that is no workbook, is damaged, or unpacks to more than is sane.
    """
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        for chunk in stream.raw_chunks():
            file.write(chunk)
        file.seek(0)
        name = stream.name or "The file"
        try:
            _check_archive(file, name)
            yield from _rows(file)
        except UnsupportedFileError:
            raise
        except Exception as error:  # openpyxl lets through whatever zipfile, zlib and the XML parser raise
            advice = f"{name} is a damaged Excel workbook ({error}); export it again as .xlsx or CSV."
            raise UnsupportedFileError(advice) from error


def _check_archive(file: IO[bytes], name: str) -> None:
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if not any(entry.startswith("xl/") for entry in names):
        raise UnsupportedFileError(f"{name} is a zip archive, not an Excel workbook; unpack it and name its files.")
    sheets = sum(entry.file_size for entry in entries if entry.filename.startswith("xl/worksheets/"))
    others = sum(entry.file_size for entry in entries if entry.filename.endswith(".xml")) - sheets
    if sheets > _SHEET_LIMIT or others > _STRINGS_LIMIT:
        raise UnsupportedFileError(f"{name} unpacks to {sheets + others:,} bytes, which is too much; export it as CSV.")


def _rows(file: IO[bytes]) -> Iterator[Row | Rejected]:
    import openpyxl

    workbook = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in workbook.worksheets:
            found = False
            for number, values in enumerate(sheet.iter_rows(values_only=True, max_col=_COLUMN_LIMIT), start=1):
                cells = tuple(_written(value) for value in values)
                if not any(cells):
                    continue
                found = True
                if sum(map(len, cells)) > RECORD_LIMIT:
                    raw = " ".join(cells)[:RAW_LIMIT]
                    yield Rejected(number, f"the row has more than {RECORD_LIMIT:,} characters", raw)
                else:
                    yield Row(number, cells)
            if found:
                return
    finally:
        workbook.close()


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, (datetime, date)):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
