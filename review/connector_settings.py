"""How a board of another system is spoken to: its address, and for a generic board what goes into which field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from review.errors import Invalid
from review.outgoing_urls import checked_url

KINDS: Final = ("fider", "json_board")
Kind = Literal["fider", "json_board"]
Method = Literal["POST", "PUT", "PATCH"]

# What a template may name. `marker` is what a card is found again by; a template without it would create twice.
FIELDS: Final = frozenset({
    "proposal_id", "theme_id", "title", "problem", "status", "reason", "note", "votes", "people", "demand_score",
    "merged_into", "marker", "updated_at",
})  # fmt: skip
STATUSES: Final = ("received", "under_review", "voting", "accepted", "in_progress", "shipped", "declined", "merged")
PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")
_WHERE_CARDS_ARE: Final = ("url", "update_url", "find_url", "find_path", "id_path")
_FIELD_ZH: Final = {"template": "卡片模板", "update_url": "更新卡片的网址", "find_url": "查找卡片的网址"}
_TEMPLATE_LIMIT: Final = 20_000  # characters of a template as JSON text
_DEPTH: Final = 8

_Path = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$|^$", max_length=200)]
_Url = Annotated[str, Field(min_length=8, max_length=2_000)]


class FiderSettings(BaseModel):
    """A Fider board."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: _Url = Field(description="The board's address, such as https://feedback.example.com")


class JsonBoardSettings(BaseModel):
    """A board with a JSON API. Templates are JSON whose texts name fields in braces: {"title": "{title}"}."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: _Url = Field(description="Where cards are created")
    method: Method = "POST"
    template: dict[str, Any] = Field(description="What is sent; one text must hold {marker}")
    id_path: _Path = Field("id", description="Where the answer has the new card's id, such as data.id")
    update_url: _Url = Field(description="Where a card is changed, with {remote_id}")
    update_method: Method = "PUT"
    find_url: _Url = Field(description="Where cards are looked for before one is created; may name {marker}")
    find_path: _Path = Field("", description="Where the answer has the list of cards; empty: it is the list")
    statuses: dict[str, str] = Field(default_factory=dict, description="Our statuses in the board's words")
    key_header: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,60}$")] = "Authorization"
    key_prefix: Annotated[str, Field(max_length=40, pattern=r"^[!-~ ]*$")] = "Bearer "


AnySettings = FiderSettings | JsonBoardSettings


def parsed(kind: str, settings: dict[str, Any]) -> AnySettings:
    """Settings as they were stored. Raises pydantic.ValidationError for others."""
    return FiderSettings(**settings) if kind == "fider" else JsonBoardSettings(**settings)


def same_board(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a card's id means the same under both settings. Elsewhere it may be a stranger's post."""
    return all(one.get(name) == other.get(name) for name in _WHERE_CARDS_ARE)


def checked(kind: str, settings: dict[str, Any], *, allow_private: bool) -> AnySettings:
    """Settings as a person gives them, or Invalid that says what to change."""
    if kind not in KINDS:
        raise Invalid("kind_unknown", f"kind must be one of {', '.join(KINDS)}.", "未知的看板类型。", kinds=list(KINDS))
    try:
        found = parsed(kind, settings)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "settings"
        raise Invalid(
            "settings_invalid", f"settings.{where}: {first['msg']}.", f"设置有误，请检查「{where}」。", field=where
        ) from error
    _check_storable(found)
    checked_url(found.url, allow_private=allow_private)
    if isinstance(found, JsonBoardSettings):
        _check_json_board(found, allow_private=allow_private)
    return found


def _check_storable(settings: AnySettings) -> None:
    """Neither NUL nor half characters nor numbers that JSON does not know: a database would refuse them later."""
    try:
        _texts(settings.model_dump())
        text = json.dumps(settings.model_dump(), ensure_ascii=False, allow_nan=False)
        text.encode()
    except ValueError as error:
        raise _wrong("settings", "a text or number that cannot be stored", "含有无法保存的字符或数字。") from error
    if "\\u0000" in text:
        raise _wrong("settings", "a text holds a NUL character", "含有无效字符。")


def _wrong(field: str, message: str, message_zh: str, **details: Any) -> Invalid:
    return Invalid("settings_invalid", f"{field}: {message}.", message_zh, field=field, **details)


def _check_json_board(settings: JsonBoardSettings, *, allow_private: bool) -> None:
    for field, url, names in (
        ("update_url", settings.update_url, {"remote_id", "proposal_id"}),
        ("find_url", settings.find_url, {"marker", "proposal_id"}),
    ):
        checked_url(PLACEHOLDER.sub("x", url), allow_private=allow_private, field=field)
        _known_names(field, [url], names)
        if PLACEHOLDER.search(url.split("://", 1)[-1].split("/", 1)[0]):  # what people write must not choose the host
            raise _wrong(field, "no field may stand in the host", "域名中不能使用占位符。")
    if "{remote_id}" not in settings.update_url:
        raise _wrong("update_url", "it must hold {remote_id}", "更新网址须包含 {remote_id}。")
    texts = _texts(settings.template)
    if sum(map(len, texts)) > _TEMPLATE_LIMIT:
        raise _wrong("template", "it is too long", "模板过长。")
    _known_names("template", texts, FIELDS)
    if not any("{marker}" in text for text in texts):
        raise Invalid(
            "marker_required",
            "One text of the template must hold {marker}: by it a card is found again and never created twice.",
            "模板中须有一处包含 {marker}，用来找回已创建的卡片，避免重复创建。",
            field="template",
        )
    unknown = sorted(set(settings.statuses) - set(STATUSES))
    if unknown:
        raise _wrong("statuses", f"unknown are {', '.join(unknown)}", "状态对照表含有未知状态。")


def _known_names(field: str, texts: list[str], names: set[str] | frozenset[str]) -> None:
    used = {name for text in texts for name in PLACEHOLDER.findall(text)}
    unknown = sorted(used - names)
    if unknown:
        wrong, known = _in_braces(unknown), _in_braces(sorted(names))
        raise _wrong(
            field,
            f"{', '.join(wrong)} cannot stand here; what can is {', '.join(known)}",
            f"「{_FIELD_ZH[field]}」中不能使用 {'、'.join(wrong)}，可用的占位符：{'、'.join(known)}。",
            unknown=unknown,
        )


def _in_braces(names: list[str]) -> list[str]:
    return [f"{{{name}}}" for name in names]


def _texts(value: Any, depth: int = 0) -> list[str]:
    """Every text in the template. Invalid where it is nested too deeply to be meant."""
    if depth > _DEPTH:
        raise _wrong("template", "it is nested too deeply", "模板层级过深。")
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for name, one in value.items() for text in (*_texts(name, depth + 1), *_texts(one, depth + 1))]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one, depth + 1)]
    return []
