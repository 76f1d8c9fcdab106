"""Chinese first, English beside it: catalogues of messages, and numbers and times as people write them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
LANGUAGE_COOKIE: Final = "zhongsheng_language"
_HTML_LANG: Final[Mapping[Language, str]] = {"zh": "zh-CN", "en": "en"}
_OWN_NAME: Final[Mapping[Language, str]] = {"zh": "中文", "en": "English"}
_CATALOGUES: Final = Path(__file__).parent / "i18n"
_AGES: Final = ((86_400 * 365, "year"), (86_400 * 30, "month"), (86_400, "day"), (3_600, "hour"), (60, "minute"))

Message = str | dict[str, str]
"""A text with {placeholders}, or {"one": …, "other": …} chosen by the parameter `n`."""


@lru_cache
def catalogue(language: Language) -> Mapping[str, Message]:
    """All messages of a language by key."""
    messages: dict[str, Message] = json.loads((_CATALOGUES / f"{language}.json").read_text(encoding="utf-8"))
    return messages


def chosen_language(cookie: str | None) -> Language:
    """The language of the cookie; Chinese where there is none or it is unknown."""
    return "en" if cookie == "en" else "zh"


@dataclass(frozen=True, slots=True)
class Translator:
    """Callable with a key and its parameters. Raises KeyError for a key that no catalogue has."""

    language: Language
    zone: ZoneInfo
    now: datetime

    def __call__(self, key: str, **parameters: object) -> str:
        message = catalogue(self.language)[key]
        if isinstance(message, dict):
            message = message["one" if parameters.get("n") == 1 else "other"]
        return message.format(**parameters) if parameters else message

    def has(self, key: str) -> bool:
        """Whether there is a message for this key."""
        return key in catalogue(self.language)

    def either(self, key: str, fallback: str) -> str:
        """The message for a key that data has made (an action, a job's step), or the fallback."""
        return self(key) if self.has(key) else fallback

    @property
    def html_lang(self) -> str:
        return _HTML_LANG[self.language]

    @property
    def other(self) -> Language:
        return "en" if self.language == "zh" else "zh"

    @property
    def other_html_lang(self) -> str:
        return _HTML_LANG[self.other]

    @property
    def other_name(self) -> str:
        return _OWN_NAME[self.other]

    def score(self, value: float) -> str:
        """A score, always with one decimal, so that a column of them lines up."""
        return f"{value:.1f}"

    def number(self, value: float) -> str:
        """Counts with grouping, scores with one decimal."""
        return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}".removesuffix(".0")

    def percent(self, share: float | None) -> str:
        """A share of one in whole percents; a dash where there is none."""
        return "—" if share is None else f"{share:.0%}"

    def joined(self, parts: list[str]) -> str:
        """Names one after the other, with the comma of the language."""
        return ("、" if self.language == "zh" else ", ").join(parts)

    def moment(self, moment: datetime) -> str:
        """Date and time of day in the product's zone."""
        return moment.astimezone(self.zone).strftime("%Y-%m-%d %H:%M")

    def day(self, moment: datetime) -> str:
        """The date in the product's zone."""
        return moment.astimezone(self.zone).strftime("%Y-%m-%d")

    def ago(self, moment: datetime) -> str:
        """How long ago in one unit; the date itself beyond a month."""
        seconds = (self.now - moment.astimezone(UTC)).total_seconds()
        if seconds >= 86_400 * 30:
            return self.day(moment)
        for length, unit in _AGES:
            if seconds >= length:
                return self(f"time.{unit}", n=int(seconds // length))
        return self("time.now")

    def age(self, moment: datetime) -> str:
        """How old something is in one unit, however old."""
        seconds = max((self.now - moment.astimezone(UTC)).total_seconds(), 0)
        for length, unit in _AGES:
            if seconds >= length:
                return self(f"time.{unit}", n=int(seconds // length))
        return self("time.now")
