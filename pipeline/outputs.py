"""The files of `zhongsheng mine`: a contract other programs read. Written beside, then moved into place."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from ingest.posts import Rejected
from nlp.types import MinedMention, MinedTheme
from pipeline.cells import defused, defused_id

ASSIGNMENTS = "assignments.csv"
THEMES = "themes.json"
REPORT = "report.html"
REJECTED = "rejected.csv"
RUN = "run.json"

# csv readers refuse cells above 131,072 characters by default; nobody reads a mention this long in a table either.
_CELL_LIMIT = 32_000


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A rejected row and the file it came from."""

    source: str
    rejected: Rejected


def write_assignments(path: Path, posts: Sequence[tuple[str, str]], mentions: Iterable[MinedMention]) -> int:
    """`post_id,mention,theme_id,strength`: one row a mention, a row without theme for a post without mentions.

    posts: (id in the input, id in mining) in input order. Returns the number of rows.
    """
    by_post: dict[str, list[MinedMention]] = defaultdict(list)
    for mined in mentions:
        by_post[mined.mention.post_id].append(mined)
    rows = 0
    with _replacing(path, newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(["post_id", "mention", "theme_id", "strength"])
        for identifier, mining_id in posts:
            cell = defused_id(identifier)
            said = sorted(by_post.get(mining_id, ()), key=lambda mined: mined.mention.ordinal)
            for mined in said:
                strength = f"{mined.strength:.4f}" if mined.theme_id else "0"
                writer.writerow([cell, _text_cell(mined.mention.text), mined.theme_id or "", strength])
            if not said:
                writer.writerow([cell, "", "", "0"])
            rows += max(len(said), 1)
    return rows


def write_themes(path: Path, themes: Iterable[MinedTheme], input_ids: dict[str, str]) -> None:
    """The list of themes, best demand first. input_ids: id in mining -> id in the input."""
    ranked = sorted(themes, key=lambda theme: -theme.demand.score)
    known = {theme.id for theme in ranked}
    with _replacing(path, encoding="utf-8") as file:
        json.dump([_theme(theme, known, input_ids) for theme in ranked], file, ensure_ascii=False, indent=1)
        file.write("\n")


def write_rejected(path: Path, lines: Iterable[RejectedLine]) -> None:
    """`source,line,reason,raw`, only the header where nothing was rejected."""
    with _replacing(path, newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(["source", "line", "reason", "raw"])
        for entry in lines:
            rejected = entry.rejected
            writer.writerow([defused(entry.source), rejected.line, defused(rejected.reason), _text_cell(rejected.raw)])


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Indented UTF-8 JSON; times as RFC 3339."""
    with _replacing(path, encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=1, default=_plain)
        file.write("\n")


def write_text(path: Path, text: str) -> None:
    """UTF-8 text, whole or not at all."""
    with _replacing(path, encoding="utf-8") as file:
        file.write(text)


def _theme(theme: MinedTheme, known: set[str], input_ids: dict[str, str]) -> dict[str, Any]:
    return {
        "id": theme.id,
        "name": theme.name,
        "intent": theme.intent.value,
        "keyphrases": list(theme.keyphrases),
        "demand": asdict(theme.demand),
        "size": theme.size,
        "posts": theme.posts,
        "authors": theme.authors,
        "severity": round(theme.severity, 4),
        "growth": round(theme.growth, 4),
        "parent": theme.parent if theme.parent in known else None,
        "quotes": [
            {"post_id": input_ids.get(quote.post_id, quote.post_id), "text": quote.text} for quote in theme.quotes
        ],
        "first_seen": _plain(theme.first_seen),
        "last_seen": _plain(theme.last_seen),
        "weekly": [[week, people] for week, people in theme.weekly],
    }


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return None if value is None else str(value)


def _text_cell(text: str) -> str:
    return defused(text if len(text) <= _CELL_LIMIT else text[: _CELL_LIMIT - 1] + "…")


@contextmanager
def _replacing(path: Path, *, encoding: str, newline: str | None = None) -> Iterator[IO[str]]:
    """A file that takes the place of `path` once written to the end; after an error `path` is as before."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding=encoding, newline=newline, errors="backslashreplace") as file:
            yield file
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
