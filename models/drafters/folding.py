"""Text seen through disguises: full width, traditional, hidden and look-alike characters, words pulled apart."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import opencc

_KEPT_CONTROLS = "\n\t"
_HAN = r"\u3400-\u9fff"

# Cyrillic and Greek letters that look like Latin ones (of Unicode's confusables, those a keyboard gives).
_LOOK_ALIKES = str.maketrans(
    "аеорсухіѕјԁɡһӏкмтвнгАВЕКМНОРСТХІЅЈαβερτυνοκιχγΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxisjdghlkmtbhrABEKMHOPCTXISJabeptuvokixyABEZHIKMNOPTYX",
)
# What is put between the characters of one word to hide it, clause marks aside.
_BETWEEN = re.compile(
    rf"(?<=[{_HAN}\d])[^\S\n]*[\s_*·•.\-~|/\\+^=#@&'\"`‘’“”《》〈〉【】\[\](){{}}<>…—–、]+(?=[{_HAN}])"
)
_PULLED_APART = re.compile(rf"(?<![{_HAN}])[{_HAN}](?:[，,。.;；:：!！?？\s]+[{_HAN}]){{2,}}(?![{_HAN}])")
_SPELT_OUT = re.compile(r"(?<![a-z0-9])[a-z0-9](?:[\s._*\-|/]+[a-z0-9]){3,}(?![a-z0-9])")
_BROKEN_WORD = re.compile(r"(?<=[a-z])[*_.\-|~]+(?=[a-z])")
_NOT_WORD = re.compile(r"[\W_]+")


@cache
def _converter() -> opencc.OpenCC:
    from opencc import OpenCC

    return OpenCC("t2s")


def simplified(text: str) -> str:
    """Traditional characters as simplified ones, which knowledge is written in."""
    return text if text.isascii() else str(_converter().convert(text))


def unhidden(text: str) -> str:
    """The text without what no reader sees: format and control characters, variation selectors, stacked marks."""
    return "".join(
        character
        for character in text
        if character in _KEPT_CONTROLS or unicodedata.category(character) not in {"Cf", "Cc", "Co", "Cn", "Mn", "Me"}
    )


def visible(text: str) -> str:
    """The same of the text in compatibility form (NFKC): full width as half width, circled figures as figures."""
    return unhidden(unicodedata.normalize("NFKC", text))


@lru_cache(maxsize=8192)
def folded(text: str) -> str:
    """How a text reads, whatever it is written in: visible, simplified, lower case, look-alikes as Latin."""
    return simplified(visible(text).translate(_LOOK_ALIKES)).lower()


def views(text: str) -> tuple[str, ...]:
    """The folded text, and where they differ the same with words put together again that were pulled apart."""
    plain = folded(text)
    together = _BETWEEN.sub("", plain)
    together = _PULLED_APART.sub(lambda found: _NOT_WORD.sub("", found.group()), together)
    together = _SPELT_OUT.sub(lambda found: _NOT_WORD.sub("", found.group()), together)
    together = _BROKEN_WORD.sub("", together)
    return (plain,) if together == plain else (plain, together)


def has_disguise(text: str) -> bool:
    """Whether a text hides something from its reader: hidden characters, or Latin words with foreign letters.

    Emoji joiners are no disguise.
    """
    for at, character in enumerate(text):
        category = unicodedata.category(character)
        joins_emoji = character in "\u200d\ufe0f\ufe0e" and at and unicodedata.category(text[at - 1]) in {"So", "Sk"}
        if category in {"Cf", "Co", "Cn", "Me"} and not joins_emoji:
            return True
        if category == "Cc" and character not in "\n\t\r":
            return True
    return any(
        word.isalpha() and word != word.translate(_LOOK_ALIKES) and any(c.isascii() for c in word)
        for word in re.findall(r"[^\W\d_]+", text)
    )
