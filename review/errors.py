"""What review refuses, each with the status, code and words a person or program can act on."""

# ruff: noqa: N818 - named for the refusal, as a caller reads it: `except StaleVersion`

from __future__ import annotations

from typing import Any, ClassVar


class ReviewError(Exception):
    """A refusal. `message` is English, `message_zh` what the pages show; `details` are JSON values."""

    status: ClassVar[int] = 400

    def __init__(self, code: str, message: str, message_zh: str, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.message_zh = message_zh
        self.details: dict[str, Any] = details


class NotFound(ReviewError):
    """There is no such thing."""

    status = 404


class Forbidden(ReviewError):
    """This principal may not do this."""

    status = 403


class Conflict(ReviewError):
    """The thing is not in a state that allows this."""

    status = 409


class StaleVersion(Conflict):
    """Somebody changed the thing since it was read; details say who, when and the version now."""


class VersionMissing(ReviewError):
    """A change of a reviewed thing must name the version it was decided on."""

    status = 428

    def __init__(self) -> None:
        super().__init__(
            "version_missing",
            "Send the version you read (If-Match header or body field version), so that nobody's change is lost.",
            "请带上所见内容的版本号，以免覆盖他人的修改。",
        )


class Invalid(ReviewError):
    """The request contradicts a rule."""

    status = 422


class TooManyAttempts(ReviewError):
    """Too many tries; wait."""

    status = 429
