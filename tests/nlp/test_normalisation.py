"""Text as encoders see it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nlp.normalisation import half_width, normalise, simplify
from nlp.products import ProductLexicon, find_products, find_versions, mask_products

OWN = ProductLexicon(("拾光 S1", "拾光 S1 Pro"))


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("訊號很差，電池也不行", "讯号很差，电池也不行"),
        ("ＷｉＦｉ断流！！！！", "WiFi断流！"),
        ("哈哈哈哈哈又死机了", "哈哈又死机了"),
        ("太垃圾了太垃圾了太垃圾了", "太垃圾了"),
        ("👍👍[图片] https://example.com/a?b=1看看", "看看"),
        ("(╯°□°)╯ 又死机", "又死机"),
        ("@官方小助手 什么时候修", "什么时候修"),
        ("发自我的小米11手机 电量不准", "电量不准"),
        ("操作步骤\n打开相机\n预期结果\n清楚\n实际结果\n模糊", "打开相机，清楚，模糊"),
        ("【建议】增加长截图", "增加长截图"),
        ("小米11 Pro 充电发烫", "充电发烫"),
        ("MIUI 12.5.7稳定版耗电", "耗电"),
        ("[捂脸]😭", ""),
        ("……", ""),
        ("小米手机", "小米手机"),
        ("支持1080p和120hz", "支持1080p和120hz"),
        ("电流1000mA", "电流1000mA"),
    ],
)
def test_noise_goes_and_what_is_said_stays(written: str, seen: str) -> None:
    assert normalise(written) == seen


def test_a_text_that_is_only_a_product_keeps_its_name() -> None:
    assert normalise("小米11 Pro") == "小米11 Pro"


@pytest.mark.parametrize(
    ("text", "products"),
    [
        ("小米11 Pro和iPhone 13对比", ("小米11PRO", "IPHONE13")),
        ("红米Note 9 Pro", ("红米NOTE9PRO",)),
        ("拾光 S1 Pro 与拾光S1", ("拾光S1PRO", "拾光S1")),
        ("用了5米11厘米的线", ()),
        ("k8s部署", ()),
        ("打了120次电话", ()),
    ],
)
def test_products_are_found_in_one_spelling(text: str, products: tuple[str, ...]) -> None:
    assert find_products(text, OWN) == products


def test_versions_are_found_and_masked() -> None:
    assert find_versions("升级MIUI 12.5.7稳定版后，13.0.5.0也一样") == ("MIUI12.5.7稳定版", "13.0.5.0")
    assert "12.5" not in mask_products("升级MIUI 12.5.7稳定版后")


def test_simplified_text_is_returned_as_it_is() -> None:
    text = "已经是简体了，ABC"
    assert simplify(text) is text
    assert half_width("ＡＢＣ１２３　，") == "ABC123 ，"


@given(st.text(max_size=200))
@example("0\x1f:")
def test_any_text_can_be_normalised_and_stays_settled(text: str) -> None:
    once = normalise(text)
    assert once == once.strip()
    assert len(once) <= 4 * len(text) + 4


@given(st.text(alphabet="充电发烫卡顿，。！ \n", max_size=80))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
