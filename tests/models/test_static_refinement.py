"""Refinement: nearer to the teacher on unseen texts of the same kind, in any order of the sample, saved like the rest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from models.encoders.batching import Vectors, unit_rows
from models.encoders.catalogue import load_encoder
from models.encoders.protocol import EncoderIdentity, Progress
from models.encoders.static import StaticEncoder, Teacher
from models.encoders.static_refinement import RefinementError, refine, refined_for
from models.severity_head import felt_severity

DEVICES = ["扫地机", "门锁", "空调", "音箱", "手环", "电视", "路由器", "摄像头"]
TROUBLES = ["连不上", "没有声音", "一直重启", "充不进电", "失灵了", "耗电很快", "更新失败", "反应很慢"]
NUMBERS = np.random.default_rng(5)


@pytest.fixture(scope="module")
def base() -> StaticEncoder:
    return StaticEncoder.load()


@pytest.fixture(scope="module")
def teacher(base: StaticEncoder) -> EncoderIdentity:
    assert base.teacher is not None
    dimension = base.teacher.projection.shape[0]
    return EncoderIdentity("teacher", "", dimension, base.teacher.digest)


def texts(picked: slice) -> list[str]:
    return [f"{device}{trouble}" for device in DEVICES for trouble in TROUBLES][picked]


def taught(base: StaticEncoder, sample: list[str]) -> Vectors:
    """A teacher for whom the device says nothing: vectors of the trouble alone, in the teacher's space."""
    assert base.teacher is not None
    said = [next(trouble for trouble in TROUBLES if text.endswith(trouble)) for text in sample]
    return unit_rows(base.encode(said) @ np.linalg.pinv(base.teacher.projection.astype(np.float32)))


def nearness(encoder: StaticEncoder, base: StaticEncoder, sample: list[str]) -> float:
    assert base.teacher is not None
    goal = unit_rows(taught(base, sample) @ base.teacher.projection.astype(np.float32))
    return float(np.einsum("ij,ij->i", encoder.encode(sample), goal).mean())


def test_texts_left_out_of_the_sample_come_nearer_to_the_teacher(base: StaticEncoder, teacher: EncoderIdentity) -> None:
    sample, unseen = texts(slice(0, None, 2)), texts(slice(1, None, 2))
    refined = refine(base, sample, taught(base, sample), teacher)
    assert nearness(refined, base, sample) > 0.95
    assert nearness(refined, base, unseen) > nearness(base, base, unseen) + 0.05


def test_the_order_of_the_sample_and_repeats_in_it_change_nothing(
    base: StaticEncoder, teacher: EncoderIdentity
) -> None:
    sample = texts(slice(0, 40))
    vectors = taught(base, sample)
    order = [*NUMBERS.permutation(len(sample)).tolist(), 3, 3]
    once = refine(base, sample, vectors, teacher)
    again = refine(base, [sample[row] for row in order], vectors[order], teacher)
    assert again.identity == once.identity
    assert once.identity.digest != base.identity.digest


def test_a_token_that_several_texts_share_is_learnt(base: StaticEncoder, teacher: EncoderIdentity) -> None:
    word = "zhongshengx"
    assert not base.encode([word]).any()
    sample = [*texts(slice(0, 20)), *(f"{word}{trouble}" for trouble in TROUBLES)]
    refined = refine(base, sample, taught(base, sample), teacher)
    assert refined.encode([word]).any()
    assert not refined.encode(["zhongshengy"]).any()  # unknown tokens stay silent
    assert len(refined.table) > len(base.table)


def test_a_refined_encoder_is_saved_and_loaded_like_the_shipped_one(
    base: StaticEncoder, teacher: EncoderIdentity, tmp_path: Path
) -> None:
    sample = texts(slice(0, 30))
    refined = refine(base, sample, taught(base, sample), teacher)
    refined.save(tmp_path / "refined")
    again = load_encoder(f"static:{tmp_path / 'refined'}")
    assert again.identity == refined.identity
    assert np.array_equal(again.encode(sample), refined.encode(sample))


def test_a_sample_by_another_teacher_or_of_nothing_is_refused(base: StaticEncoder, teacher: EncoderIdentity) -> None:
    sample = texts(slice(0, 5))
    stranger = EncoderIdentity("stranger", "", 512, "0" * 64)
    with pytest.raises(RefinementError, match="no student of stranger"):
        refine(base, sample, np.ones((5, 512), dtype=np.float32), stranger)
    with pytest.raises(RefinementError, match="no text with a vector"):
        refine(base, ["", " "], np.zeros((2, teacher.dimension), dtype=np.float32), teacher)


def test_one_text_without_any_known_token_does_no_harm(base: StaticEncoder, teacher: EncoderIdentity) -> None:
    sample = [*texts(slice(0, 10)), "qqqzzz"]
    vectors = np.vstack([taught(base, sample[:-1]), np.eye(1, teacher.dimension, dtype=np.float32)])
    refined = refine(base, sample, vectors, teacher)
    assert np.isfinite(refined.table.astype(np.float32)).all()
    assert nearness(refined, base, sample[:-1]) > 0.9


class Guide:
    """A teacher that counts what it is asked."""

    def __init__(self, base: StaticEncoder, identity: EncoderIdentity) -> None:
        self.identity = identity
        self._base = base
        self.asked = 0

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        self.asked += len(texts)
        return taught(self._base, list(texts))


def test_a_corpus_draws_its_own_sample_whatever_its_order(base: StaticEncoder, teacher: EncoderIdentity) -> None:
    guide = Guide(base, teacher)
    corpus = [*texts(slice(0, None)), "", " "]
    once = refined_for(corpus, base=base, teacher=guide, sample=24)
    assert guide.asked == 24
    assert refined_for(corpus[::-1] * 2, base=base, teacher=guide, sample=24).identity == once.identity


def test_the_teacher_is_kept_with_the_encoder(base: StaticEncoder) -> None:
    assert isinstance(base.teacher, Teacher)
    assert base.teacher.digest == load_encoder("default").identity.digest
    assert base.teacher.projection.shape[1] == base.identity.dimension


def test_heads_of_the_teacher_read_the_student_and_its_refinements(
    base: StaticEncoder, teacher: EncoderIdentity
) -> None:
    refined = refine(base, texts(slice(0, 30)), taught(base, texts(slice(0, 30))), teacher)
    for encoder in (base, refined):
        felt = felt_severity(encoder.encode(["电池鼓包冒烟了，太危险", "很好用，非常满意", ""]), encoder.identity)
        assert felt is not None
        assert felt[0] > felt[1] + 0.2
        assert np.isnan(felt[2])


def test_a_student_with_axes_of_its_own_takes_no_head(base: StaticEncoder) -> None:
    assert base.teacher is not None
    other = Teacher(base.teacher.digest, base.teacher.projection[:, ::-1].copy())
    stranger = StaticEncoder(base.tokenizer, base.table, teacher=other)
    assert felt_severity(base.encode(["坏了"]), stranger.identity) is None
    assert felt_severity(base.encode(["坏了"]), EncoderIdentity("nobody", "", base.identity.dimension, "0")) is None
