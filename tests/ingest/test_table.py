"""Tables: delimiters, guessed columns, broken rows, workbooks."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import Post, Rejected, parse_mapping, read_bytes, read_path
from ingest.columns import guess_columns
from ingest.errors import BadMappingError, EmptySourceError, NoTextColumnError, UnsupportedFileError
from tests.ingest.reading_helpers import posts, reading, records, rejected

DATA = Path(os.environ.get("ZHONGSHENG_DATA", Path(__file__).parents[2].parent / "shared" / "data"))


def test_chinese_headers_are_understood() -> None:
    table = reading("编号,标签,时间,内容\n1,相机,2022-03-30 13:26:00,拍照发黄\n")
    assert table.columns is not None
    assert table.columns.explain() == "text=内容,time=时间,id=编号"
    (post,) = table
    assert isinstance(post, Post)
    assert (post.id, post.text, post.line) == ("1", "拍照发黄", 2)


def test_title_and_text_are_joined() -> None:
    source = (
        "留言编号,留言用户,留言主题,留言时间,留言详情,反对数,点赞数\n1,A1,路灯不亮,2019/2/28 11:25:05,已经三天了,0,7\n"
    )
    (post,) = posts(source)
    assert post.text == "路灯不亮\n已经三天了"
    assert (post.author, post.likes) == ("A1", 7)


def test_a_title_that_the_text_repeats_is_not_said_twice() -> None:
    (post,) = posts("标题,内容\n路灯不亮,路灯不亮已经三天了\n")
    assert post.text == "路灯不亮已经三天了"


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters_are_sniffed(delimiter: str) -> None:
    rows = [["id", "text", "likes"], ["1", "好，真好", "3"], ["2", "不好", "4"]]
    (first, second) = posts("\n".join(delimiter.join(row) for row in rows))
    assert (first.text, first.likes, second.text) == ("好，真好", 3, "不好")


def test_a_mapping_overrides_the_guess() -> None:
    source = "a,b,内容\n甲说,2022-01-01,别的\n"
    table = reading(source, mapping=parse_mapping("text=a,time=b"))
    (post,) = table
    assert isinstance(post, Post)
    assert post.text == "甲说"
    assert post.time is not None


def test_a_mapping_may_name_columns_by_number_and_leave_fields_out() -> None:
    (post,) = reading("x,作者,y\n1,张三,好的\n", mapping={"text": "3", "author": ""})
    assert isinstance(post, Post)
    assert (post.text, post.author) == ("好的", "")


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("text=没有", "no column '没有'. Columns found: 'a', 'b'"),
        ("wort=a", "the fields are: text"),
        ("text", "FIELD=COLUMN"),
    ],
)
def test_a_wrong_mapping_says_what_is_there(mapping: str, message: str) -> None:
    with pytest.raises(BadMappingError, match=message):
        reading("a,b\n1,2\n", mapping=parse_mapping(mapping))


def test_a_table_without_text_lists_its_columns_and_suggests_a_mapping() -> None:
    with pytest.raises(NoTextColumnError, match=r"'品牌', '价格'.*--map text=") as error:
        reading("品牌,价格\n小米,1999\n", name="x.csv")
    assert error.value.columns == ("品牌", "价格")


def test_an_id_column_whose_values_repeat_is_no_id() -> None:
    guess = guess_columns(["id", "text"], [["1", "a"], ["1", "b"]])
    assert guess.name("id") is None


def test_an_id_that_repeats_late_loses_no_row() -> None:
    rows = "".join(f"{number},第{number}条\n" for number in range(100))
    result = posts(f"id,text\n{rows}5,另一条\n")
    assert len({post.id for post in result}) == 101


def test_a_row_without_time_is_kept_and_counted() -> None:
    table = reading("text,time\na,\nb,2022-01-01\n")
    assert [record.time is None for record in table if isinstance(record, Post)] == [True, False]
    assert table.summary.without_time == 1
    assert (table.summary.posts, table.summary.rejected) == (2, 0)


def test_bad_rows_are_rejected_with_line_and_reason_and_the_rest_read() -> None:
    source = "id,text,time\n1,好,2022-01-01\n2,,2022-01-01\n3,好,明天\n4\n5,好,2022-01-01,多,余\n6,完,2022-01-01\n"
    assert [post.id for post in posts(source)] == ["1", "6"]
    assert [(bad.line, bad.reason.split(";")[0]) for bad in rejected(source)] == [
        (3, "no text in column 'text'"),
        (4, "the time '明天' cannot be understood"),
        (5, "the row has only 1 cells"),
        (6, "the row has 5 cells, the header 3"),
    ]


def test_a_text_in_the_last_column_may_hold_commas_without_quotes() -> None:
    (post,) = posts("id,text\n1,先发热,再重启,最后黑屏\n")
    assert post.text == "先发热,再重启,最后黑屏"


def test_quoted_cells_span_lines_and_hold_quotes() -> None:
    (first, second) = posts('text,id\n"一\n""二""\n三",1\n四,2\n')
    assert first.text == '一\n"二"\n三'
    assert (second.text, second.line) == ("四", 5)


def test_a_quote_in_the_middle_of_a_cell_is_only_a_quote() -> None:
    assert [post.text for post in posts('id,text\n1,12" 的屏幕\n2,好\n')] == ['12" 的屏幕', "好"]


def test_a_quote_left_open_takes_one_row_only() -> None:
    body = "".join(f"{number},第{number}条\n" for number in range(2, 50))
    source = f'id,text\n1,"没有关上\n{body}'
    assert [bad.line for bad in rejected(source)] == [2]
    assert len(posts(source)) == 48


def test_a_line_of_ten_megabytes_is_rejected_and_the_rest_read() -> None:
    source = "id,text\n1,前\n2," + "长" * 10_000_000 + "\n3,后\n"
    assert [post.id for post in posts(source)] == ["1", "3"]
    (bad,) = rejected(source)
    assert bad.line == 3
    assert "split it" in bad.reason
    assert len(bad.raw) <= 2000


def test_a_cell_beyond_the_csv_modules_own_limit_is_read() -> None:
    (post,) = posts("id,text\n1," + "长" * 300_000 + "\n")
    assert len(post.text) == 300_000


def test_a_cell_that_never_ends_is_bounded() -> None:
    source = 'id,text\n1,"' + "长行\n" * 20_000 + "2,好\n"
    assert len(rejected(source)) >= 1
    assert posts(source)[-1].text == "好"


def test_an_undecodable_row_is_rejected_never_mojibake() -> None:
    source = "id,text\n1,好的\n2,".encode() + b"\xff\xfe\x80" + "坏\n3,还好\n".encode()
    assert [post.id for post in posts(source)] == ["1", "3"]
    (bad,) = rejected(source)
    assert bad.line == 3
    assert "save the file again as UTF-8" in bad.reason


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_is_read(encoding: str) -> None:
    (post,) = posts("内容,时间\n繁體字與emoji😀,2022-01-01\n".encode(encoding))
    assert post.text == "繁體字與emoji😀"


def test_a_header_alone_gives_nothing_and_no_error() -> None:
    assert records("id,text\n") == []


def workbook(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_workbook_is_read_with_dates_and_numbers() -> None:
    data = workbook(
        [
            ["编号", "内容", "时间", "点赞数"],
            [7.0, "发热\n重启", datetime.fromisoformat("2022-03-30T04:39:49"), 3],
            [None, None, None, None],
            [8, "黑屏", None, None],
        ]
    )
    first, second = posts(data)
    assert (first.id, first.text, first.likes) == ("7", "发热\n重启", 3)
    assert first.time is not None
    assert first.time.isoformat() == "2022-03-30T04:39:49+08:00"
    assert (second.id, second.time, second.line) == ("8", None, 4)


def test_a_workbook_that_is_no_zip_is_refused_with_advice() -> None:
    with pytest.raises(UnsupportedFileError, match="not an Excel workbook"):
        reading("id,text\n1,a\n", name="posts.xlsx")


def test_another_zip_and_a_damaged_workbook_are_refused_with_advice() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.csv", "id,text\n1,a\n")
    with pytest.raises(UnsupportedFileError, match="unpack it"):
        reading(file.getvalue(), name="posts.zip")
    with pytest.raises(UnsupportedFileError, match="damaged"):
        reading(workbook([["text"], ["a"]])[:-400], name="posts.xlsx")


def test_a_workbook_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            for _ in range(300):
                part.write(b"0" * (1 << 20))
    with pytest.raises(UnsupportedFileError, match="too much"):
        reading(file.getvalue(), name="bomb.xlsx")


def test_an_empty_workbook_has_no_header() -> None:
    with pytest.raises(EmptySourceError):
        reading(workbook([]), name="x.xlsx")


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff\r"), max_size=12)


@given(st.lists(st.tuples(cells, cells), max_size=12))
def test_well_formed_rows_come_back_as_written(rows: list[tuple[str, str]]) -> None:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["text", "备注"])
    writer.writerows(rows)
    texts = [text.strip() for text, _ in rows if text.strip()]
    result = list(read_bytes(file.getvalue().encode(), name="x.csv", mapping={"text": "text"}))
    assert [record.text for record in result if isinstance(record, Post)] == texts


@given(st.text(st.sampled_from("a好\",\n\r\t;'\0"), max_size=200))
def test_broken_rows_never_raise_and_never_hide_a_later_good_one(middle: str) -> None:
    source = f"id,text\n1,首\n{middle}\n" + "\n".join(f"x{number},尾{number}" for number in range(3))
    result = list(read_bytes(source.encode(), format="table"))
    assert all(isinstance(record, (Post, Rejected)) for record in result)
    assert "尾2" in [record.text for record in result if isinstance(record, Post)]


@given(st.binary(max_size=300))
def test_bytes_that_are_no_table_never_raise_once_the_header_is_read(noise: bytes) -> None:
    result = list(read_bytes(b"id,text\n1,a\n" + "好".encode() * 200 + b"\n" + noise, format="table"))
    assert isinstance(result[0], Post)


@pytest.mark.skipif(not DATA.is_dir(), reason="set ZHONGSHENG_DATA to the folder of public corpora")
@pytest.mark.parametrize(
    ("name", "columns", "rows"),
    [
        ("mi_suggestions.csv", "text=内容,time=时间", 1000),
        ("mi_proposals.csv", "text=内容,time=时间,id=编号", 500),
        (
            "civic_messages.csv",
            "text=留言详情,title=留言主题,author=留言用户,time=留言时间,id=留言编号,likes=点赞数",
            4326,
        ),
        ("car_complaints.csv", "text=desc,time=datetime,id=id,product=car_model", 1993),
        ("laptop_reviews.csv", "text=评论内容,time=评价时间,likes=点赞数,replies=回复数,product=产品型号", 4393),
        ("service_chat.csv", "text=text,author=user,thread=session", 12136),
        ("forum_noise.csv", "text=评论,title=标题,time=日期", 3083),
        ("takeaway_reviews.csv", "text=review", 11987),
    ],
)
def test_public_corpora_are_read_whole(name: str, columns: str, rows: int) -> None:
    table = read_path(DATA / name)
    assert table.columns is not None
    assert table.columns.explain() == columns
    ids = {record.id for record in table if isinstance(record, Post)}
    assert table.summary.posts == len(ids) == rows
    assert table.summary.rejected == 0
