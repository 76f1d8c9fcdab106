"""The native format."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import Post, Rejected, Tier, read_bytes
from tests.ingest.reading_helpers import posts, records, rejected


def test_a_full_record_keeps_every_field() -> None:
    record = {
        "id": 7, "author": "u1", "time": "2023-05-01T12:30:00+08:00", "text": "发热", "channel": "c", "thread": "t", "reply_to": 6,
        "likes": 3, "replies": "1.2万", "views": 9, "product": "X1", "region": "广东", "tier": "core",
    }  # fmt: skip
    (post,) = posts(json.dumps(record, ensure_ascii=False))
    assert (post.id, post.author, post.text, post.channel, post.thread, post.reply_to) == (
        "7",
        "u1",
        "发热",
        "c",
        "t",
        "6",
    )
    assert (post.likes, post.replies, post.views, post.product, post.region) == (3, 12_000, 9, "X1", "广东")
    assert post.tier is Tier.CORE
    assert post.time is not None
    assert post.time.isoformat() == "2023-05-01T12:30:00+08:00"
    assert (post.platform, post.line) == ("native", 1)


def test_author_time_and_id_may_be_missing() -> None:
    (post,) = posts('{"text": "发热"}')
    assert post.author == ""
    assert post.time is None
    assert post.id.startswith("h_")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": "1"}', 'no "text"'),
        ('{"text": 5}', "must be a string"),
        ('{"text": "  "}', "is empty"),
        ('{"text": "a", "time": "昨天"}', "the time '昨天' cannot be understood; accepted"),
        ('{"text": "a", "likes": "many"}', "whole number"),
        ('{"text": "a", "tier": "god"}', "tier"),
        ('{"text": "a", "author": {"name": "x"}}', '"author" must be'),
        ('["text"]', "must be an object"),
        ('{"text": "a"', "not valid JSON"),
        ("{" * 5000, "JSON"),
        ('{"text": "a", "n": ' + "[" * 100_000 + "}", "JSON"),
        ('{"text": "\\ud83d"}', "bytes that are not"),
        ('{"text": "a", "id": "' + "9" * 600 + '"}', "limit is 500"),
        ('{"text": "a", "likes": 1' + "0" * 5000 + "}", "JSON"),
    ],
)
def test_a_bad_line_is_rejected_with_its_reason_and_its_neighbours_read(line: str, reason: str) -> None:
    first, bad, last = records(f'{{"text": "前"}}\n{line}\n{{"text": "后"}}')
    assert isinstance(first, Post)
    assert isinstance(last, Post)
    assert isinstance(bad, Rejected)
    assert bad.line == 2
    assert reason in bad.reason


def test_an_array_is_read_like_lines() -> None:
    source = json.dumps(
        [{"text": 'a"b,]}\\', "id": 1}, {"text": "乙", "tags": [{"x": "["}]}], indent=2, ensure_ascii=False
    )
    assert [post.text for post in posts(source)] == ['a"b,]}\\', "乙"]


def test_a_broken_element_of_an_array_is_rejected_alone() -> None:
    result = records('[{"text": "a"}, {"text": oops}, 5, {"text": "b"}]')
    assert [isinstance(record, Post) for record in result] == [True, False, False, True]
    assert [getattr(record, "line", 0) for record in result] == [1, 2, 3, 4]


def test_an_array_that_breaks_off_gives_what_came_before() -> None:
    result = records('[{"text": "a"}, {"text": "b')
    assert [type(record) for record in result] == [Post, Rejected]
    assert "the array ends" in result[1].reason  # type: ignore[union-attr]


def test_a_huge_element_of_an_array_is_rejected_and_the_rest_read() -> None:
    source = json.dumps([{"text": "a"}, {"text": "x" * 3_000_000}, {"text": "b"}])
    result = records(source)
    assert [type(record) for record in result] == [Post, Rejected, Post]


def test_a_long_array_is_split_wherever_chunks_end() -> None:
    texts = [f'第{number}条 "引号" \\ 与 [括号]' for number in range(5000)]
    assert [post.text for post in posts(json.dumps([{"text": text} for text in texts], ensure_ascii=False))] == texts


def test_a_line_of_ten_megabytes_is_rejected_and_the_rest_read() -> None:
    result = records('{"text": "a"}\n{"text": "' + "x" * 10_000_000 + '"}\n{"text": "b"}')
    assert [type(record) for record in result] == [Post, Rejected, Post]
    assert "10,000,012 characters" in result[1].reason  # type: ignore[union-attr]


def test_an_undecodable_line_is_rejected_and_shown_readably() -> None:
    (bad,) = rejected('{"text": "好"}\n{"text": "'.encode() + b"\xff" + '坏"}\n{"text": "好的"}'.encode())
    assert bad.line == 2
    assert bad.raw == "\\xff坏"


def test_an_id_used_again_for_another_text_is_rejected_not_lost() -> None:
    result = records('{"id": "1", "text": "a"}\n{"id": "1", "text": "b"}\n{"id": "1", "text": "a"}')
    assert [type(record) for record in result] == [Post, Rejected, Post]
    assert "'1' was used before" in result[1].reason  # type: ignore[union-attr]


def test_a_recall_needs_no_text() -> None:
    (post,) = posts('{"id": "9", "recalls": "7"}')
    assert post.recalls == "7"


@given(st.lists(st.one_of(st.text(max_size=30), st.just('{"text": "好"}'), st.binary(max_size=20))))
def test_broken_lines_never_raise_and_every_line_is_accounted_for(lines: list[str | bytes]) -> None:
    encoded = [line.encode("utf-8", "replace") if isinstance(line, str) else line for line in lines]
    whole = [line.replace(b"\n", b"").replace(b"\r", b"") for line in encoded]
    first = '{"text": "' + "首" * 2000 + '"}\n'  # enough to know the encoding by
    result = list(read_bytes(first.encode() + b"\n".join(whole), format="jsonl"))
    assert sum(isinstance(record, Post) for record in result) == 1 + whole.count('{"text": "好"}'.encode())


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20)), max_size=8), st.booleans())
def test_an_array_of_anything_gives_a_record_an_element(elements: list[dict[str, str]], ascii_only: bool) -> None:
    source = json.dumps([{"text": "first"}, *elements], ensure_ascii=ascii_only)
    result = list(read_bytes(source.encode(), format="jsonl"))
    assert len(result) == 1 + len(elements)
