"""Words: the domain dictionary holds, and both engines cut by it."""

from __future__ import annotations

import pytest

from nlp.segmentation import PythonSegmenter, RustSegmenter, Segmenter, domain_vocabulary, words

DOMAIN = ["屏下指纹", "自适应刷新率", "杀后台", "扫地机器人", "配网失败", "悬浮窗", "开屏广告"]


@pytest.mark.parametrize("engine", [RustSegmenter, PythonSegmenter])
def test_domain_words_stay_whole_in_either_engine(engine: type[RustSegmenter] | type[PythonSegmenter]) -> None:
    segmenter: Segmenter = engine(domain_vocabulary())
    for word in DOMAIN:
        assert word in segmenter.cut(f"最近{word}让人头疼"), word


def test_the_dictionary_is_large_and_clean() -> None:
    vocabulary = domain_vocabulary()
    assert len(vocabulary) >= 300
    assert len(set(vocabulary)) == len(vocabulary)
    assert all(word == word.strip() and " " not in word for word in vocabulary)


def test_words_of_a_text_give_the_text_back_without_spaces() -> None:
    texts = ["小米 11 充电发烫，还掉帧", "", "   ", "WiFi断流"]
    assert ["".join(cut) for cut in words(texts)] == ["小米11充电发烫，还掉帧", "", "", "WiFi断流"]


def test_a_user_word_is_kept_whole_once_added() -> None:
    segmenter = RustSegmenter()
    assert "灵犀助手" not in segmenter.cut("打开灵犀助手就闪退")
    segmenter.add_word("灵犀助手")
    assert "灵犀助手" in segmenter.cut("打开灵犀助手就闪退")
