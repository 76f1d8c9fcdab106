"""A small labelled set that any encoder can tell apart."""

from __future__ import annotations

from evaluation.datasets import LabelledSet
from nlp.types import Document

KINDS = {
    "charging": "充电的时候手机发烫得厉害",
    "camera": "相机拍照模糊对不上焦",
    "network": "网络信号断流连不上基站",
}
_ENDINGS = "啊呀哦嗯吧呢"


def small_set(each: int = 12) -> LabelledSet:
    """`each` posts of each of three kinds."""
    rows = [
        (f"{text}{_ENDINGS[at % len(_ENDINGS)] * (at // len(_ENDINGS) + 1)}", kind)
        for kind, text in KINDS.items()
        for at in range(each)
    ]
    documents = tuple(Document(id=f"{row:03d}", text=text) for row, (text, _) in enumerate(rows))
    return LabelledSet("small", documents, tuple(kind for _, kind in rows))
