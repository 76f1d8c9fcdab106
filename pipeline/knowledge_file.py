"""Knowledge from JSON lines: `id`, `kind`, `title`, `body`, optionally `product`, `version`, `updated_at`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, field_validator

from ingest.decoding import Stream
from ingest.errors import NotAFileError
from review.knowledge import NewKnowledge


class KnowledgeFileError(ValueError):
    """A file that is not knowledge; the message names the line and what is wrong with it."""


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    key: str = Field(validation_alias=AliasChoices("id", "key"), min_length=1)
    kind: str
    title: str
    body: str
    product: str = ""
    version: str = ""
    updated_at: datetime | None = None

    @field_validator("updated_at")
    @classmethod
    def _aware(cls, value: datetime | None) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def read_knowledge(path: Path) -> list[NewKnowledge]:
    """All entries of the file. Raises KnowledgeFileError at the first bad line, NotAFileError for no file."""
    try:
        binary = path.open("rb")
    except OSError as error:
        raise NotAFileError(f"{path} cannot be opened: {error.strerror or error}.") from error
    with binary:
        return [
            _entry(line.number, line.problem, line.text)
            for line in Stream(binary, path.name).lines()
            if line.text.strip()
        ]


def _entry(number: int, problem: str, text: str) -> NewKnowledge:
    if problem:
        raise KnowledgeFileError(f"line {number}: {problem}")
    try:
        line = _Line.model_validate(json.loads(text))
    except json.JSONDecodeError as error:
        raise KnowledgeFileError(f"line {number} is not JSON ({error.msg}); write one entry a line") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, part['loc'])) or 'entry'}: {part['msg']}" for part in error.errors())
        raise KnowledgeFileError(f"line {number}: {wrong}") from error
    return NewKnowledge(
        key=line.key,
        kind=line.kind,
        title=line.title,
        body=line.body,
        product=line.product,
        product_version=line.version,
        source_updated_at=line.updated_at,
    )
