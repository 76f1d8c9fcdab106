"""Names, keyphrases and quotes a product manager can read."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.keyphrases import TermTable, keyphrases, stopwords, terms_of
from nlp.naming import NamingInput, name_themes
from nlp.phrases import phrases_in, width
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


def test_names_are_phrases_people_wrote_about_what_sets_the_theme_apart() -> None:
    heat, lost, dark = names_of(HEAT, MAP, DARK)
    assert "充电" in heat
    assert "发烫" in heat
    assert "地图" in lost
    assert "深色模式" in dark
    for name, texts in ((heat, HEAT), (lost, MAP), (dark, DARK)):
        assert 4 <= width(name) <= 14
        assert any(name in text for text in texts)


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


def test_praise_is_quoted_only_where_nothing_else_is_there() -> None:
    prototype = ENCODER.encode(["充电发烫"])[0]
    pool = [quotable("p1", "a", "充电发烫问题终于没有了", needs=False), quotable("p2", "b", "充电还是很烫手")]
    assert choose_quotes(pool, prototype, 1)[0].post_id == "p2"
    assert choose_quotes(pool[:1], prototype, 3)[0].post_id == "p1"
    assert choose_quotes([], prototype, 3) == ()
