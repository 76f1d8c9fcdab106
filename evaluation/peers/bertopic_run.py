"""The whole of a BERTopic run as a user would write it, to be measured in a process of its own.

`python -m evaluation.peers.bertopic_run POSTS.jsonl OUT.json`: reads native posts, encodes them with e5, finds topics,
reduces outliers, writes the topic of each post and the seconds each step took.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main(posts: Path, out: Path) -> None:
    """Topics of a native file."""
    start = time.perf_counter()
    import torch
    from sentence_transformers import SentenceTransformer

    from evaluation.peers.bertopic import BertopicPeer, reduce_outliers
    from models.encoders.e5 import E5Encoder

    with posts.open(encoding="utf-8") as stream:
        rows = [json.loads(line) for line in stream]
    texts = [row["text"] for row in rows]
    encoder = SentenceTransformer(
        str(E5Encoder().folder),
        device="cpu",
        local_files_only=True,
        model_kwargs={"dtype": torch.float32},  # the folder holds float16, which a processor runs slowly
    )
    loaded = time.perf_counter()
    vectors = encoder.encode(texts, show_progress_bar=False)
    encoded = time.perf_counter()
    model = BertopicPeer(seed=None).model()
    topics, _ = model.fit_transform(texts, vectors)
    fitted = time.perf_counter()
    reduced = reduce_outliers(model, texts, topics)
    reduced_at = time.perf_counter()
    found = {
        "topics": {row["id"]: topic for row, topic in zip(rows, reduced, strict=True)},
        "seconds": {
            "load": loaded - start,
            "encode": encoded - loaded,
            "fit": fitted - encoded,
            "reduce": reduced_at - fitted,
        },
    }
    out.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
