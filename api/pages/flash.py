"""What a write says on the next page: a message by key, and perhaps a way to take it back."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Final

from api.pages.language import Translator, catalogue

FLASH_COOKIE: Final = "zhongsheng_flash"


@dataclass(frozen=True, slots=True)
class Undo:
    """A form that takes a write back."""

    action: str
    fields: tuple[tuple[str, str], ...] = ()
    target: str = "this"
    swap: str = "none"


@dataclass(frozen=True, slots=True)
class TranslatedFlash:
    """A toast in the reader's language."""

    text: str
    bad: bool
    undo: Undo | None


@dataclass(frozen=True, slots=True)
class Flash:
    """A toast by message key. Travels in a cookie, so it holds names of messages, never markup."""

    key: str
    parameters: dict[str, str | int] = field(default_factory=dict)
    undo: Undo | None = None
    bad: bool = False

    def translated(self, t: Translator) -> TranslatedFlash:
        return TranslatedFlash(text=t(self.key, **self.parameters), bad=self.bad, undo=self.undo)

    def packed(self) -> str:
        """As a cookie value."""
        undo = None
        if self.undo:
            undo = [self.undo.action, [list(pair) for pair in self.undo.fields], self.undo.target, self.undo.swap]
        parameters = {k: v[:120] if isinstance(v, str) else v for k, v in self.parameters.items()}
        return base64.urlsafe_b64encode(json.dumps([self.key, parameters, undo, self.bad]).encode()).decode()


def read_flash(value: str | None) -> Flash | None:
    """The toast in a cookie; None where there is none or the cookie is not one that we wrote."""
    if not value:
        return None
    try:
        key, parameters, undo, bad = json.loads(base64.urlsafe_b64decode(value))
        if key not in catalogue("zh") or not isinstance(parameters, dict):
            return None
        flash = Flash(str(key), {str(k): v for k, v in parameters.items()}, _undo(undo), bool(bad))
        message = catalogue("zh")[key]
        (message if isinstance(message, str) else message["other"]).format(**flash.parameters)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, binascii.Error):
        return None
    return flash


def _undo(packed: object) -> Undo | None:
    if not isinstance(packed, list):
        return None
    action, fields, target, swap = packed
    if not isinstance(action, str) or not action.startswith("/") or action.startswith("//"):
        return None
    return Undo(action, tuple((str(name), str(value)) for name, value in fields), str(target), str(swap))
