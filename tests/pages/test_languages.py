"""Both languages say the same things, and neither leaks into the other."""

import json
import re
import string
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api.pages.keys import QUEUE_KEYS
from api.pages.language import LANGUAGES, Message, Translator, catalogue, chosen_language
from api.pages.rendering import API_FOLDER, environment

TEMPLATES = sorted((API_FOLDER / "templates").rglob("*.html"))
NOW = datetime(2026, 8, 20, 8, 0, tzinfo=UTC)
# Words that are the same in both languages: names of things, not sentences.
NAMES = {
    "JSON",
    "Lines",
    "CSV",
    "PNG",
    "XLSX",
    "Excel",
    "QQ",
    "Discuz",
    "PyWxDump",
    "UTF",
    "worker",
    "text",
    "Standard",
    "Webhooks",
    "Fider",
    "Shift",
    "Esc",
    "WebGL",
}
MAILED = {
    "digest_top.html",
    "digest_rest.html",
}  # mail clients understand inline styles only; served under a policy of its own
HAN = re.compile(r"[\u4e00-\u9fff]")


def translator(language: str) -> Translator:
    return Translator(language=chosen_language(language), zone=ZoneInfo("Asia/Shanghai"), now=NOW)


def texts(message: Message) -> list[str]:
    return [message] if isinstance(message, str) else list(message.values())


def placeholders(message: Message) -> set[str]:
    return {name for text in texts(message) for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_messages_with_the_same_placeholders() -> None:
    chinese, english = catalogue("zh"), catalogue("en")
    assert set(chinese) == set(english)
    for key in chinese:
        assert placeholders(chinese[key]) == placeholders(english[key]), key


def test_no_key_is_written_twice() -> None:
    for language in LANGUAGES:
        path = Path(API_FOLDER / "pages" / "i18n" / f"{language}.json")
        pairs = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=list)
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys))


def test_chinese_is_chinese_and_english_is_english() -> None:
    for key, message in catalogue("zh").items():
        for text in texts(message):
            words = set(re.findall(r"[A-Za-z]{2,}", re.sub(r"\{\w+\}", "", text)))
            assert words <= NAMES, f"{key}: {text}"
    for key, message in catalogue("en").items():
        for text in texts(message):
            assert not HAN.search(text.replace("“内容”", "")), f"{key}: {text}"


def _faults(found: Callable[[Path, str], list[str]]) -> dict[str, list[str]]:
    """What a rule finds in the templates, by their names."""
    assert len(TEMPLATES) > 100
    sources = {path: path.read_text(encoding="utf-8") for path in TEMPLATES}
    return {path.name: faults for path, source in sources.items() if (faults := found(path, source))}


def test_templates_hold_no_words_of_their_own() -> None:
    def words(_: Path, source: str) -> list[str]:
        bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", " ", source, flags=re.S)
        bare = re.sub(r"<kbd>.*?</kbd>|<[^>]*>", " ", bare, flags=re.S)
        return HAN.findall(source) + re.findall(r"[A-Za-z]{2,}", bare)

    assert _faults(words) == {}, "words belong in the catalogues"


def test_every_message_a_template_names_exists() -> None:
    def unknown(_: Path, source: str) -> list[str]:
        named = re.findall(r"""\bt\(\s*["']([a-z_.0-9]+)["']\s*[,)]""", source)
        return [key for key in named if key not in catalogue("zh")]

    assert _faults(unknown) == {}


def test_templates_need_no_inline_script_or_style() -> None:
    def inline(path: Path, source: str) -> list[str]:
        environment().parse(source)
        styles = "" if path.name in MAILED else r"\sstyle=|<style|"
        return re.findall(styles + r"\son\w+=|javascript:|hx-on|\|safe|<script>", source)

    assert _faults(inline) == {}


def test_every_key_of_the_queue_is_explained() -> None:
    for key in QUEUE_KEYS:
        assert f"key.{key.action}" in catalogue("zh")


@pytest.mark.parametrize(
    ("age", "chinese", "english"),
    [
        (timedelta(seconds=20), "刚刚", "just now"),
        (timedelta(minutes=1), "1 分钟前", "1 minute ago"),
        (timedelta(hours=3), "3 小时前", "3 hours ago"),
        (timedelta(days=2), "2 天前", "2 days ago"),
        (timedelta(days=45), "2026-07-06", "2026-07-06"),
    ],
)
def test_times_are_told_as_people_tell_them(age: timedelta, chinese: str, english: str) -> None:
    assert translator("zh").ago(NOW - age) == chinese
    assert translator("en").ago(NOW - age) == english


def test_an_unknown_language_is_chinese() -> None:
    assert chosen_language("fr") == "zh"
    assert chosen_language(None) == "zh"
