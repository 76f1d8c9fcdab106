"""Signatures of texts: the same text the same keys, alike texts some of them."""

from __future__ import annotations

import random

import numpy as np
import pytest

from ingest import signatures
from ingest.signatures import BANDS, band_keys


def _texts(count: int, length: int = 30) -> list[str]:
    chance = random.Random(5)
    return ["".join(chr(0x4E00 + chance.randrange(2000)) for _ in range(length)) for _ in range(count)]


def test_a_text_has_the_same_keys_in_any_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*_texts(40), "手机发热", "𠮷野家😀😀"]
    together = band_keys(texts)
    monkeypatch.setattr(signatures, "_CHARACTERS", 50)

    assert np.array_equal(band_keys(texts), together)
    assert np.array_equal(np.vstack([band_keys([text]) for text in reversed(texts)])[::-1], together)
    assert together.shape == (42, BANDS)


def test_no_texts_have_no_keys() -> None:
    assert band_keys([]).shape == (0, BANDS)


def test_near_copies_meet_in_a_band_and_strangers_do_not() -> None:
    texts = _texts(300)
    near = [text[:-1] + "了" for text in texts]
    keys, near_keys = band_keys(texts), band_keys(near)

    assert np.mean(np.any(keys == near_keys, axis=1)) >= 0.98
    assert not np.any(keys == np.roll(near_keys, 1, axis=0))
