"""Names, keyphrases and quotes a product manager can read."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.keyphrases import TermTable, keyphrases, stopwords, terms_of
from nlp.naming import NamingInput, name_themes
from nlp.phrases import phrases_in, width, words_of
from nlp.predicates import troubles, wishes
from nlp.quotes import Quotable, choose_quotes
from tests.hashing_encoder import HashingEncoder

ENCODER = HashingEncoder()
HEAT = [
    "充电的时候后盖发烫",
    "充电发烫得厉害",
    "手机充电发烫\n都不敢放床上",
    "希望解决充电发烫的问题",
    "一充电就发烫",
    "边充边玩发烫",
]
MAP = [
    "扫地机又丢地图了",
    "扫地机器人地图丢失\n禁区重新画",
    "地图丢失了三回",
    "早上起来扫地机地图丢失",
    "建议修复地图丢失",
    "扫地机丢地图",
]
DARK = [
    "希望支持定时深色模式",
    "深色模式能不能定时",
    "建议增加深色模式定时开关",
    "定时深色模式什么时候有",
    "想要日落后自动深色模式",
]


def inputs(*themes: list[str]) -> tuple[list[NamingInput], TermTable]:
    made = []
    for texts in themes:
        vectors = ENCODER.encode(texts)
        prototype = vectors.mean(axis=0)
        prototype /= max(float(np.linalg.norm(prototype)), 1e-9)
        near = vectors @ prototype
        made.append(NamingInput(tuple(texts), tuple(float(v) for v in near), prototype, min(texts, key=len)))
    return made, TermTable.of([terms_of(texts) for texts in themes])


def names_of(*themes: list[str]) -> list[str]:
    made, table = inputs(*themes)
    return name_themes(made, table, ENCODER.encode, 8)


def test_names_are_made_of_what_people_wrote_and_set_the_theme_apart() -> None:
    heat, lost, dark = names_of(HEAT, MAP, DARK)
    assert "充电" in heat
    assert "发烫" in heat
    assert "地图" in lost
    assert "深色模式" in dark
    for name, texts in ((heat, HEAT), (lost, MAP), (dark, DARK)):
        assert 4 <= width(name) <= 12
        assert any(set(name) <= set(text) for text in texts)


def test_names_never_begin_or_end_with_function_words() -> None:
    for name in names_of(HEAT, MAP, DARK):
        assert not name.startswith(("希望", "建议", "的", "能不能", "一", "又"))
        assert not name.endswith(("的", "了", "吗", "呢", "得", "就"))
        assert "_" not in name


def test_two_themes_never_share_a_name() -> None:
    names = names_of(HEAT, list(HEAT), list(HEAT), list(HEAT))
    assert len(set(names)) == 4


def test_a_name_given_by_a_person_is_kept() -> None:
    made, table = inputs(HEAT, MAP)
    assert name_themes(made, table, ENCODER.encode, 8, given=["人起的名字", None])[0] == "人起的名字"


def test_a_theme_nothing_can_be_made_of_still_has_a_name() -> None:
    assert names_of(["的", "了"]) == ["的"]
    assert names_of(["", ""]) == ["未命名主题"]


def test_a_question_without_its_end_is_no_phrase_that_closes_its_clause() -> None:
    assert not any(phrase.closes for phrase in phrases_in("充电发烫正常吗"))
    assert any(phrase.closes for phrase in phrases_in("充电发烫严重"))


@pytest.mark.parametrize("clause", ["希望我的手机能支持深色模式了", "其实就是想说扫地机老是丢地图啊"])
def test_phrases_leave_openers_and_closers_off(clause: str) -> None:
    texts = {phrase.text for phrase in phrases_in(clause)}
    assert texts
    assert not any(text.startswith(("希望", "我", "其实", "就是")) or text.endswith(("了", "啊")) for text in texts)


def test_many_ways_to_tell_one_trouble_are_one() -> None:
    for words in (["充电", "烫手"], ["充电", "时", "烫", "死", "了"], ["机身", "温度", "过高"]):
        assert [told.family.key for told in troubles(words)] == ["发烫"]


def test_what_does_not_happen_is_no_trouble_and_words_within_words_are_none() -> None:
    assert troubles(["充电", "不", "发烫", "了"]) == []
    assert troubles(["门禁卡", "在", "家"]) == []
    assert [told.name for told in troubles(["蓝牙", "频繁", "掉线"])] == ["掉线"]


def test_wishes_are_told_by_what_is_asked_for() -> None:
    assert [told.name for told in wishes(["能", "不能", "加个", "单手模式"])] == ["增加"]


def test_a_denied_word_is_one_trouble_with_its_denial() -> None:
    assert "不震动" in [word.text for word in words_of("来电提醒不震动")] or any(
        word.family == "不响" for word in words_of("来电提醒不震动")
    )
    assert not any(phrase.text.endswith("震动") and "不" not in phrase.text for phrase in phrases_in("手环提醒不震动"))


def test_the_words_of_one_vivid_person_do_not_name_a_theme_of_many() -> None:
    (name,) = names_of([*HEAT, "这辈子再也不碰这个充电宝贝烫金大礼包"])
    assert "这辈子" not in name
    assert "充电" in name


def test_a_topic_and_its_trouble_are_joined_where_several_tell_them_side_by_side() -> None:
    told = [
        "手环昨晚又自己断开了",
        "我的手环，动不动失联",
        "手环这礼拜第三次掉线",
        "手环跟手机老断连",
        "手环走着走着就断线了",
        "手环总断开",
    ]
    (name,) = names_of(told)
    assert name.startswith("手环")
    assert name.endswith(("断连", "断开", "掉线"))


def test_wishes_are_named_as_wishes() -> None:
    told = [
        "能不能加个单手模式",
        "希望增加单手模式",
        "建议添加单手模式",
        "什么时候增加单手模式",
        "求增加单手模式",
        "想要单手模式",
    ]
    (name,) = names_of(told)
    assert "单手模式" in name
    assert "增加" in name or name.endswith("建议")


def test_keyphrases_say_something_by_themselves() -> None:
    themes = [["后面 pro 昨晚 手环断连", "手环断连 一天 s1", "手环断连 pro 后面"], HEAT, MAP]
    _, table = inputs(*themes)
    found = keyphrases(table, 0, 6)
    assert any("手环" in phrase for phrase in found)
    assert {"后面", "pro", "昨晚", "一天", "s1"}.isdisjoint(found)


def test_keyphrases_set_themes_apart_and_do_not_repeat_each_other() -> None:
    _, table = inputs(HEAT, MAP, DARK)
    found = keyphrases(table, 1, 5)
    assert any("地图" in phrase for phrase in found)
    assert not any(a != b and a in b for a in found for b in found)


def test_negations_are_no_stopwords_and_stay_in_keyphrases() -> None:
    assert stopwords().isdisjoint({"不", "没", "没有", "无法", "不能"})
    (terms,) = terms_of(["屏幕不流畅"])
    assert "不流畅" in terms.pairs | terms.words


def quotable(post: str, author: str, text: str, needs: bool = True) -> Quotable:
    return Quotable(post, author, text, ENCODER.encode([text])[0], needs)


def test_quotes_differ_come_from_different_people_and_are_readable() -> None:
    texts = [
        "充电的时候后盖发烫得厉害",
        "充电的时候后盖发烫得厉害！",
        "边充边玩手机烫得拿不住",
        "无线充电半小时就提示温度过高",
        "烫",
    ]
    pool = [quotable(f"p{i}", f"a{i % 4}", text) for i, text in enumerate(texts)]
    prototype = ENCODER.encode(["充电发烫 温度 烫"])[0]
    quotes = choose_quotes(pool, prototype, 3)
    assert len(quotes) == 3
    assert len({quote.text.rstrip("！") for quote in quotes}) == 3
    assert "烫" not in {quote.text for quote in quotes}
    assert choose_quotes(list(reversed(pool)), prototype, 3) == quotes


def test_quotes_leave_list_numbers_off_and_prefer_people_to_notices() -> None:
    texts = ["2、充电的时候后盖发烫得厉害", "【公告】充电发烫的问题已经修复，感谢反馈"]
    pool = [quotable(f"p{i}", f"a{i}", text) for i, text in enumerate(texts)]
    quotes = choose_quotes(pool, ENCODER.encode(["充电发烫问题"])[0], 1)
    assert [quote.text for quote in quotes] == ["充电的时候后盖发烫得厉害"]


def test_praise_is_quoted_only_where_nothing_else_is_there() -> None:
    prototype = ENCODER.encode(["充电发烫"])[0]
    pool = [quotable("p1", "a", "充电发烫问题终于没有了", needs=False), quotable("p2", "b", "充电还是很烫手")]
    assert choose_quotes(pool, prototype, 1)[0].post_id == "p2"
    assert choose_quotes(pool[:1], prototype, 3)[0].post_id == "p1"
    assert choose_quotes([], prototype, 3) == ()
