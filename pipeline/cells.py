"""Spreadsheet cells that are safe to open: text that a spreadsheet would run as a formula is shown as text."""

from __future__ import annotations

import re

# A leading apostrophe makes spreadsheets take the cell as text. Cells that already begin with apostrophes before
# such a character get one more, so that `original` always gives back exactly what was written.
_DANGEROUS = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_DEFUSED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
# An id must stay the input's id to be joined on. Without brackets, quotes, |, ! and the like it can call nothing and
# reach no other program or file, whatever sign it begins with: at worst a spreadsheet shows =1+1 as 2.
_HARMLESS_ID = re.compile(r"[=+\-@]?[0-9A-Za-z_.+\-/=]*")


def defused(text: str) -> str:
    """The cell for `text`: itself, or with an apostrophe before it where it begins like a formula."""
    return "'" + text if _DANGEROUS.match(text) else text


def defused_id(identifier: str) -> str:
    """The cell for an id: unchanged where it is made of ASCII letters, digits and _ . + - / = (a sign may lead)."""
    return identifier if _HARMLESS_ID.fullmatch(identifier) else defused(identifier)


def original(cell: str) -> str:
    """What `defused` or `defused_id` was given."""
    return cell[1:] if _DEFUSED.match(cell) else cell
