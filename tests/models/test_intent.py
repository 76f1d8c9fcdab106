"""What a mention does, by its words."""

from __future__ import annotations

import pytest

from models.intent import CLASSES, classify


def intent(text: str) -> str:
    return classify([text])[0].intent


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("这个指纹识别真不好用", "pain_point"),
        ("指纹识别真好用", "praise"),
        ("用了一个月没毛病", "praise"),
        ("屏幕有毛病", "pain_point"),
        ("不卡，很流畅", "praise"),
        ("一点都不流畅", "pain_point"),
        ("玩游戏发烫严重，还闪退", "pain_point"),
        ("怎么这么卡啊", "pain_point"),
        ("能不能加个定时开关", "request"),
        ("能不能用5G?", "question"),
        ("希望增加小窗", "request"),
        ("建议把通知栏改回来", "request"),
        ("要是能自动切换就好了", "request"),
        ("请问怎么关闭锁屏广告", "question"),
        ("这个支持无线充电吗？", "question"),
        ("早上好", "chatter"),
        ("哈哈哈哈哈", "chatter"),
        ("签到", "chatter"),
        ("[表情][图片]", "chatter"),
        ("", "chatter"),
        ("出一台二手手机，有意私聊", "chatter"),
        ("加微信领优惠券，先到先得", "chatter"),
    ],
)
def test_intents_of_plain_sentences(text: str, expected: str) -> None:
    assert intent(text) == expected


def test_a_question_form_is_not_a_negation() -> None:
    assert not [cue for cue in classify(["能不能用5G?"])[0].cues if cue.startswith("pain_point")]


def test_a_guess_says_how_sure_it_is_and_why() -> None:
    guess = classify(["充电的时候发烫"])[0]
    assert guess.confidence == max(guess.shares)
    assert sum(guess.shares) == pytest.approx(1)
    assert len(guess.shares) == len(CLASSES)
    assert "pain_point:发烫" in guess.cues


def test_words_without_any_cue_are_never_sure() -> None:
    assert classify(["小米盒子放在电视柜左边"])[0].confidence < 0.5


def test_greetings_and_adverts_are_sure_chatter_and_complaints_never_are() -> None:
    sure = classify(["早上好", "哈哈哈哈", "诚招代理，日赚500，加微信"])
    assert all(guess.intent == "chatter" and guess.confidence >= 0.8 for guess in sure)
    for guess in classify(["哈哈哈又死机了", "谢谢，但是还是连不上", "早上好，昨晚又自动重启了"]):
        assert not (guess.intent == "chatter" and guess.confidence >= 0.8)
