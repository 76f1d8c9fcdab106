"""The names suite lists what a reader of the board meets."""

from __future__ import annotations

import json
from pathlib import Path

from evaluation.datasets import SAMPLE, LabelledSet
from evaluation.names_suite import RULE, covers, named_themes, run_names
from nlp.mining import mine
from nlp.types import Document
from tests.hashing_encoder import HashingEncoder


def two_needs() -> tuple[Document, ...]:
    told = [f"充电的时候手机发烫{i}次" for i in range(8)] + [f"扫地机又丢地图了第{i}回" for i in range(8)]
    return tuple(Document(f"p{i:02d}", text, author=f"a{i}") for i, text in enumerate(told))


def test_every_theme_is_listed_with_what_a_person_needs_to_judge_it() -> None:
    documents = two_needs()
    found = named_themes(LabelledSet("toy", documents, ("",) * len(documents)), HashingEncoder(), 5)
    assert found
    assert all(theme.name and theme.quotes and 0 <= theme.cover <= 1 for theme in found)


def test_a_name_that_all_mentions_are_nearest_to_covers_its_theme() -> None:
    result = mine(two_needs(), encoder=HashingEncoder())
    assert all(0.0 <= share <= 1.0 for share in covers(result, HashingEncoder()).values())
    assert max(covers(result, HashingEncoder()).values()) > 0.5


def test_the_report_names_the_rule_and_the_same_themes_for_programs(tmp_path: Path) -> None:
    report = run_names([SAMPLE], encoder=HashingEncoder(), names=3, out=tmp_path)
    text = report.read_text("utf-8")
    assert RULE in text
    told = json.loads(report.with_suffix(".json").read_text("utf-8"))["result"]["themes"]
    assert len(told) == 3
    assert all(theme["name"] in text for theme in told)
