"""Large corpora are the same for the same seed, readable, and do not collapse into copies."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from evaluation.errors import EvaluationError
from evaluation.synthetic import clauses_of, corpus_clauses, distinct_share, synthetic_posts, write_synthetic
from ingest import Post, read_path

TEXTS = [
    f"{what}{how}，{when}就开始这样，{wish}"
    for what in ("手机充电", "相机对焦", "网络信号", "屏幕亮度", "系统更新")
    for how in ("特别慢", "经常失灵", "让人头疼")
    for when in ("更新以后", "天气一热", "晚上回家")
    for wish in ("希望尽快解决这个问题", "不知道什么时候可以修复")
]
CLAUSES = {"one.csv": clauses_of(TEXTS[:60]), "two.csv": clauses_of(TEXTS[60:])}


def test_clauses_are_distinct_sorted_and_of_a_length_people_write() -> None:
    clauses = clauses_of([*TEXTS, *reversed(TEXTS)])
    assert list(clauses) == sorted(set(clauses))
    assert all(6 <= len(clause) <= 48 for clause in clauses)
    assert "希望尽快解决这个问题" in clauses


def test_the_same_seed_gives_the_same_posts_and_another_gives_others() -> None:
    first = list(synthetic_posts(CLAUSES, 50, seed=3))
    assert first == list(synthetic_posts({name: CLAUSES[name] for name in reversed(CLAUSES)}, 50, seed=3))
    assert first != list(synthetic_posts(CLAUSES, 50, seed=4))


def test_posts_are_native_in_time_order_and_say_what_real_posts_said(tmp_path: Path) -> None:
    made = write_synthetic(tmp_path / "posts.jsonl", CLAUSES, 200)
    with read_path(made.path) as reading:
        posts = [record for record in reading if isinstance(record, Post)]
    assert len(posts) == 200
    assert len({post.id for post in posts}) == 200
    times = [post.time for post in posts if post.time is not None]
    assert len(times) == 200
    assert times == sorted(times)
    assert 20 <= len({post.author for post in posts}) <= 50  # some write much more than others
    assert {post.channel for post in posts} == {"one", "two"}
    assert (
        sum(
            any(word in post.text for word in ("充电", "对焦", "信号", "亮度", "更新", "解决", "修复"))
            for post in posts
        )
        > 100
    )


def test_many_posts_of_few_clauses_are_mostly_distinct(tmp_path: Path) -> None:
    made = write_synthetic(tmp_path / "posts.jsonl", CLAUSES, 2_000)
    assert made.clauses < 100
    assert distinct_share(made.path) > 0.85


def test_copies_are_told_as_copies(tmp_path: Path) -> None:
    path = tmp_path / "copies.jsonl"
    row = {"id": "1", "author": "a", "time": "2026-01-01T00:00:00+08:00", "text": "充电发烫"}
    path.write_text("\n".join(json.dumps({**row, "id": str(at)}) for at in range(4)), encoding="utf-8")
    assert distinct_share(path) == 0.25


def test_corpora_are_found_by_name_and_their_absence_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no corpus"):
        corpus_clauses(tmp_path)
    with (tmp_path / "car_complaints.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, ["id", "desc"])
        writer.writeheader()
        writer.writerow({"id": 1, "desc": TEXTS[0]})
    assert corpus_clauses(tmp_path) == {"car_complaints.csv": clauses_of(TEXTS[:1])}
