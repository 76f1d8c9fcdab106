"""Uploaded export files: recognised at once, so that a mistake is answered at once, then queued for reading."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, BinaryIO
from zoneinfo import ZoneInfo

from fastapi import Depends, File, Form, Request, UploadFile
from fastapi.exceptions import RequestValidationError
from sqlalchemy.orm import Session

from api.errors import ApiError, BodyTooLargeError
from api.schemas.fields import ONE_LINE
from ingest.columns import parse_mapping
from ingest.reading import read_stream
from pipeline.jobs import JobRunner
from pipeline.settings import Settings, zone
from pipeline.spool import UploadTooLargeError
from review.principals import Principal
from store.tables import Job

_FIELDS = frozenset({"file", "channel", "format", "map", "timezone"})


@dataclass(frozen=True, slots=True)
class Upload:
    """One file and what its sender says of it."""

    stream: BinaryIO
    name: str
    channel: str
    format: str | None
    mapping: dict[str, str]
    timezone: str | None

    def digest(self) -> str:
        """sha256 of the content and everything said beside it; leaves the stream at its beginning."""
        said = (self.name, self.channel, self.format, sorted(self.mapping.items()), self.timezone)
        digest = hashlib.sha256(repr(said).encode(errors="surrogatepass"))
        while chunk := self.stream.read(2**20):
            digest.update(chunk)
        self.stream.seek(0)
        return digest.hexdigest()


async def _refuse_unknown_fields(request: Request) -> None:
    unknown = sorted(set(await request.form()) - _FIELDS)
    if unknown:
        raise RequestValidationError(
            [
                {"loc": ("body", name[:60]), "msg": "unknown field; see the API description", "type": "extra_forbidden"}
                for name in unknown[:20]
            ]
        )


def _upload(
    file: Annotated[UploadFile, File(description="The export file; its format is recognised from its content")],
    channel: Annotated[str, Form(max_length=200, pattern=ONE_LINE)],
    format: Annotated[  # noqa: A002 - the word of the interface
        str | None, Form(pattern=r"^[a-z0-9_]{1,40}$", description="Overrides recognition")
    ] = None,
    map: Annotated[  # noqa: A002 - the word of the interface
        str | None, Form(max_length=2_000, description="Columns of a table, such as `text=内容,time=时间`")
    ] = None,
    timezone: Annotated[str | None, Form(max_length=64, description="Of times without one")] = None,
) -> Upload:
    return Upload(
        stream=file.file,
        name=file.filename or "upload",
        channel=channel.strip(),
        format=format,
        mapping=parse_mapping(map) if map else {},
        timezone=timezone,
    )


Uploaded = Annotated[Upload, Depends(_upload)]
NoOtherFields = Depends(_refuse_unknown_fields)


def start_ingest(session: Session, principal: Principal, runner: JobRunner, settings: Settings, upload: Upload) -> Job:
    """Queue the reading of an upload. Raises IngestError where no reader can take it, ApiError for the rest."""
    try:
        timezone = zone(upload.timezone or settings.timezone)
    except ValueError as error:
        raise ApiError(422, "unknown_timezone", str(error), "时区名称无效，例如 Asia/Shanghai。") from error
    _recognise(upload, timezone)
    try:
        return runner.start_ingest(
            session,
            principal,
            stream=upload.stream,
            name=upload.name,
            channel=upload.channel,
            format_name=upload.format,
            mapping=upload.mapping,
            timezone=timezone.key,
        )
    except UploadTooLargeError as error:
        raise BodyTooLargeError(settings.upload_limit) from error


def _recognise(upload: Upload, timezone: ZoneInfo) -> None:
    """Raise IngestError now, not in a job minutes later, where no reader can take the file."""
    # never closed: closing a reading closes the upload, which is still to be kept
    read_stream(
        upload.stream, name=upload.name, format=upload.format, mapping=upload.mapping or None, timezone=timezone
    )
    upload.stream.seek(0)
