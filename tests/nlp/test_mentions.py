"""Posts to mentions."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.mentions import MOST_MENTIONS, split_all, split_mentions, split_text
from nlp.types import Document


def test_a_short_post_is_one_mention() -> None:
    assert split_text("充电发烫。而且很慢！能不能修？") == ["充电发烫。而且很慢！能不能修？"]


def test_a_list_gives_a_mention_an_item() -> None:
    assert split_text("1、锁屏希望显示农历日期\n2、相机打开太慢了，要等三秒\n3、闹钟不能跳过节假日") == [
        "1、锁屏希望显示农历日期",
        "2、相机打开太慢了，要等三秒",
        "3、闹钟不能跳过节假日",
    ]


def test_a_number_in_a_sentence_is_not_a_list() -> None:
    assert split_text("系统是3.2.4，电量从1.5小时掉到0，重启2次也没用") == [
        "系统是3.2.4，电量从1.5小时掉到0，重启2次也没用"
    ]


def test_one_problem_told_at_length_stays_together() -> None:
    story = "昨天晚上充电的时候手机突然很烫。我以为是壳的问题就把壳摘了。结果还是烫得拿不住。最后只好拔了线，等它凉下来再充。客服让我换线，换了也一样。"
    assert len(story) > 60
    assert split_text(story) == [story]


def test_a_turn_of_topic_begins_a_mention() -> None:
    text = "昨天更新以后耗电变得非常快，一上午什么都没干就掉了百分之四十，以前不会这样。另外，锁屏的时钟也变丑了，希望可以换回原来的字体。"
    assert [piece[:4] for piece in split_text(text)] == ["昨天更新", "另外，锁"]


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "[图片]", "😭😭"])
def test_a_post_that_says_nothing_has_one_mention_with_nothing_to_encode(text: str) -> None:
    mentions = split_mentions(Document(id="p", text=text))
    assert len(mentions) == 1
    assert mentions[0].normalised == ""


def test_products_stay_a_facet_of_the_mention_that_names_them() -> None:
    mentions = split_mentions(Document(id="p", text="1、華為Mate40信號差得打不了電話\n2、相機打開太慢了，要等三秒"))
    assert [m.products for m in mentions] == [("华为MATE40",), ()]
    assert [m.ordinal for m in mentions] == [0, 1]
    assert mentions[0].normalised == "信号差得打不了电话"


def test_mentions_of_many_posts_follow_the_posts() -> None:
    mentions = split_all([Document(id="b", text="卡顿"), Document(id="a", text="")])
    assert [(m.post_id, m.text) for m in mentions] == [("b", "卡顿"), ("a", "")]


@given(st.text(alphabet="充电发烫卡顿1二三、.。！？\n；，另外A ", max_size=2_000))
def test_splitting_loses_and_invents_nothing(text: str) -> None:
    pieces = split_text(text)
    assert len(pieces) <= MOST_MENTIONS
    assert re.sub(r"\s", "", "".join(pieces)) == re.sub(r"\s", "", text)
