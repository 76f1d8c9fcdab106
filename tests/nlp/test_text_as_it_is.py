"""Text as people write it: read in plain words for mining, shown as it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.mentions import split_mentions
from nlp.normalisation import normalise
from nlp.products import find_products, find_versions
from nlp.spellings import plainly
from nlp.types import Document


def read(text: str) -> list[str]:
    return [mention.normalised for mention in split_mentions(Document(id="p", text=text))]


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("手機發燙，訊號很差", "手机发烫，讯号很差"),
        ("裏面的頭髮乾了", "里面的头发干了"),
        ("打不開wifi", "打不开wifi"),
    ],
)
def test_traditional_characters_are_read_as_simplified(written: str, seen: str) -> None:
    assert normalise(written) == seen


@pytest.mark.parametrize(
    ("written", "seen"), [("ＷｉＦｉ　１２０Ｈｚ", "WiFi 120Hz"), ("电量１００％", "电量100%"), ("ｌａｇ", "lag")]
)
def test_full_width_forms_are_read_as_half_width(written: str, seen: str) -> None:
    assert normalise(written) == seen


@pytest.mark.parametrize(
    "written",
    [
        "又死机了😭😭",
        "又死机了👨‍👩‍👧🏽",
        "3️⃣ 又死机了",
        "(╥﹏╥)又死机了",
        "(๑•̀ㅂ•́)و✧又死机了",
        "ヾ(≧▽≦*)o 又死机了",
        "_(:з」∠)_ 又死机了",
        "o(╥﹏╥)o又死机了",
        "(T_T)又死机了 T_T",
        "orz又死机了",
        "又死机了:D",
        "又死机了：:(",
        "[捂脸][doge]又死机了",
        "/捂脸 又死机了",
        "又死机了 >_<",
    ],
)
def test_emoji_kaomoji_and_stickers_say_nothing_to_mining(written: str) -> None:
    assert normalise(written) == "又死机了"


@pytest.mark.parametrize(
    "written",
    ["（充电慢）也卡", "(耗电)", "温度（40℃）太高", "原因:(1)卡(2)慢", "5G/4G切换慢", "vivo(全系)卡", "看t.txt文件"],
)
def test_brackets_that_hold_words_are_no_faces(written: str) -> None:
    assert normalise(written) == written


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("这续航yyds", "这续航永远的神"),
        ("XSWL 又卡了", "笑死我了又卡了"),
        ("awsl", "啊我死了"),
        ("zqsg求适配", "真情实感求适配"),
        ("u1s1，拍照不错", "有一说一，拍照不错"),
        ("wx收不到消息", "微信收不到消息"),
        ("2333又重启", "哈哈又重启"),
        ("yydsapp", "yydsapp"),
        ("型号是swx9", "型号是swx9"),
    ],
)
def test_abbreviations_are_read_in_full_where_they_are_words(written: str, seen: str) -> None:
    assert normalise(written) == seen


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("唔該修復下閃退", "麻烦修复下闪退"),
        ("手機冇信號", "手机没有信号"),
        ("充電係咪有問題", "充电是不是有问题"),
        ("點解咁慢", "为什么这么慢"),
        ("呢部機好熱", "这部机好热"),
        ("啥子情况哦", "什么情况哦"),
        ("莫得声音", "没有声音"),
        ("手机嘎嘎卡", "手机非常卡"),
        ("耗电贼快", "耗电很快"),
        ("这界面忒磕碜", "这界面太难看"),
    ],
)
def test_dialect_words_are_read_as_standard_ones(written: str, seen: str) -> None:
    assert normalise(written) == seen


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("屏木太暗", "屏幕太暗"),
        ("冲电慢", "充电慢"),
        ("蓝芽断连", "蓝牙断连"),
        ("wife连不上", "wifi连不上"),
        ("跟新后卡盾", "更新后卡顿"),
        ("需要从启才行", "需要重启才行"),
        ("在也不买了", "再也不买了"),
        ("卡的要死", "卡得要死"),
        ("登陆不了帐号", "登录不了账号"),
    ],
)
def test_slips_of_sound_are_read_as_meant(written: str, seen: str) -> None:
    assert normalise(written) == seen


@pytest.mark.parametrize(
    "written",
    [
        "重点解决发热",
        "成就系统没了",
        "自从启动就卡",
        "轮胎继续行驶",
        "摄像机模糊",
        "严重起雾",
        "调整不了亮度",
        "现在也不行",
        "正在改改看",
        "树木有损伤",
        "跟新手机比差远了",
        "嫦娥登陆月球",
        "盗贼大片",
        "信息平台安全平稳",
        "操作不到位",
        "就卡的手机",
    ],
)
def test_ordinary_words_that_look_like_slips_stay(written: str) -> None:
    assert normalise(written) == written


def test_latin_and_digits_are_a_product_or_a_version_and_leave_the_text() -> None:
    assert find_products("P30 Pro拍照糊") == ("P30PRO",)
    assert normalise("P30 Pro拍照糊") == "拍照糊"
    assert find_versions("13.0.5.0断流") == ("13.0.5.0",)
    assert normalise("V13.0.5.0.SKACNXM断流") == "断流"
    assert normalise("支持4.5w和120hz，5G慢") == "支持4.5w和120hz，5G慢"


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("看 https://example.com/post/1?x=2 又卡了", "看又卡了"),
        ("b23.tv/abcd 又卡了", "又卡了"),
        ("m.example.com.cn又卡了", "又卡了"),
        ("```\nfoo()\n```又崩溃", "又崩溃"),
        ("卸载com.example.msa没用", "卸载没用"),
        ("java.lang.NullPointerException at a.b.C(C.java:12) 闪退", "NullPointerException 闪退"),
        ("/sdcard/Android/data 打不开", "打不开"),
        ("错误0x80070057", "错误"),
    ],
)
def test_links_and_code_leave_the_text(written: str, seen: str) -> None:
    assert normalise(written) == seen


def test_code_alone_is_still_something_said() -> None:
    assert normalise("com.example.msa") == "com.example.msa"


def test_what_is_shown_is_what_was_written() -> None:
    written = "ＷｉＦｉ斷流😭 u1s1 屏木太暗 (T_T)"
    (mention,) = split_mentions(Document(id="p", text=written))
    assert mention.text == written
    assert mention.normalised == "WiFi断流有一说一屏幕太暗"


def test_a_long_post_about_two_problems_is_two_mentions() -> None:
    battery = (
        "更新之后耗电特别快，早上满电出门，中午就只剩百分之三十，什么都没干，后台也清了，省电模式也开了，还是一样。"
    )
    camera = "另外相机打开要等三秒，夜景拍出来全是糊的，对焦也对不上，对比以前的版本差太多了，希望尽快修一下。"
    assert read(battery + camera) == [battery[:-1], camera[:-1]]


@given(st.text(max_size=120))
def test_plain_words_are_settled_and_never_much_longer(text: str) -> None:
    once = plainly(text)
    assert len(once) <= 4 * len(text)


@given(st.text(alphabet="充电发烫唔冇登陆在也不 ，", max_size=60))
def test_reading_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
