"""Make models/artefacts/severity_head.safetensors: how bad a mention is, by ridge regression over vectors.

python -m models.recipes.severity    (reads the corpora in $ZHONGSHENG_DATA, default ../shared/data; minutes)
"""

from __future__ import annotations

import csv
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.encoders.catalogue import load_encoder
from models.encoders.protocol import Encoder
from models.intent import CLASSES
from models.linear_head import LinearHead, write_linear_head
from models.recipes.intent_corpora import Example, examples
from models.severity_head import ARTEFACT

ROOT = Path(__file__).resolve().parents[2]
DEVELOPMENT = ROOT / "evaluation" / "severity_development.csv"
TARGET = ROOT / "models" / "artefacts" / ARTEFACT

GRADES = (0.0, 0.25, 0.55, 0.95)  # severity of the grades 0 (harmless) to 3 (danger, loss, of no use)
BY_INTENT = {"pain_point": 0.45, "request": 0.2, "question": 0.1, "praise": 0.0, "chatter": 0.0}
BY_SOURCE = {  # where complaints of a source are graver than others
    "cars": 0.6,
    "gadgets: bad": 0.5,
    "goods: bad": 0.5,
    "proposals": 0.5,
    "civic: complaints": 0.55,
}
HELD_OUT = re.compile(r"^(?:laptops|cameras):|^nouns")  # never trained on: they measure; bare nouns say nothing
GRAVE, BROKEN = 0.9, 0.65
_GRAVE = re.compile(
    r"爆炸|起火|着火|冒烟|火花|火星|自燃|火灾|鼓包|漏电|触电|烫伤|烧伤|受伤|摔伤|伤亡|死亡|死人|身亡|住院|中毒|有毒|致癌|"
    r"甲醛|农药|污染|刹车|失控|熄火|追尾|车祸|事故|危险|隐患|塌|裂缝|开裂|坠|生命|威胁|殴打|打人|诈骗|骗|跑路|盗|泄露|拖欠|"
    r"欠薪|变砖|开不了机|无法开机|黑屏|数据丢|照片没|丢失|报废|断轴|安全气囊|急救|心脏"
)
_BROKEN = re.compile(
    r"闪退|重启|自动关机|死机|卡死|崩溃|断连|断网|掉线|失灵|失效|没反应|花屏|断触|烫手|过热|听不[到见清]|坏了|又坏|用不了|"
    r"不能用|没法用|打不开|连不上|充不进|退货|退款|维权|投诉|扰民|停水|停电|恶臭|吵"
)
_BINS = (0.01, 0.15, 0.3, 0.5, 0.62, 0.8)  # of targets: each bin's mass is its square root
PENALTY = 30.0  # of squared weights
IN_DOMAIN = 30.0  # a graded sentence weighs as many of the corpora
FOLDS = 5

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Graded:
    """A sentence and how bad it is, 0..1."""

    text: str
    severity: float


def weak(folder: Path) -> list[Graded]:
    """Sentences of the corpora: graded by what they do and where they stand, raised by words of danger and defect."""
    return [
        Graded(example.text, _weak_severity(example))
        for example in examples(folder)
        if not HELD_OUT.search(example.source)
    ]


def _weak_severity(example: Example) -> float:
    intent = CLASSES[int(np.argmax(example.target))]
    value = BY_SOURCE.get(example.source, BY_INTENT[intent])
    if intent in {"praise", "chatter"}:
        return value
    if _GRAVE.search(example.text):
        return GRAVE
    return max(value, BROKEN) if intent == "pain_point" and _BROKEN.search(example.text) else value


def development() -> list[Graded]:
    """Sentences written and graded for this purpose."""
    with DEVELOPMENT.open(encoding="utf-8", newline="") as stream:
        return [Graded(row["text"], GRADES[int(row["grade"])]) for row in csv.DictReader(stream)]


def fit(vectors: npt.NDArray[np.float32], targets: Array, weights: Array, digest: str) -> LinearHead:
    """Weighted ridge regression, stretched to the spread of its targets: regression alone draws all to the middle."""
    centre = np.average(vectors, axis=0, weights=weights)
    mean = float(np.average(targets, weights=weights))
    root = np.sqrt(weights)
    inputs = (vectors - centre) * root[:, None]
    gram = inputs.T @ inputs + PENALTY * np.eye(vectors.shape[1])
    matrix = np.linalg.solve(gram, inputs.T @ ((targets - mean) * root))
    found = (vectors - centre) @ matrix
    stretch = np.sqrt(np.average((targets - mean) ** 2, weights=weights) / np.average(found**2, weights=weights))
    return LinearHead(
        digest,
        (matrix * stretch).astype(np.float32)[:, None],
        np.array([mean], dtype=np.float32),
        centre.astype(np.float32),
    )


def balance(targets: Array) -> Array:
    """Weights under which rare grades are heard: a bin of targets weighs the square root of its size; mean 1."""
    bins = np.digitize(targets, _BINS)
    weights = 1 / np.sqrt(np.bincount(bins)[bins])
    return np.asarray(weights / weights.mean())


def trained(encoder: Encoder, corpora: list[Graded], own: list[Graded]) -> LinearHead:
    """A head of the corpora and the graded sentences."""
    targets = np.array([graded.severity for graded in [*corpora, *own]])
    weights = np.concatenate([balance(targets[: len(corpora)]), np.full(len(own), IN_DOMAIN)])
    vectors = encoder.encode([graded.text for graded in [*corpora, *own]])
    return fit(vectors, targets, weights, encoder.identity.digest)


def folds(size: int, seed: int = 0) -> npt.NDArray[np.int64]:
    """Which fold each graded sentence is held out in."""
    return np.random.default_rng(seed).permutation(size) % FOLDS


def main() -> None:
    encoder = load_encoder()
    head = trained(encoder, weak(Path(os.environ.get("ZHONGSHENG_DATA", "../shared/data"))), development())
    write_linear_head(head, TARGET, {"encoder": encoder.identity.name})


if __name__ == "__main__":
    main()
