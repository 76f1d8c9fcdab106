"""Bytes to lines of text: UTF-8, GB18030 or UTF-16, decided by the bytes, with bounded memory and no mojibake.

Bytes that the encoding does not allow become lone surrogates (U+DC00 + byte), as with Python's surrogateescape:
line structure survives, and whoever finds a lone surrogate in a record rejects that record and no other.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import cached_property
from typing import BinaryIO, NamedTuple

from ingest.errors import UnknownEncodingError

HEAD_BYTES = 64 * 1024  # what a format is recognised by
LINE_LIMIT = 1 << 20  # characters; a longer line is reported and passed over
_KEPT_OF_LONG_LINE = 2_000
_CHUNK = 64 * 1024
_ESCAPE = "zhongsheng.escape"
_SURROGATE = re.compile("[\ud800-\udfff]")
_BREAK = re.compile(r"\r\n|\n|\r")
_MULTIBYTE = re.compile(rb"[\xe1-\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}")
_NOT_TEXT = (
    "This file is not text in UTF-8, GB18030 or UTF-16 with a byte-order mark. If it is text, save it again as UTF-8."
)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def _escape(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + byte) for byte in wrong), error.end


codecs.register_error(_ESCAPE, _escape)


class Line(NamedTuple):
    """One line without its line break. `problem` is set where only the beginning of the line was kept."""

    number: int  # 1-based
    text: str
    problem: str = ""


def has_undecodable(text: str) -> bool:
    """Whether the text holds bytes that could not be decoded (or a broken escape of half a character)."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def show_undecodable(text: str) -> str:
    """The text with undecodable bytes written as `\\xHH`, safe to store and print."""
    return _SURROGATE.sub(_written_out, text)


def _written_out(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code - 0xDC00:02x}" if 0xDC00 <= code <= 0xDCFF else f"\\u{code:04x}"


def guess_encoding(window: bytes, *, complete: bool = False) -> str:
    """'utf-8', 'gb18030', 'utf-16-le' or 'utf-16-be' for bytes that begin on a character's boundary.

    A character cut off by the window's end is no error unless the window is `complete`. Where UTF-8 nearly
    fits, at least as many bytes in whole three- and four-byte sequences as faulty ones decide for UTF-8: real GB18030
    text hardly ever forms such sequences, so some damaged bytes do not turn a UTF-8 file into mojibake.
    Raises `UnknownEncodingError` for binary content.
    """
    for bom, encoding in _BOMS:
        if window.startswith(bom):
            return encoding
    if window.count(0) > len(window) // 4:
        raise UnknownEncodingError(_NOT_TEXT)
    faults = _faults(window, "utf-8", complete)
    if faults == 0:
        return "utf-8"
    if sum(map(len, _MULTIBYTE.findall(window))) >= faults:
        return "utf-8"
    if _faults(window, "gb18030", complete) * 4 > sum(byte >= 0x80 for byte in window):
        raise UnknownEncodingError(_NOT_TEXT)
    return "gb18030"


def _guess_late(window: bytes) -> str:
    """The encoding by a later piece; much damage there leaves UTF-8, and rows to be rejected one by one."""
    try:
        return guess_encoding(window)
    except UnknownEncodingError:
        return "utf-8"


def _faults(window: bytes, encoding: str, complete: bool) -> int:
    decoder = codecs.getincrementaldecoder(encoding)(_ESCAPE)
    return len(_SURROGATE.findall(decoder.decode(window, complete)))


class Stream:
    """A source of bytes seen as text. Read once, front to back; the head can be looked at before.

    Memory: one chunk of 64 KiB and one line of at most `LINE_LIMIT` characters.
    """

    def __init__(self, binary: BinaryIO, name: str = "") -> None:
        self.name = name
        self._binary = binary
        self.raw_head = _read_fully(binary, HEAD_BYTES)
        self.complete = len(self.raw_head) < HEAD_BYTES
        self._encoding: str | None = None

    @cached_property
    def head(self) -> str:
        """The first 64 KiB as text. Raises `UnknownEncodingError` where they are not text."""
        guessed = guess_encoding(self.raw_head, complete=self.complete)
        if not self.raw_head.isascii():
            self._encoding = guessed
        return "".join(self._decoded(iter((self.raw_head,)), final=self.complete))

    @property
    def encoding(self) -> str:
        """The encoding decided on; 'utf-8' as long as everything read was ASCII."""
        _ = self.head
        return self._encoding or "utf-8"

    def raw_chunks(self) -> Iterator[bytes]:
        """All bytes from the start, the head included."""
        yield self.raw_head
        while chunk := self._binary.read(_CHUNK):
            yield chunk

    def chunks(self) -> Iterator[str]:
        """Decoded text from the start, without byte-order mark and NULs, in pieces of any length."""
        _ = self.head  # decides on the encoding, or refuses binary content
        return self._decoded(self.raw_chunks(), final=True)

    def lines(self) -> Iterator[Line]:
        """Lines from the start; one beyond `LINE_LIMIT` comes shortened, with its `problem`."""
        return split_lines(self.chunks())

    def _decoded(self, raw: Iterator[bytes], *, final: bool) -> Iterator[str]:
        decoder: codecs.IncrementalDecoder | None = None
        first = True
        for chunk in raw:
            if decoder is None:
                if self._encoding is None and not chunk.isascii():
                    # The head was pure ASCII: the first chunk that is not decides.
                    self._encoding = _guess_late(chunk)
                if self._encoding is None:
                    yield chunk.decode("ascii").replace("\0", "")
                    first = False
                    continue
                decoder = codecs.getincrementaldecoder(self._encoding)(_ESCAPE)
            text = decoder.decode(chunk)
            if first and text:
                text = text.removeprefix("\ufeff")
                first = False
            yield text.replace("\0", "")
        if decoder is not None and final:
            yield decoder.decode(b"", True).replace("\0", "")


def split_lines(chunks: Iterator[str]) -> Iterator[Line]:
    """Lines broken at LF, CRLF or CR, numbered from 1; the last one need not be closed."""
    number = 0
    pending: list[str] = []
    length = 0
    held_return = False  # a CR at a chunk's end may be half of a CRLF
    for chunk in chunks:
        text = "\r" + chunk if held_return else chunk
        held_return = text.endswith("\r")
        if held_return:
            text = text[:-1]
        start = 0
        for match in _BREAK.finditer(text):
            number += 1
            yield _line(number, pending, length, text[start : match.start()])
            pending, length, start = [], 0, match.end()
        rest = text[start:]
        length += len(rest)
        if rest and length - len(rest) <= LINE_LIMIT:
            pending.append(rest)
    if length or held_return:
        yield _line(number + 1, pending, length, "")


def _line(number: int, pending: list[str], length: int, last: str) -> Line:
    total = length + len(last)
    if not pending and total <= LINE_LIMIT:
        return Line(number, last)
    text = "".join([*pending, last])
    if total <= LINE_LIMIT:
        return Line(number, text)
    problem = f"the line has {total:,} characters, the limit is {LINE_LIMIT:,}; split it into several rows"
    return Line(number, text[:_KEPT_OF_LONG_LINE], problem)


def _read_fully(binary: BinaryIO, size: int) -> bytes:
    """`size` bytes, fewer only at the end: a pipe or an upload may give less at a time."""
    parts: list[bytes] = []
    missing = size
    while missing and (part := binary.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
