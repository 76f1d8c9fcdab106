"""The engine that needs nothing: this process reads, and others on this machine clean, split and judge."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from ingest.prepare import Each
from models.encoders.protocol import Encoder
from pipeline.corpus import Corpus, read_corpus
from pipeline.encoder_choice import FOLDER, choose_encoder, mentions_of_posts
from pipeline.engines.gathered import Gathered
from pipeline.engines.partitions import ReadOptions
from pipeline.mining import open_encoder
from pipeline.progress import Progress
from pipeline.settings import Settings, zone


def gather(
    paths: Sequence[Path],
    out: Path,
    *,
    settings: Settings,
    options: ReadOptions,
    encoder: Encoder | None,
    tell: Progress,
    each: Each = map,
) -> Gathered:
    """Read and clean the files, load the encoder. Raises IngestError, ValueError (unknown encoder or time zone)."""
    start = time.perf_counter()
    corpus = read_corpus(
        paths,
        timezone=zone(options.timezone),
        format_name=options.format_name,
        mapping=options.mapping,
        progress=tell,
        each=each,
    )
    read = time.perf_counter()
    tell("loading encoder", 0, 1)
    chosen = encoder or _encoder_for(corpus, settings, out)
    tell("loading encoder", 1, 1)
    return Gathered(corpus, chosen, each=each, read_seconds=read - start, encoder_seconds=time.perf_counter() - read)


def _encoder_for(corpus: Corpus, settings: Settings, out: Path) -> Encoder:
    posts = [entry.post for entry in corpus.prepared]
    return choose_encoder(settings, len(posts), lambda: mentions_of_posts(posts), out / FOLDER, open_encoder).encoder
