"""WeChat and QQ exports."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import Post, Rejected, Skipped, read_bytes
from tests.ingest.reading_helpers import posts, reading, records, rejected, skipped

WECHAT = "localId,TalkerId,Type,SubType,IsSender,CreateTime,Status,StrContent,StrTime,Remark,NickName,Sender\n"
ROOM = "123@chatroom"


def group(kind: str, sub: str, content: str, sender: str = "wxid_a", line: int = 1) -> str:
    quoted = '"' + content.replace('"', '""') + '"'
    return f"{line},{ROOM},{kind},{sub},0,1682915400,2,{quoted},2023-05-01 12:30:00,备注,昵称,{sender}\n"


def test_a_group_message_is_a_post() -> None:
    source = reading(("\ufeff" + WECHAT + group("1", "0", "手机发热")).encode())
    assert source.format == "wechat_csv"
    (post,) = source
    assert isinstance(post, Post)
    assert (post.platform, post.author, post.author_name, post.channel) == ("wechat", "wxid_a", "昵称", ROOM)
    assert post.time is not None
    assert post.time.isoformat() == "2023-05-01T12:30:00+08:00"


def test_private_rows_have_nine_cells() -> None:
    source = (
        WECHAT
        + "1,wxid_b,1,0,0,1682915400,2,你好,2023-05-01 12:30:00\n2,wxid_b,1,0,1,1682915401,2,请讲,2023-05-01 12:30:01\n"
    )
    assert [(post.author, post.text) for post in posts(source)] == [("wxid_b", "你好"), ("self", "请讲")]


@pytest.mark.parametrize(
    ("kind", "sub", "content", "reason"),
    [
        ("10000", "0", "张三加入了群聊", "system line"),
        ("3", "0", "<msg><img/></msg>", "image"),
        ("47", "0", "<msg/>", "sticker"),
        ("49", "5", "链接", "link"),
        ("49", "19", "群聊的聊天记录", "forwarded chat"),
        ("1", "0", '"张三" 撤回了一条消息', "recall notice"),
        ("1", "0", "[图片]", "media"),
        ("1", "0", "[微信红包]恭喜发财", "red packet"),
    ],
)
def test_what_nobody_said_is_skipped_not_rejected(kind: str, sub: str, content: str, reason: str) -> None:
    source = reading(WECHAT + group(kind, sub, content))
    assert list(source) == [Skipped(2, reason)]
    assert (source.summary.skipped, source.summary.rejected) == (1, 0)


@pytest.mark.parametrize(
    "content",
    [
        "我也是\n引用:李四:充电慢",
        '<?xml version="1.0"?><msg><appmsg><title>我也是</title><type>57</type><refermsg><svrid>778899</svrid><content>充电慢</content></refermsg></appmsg></msg>',
    ],
)
def test_a_quote_keeps_only_the_words_of_who_quotes(content: str) -> None:
    (post,) = posts(WECHAT + group("49", "57", content))
    assert post.text == "我也是"
    assert post.reply_to in {"", "778899"}


def test_the_senders_id_before_a_group_message_is_no_text() -> None:
    (post,) = posts(WECHAT + group("1", "0", "wxid_a:\n发热"))
    assert post.text == "发热"


def test_bad_wechat_rows_are_rejected_alone() -> None:
    source = (
        WECHAT
        + group("1", "0", "前")
        + "x,y\n"
        + "1,r,1,0,0,很久以前,2,文,,,,a\n"
        + "1,r,abc,0,0,1,2,文,,,,a\n"
        + group("1", "0", " ")
        + group("1", "0", "后", "b")
    )
    assert [post.text for post in posts(source)] == ["前", "后"]
    assert [bad.line for bad in rejected(source)] == [3, 4, 5, 6]


def test_two_people_saying_the_same_and_one_saying_it_twice_are_all_kept() -> None:
    rows = group("1", "0", "顶") + group("1", "0", "顶", "wxid_b") + group("1", "0", "顶")
    first, second = posts(WECHAT + rows), posts(WECHAT + rows)
    assert len({post.id for post in first}) == 3
    assert [post.id for post in first] == [post.id for post in second]


def test_an_export_that_begins_later_gives_the_same_ids() -> None:
    whole = posts(WECHAT + group("1", "0", "甲", line=1) + group("1", "0", "乙", line=2))
    part = posts(WECHAT + group("1", "0", "乙", line=9))
    assert part[0].id == whole[1].id


DUMP = "id,MsgSvrID,type_name,is_sender,talker,room_name,msg,src,CreateTime\n"


def dump(identity: str, talker: str, message: str, kind: str = "文本", time: str = "2023-05-01 12:30:00") -> str:
    quoted = '"' + message.replace('"', '""') + '"'
    return f"1,{identity},{kind},0,{talker},{ROOM},{quoted},,{time}\n"


def test_pywxdump_messages_are_known_by_their_server_id() -> None:
    source = reading(DUMP + dump("88", "wxid_a", "发热"))
    assert source.format == "pywxdump_csv"
    (post,) = source
    assert isinstance(post, Post)
    assert (post.id, post.author, post.channel, post.platform) == ("88", "wxid_a", ROOM, "wechat")


def test_a_quote_suffix_becomes_the_message_replied_to() -> None:
    reply = "我也是\n\n[引用](2023-05-01 12:30:00)李四:充电慢\n真的"
    both = posts(
        DUMP
        + dump("88", "wxid_a", "充电慢\n真的")
        + dump("89", "wxid_b", reply, "带有引用的文本消息", "2023-05-01 12:31:00")
    )
    assert (both[1].text, both[1].reply_to) == ("我也是", "88")
    (alone,) = posts(DUMP + dump("89", "wxid_b", reply))
    assert (alone.text, alone.reply_to) == ("我也是", "at:2023-05-01T12:30:00+08:00")
    assert "李四" not in alone.reply_to


def test_talkers_that_are_nobody_in_particular() -> None:
    source = (
        DUMP
        + dump("1", "我", "甲")
        + dump("2", "未知", "乙")
        + dump("3", "系统", "丙")
        + dump("4", "wxid", "丁", "图片")
    )
    assert [(post.author, post.text) for post in posts(source)] == [("self", "甲"), ("", "乙")]
    assert [skip.reason for skip in skipped(source)] == ["system line", "图片"]


def test_the_older_json_cell_is_read() -> None:
    header = "id,MsgSvrID,type_name,is_sender,talker,room_name,content,CreateTime\n"
    cell = json.dumps({"msg": '他说"发热"', "src": ""}, ensure_ascii=False).replace('"', '""')
    source = f'{header}1,88,文本,0,wxid_a,{ROOM},"{cell}",1682915400\n1,89,文本,0,wxid_a,{ROOM},坏,1682915400\n'
    assert [post.text for post in posts(source)] == ['他说"发热"']
    assert "not valid JSON" in rejected(source)[0].reason


def test_the_form_without_a_room_column_is_read() -> None:
    source = "\ufeffid,MsgSvrID,type_name,is_sender,talker,msg,src,CreateTime\r\n1,5,文本,0,小明,你好,,2023-05-01T12:30:00+08:00\r\n"
    (post,) = posts(source)
    assert (post.author, post.channel) == ("小明", "")


QQ = """消息记录（此消息记录为文本格式，不支持重新导入）

