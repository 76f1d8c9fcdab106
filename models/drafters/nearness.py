"""Nearness in meaning above what every text has to every other: any encoder, on one scale from 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from models.encoders.protocol import Encoder

Matrix = npt.NDArray[np.float32]

# What users ask about anything: the similarity every text has to every other, to be taken off.
_BACKGROUND = (
    "这个功能怎么打开？",
    "东西收到了，很满意。",
    "什么时候能发货？",
    "屏幕有点暗，看不清楚。",
    "连不上网络怎么办？",
    "用了两天就坏了，想退货。",
    "声音太小，听不见。",
    "请问支持哪些型号？",
    "今天天气不错。",
    "希望增加更多颜色。",
    "电池不耐用，一天要充两次。",
    "密码忘了怎么重置？",
    "How do I update the app?",
    "保修期是多久？",
    "噪音很大，晚上睡不着。",
    "价格能不能便宜一点？",
)


class Nearness:
    """(cos - b) / (1 - b), b being a text's mean cosine to the background; nothing below 0."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    def of(self, texts: Sequence[str], told: Sequence[str]) -> Matrix:
        """float32[text, told]."""
        vectors = self.encoder.encode([*texts, *told])
        return self.of_vectors(vectors[: len(texts)], vectors[len(texts) :])

    def of_vectors(self, vectors: Matrix, told: Matrix) -> Matrix:
        """The same of rows that are encoded already."""
        background = (vectors @ self._background.T).mean(axis=1, keepdims=True)
        scale = np.maximum(1 - background, 1e-6)
        near: Matrix = np.clip((vectors @ told.T - background) / scale, 0, 1).astype(np.float32)
        return near

    @cached_property
    def _background(self) -> Matrix:
        return self.encoder.encode(list(_BACKGROUND))
