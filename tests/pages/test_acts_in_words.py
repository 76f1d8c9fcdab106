"""Every act that the audit log records, and everything an act is about, has words in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from api.pages.language import LANGUAGES, catalogue
from api.pages.rendering import API_FOLDER
from api.pages.views.events import SUBJECTS

ROOMS = [API_FOLDER.parent / room for room in ("api", "pipeline", "review")]
ACTION = re.compile(r"[a-z]+\.[a-z_]+")


def _recorders() -> Iterator[ast.Module]:
    """The modules that write to the log."""
    for room in ROOMS:
        for path in room.rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            if "record(" in source and ("from review.audit import" in source or "import audit" in source):
                yield ast.parse(source)


def _actions() -> set[str]:
    """Every text of a recording module that reads like an action: some are chosen first and recorded by a variable."""
    return {text for module in _recorders() for text in _texts(module) if ACTION.fullmatch(text)}


def _subjects() -> set[str]:
    """The kind of thing each call of `record` names; what a helper of the module chooses, by the texts it returns."""
    kinds: set[str] = set()
    for module in _recorders():
        helpers = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
        calls = [node for node in ast.walk(module) if isinstance(node, ast.Call)]
        for call in calls:
            if ast.unparse(call.func) in ("record", "audit.record"):
                named = call.args[3].value if isinstance(call.args[3], ast.Starred) else call.args[3]
                if isinstance(named, ast.Call):
                    named = helpers[ast.unparse(named.func)]
                kinds |= {text for text in _texts(named) if text.isidentifier()}
    return kinds


def _texts(node: ast.AST) -> set[str]:
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def test_every_act_and_every_thing_has_words_in_both_languages() -> None:
    actions, subjects = _actions(), _subjects()
    assert len(actions) > 60
    wanted = {f"event.{action}" for action in actions} | {f"subject.{kind}" for kind in subjects}
    assert {language: wanted - set(catalogue(language)) for language in LANGUAGES} == {
        name: set() for name in LANGUAGES
    }


def test_the_log_can_be_narrowed_to_everything_that_acts_are_about() -> None:
    assert _subjects() <= set(SUBJECTS)