================================================================
消息分组:我的群聊
================================================================
消息对象:众声测试群
================================================================

"""


def test_qq_messages_span_lines_up_to_the_next_header() -> None:
    source = reading(
        QQ
        + "2019-09-23 8:43:38 PM 【冒泡】小明(87200175)\n手机发热\n\n而且卡\n\n2019-09-23 20:44:00 小红<a@example.com>\n同感\n"
    )
    assert source.format == "qq_txt"
    first, second = (record for record in source if isinstance(record, Post))
    assert (first.author, first.author_name, first.text) == ("87200175", "小明", "手机发热\n\n而且卡")
    assert (first.channel, first.line) == ("众声测试群", 9)
    assert first.time is not None
    assert first.time.isoformat() == "2019-09-23T20:43:38+08:00"
    assert (second.author, second.text) == ("a@example.com", "同感")


def test_a_line_that_looks_like_a_header_without_id_stays_in_its_message() -> None:
    (post,) = posts(QQ + "2019-09-23 8:43:38 小明(872)\n日志:\n\n2019-09-23 20:43:38 重启了一次\n")
    assert post.text.endswith("2019-09-23 20:43:38 重启了一次")


def test_private_qq_chats_have_headers_without_ids() -> None:
    both = posts(QQ.replace("我的群聊", "我的好友") + "2019-09-23 8:43:38 小明\n你好\n\n2019-09-23 8:44:38 小红\n在\n")
    assert [(post.author, post.text) for post in both] == [("小明", "你好"), ("小红", "在")]


def test_system_senders_and_pictures_are_skipped_and_empty_messages_rejected() -> None:
    source = (
        QQ
        + "2019-09-23 8:43:38 系统消息(10000)\n某人加入\n\n2019-09-23 8:43:39 甲(5)\n[图片][表情]\n\n2019-09-23 8:43:40 甲(5)\n\n2019-13-45 8:43:41 甲(5)\n文\n"
    )
    assert [skip.reason for skip in skipped(source)] == ["system line", "media"]
    assert [bad.reason.split(";")[0] for bad in rejected(source)] == [
        "the message has no text",
        "the time '2019-13-45 8:43:41' cannot be understood",
    ]


def test_several_chats_in_one_file_keep_their_names() -> None:
    second = QQ.split("\n", 2)[2].replace("众声测试群", "另一个群")
    both = posts(QQ + "2019-09-23 8:43:38 甲(5)\n一\n\n" + second + "2019-09-23 8:43:38 乙(6)\n二\n")
    assert [(post.channel, post.text) for post in both] == [("众声测试群", "一"), ("另一个群", "二")]


def test_text_copied_out_of_the_window_is_read() -> None:
    both = posts("【冒泡】小明 2/14/2020 9:16:13 PM\n发热\n【潜水】小 红(123) 2020/2/14 21:17:00\n我也\n")
    assert [(post.author, post.author_name, post.text) for post in both] == [
        ("小明", "小明", "发热"),
        ("123", "小 红", "我也"),
    ]


def test_qq_in_gb18030_and_with_a_damaged_message() -> None:
    body = QQ + "2019-09-23 8:43:38 甲(5)\n" + "手机发热严重\n" * 5 + "\n"
    data = (
        body.encode("gb18030")
        + b"2019-09-23 8:43:39 x(6)\n\xff\xff\n\n2019-09-23 8:43:40 y(7)\n"
        + "完".encode("gb18030")
    )
    result = records(data)
    assert [type(record) for record in result] == [Post, Rejected, Post]
    assert "gb18030" in result[1].reason  # type: ignore[union-attr]


def test_a_message_of_ten_megabytes_is_rejected_and_the_rest_read() -> None:
    source = QQ + "2019-09-23 8:43:38 甲(5)\n" + "长" * 10_000_000 + "\n\n2019-09-23 8:43:40 乙(7)\n完\n"
    assert [post.text for post in posts(source)] == ["完"]
    assert "10,000,000" in rejected(source)[0].reason
    many_lines = (
        QQ + "2019-09-23 8:43:38 甲(5)\n" + "长长长长长长长长长\n" * 200_000 + "\n2019-09-23 8:43:40 乙(7)\n完\n"
    )
    assert [post.text for post in posts(many_lines)] == ["完"]


@given(
    st.lists(
        st.sampled_from(
            [
                "2019-09-23 8:43:38 甲(5)",
                "======================",
                "消息对象:群",
                "",
                "文字",
                "2019-09-23 8:43:38 乙",
                "[图片]",
                "\0",
            ]
        ),
        max_size=15,
    )
)
def test_any_order_of_qq_lines_gives_records_and_keeps_the_last_message(lines: list[str]) -> None:
    source = QQ + "\n".join(lines) + "\n\n2019-09-23 9:00:00 末(99)\n最后一句\n"
    result = list(read_bytes(source.encode()))
    assert isinstance(result[-1], Post)
    assert result[-1].text == "最后一句"


@given(st.lists(st.text(st.sampled_from('1,"\n好\0x'), max_size=20), max_size=6), st.sampled_from([WECHAT, DUMP]))
def test_broken_chat_csv_never_raises(rows: list[str], header: str) -> None:
    for record in read_bytes((header + "\n".join(rows)).encode()):
        assert isinstance(record, (Post, Rejected, Skipped))
