"""Make models/encoders/artefacts/e5_centre.safetensors: the mean e5 vector of general short Chinese text.

python -m models.encoders.recipes.e5_centre    (reads the corpora in $ZHONGSHENG_DATA, default ../shared/data)
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from models.encoders.e5 import E5Encoder
from models.encoders.ensemble import CENTRE, CENTRE_KEY

# Corpora of unlike kinds, none of them a set that theme recovery is scored on.
SOURCES = {
    "chit_chat.csv": "text",
    "shopping_reviews.csv": "review",
    "service_chat.csv": "text",
    "news_titles.csv": "text",
    "takeaway_reviews.csv": "review",
}
PER_SOURCE = 500
LONGEST = 120  # characters


def sample(path: Path, column: str, count: int) -> list[str]:
    """`count` distinct texts spread evenly over the file."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        texts = sorted({row[column].strip()[:LONGEST] for row in csv.DictReader(stream)} - {""})
    step = max(1, len(texts) // count)
    return texts[::step][:count]


def main() -> None:
    folder = Path(os.environ.get("ZHONGSHENG_DATA", "../shared/data"))
    encoder = E5Encoder()
    means = [encoder.encode(sample(folder / name, column, PER_SOURCE)).mean(axis=0) for name, column in SOURCES.items()]
    centre = np.mean(means, axis=0).astype(np.float32)  # every kind of text weighs the same
    target = Path(__file__).parent.parent / "artefacts" / CENTRE
    target.parent.mkdir(exist_ok=True)
    save_file(
        {CENTRE_KEY: centre}, target, metadata={"encoder": encoder.identity.name, "digest": encoder.identity.digest}
    )


if __name__ == "__main__":
    main()
