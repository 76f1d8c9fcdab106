"""The demand suite tells of pushers, and says what it could not measure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluation.demand_attacks import POSTS, burst, shout, standing
from evaluation.demand_likes import half_of, rank_half, score_rankers
from evaluation.demand_suite import run_demand
from nlp.demand_weights import DemandWeights
from nlp.mining import mine
from nlp.types import Document, Intent, Mention, MinedMention
from tests.hashing_encoder import HashingEncoder


def test_pushed_posts_are_what_they_claim(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    end = datetime(2026, 9, 28, tzinfo=UTC)
    assert len({d.author for d in shout(end)}) == 1
    copies = burst(end)
    assert len({d.author for d in copies}) == POSTS == len({d.id for d in copies})
    times = [d.time for d in copies if d.time is not None]
    assert (max(times) - min(times)).total_seconds() <= 48 * 3600
    assert all(d.duplicate_of is None for d in copies)


def test_themes_of_a_half_are_told_by_its_posts_alone_and_likes_stay_unseen() -> None:
    documents = [Document(f"p{i}", f"充电问题{i}", author=f"a{i}") for i in range(6)]
    mined = [MinedMention(Mention(d.id, 0, d.text, d.text), d.id, Intent.PAIN_POINT, 1.0, 0.5, f"t{i % 2}", 1.0)
             for i, d in enumerate(documents)]  # fmt: skip
    likes = {d.id: 10 * i for i, d in enumerate(documents)}
    ranked = rank_half(documents[:4], mined, likes, DemandWeights())
    assert [(theme.posts, theme.likes) for theme in ranked] == [(2, 20), (2, 40)]
    assert all(theme.demand.parts["engagement"] == 0 for theme in ranked)
    assert {score.ranker for score in score_rankers(ranked)} >= {"demand", "mentions", "people", "random"}
    assert {half_of(str(i)) for i in range(20)} == {0, 1}


def test_nothing_found_has_no_rank() -> None:
    assert standing(mine([Document("p", "好")], encoder=HashingEncoder()), ["x"]).by_demand is None


def test_without_corpora_the_sample_is_measured_and_the_rest_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHONGSHENG_DATA", str(tmp_path / "none"))
    report = run_demand(encoder=HashingEncoder(), out=tmp_path)
    assert "Skipped: likes foretold" in report.read_text("utf-8")
    told = json.loads(report.with_suffix(".json").read_text("utf-8"))
    assert len(told["result"]["attacks"]) == 3
    assert told["result"]["likes"] == []
    flood = told["result"]["attacks"][2]["after"]
    assert flood["counted"] < flood["people"] / 3
