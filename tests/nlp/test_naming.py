"""Names, keyphrases and quotes a product manager can read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nlp.broad_names import broad_names, generic_name
from nlp.keyphrases import TermTable, keyphrases, stopwords, terms_of
from nlp.naming import NamingInput, name_themes
from nlp.phrases import phrases_in, width, words_of
from nlp.predicates import troubles, wishes
from nlp.quotes import Quotable, choose_quotes
from nlp.sayings import sayings
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


CHARGING = [
    "充电的时候手机发烫",
    "充电特别慢，两小时才满",
    "这充电一会就断开了",
    "充电发烫得厉害",
    "充电太慢了",
    "昨晚充电又断开",
    "充电口松动",
    "充电提示音关不掉",
]


def test_a_theme_that_no_trouble_covers_is_named_by_its_topic_and_what_is_told_of_it() -> None:
    said = sayings(CHARGING)
    exclusive = dict.fromkeys(said.speakers, 1.0)
    names = {name.text: name.cover for name in broad_names(said, exclusive, "问题")}
    (bracketed,) = [name for name in names if name.startswith("充电问题（")]
    assert "发烫" in bracketed
    assert "断开" in bracketed
    assert names[bracketed] == 1.0


def test_two_troubles_of_one_topic_are_one_phrase() -> None:
    said = sayings(["打游戏发热", "打游戏掉帧", "一打游戏就发热", "打游戏掉帧严重", "打游戏发热掉帧", "打游戏老掉帧"])
    names = {name.text for name in broad_names(said, dict.fromkeys(said.speakers, 1.0), "问题")}
    assert names & {"打游戏发热、掉帧", "打游戏掉帧、发热"}


def test_a_theme_without_a_topic_is_named_by_what_all_of_it_is_of() -> None:
    texts = ["手机老是卡顿", "手机天天卡顿", "这手机发烫", "手机总是发烫", "手机丢东西", "手机还行吧", "手机太重"]
    assert generic_name(sayings(texts), "问题", texts) == "手机综合问题（发烫、卡顿）"
    assert generic_name(sayings(["今天天气", "明天见"]), "问题", ["今天天气", "明天见"]) == ""


def test_praise_is_named_as_praise() -> None:
    made, table = inputs(["外观好看", "外观时尚", "外观漂亮", "外观真好看", "外观大气", "外观时尚"])
    (name,) = name_themes([replace(made[0], suffix="好评")], table, ENCODER.encode, 8)
    assert name.startswith("外观好评")


def test_a_name_is_nearer_to_its_own_theme_than_to_others() -> None:
    mixed = [*HEAT, *HEAT, "扫地机地图丢失", "扫地机地图丢失"]
    heat, lost = names_of(mixed, MAP)
    assert "地图" not in heat
    assert "地图" in lost


def test_a_flaw_told_right_after_its_thing_is_one_trouble() -> None:
    said = sayings(["声音真的小", "声音小得听不清", "手机音质差", "音质很差"])
    assert {"音质差"} <= set(said.speakers)
    assert said.words["音质差"].kind == "P"


def test_who_says_a_longer_word_speaks_of_the_words_within() -> None:
    said = sayings(["玩游戏卡", "游戏闪退"])
    assert said.share("游戏") == 1.0
