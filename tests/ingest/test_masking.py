"""Personal data: what must be masked, what must not. All numbers are invented; their check digits are right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.masking import TOKENS, find_personal_data, mask
from ingest.posts import MaskKind

K = MaskKind
PERSONAL: list[tuple[MaskKind, str, str]] = [  # kind, text, what must not be left of it
    (K.MOBILE, "电话13800138000谢谢", "13800138000"),
    (K.MOBILE, "打 138-0013-8000 找我", "0013"),
    (K.MOBILE, "打 138 0013 8000", "0013"),
    (K.MOBILE, "1380013 8000", "8000"),
    (K.MOBILE, "+86 138-0013-8000", "8000"),
    (K.MOBILE, "+8613800138000", "138"),
    (K.MOBILE, "(+86)13800138000", "138"),
    (K.MOBILE, "008619912345678。", "199"),
    (K.MOBILE, "手机号：１３８００１３８０００", "３８"),
    (K.MOBILE, "我是一三八零零一三八零零零", "一三八"),
    (K.MOBILE, "幺三八零零幺三八零零零", "幺"),
    (K.MOBILE, "tel13800138000", "138"),
    (K.ID_CARD, "身份证11010519491231002X", "1949"),
    (K.ID_CARD, "身份证 11010519491231002x，", "1949"),
    (K.ID_CARD, "440101190003030007", "1900"),
    (K.ID_CARD, "110105 19491231 002X", "1949"),
    (K.BANK_CARD, "卡号6222021234567890128", "6222"),
    (K.BANK_CARD, "卡号6222 0212 3456 7890 128", "6222"),
    (K.BANK_CARD, "622202 1234567890128", "6222"),
    (K.BANK_CARD, "卡 4111 1111 1111 1111 刷不了", "4111"),
    (K.BANK_CARD, "visa 4111-1111-1111-1111", "4111"),
    (K.EMAIL, "发到 a.b+c@example.com.cn 吧", "example"),
    (K.EMAIL, "123456@qq.com，", "123456"),
    (K.EMAIL, "abc(at)163.com", "abc"),
    (K.EMAIL, "ｑｑ＠ｅｘａｍｐｌｅ．ｃｏｍ", "ｅｘ"),
    (K.IMEI, "IMEI：490154203237518", "4901"),
    (K.IMEI, "串号49-015420-323751-8", "0154"),
    (K.PLATE, "粤B12345 车主", "12345"),
    (K.PLATE, "车牌京A·12345", "12345"),
    (K.PLATE, "粤BD12345", "D12345"),
    (K.PLATE, "沪A12345D", "12345D"),
    (K.PLATE, "粤B1234挂", "1234挂"),
    (K.PLATE, "苏e8q2k7", "8q2k7"),
    (K.ACCOUNT, "微信号abc_123", "abc"),
    (K.ACCOUNT, "微信号：zhangsanfeng", "zhang"),
    (K.ACCOUNT, "微信：zhang_san88", "zhang"),
    (K.ACCOUNT, "加微信abc12345", "abc"),
    (K.ACCOUNT, "vx:abc123456", "abc"),
    (K.ACCOUNT, "WX abc123456", "abc"),
    (K.ACCOUNT, "加V: zs_demo_01", "zs"),
    (K.ACCOUNT, "加v abc_1234", "abc"),
    (K.ACCOUNT, "加q 12345678", "123"),
    (K.ACCOUNT, "QQ：12345678", "123"),
    (K.ACCOUNT, "qq群 123456789", "123"),
    (K.ACCOUNT, "Q群号:123456789", "123"),
    (K.ACCOUNT, "扣扣123456", "123"),
    (K.ACCOUNT, "wxid_abcdefgh1234 说的", "abcd"),
    (K.ACCOUNT, "我的小米ID：1234567890", "123"),
    (K.PROFILE_LINK, "看 https://web.vip.miui.com/page/info/mio/mio/homePage?uid=28E92A&x=1 他", "28E92A"),
    (K.PROFILE_LINK, "weibo.com/u/1234567", "123"),
    (K.PROFILE_LINK, "https://space.bilibili.com/123", "123"),
    (K.PROFILE_LINK, "https://bbs.example.com/home.php?mod=space&uid=104634", "104634"),
    (K.PROFILE_LINK, "http://bbs.example.com/space-uid-5.html", "5"),
]
IMPERSONAL = [
    "13.0.5.0",
    "MIUI 13.0.6.0.SKACNXM",
    "版本14.138.00138.000",
    "P30 Pro",
    "iPhone 13 128GB 14 256",
    "RTX3080 和 8GB+256GB",
    "小米11Ultra 5000mAh",
    "屏幕120Hz 2400x1080",
    "￥1999.00 到 15000000元",
    "2019-09-23 20:43:38",
    "20190923204338",
    "2022033013260012345",
    "订单号 6222021234567890128",
    "时间戳 1588888888 和 1588888888888",
    "圆周率3.1415926535897932",
    "12800138000",
    "身份证错一位110105194912310021",
    "卡号错一位6222021234567890129",
    "IMEI错一位490154203237519",
    "000000000000000",
    "13 12 11 10 9 13",
    "更新V12345",
    "全新K30512",
    "新A股",
    "云 A 计划",
    "京东618",
    "QQ 8.9.63.11390",
    "QQ音乐和QQ空间",
    "QQ 12345人在线",
    "微信8.0.16",
    "微信Android版",
    "微信: Android端闪退",
    "微信 version 8",
    "加VIP会员",
    "https://www.mi.com/shop/buy?product_id=1234",
    "温度@45度",
    "一二三四五六七八九十",
]


@pytest.mark.parametrize(("kind", "text", "secret"), PERSONAL)
def test_personal_data_is_masked_as_what_it_is(kind: MaskKind, text: str, secret: str) -> None:
    masked = mask(text)
    assert masked.counts == {kind: 1}
    assert TOKENS[kind] in masked.text
    assert secret not in masked.text


@pytest.mark.parametrize("text", IMPERSONAL)
def test_versions_models_prices_and_dates_stay(text: str) -> None:
    assert mask(text).text == text


def test_precision_and_recall_are_one_on_clear_cases_in_sentences() -> None:
    found = expected = right = 0
    for number, (kind, text, _) in enumerate(PERSONAL):
        sentence = f"{IMPERSONAL[number % len(IMPERSONAL)]}，{text}，{IMPERSONAL[(number * 7 + 3) % len(IMPERSONAL)]}"
        kinds = [finding.kind for finding in find_personal_data(sentence)]
        found += len(kinds)
        expected += 1
        right += kind in kinds
    assert (right / found, right / expected) == (1.0, 1.0)


def test_several_kinds_in_one_text_are_counted() -> None:
    masked = mask("13800138000，或 13900139000，邮箱 a@example.com")
    assert masked.text == "〔手机号〕，或 〔手机号〕，邮箱 〔邮箱〕"
    assert masked.counts == {K.MOBILE: 2, K.EMAIL: 1}


@given(st.text(st.sampled_from("13800微信qQ加v:： abc_@.粤B-X+京comhttps://u"), max_size=80))
def test_what_is_found_is_in_order_and_never_overlaps(text: str) -> None:
    findings = find_personal_data(text)
    ends = [0, *(finding.end for finding in findings)]
    assert all(finding.start >= end for finding, end in zip(findings, ends, strict=False))
    assert sum(mask(text).counts.values()) == len(findings)


@given(
    st.text(max_size=30).filter(lambda text: not any(c.isdigit() for c in text)),
    st.sampled_from(["13800138000", "19912345678"]),
)
def test_a_mobile_is_masked_whatever_stands_around_it(around: str, number: str) -> None:
    assert number not in mask(f"{around} {number} {around}").text


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece", ["微信 ", "加 ", "加我 v: ", "a@", "1380013800", "http://", "q群 ", "粤B", "6222 ", "wxid_"]
)
def test_a_megabyte_of_almost_personal_data_takes_linear_time(piece: str) -> None:
    mask(piece * (1_000_000 // len(piece)))
    mask(piece + " " * 200_000)
