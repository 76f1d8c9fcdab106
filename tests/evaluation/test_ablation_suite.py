"""Every row of the ablation takes something away, and the report says what each part brings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import nlp.mining
from evaluation.ablation_suite import CHANGES, WHOLE, Change, clustering, run_ablation, unsplit
from nlp.clustering import cluster
from nlp.mentions import split_text
from nlp.normalisation import normalise
from nlp.settings import MiningSettings
from nlp.types import Document
from tests.evaluation.labelled import small_set
from tests.hashing_encoder import HashingEncoder

LONG = (
    "升级之后有两个问题：1、充电的时候机身发烫特别厉害，放在桌上都烫手。2、待机一晚上掉电百分之二十，以前只掉五个点！"
    "另外相机打开要等三秒。\n希望尽快修复，谢谢工程师们辛苦了，等一个回复。"
)


def test_the_first_row_is_everything_and_every_other_changes_something() -> None:
    post = Document(id="1", text=LONG)
    usual = MiningSettings()
    for change in CHANGES:
        same = (
            change.settings(usual) == usual
            and change.document(post) == post
            and not change.encoder
            and change.stand_in is None
        )
        assert same == (change.name == WHOLE), change.name
    assert CHANGES[0].name == WHOLE
    assert len({change.name for change in CHANGES}) == len(CHANGES)


def test_stand_ins_are_at_work_while_a_change_is_scored_and_gone_after() -> None:
    by_name = {change.name: change for change in CHANGES}
    said = "小米11 Pro 问题描述：充电发烫"
    assert normalise(said) == "充电发烫"
    with by_name["products unmasked"].at_work():
        assert "11" in normalise(said)
    with by_name["templates kept"].at_work():
        assert "问题描述" in normalise(said)
    with by_name["copies unweighed"].at_work():
        assert nlp.mining.cluster is not cluster
    assert normalise(said) == "充电发烫"
    assert nlp.mining.cluster is cluster


def test_an_unknown_dial_is_no_silent_nothing() -> None:
    with pytest.raises(TypeError):
        clustering(no_such_dial=1)(MiningSettings())


def test_an_unsplit_post_is_one_mention() -> None:
    assert len(split_text(LONG)) > 1
    assert len(split_text(unsplit(Document(id="1", text=LONG)).text)) == 1


def test_the_report_tables_each_change_against_the_whole(tmp_path: Path) -> None:
    changes = (
        CHANGES[0],
        Change("no posts' text", "nothing to go by", document=lambda one: Document(id=one.id, text="")),
    )
    report = run_ablation(encoder=HashingEncoder(), changes=changes, sets=[small_set()], out=tmp_path)
    rows = json.loads(report.with_suffix(".json").read_text("utf-8"))["result"]["rows"]
    assert rows[0]["relative"] == 1.0
    assert rows[0]["ami"]["small"] > 0.5
    assert rows[1]["relative"] < 0.01
    assert "no posts' text" in report.read_text("utf-8")
