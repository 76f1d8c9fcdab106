"""How the static encoder is made: overlapping tokens, a teacher asked once for each text, a student that learns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from models.encoders.batching import Vectors, unit_rows
from models.encoders.protocol import EncoderIdentity, Progress
from models.recipes import static_teacher
from models.recipes.static import Dials, build, principal_axes
from models.recipes.static_teacher import encode_missing, taught
from models.recipes.static_tokenizer import learn_vocabulary, new_tokenizer

TEXTS = [f"{thing}{state}" for thing in ("电池", "屏幕", "键盘", "风扇") for state in ("很热", "坏了", "太慢", "不错")]


class Teacher:
    """Each character points somewhere; counts the texts it is asked for."""

    identity = EncoderIdentity("teacher", "", 24, "teacher-digest")

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        self.asked += texts
        rows = [sum(np.random.default_rng(ord(character)).normal(size=24) for character in text) for text in texts]
        return unit_rows(np.array(rows))


def tokens(text: str) -> list[str]:
    tokenizer = new_tokenizer()
    pieces = tokenizer.pre_tokenizer.pre_tokenize_str(tokenizer.normalizer.normalize_str(text))
    return [piece for piece, _ in pieces]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("充电慢", ["充", "充电", "电", "电慢", "慢"]),
        ("慢", ["慢"]),
        ("手機，慢", ["手", "手机", "机", "慢"]),
        ("哈哈", ["哈", "哈哈", "哈"]),
        ("WiFi断", ["wifi", "断"]),
        ("5G慢 60hz", ["5g", "慢", "6", "0", "hz"]),
        ("电·池", ["电", "池"]),
        ("👍 ...", []),
    ],
)
def test_tokens_overlap_inside_a_run_and_never_across_marks(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_the_vocabulary_keeps_frequent_tokens_without_long_runs_of_letters() -> None:
    tokenizer = new_tokenizer()
    learn_vocabulary(tokenizer, ["电池abcdefghijklmnop ok"] * 3 + ["屏"], size=100, least=2)
    assert set(tokenizer.get_vocab()) == {"[UNK]", "电", "电池", "池", "ok"}
    assert tokenizer.token_to_id("[UNK]") == 0


def test_the_teacher_is_asked_once_for_each_text_however_the_list_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static_teacher, "CHUNK", 3)
    teacher = Teacher()
    encode_missing(TEXTS[:7], tmp_path, teacher)
    encode_missing(TEXTS[::-1], tmp_path, teacher)
    assert sorted(teacher.asked) == sorted(TEXTS)
    known, vectors = taught(["unheard", *TEXTS], tmp_path, teacher)
    assert known == TEXTS
    assert np.abs(vectors - Teacher().encode(TEXTS)).max() < 1e-3  # kept in half precision


def test_vectors_of_another_teacher_are_not_taken(tmp_path: Path) -> None:
    encode_missing(TEXTS, tmp_path, Teacher())
    stranger = Teacher()
    stranger.identity = EncoderIdentity("stranger", "", 24, "another-digest")
    with pytest.raises(FileNotFoundError, match="stranger"):
        taught(TEXTS, tmp_path, stranger)


def test_principal_axes_keep_the_cosines() -> None:
    vectors = unit_rows(np.random.default_rng(1).normal(size=(50, 6)) @ np.random.default_rng(2).normal(size=(6, 24)))
    placed = vectors @ principal_axes(vectors, 6)
    assert np.allclose(placed @ placed.T, vectors @ vectors.T, atol=1e-5)


@pytest.mark.slow
def test_a_student_points_where_its_teacher_does_and_comes_out_the_same_twice() -> None:
    teacher = Teacher()
    dials = Dials(dimension=16, vocabulary=200, least=1, epochs=60, batch=8)
    student = build(TEXTS, teacher.encode(TEXTS), teacher.identity, dials)
    assert student.teacher is not None
    goal = unit_rows(teacher.encode(TEXTS) @ student.teacher.projection.astype(np.float32))
    assert np.einsum("ij,ij->i", student.encode(TEXTS), goal).min() > 0.95
    assert build(TEXTS, teacher.encode(TEXTS), teacher.identity, dials).identity == student.identity
