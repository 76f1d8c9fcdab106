"""Contenders stand in one table, small inputs are drawn fairly, and what could not run is said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.contenders import BERTOPIC, US, Score, score_us
from evaluation.datasets import LabelledSet
from evaluation.metrics import agreement
from evaluation.remembering import RememberingEncoder, RememberingEncoders, always
from evaluation.small_inputs import draw, score_small
from evaluation.themes_suite import run_themes, standings
from models.encoders.protocol import EncoderIdentity
from nlp.settings import MiningSettings
from tests.evaluation.labelled import small_set
from tests.hashing_encoder import HashingEncoder


def _score(contender: str, dataset: str, themes: str) -> Score:
    return Score(dataset, contender, (agreement(list("aabb"), list(themes)),))


def test_standings_compare_geometric_means_over_the_sets() -> None:
    found = standings(
        [
            _score(US, "x", "1122"),
            _score(US, "y", "1122"),
            _score(BERTOPIC, "x", "1122"),
            _score(BERTOPIC, "y", "1123"),
        ]
    )
    assert [one.contender for one in found] == [US, BERTOPIC]
    peer = agreement(list("aabb"), list("1123")).ami
    assert found[0].geometric_mean == pytest.approx(1)
    assert found[1].our_ratio == pytest.approx(1 / peer**0.5)
    assert found[1].least_ratio == pytest.approx(1)  # without y, where the peer is worse


def test_our_score_is_of_the_whole_product() -> None:
    score = score_us(small_set(), HashingEncoder(), MiningSettings())
    assert score.runs[0].posts == 36
    assert score.ami > 0.5
    assert {"encode", "cluster", "total"} <= set(score.seconds)


def test_without_the_extra_peers_are_skipped_in_plain_sight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "evaluation.peers.missing", lambda: "BERTopic is not installed; pip install 'zhongsheng[peers]'"
    )
    path = tmp_path / "kinds.csv"
    dataset = small_set()
    rows = [f"{one.text},{label}" for one, label in zip(dataset.documents, dataset.labels, strict=True)]
    path.write_text("text,label\n" + "\n".join(rows) + "\n", encoding="utf-8")
    report = run_themes([path], encoder=HashingEncoder(), peers=True, out=tmp_path / "out")
    assert "**Skipped: peers.** BERTopic is not installed; pip install 'zhongsheng[peers]'" in report.read_text("utf-8")
    stored = json.loads(report.with_suffix(".json").read_text("utf-8"))
    assert [one["contender"] for one in stored["result"]["standings"]] == [US]


def test_a_draw_is_random_repeatable_and_points_at_nothing_outside() -> None:
    whole = small_set()
    first, *others = whole.documents
    copies = tuple(replace(one, duplicate_of=first.id) for one in others)
    dataset = LabelledSet("copies", (first, *copies), whole.labels)
    some = draw(dataset, 10, seed=1)
    assert some == draw(dataset, 10, seed=1)
    assert some.documents != draw(dataset, 10, seed=2).documents
    here = {one.id for one in some.documents}
    assert all(one.duplicate_of is None or one.duplicate_of in here for one in some.documents)
    label_of = {one.id: label for one, label in zip(dataset.documents, dataset.labels, strict=True)}
    assert [label_of[one.id] for one in some.documents] == list(some.labels)


def test_small_inputs_leave_out_sets_that_are_not_larger() -> None:
    found = score_small([small_set()], always(HashingEncoder()), MiningSettings(), sizes=(10, 500), draws=2)
    assert [(one.contender, one.posts, one.runs) for one in found] == [(US, 10, 2)]


def test_the_encoder_follows_the_number_of_posts_as_in_the_product(tmp_path: Path) -> None:
    class Large(HashingEncoder):
        @property
        def identity(self) -> EncoderIdentity:
            return EncoderIdentity("large", "2", 256, "large")

    few, many = HashingEncoder(), Large()
    chosen = RememberingEncoders(lambda posts: many if posts > 30 else few)
    assert chosen(5) is chosen(6)
    assert chosen(31).identity.name == "large"
    paths = []
    for each in (5, 12):
        dataset = small_set(each)
        rows = [f"{one.text},{label}" for one, label in zip(dataset.documents, dataset.labels, strict=True)]
        path = tmp_path / f"{each}.csv"
        path.write_text("text,label\n" + "\n".join(rows) + "\n", encoding="utf-8")
        paths.append(path)
    report = run_themes(paths, encoder_for=chosen, out=tmp_path / "out")
    stored = json.loads(report.with_suffix(".json").read_text("utf-8"))
    assert [score["encoder"] for score in stored["result"]["scores"]] == ["hashing", "large"]
    assert [known["name"] for known in stored["encoders"]] == ["hashing", "large"]


def test_a_remembering_encoder_asks_for_each_text_once() -> None:
    asked: list[str] = []

    class Asked(HashingEncoder):
        def encode(self, texts, *, progress=None):  # type: ignore[no-untyped-def]
            asked.extend(texts)
            return super().encode(texts)

    encoder = RememberingEncoder(Asked())
    first = encoder.encode(["甲", "乙", "甲"])
    again = encoder.encode(["乙", "丙"])
    assert asked == ["甲", "乙", "丙"]
    assert (first[0] == first[2]).all()
    assert (first[1] == again[0]).all()
    assert encoder.encode([]).shape == (0, 256)
