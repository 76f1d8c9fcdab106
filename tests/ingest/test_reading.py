"""Opening sources: recognition, errors that say what to do, ids that survive reading twice."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import IngestError, Post, Rejected, Skipped, format_names, read_bytes, read_path, read_stream
from ingest.errors import BadMappingError, EmptySourceError, NotAFileError, UnknownFormatError, UnsupportedFileError
from tests.ingest.reading_helpers import posts, reading


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ('{"text": "a"}', "jsonl"),
        ('\ufeff [ {"text": "a"} ]', "jsonl"),
        (
            "localId,TalkerId,Type,SubType,IsSender,CreateTime,Status,StrContent,StrTime,Remark,NickName,Sender\n",
            "wechat_csv",
        ),
        ("id,MsgSvrID,type_name,is_sender,talker,room_name,msg,src,CreateTime\n", "pywxdump_csv"),
        ("id,MsgSvrID,type_name,is_sender,talker,room_name,content,CreateTime\n", "pywxdump_csv"),
        ("消息记录（此消息记录为文本格式，不支持重新导入）\n", "qq_txt"),
        ("2019-09-23 8:43:38 PM 小明(872)\n你好\n", "qq_txt"),
        ('"pid","fid","tid","first","author","authorid","subject","dateline","message"\n', "discuz_csv"),
        ("内容,标签,时间\n", "table"),
        ("text\n你好\n", "table"),
    ],
)
def test_formats_are_recognised_by_their_beginning(head: str, name: str) -> None:
    assert reading(head).format == name


def test_an_explicit_format_overrides_recognition() -> None:
    assert reading("pid,tid,authorid,dateline,message\n1,2,3,4,a\n", format="table").format == "table"
    with pytest.raises(UnknownFormatError, match=f"no format 'wrod'; the formats are: {', '.join(format_names())}"):
        reading("text\na\n", format="wrod")


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xef\xbb\xbf", b"\xff\xfe", b"\0\0\0"])
def test_an_empty_source_is_refused(data: bytes) -> None:
    with pytest.raises(EmptySourceError, match="empty"):
        read_bytes(data, name="x.csv")


def test_a_directory_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotAFileError, match=r"is a directory; name the files in it"):
        read_path(tmp_path)
    with pytest.raises(NotAFileError, match="does not exist"):
        read_path(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (b"\xd0\xcf\x11\xe0rest", "save it as .xlsx or CSV"),
        (b"\x1f\x8b\x08rest", "unpack it"),
        (b"SQLite format 3\0", "export the messages"),
        (b"%PDF-1.7", "export the posts"),
    ],
)
def test_files_to_convert_first_are_named(data: bytes, advice: str) -> None:
    with pytest.raises(UnsupportedFileError, match=advice):
        read_bytes(data)


def test_an_unknown_format_lists_what_can_be_said() -> None:
    with pytest.raises(UnknownFormatError, match=r"--format NAME \(.*jsonl.*table"):
        reading("随便一段文字，没有什么结构。\n还有一段。\n", name="notes.txt")


def test_a_mapping_makes_a_table_of_a_source_and_fits_no_other_format() -> None:
    assert reading("a\n手机发热\n", mapping={"text": "a"}).format == "table"
    with pytest.raises(BadMappingError, match="read as jsonl"):
        reading('{"text": "a"}', format="jsonl", mapping={"text": "a"})


def test_reading_twice_gives_the_same_ids_and_no_two_posts_share_one() -> None:
    source = (
        "text,author,time\n"
        + "顶,甲,2022-01-01 10:00:00\n" * 3
        + "顶,乙,2022-01-01 10:00:00\n顶,甲,2022-01-01 10:00:01\n"
    )
    first, second = posts(source), posts(source)
    assert len({post.id for post in first}) == 5
    assert [post.id for post in first] == [post.id for post in second]


def test_rows_added_below_leave_the_ids_above_alone() -> None:
    assert [post.id for post in posts("text\n好\n好\n")] == [post.id for post in posts("text\n好\n好\n好\n坏\n")][:2]


def test_the_summary_counts_everything_read() -> None:
    table = reading("text,time\n一,2022-01-01\n二,\n,2022-01-01\n".encode("gb18030"), name="x.csv")
    list(table)
    summary = table.summary
    assert (summary.source, summary.format, summary.encoding) == ("x.csv", "table", "gb18030")
    assert (summary.posts, summary.rejected, summary.skipped, summary.without_time) == (2, 1, 0, 1)
    assert summary.columns is not None


def test_a_stream_is_closed_with_its_reading_and_where_it_cannot_be_read() -> None:
    stream = io.BytesIO(b"text\na\n")
    with read_stream(stream) as opened:
        assert len(list(opened)) == 1
    assert stream.closed
    empty = io.BytesIO(b"")
    with pytest.raises(EmptySourceError):
        read_stream(empty)
    assert empty.closed


@given(st.binary(max_size=600), st.sampled_from([*format_names(), None]), st.sampled_from(["", "a.csv", "a.xlsx"]))
def test_any_bytes_give_records_or_a_message(data: bytes, name: str | None, file_name: str) -> None:
    try:
        result = list(read_bytes(data, format=name, name=file_name))
    except IngestError:
        return
    for record in result:
        assert isinstance(record, (Post, Rejected, Skipped))
        if isinstance(record, Post):
            (record.text + record.author + record.id).encode()
        if isinstance(record, Rejected):
            record.raw.encode()
            assert record.reason
