"""Bytes to Posts: recognise a format, read it, clean, mask, group duplicates. Pure: no database, no HTTP.

May import nothing of this project outside itself. Public: `read_path`, `read_bytes` and `read_stream` give a
`Reading` of `Post | Rejected | Skipped`; `prepare` makes posts ready to be stored and mined.
"""

from __future__ import annotations

from ingest.columns import Columns, parse_mapping
from ingest.errors import IngestError
from ingest.posts import MaskKind, Post, PreparedPost, Record, Rejected, Skipped, Tier
from ingest.prepare import mark_duplicates, prepare, prepare_one
from ingest.pseudonyms import pseudonym
from ingest.reading import Reading, ReadSummary, read_bytes, read_path, read_stream
from ingest.recognise import format_names
from ingest.times import DEFAULT_TIMEZONE, parse_time

__all__ = [
    "DEFAULT_TIMEZONE",
    "Columns",
    "IngestError",
    "MaskKind",
    "Post",
    "PreparedPost",
    "ReadSummary",
    "Reading",
    "Record",
    "Rejected",
    "Skipped",
    "Tier",
    "format_names",
    "mark_duplicates",
    "parse_mapping",
    "parse_time",
    "prepare",
    "prepare_one",
    "pseudonym",
    "read_bytes",
    "read_path",
    "read_stream",
]
