"""The static encoder: the protocol without torch, the same vectors through sentence-transformers, a small clean file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.encoders.catalogue import load_encoder
from models.encoders.static import StaticEncoder, StaticModelError, shipped_folder

TEXTS = [
    "扫地机回充总是失败",
    "回充失败，每次都找不到基站",
    "手机充电的时候烫得厉害",
    "充电又慢又烫手",
    "希望锁屏可以显示农历",
]
LIMIT = 40_000_000  # bytes


@pytest.fixture(scope="module")
def encoder() -> StaticEncoder:
    return StaticEncoder.load()


def test_rows_are_unit_float32_and_nothing_said_is_zeros(encoder: StaticEncoder) -> None:
    vectors = encoder.encode(["充电慢", "", "  ", "。。！", "👍", "充电慢"])
    assert vectors.dtype == np.float32
    assert vectors.shape == (6, encoder.identity.dimension)
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 0, 0, 0, 0, 1], atol=1e-6)
    assert encoder.encode([]).shape == (0, encoder.identity.dimension)


@given(order=st.permutations(range(len(TEXTS))), others=st.lists(st.text(max_size=20), max_size=5))
def test_a_text_has_exactly_one_vector_whatever_stands_beside_it(
    encoder: StaticEncoder, order: list[int], others: list[str]
) -> None:
    alone = np.vstack([encoder.encode([text]) for text in TEXTS])
    together = encoder.encode(others + [TEXTS[row] for row in order])
    assert np.array_equal(together[len(others) :], alone[order])


def test_what_means_alike_is_near(encoder: StaticEncoder) -> None:
    near = encoder.encode(TEXTS) @ encoder.encode(TEXTS).T
    assert near[0, 1] > 0.4
    assert near[2, 3] > 0.4
    assert max(near[0, 2], near[0, 3], near[1, 2], near[0, 4], near[2, 4]) < 0.4


def test_script_case_and_width_make_no_difference(encoder: StaticEncoder) -> None:
    vectors = encoder.encode(["手機充電慢 WiFi斷流 5G", "手机充电慢 wifi断流 ５Ｇ"])
    assert np.array_equal(vectors[0], vectors[1])


def test_tokens_are_characters_pairs_and_latin_words(encoder: StaticEncoder) -> None:
    tokens = encoder.tokenizer.encode("充电快，WIFI 5G断", add_special_tokens=False).tokens
    assert tokens == ["充", "充电", "电", "电快", "快", "wifi", "5g", "断"]


def test_the_vocabulary_holds_no_text_and_no_numbers(encoder: StaticEncoder) -> None:
    tokens = set(encoder.tokenizer.get_vocab()) - {"[UNK]"}
    chinese = {token for token in tokens if any("\u4e00" <= character <= "\u9fff" for character in token)}
    assert max(map(len, chinese)) <= 2
    assert not any(len(token) > 1 and token.isdigit() for token in tokens)
    assert not any(sum(map(str.isdigit, token)) > 1 for token in tokens)
    assert max(map(len, tokens - chinese)) <= 12


def test_the_shipped_folder_is_small() -> None:
    assert sum(file.stat().st_size for file in shipped_folder().rglob("*") if file.is_file()) < LIMIT


@pytest.mark.slow
def test_sentence_transformers_reads_the_folder_and_agrees(encoder: StaticEncoder) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(shipped_folder()), device="cpu")
    ours = encoder.encode(TEXTS)
    assert np.abs(model.encode(TEXTS, show_progress_bar=False) - ours).max() < 2e-3  # computed in half precision
    assert np.abs(model.float().encode(TEXTS, show_progress_bar=False) - ours).max() < 1e-6


def test_neither_torch_nor_sentence_transformers_is_imported() -> None:
    program = (
        "import sys\nfrom models.encoders.catalogue import load_encoder\n"
        "assert load_encoder('static').encode(['充电慢']).any()\n"
        "sys.exit(bool({'torch', 'sentence_transformers', 'transformers'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_saved_encoder_is_the_same_encoder(encoder: StaticEncoder, tmp_path: Path) -> None:
    encoder.save(tmp_path / "kept")
    again = load_encoder(f"static:{tmp_path / 'kept'}")
    assert again.identity.digest == encoder.identity.digest
    assert np.array_equal(again.encode(TEXTS), encoder.encode(TEXTS))


@pytest.mark.parametrize("damage", ["no folder", "no table", "table is text", "tokenizer is text", "rows are missing"])
def test_a_damaged_folder_is_refused_in_words(encoder: StaticEncoder, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "broken"
    if damage == "rows are missing":
        with pytest.raises(StaticModelError, match="token vectors for"):
            StaticEncoder(encoder.tokenizer, encoder.table[:-1])
        return
    if damage != "no folder":
        encoder.save(folder)
        if damage == "no table":
            (folder / "model.safetensors").unlink()
        else:
            (folder / ("model.safetensors" if "table" in damage else "tokenizer.json")).write_text("nonsense")
    with pytest.raises(StaticModelError, match=r"no static encoder|damaged"):
        StaticEncoder.load(folder)
