"""Filling a template: texts in JSON with field names in braces. Nothing is evaluated, only replaced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from review.connector_settings import PLACEHOLDER

Value = str | int | float | None


def filled(template: Any, fields: Mapping[str, Value]) -> Any:
    """The template with fields in place. A text that is nothing but one field keeps its kind: "{votes}" is a number."""
    if isinstance(template, str):
        whole = PLACEHOLDER.fullmatch(template)
        if whole is not None:
            return fields.get(whole.group(1))
        return PLACEHOLDER.sub(lambda found: _text(fields.get(found.group(1))), template)
    if isinstance(template, Mapping):
        return {name: filled(value, fields) for name, value in template.items()}
    if isinstance(template, list):
        return [filled(value, fields) for value in template]
    return template


def filled_url(url: str, fields: Mapping[str, Value]) -> str:
    """The address with fields in place, each percent-encoded whole, so that none can lead elsewhere."""
    return PLACEHOLDER.sub(lambda found: quote(_text(fields.get(found.group(1))), safe=""), url)


def at_path(value: Any, path: str) -> Any:
    """What lies at a path such as ``data.items.0.id``; None where nothing does. An empty path is the value itself."""
    for step in path.split(".") if path else ():
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _text(value: Value) -> str:
    return "" if value is None else str(value)
