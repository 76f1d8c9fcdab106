"""No code of the pages holds sentences of one language: what a page says comes from the catalogues."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from api.pages.rendering import API_FOLDER

CHINESE_MARKS = re.compile("[：（）「」，；。]")


def _texts(node: ast.AST) -> Iterator[str]:
    """The texts of a module without those of refusals, which carry both languages side by side."""
    if isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Error")):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from _texts(child)


def test_no_page_glues_words_with_the_marks_of_one_language() -> None:
    glued = {
        f"{path.name}: {text}"
        for path in (API_FOLDER / "pages").rglob("*.py")
        for text in _texts(ast.parse(path.read_text(encoding="utf-8")))
        if CHINESE_MARKS.search(text)
    }
    assert glued == set()
