"""Bytes to lines: encodings, damage, NULs and size."""

from __future__ import annotations

import codecs
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoding import HEAD_BYTES, LINE_LIMIT, Stream, guess_encoding, has_undecodable, show_undecodable
from ingest.errors import UnknownEncodingError

SENTENCE = "手机发热，充电很慢。"


def lines_of(data: bytes) -> list[str]:
    return [line.text for line in Stream(io.BytesIO(data)).lines()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_every_encoding_gives_the_same_lines(encoding: str) -> None:
    text = f"{SENTENCE}\r\n第二行\n第三行\r第四行"
    assert lines_of(text.encode(encoding)) == [SENTENCE, "第二行", "第三行", "第四行"]


def test_utf_16_big_endian_with_its_mark_is_read() -> None:
    assert lines_of(codecs.BOM_UTF16_BE + f"{SENTENCE}\nb".encode("utf-16-be")) == [SENTENCE, "b"]


@pytest.mark.parametrize("shift", [0, 1, 2, 3])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_character_cut_by_the_end_of_the_head_is_no_error(encoding: str, shift: int) -> None:
    text = "a" * shift + "汉" * HEAD_BYTES
    stream = Stream(io.BytesIO(text.encode(encoding)))
    assert stream.encoding == encoding
    assert "".join(stream.chunks()) == text


def test_a_file_that_is_ascii_for_long_is_decided_where_it_stops_being_so() -> None:
    text = "id,text\n" * (HEAD_BYTES // 4) + SENTENCE
    assert lines_of(text.encode("gb18030"))[-1] == SENTENCE


def test_a_damaged_byte_does_not_turn_utf_8_into_mojibake() -> None:
    data = f"{SENTENCE}\n坏".encode() + b"\xff\xfe" + f"行\n{SENTENCE}".encode()
    lines = lines_of(data)
    assert lines[0] == lines[2] == SENTENCE
    assert has_undecodable(lines[1])
    assert show_undecodable(lines[1]) == "坏\\xff\\xfe行"


def test_a_damaged_byte_in_gb18030_stays_in_its_line() -> None:
    data = f"{SENTENCE}\n".encode("gb18030") + b"\xff\n" + SENTENCE.encode("gb18030")
    lines = lines_of(data)
    assert lines[0] == lines[2] == SENTENCE
    assert has_undecodable(lines[1])


def test_half_a_character_in_utf_16_is_marked_not_guessed() -> None:
    lines = lines_of(codecs.BOM_UTF16_LE + "好\n".encode("utf-16-le") + b"\x3d\xd8" + "\n好".encode("utf-16-le"))
    assert lines[0] == lines[2] == "好"
    assert has_undecodable(lines[1])


def test_nuls_are_dropped_and_binary_content_is_refused() -> None:
    assert lines_of(f"{SENTENCE}\0\nb\0c".encode()) == [SENTENCE, "bc"]
    with pytest.raises(UnknownEncodingError, match="save it again as UTF-8"):
        lines_of(bytes(range(256)) * 20 + b"\0" * 4000)
    with pytest.raises(UnknownEncodingError):
        guess_encoding("无标记".encode("utf-16-le") * 3 + b"\0a" * 20)


def test_a_line_of_ten_megabytes_is_reported_and_the_rest_is_read() -> None:
    lines = list(Stream(io.BytesIO(b"first\n" + b"x" * 10_000_000 + b"\nlast")).lines())
    assert [line.number for line in lines] == [1, 2, 3]
    assert "10,000,000 characters" in lines[1].problem
    assert len(lines[1].text) < 10_000
    assert (lines[0].text, lines[2].text) == ("first", "last")


def test_the_longest_allowed_line_is_whole() -> None:
    lines = list(Stream(io.BytesIO("汉".encode() * LINE_LIMIT + b"\nx")).lines())
    assert len(lines[0].text) == LINE_LIMIT
    assert not lines[0].problem


class Dribble(io.RawIOBase):
    """A stream that gives a few bytes at a time, like a socket."""

    def __init__(self, data: bytes, step: int) -> None:
        self._data, self._step = data, step

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        step = min(self._step, size) if size >= 0 else self._step
        part, self._data = self._data[:step], self._data[step:]
        return part


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff\r")), st.integers(1, 7))
def test_text_comes_back_however_the_bytes_arrive(text: str, step: int) -> None:
    stream = Stream(Dribble(text.encode(), step))  # type: ignore[arg-type]
    assert "".join(stream.chunks()) == text


@given(st.lists(st.text("a汉\r\n", max_size=9)), st.integers(1, 5))
def test_lines_do_not_depend_on_where_chunks_end(parts: list[str], step: int) -> None:
    data = "".join(parts).encode()
    assert [line.text for line in Stream(Dribble(data, step)).lines()] == lines_of(data)  # type: ignore[arg-type]


@given(st.binary(max_size=3000))
def test_any_bytes_are_read_or_refused_with_advice(data: bytes) -> None:
    try:
        lines = list(Stream(io.BytesIO(data)).lines())
    except UnknownEncodingError:
        return
    for line in lines:
        show_undecodable(line.text).encode()
