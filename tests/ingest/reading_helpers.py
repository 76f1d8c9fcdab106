"""Short ways to read text in tests."""

from __future__ import annotations

from collections.abc import Mapping

from ingest import Post, Reading, Record, Rejected, Skipped, read_bytes


def reading(
    source: str | bytes,
    *,
    name: str = "",
    format: str | None = None,  # noqa: A002 - the word of the command line
    mapping: Mapping[str, str] | None = None,
) -> Reading:
    data = source.encode() if isinstance(source, str) else source
    return read_bytes(data, name=name, format=format, mapping=mapping)


def records(source: str | bytes, *, name: str = "", format: str | None = None) -> list[Record]:  # noqa: A002
    return list(reading(source, name=name, format=format))


def posts(source: str | bytes, *, name: str = "") -> list[Post]:
    return [record for record in records(source, name=name) if isinstance(record, Post)]


def rejected(source: str | bytes, *, name: str = "") -> list[Rejected]:
    return [record for record in records(source, name=name) if isinstance(record, Rejected)]


def skipped(source: str | bytes, *, name: str = "") -> list[Skipped]:
    return [record for record in records(source, name=name) if isinstance(record, Skipped)]
