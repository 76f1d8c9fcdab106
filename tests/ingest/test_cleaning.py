"""Cleaning keeps what a person says and drops the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning import clean


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        # HTML
        (
            '希望省电<a href="https://x.example/homePage?uid=28&amp;encryptUserId=2" target="_blank">@某人 </a>@金凡',
            "希望省电",
        ),
        ("<p>横屏误触</p><p>每次都是</p>", "横屏误触\n每次都是"),
        ("好<br><br>真好", "好\n真好"),
        ("发热，&nbsp;很烫&amp;卡", "发热， 很烫&卡"),
        ("<blockquote>别人说的</blockquote>自己说的", "自己说的"),
        ("hello<script>alert(1)</script><img src=x onerror=alert(1)>", "hello"),
        ('看<a href="https://example.com/faq">这里</a>', "看这里"),
        ('回复 <a href="/home.php?mod=space&uid=1">@猫</a>：同意', "同意"),
        ("<div>" * 30_000 + "深", "深"),
        # BBCode
        ("[quote]小明 发表于 2020\n很烫[/quote][b]我[/b]也是[img]http://x[/img]", "我也是"),
        ("[quote][quote]一[/quote]二[/quote]三", "三"),
        ("[url=https://example.com]说明[/url]在此[url=home.php?mod=space&uid=3]@猫[/url]", "说明在此"),
        ("[list][*]一[*]二[/list]", "一\n二"),
        ("[i=s] 本帖最后由 老王 于 2020-1-1 12:00 编辑 [/i]\n卡顿", "卡顿"),
        ("[size=1][color=#999]—— 来自 某某社区App[/color][/size]", ""),
        ("好{:4_94:}", "好"),
        ("[b]" * 30_000 + "深", "深"),
        # neither
        ("a<b 且 c>d", "a<b 且 c>d"),
        ("温度<30 [已修复] <3", "温度<30 [已修复] <3"),
        # templates
        ("标题\n操作步骤\n我一拉\n预期结果\n正常\n实际结果：阴影\n补充说明\n无", "标题\n我一拉\n正常\n阴影"),
        ("【问题描述】：发热 【预期结果】不热", "发热\n不热"),
        ("我按操作步骤做了没用", "我按操作步骤做了没用"),
        # signatures
        ("发热严重\n发自我的小米手机", "发热严重"),
        ("发热严重 发自我的 iPhone 13 Pro", "发热严重"),
        ("发热严重\n来自 小米社区客户端", "发热严重"),
        ("发热严重\nSent from my iPhone", "发热严重"),
        ("发热严重。\n—— 来自 某某社区App\n发自我的拾光手机", "发热严重。"),
        ("来自客户端的推送太多", "来自客户端的推送太多"),
        ("Sent from my iPhone 太烂了", "Sent from my iPhone 太烂了"),
        ("发自我的内心，真的好用", "发自我的内心，真的好用"),
        # mentions of people
        ("@小 明\u2005你好啊", "你好啊"),
        ("@小明 你好@小红", "你好"),
        ("写到 a@example.com 即可", "写到 a@example.com 即可"),
        ("昨晚班长@全体交作业，累", "昨晚班长 交作业，累"),
        ("@希望官方能够尽快修复这个很严重的问题", "@希望官方能够尽快修复这个很严重的问题"),
        # characters
        ("a\u200bb\u202ec\ufeff\u00ad\U000e0041", "abc"),
        ("全家👨‍👩‍👧开心❤️", "全家👨‍👩‍👧开心❤️"),
        ("一  二\u3000三\xa0四\r\n\r\n\r\n五", "一 二 三 四\n五"),
        ("繁體字、ＡＢＣ照舊！！！", "繁體字、ＡＢＣ照舊！！！"),
        ("[图片]看这个[捂脸]", "看这个[捂脸]"),
        ("   \u200b ", ""),
    ],
)
def test_what_is_said_stays_and_the_rest_goes(raw: str, said: str) -> None:
    assert clean(raw) == said


def test_known_names_are_recognised_where_they_run_into_words() -> None:
    assert (
        clean("@阿 杜打野 机器太烫，@小米客服希望尽快修复", names=frozenset({"阿 杜打野", "小米客服", "小米"}))
        == "机器太烫， 希望尽快修复"
    )


@given(st.text(st.sampled_from("你好世界，。！ab12\n"), max_size=60))
def test_plain_words_are_left_as_they_are(text: str) -> None:
    assert clean(text).replace("\n", "").replace(" ", "") == text.replace("\n", "").replace(" ", "")


@given(st.text(max_size=200), st.frozensets(st.text(min_size=1, max_size=5), max_size=3))
def test_any_text_can_be_cleaned(text: str, names: frozenset[str]) -> None:
    cleaned = clean(text, names=names)
    assert cleaned == cleaned.strip()
    assert "\0" not in cleaned


MARKUP = [
    "<p>",
    "</p>",
    "<a href='?uid=1'>",
    "</a>",
    "[b]",
    "[/b]",
    "[quote]",
    "[/quote]",
    "[url=",
    "]",
    "<",
    "&lt;",
    "@",
    "词",
    "\n",
]


@given(st.lists(st.sampled_from(MARKUP), max_size=40))
def test_broken_markup_never_raises(parts: list[str]) -> None:
    clean("".join(parts))


@pytest.mark.timeout(100)
@pytest.mark.parametrize(
    "piece",
    [
        "[b]",
        "[quote]",
        "<div>",
        "<a ",
        "@",
        "来自 ",
        "sent from ",
        "操作步骤 ",
        "本帖最后由 ",
        "[i=s]",
        " \n",
        "\u200d",
        "&",
    ],
)
def test_half_a_megabyte_of_hostile_text_takes_linear_time(piece: str) -> None:
    clean(piece * (500_000 // len(piece)))
