"""Peers run as their users run them; `make test` installs them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from evaluation.contenders import BERTOPIC, BERTOPIC_REDUCED, score_bertopic
from evaluation.peers import BertopicPeer, PeerFailure, kmeans_themes
from evaluation.peers.bertopic import reduce_outliers
from tests.evaluation.labelled import small_set
from tests.hashing_encoder import HashingEncoder


def test_kmeans_finds_the_classes_it_was_told_the_number_of() -> None:
    rows = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]
    found = kmeans_themes(rows, 3, seed=0)
    assert found[:3] == found[3:]
    assert len(set(found)) == 3
    assert len(set(kmeans_themes(rows[:2], 5, seed=0))) == 2
    assert kmeans_themes(rows[:0], 3, seed=0) == []


@pytest.mark.slow
@pytest.mark.timeout(900)  # numba compiles UMAP first, for as long as busy cores take
def test_bertopic_runs_with_jiebas_words_and_repeats_itself_by_its_seed() -> None:
    dataset = small_set(each=30)
    plain, reduced = score_bertopic(dataset, HashingEncoder(), seeds=(5, 5))
    assert (plain.contender, reduced.contender) == (BERTOPIC, BERTOPIC_REDUCED)
    assert plain.runs[0] == plain.runs[1]
    assert plain.runs[0].found >= 2
    assert reduced.runs[0].coverage >= plain.runs[0].coverage
    assert set(plain.seconds) == {"encode", "cluster", "represent", "total"}
    assert plain.seconds["cluster"] > 0


def test_the_vectorizer_cuts_chinese_into_words() -> None:
    analyse = BertopicPeer().model().vectorizer_model.build_analyzer()
    assert {"手机", "充电"} <= set(analyse("手机充电发烫"))


def test_what_bertopic_raises_is_its_result_and_not_ours() -> None:
    with pytest.raises(PeerFailure, match="Error"):
        BertopicPeer().run(["充电发烫", "相机模糊"], np.eye(2, dtype=np.float32))


def test_outliers_stay_where_there_is_no_topic_to_go_to() -> None:
    assert reduce_outliers(BertopicPeer().model(), ["充电"], [-1]) == [-1]
    assert reduce_outliers(BertopicPeer().model(), ["充电"], [0]) == [0]


@pytest.mark.slow
@pytest.mark.timeout(900)  # numba compiles UMAP first, for as long as busy cores take
def test_the_whole_run_writes_a_topic_for_every_post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sentence_transformers

    from evaluation.peers import bertopic_run

    class Stand:
        def __init__(self, *values: object, **named: object) -> None:
            pass

        def encode(self, texts: list[str], **named: object) -> np.ndarray:
            return HashingEncoder().encode(texts)

    monkeypatch.setattr(sentence_transformers, "SentenceTransformer", Stand)
    posts = tmp_path / "posts.jsonl"
    documents = small_set(each=20).documents
    rows = [{"id": one.id, "text": one.text} for one in documents]
    posts.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    bertopic_run.main(posts, tmp_path / "topics.json")
    told = json.loads((tmp_path / "topics.json").read_text("utf-8"))
    assert set(told["topics"]) == {one.id for one in documents}
    assert set(told["seconds"]) == {"load", "encode", "fit", "reduce"}


def test_reading_the_peers_loads_none_of_them() -> None:
    import subprocess

    code = "import sys, evaluation.peers; sys.exit(sum(name in sys.modules for name in ('bertopic', 'umap', 'numba')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
