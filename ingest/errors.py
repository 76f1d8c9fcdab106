"""What can be wrong with a whole source. Each message says, in English, what to do about it."""

from __future__ import annotations

from collections.abc import Sequence


class IngestError(Exception):
    """A source that cannot be read at all; a bad row is never an error but a `Rejected`."""


class NotAFileError(IngestError):
    """The path is a directory, does not exist or cannot be opened."""


class EmptySourceError(IngestError):
    """The source holds no bytes or nothing but white space."""


class UnknownFormatError(IngestError):
    """No reader recognises the source, or the format asked for does not exist."""


class UnsupportedFileError(IngestError):
    """A recognised kind of file that has to be converted first (an archive, an old workbook, a damaged one)."""


class UnknownEncodingError(IngestError):
    """The bytes are not text in any encoding that is tried."""


class BadMappingError(IngestError):
    """A column mapping that names an unknown field or an absent column."""


class NoTextColumnError(IngestError):
    """A table in which no column could be taken for the text."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        found = ", ".join(repr(column) for column in self.columns) or "none"
        first = self.columns[-1] if self.columns else "COLUMN"
        super().__init__(
            f"No column of this table looks like the text of a post. Columns found: {found}. "
            f"Name the one that holds the text, for example --map text={first}"
        )


class MissingSecretError(IngestError):
    """Pseudonyms were asked for without a secret to make them under."""
