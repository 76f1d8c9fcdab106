"""`--engine ray`: partitions are read, cleaned, split and encoded, and their rows join themes, in Ray Data actors.

What themes there are is found on one node. Each partition's work is a folder under the results
(`pipeline.engines.partitions`), so that a run that was killed, and a run over a corpus to which files were added, do
only what is missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.errors import IngestError, NotAFileError
from ingest.masking import Masked
from ingest.posts import Post
from models.encoders.protocol import Encoder, EncoderIdentity, Progress
from nlp.mentions import Piece
from pipeline.corpus import corpus_of
from pipeline.encoder_choice import FOLDER, choose_encoder, mentions_of_posts
from pipeline.engines.gathered import Gathered
from pipeline.engines.partitions import (
    Common,
    PartitionStore,
    PartitionTexts,
    ReadOptions,
    digest_of,
    partition_files,
    read_partition,
    work_on_texts,
)
from pipeline.engines.ray_cluster import RayEach, Row, cluster, through_actors
from pipeline.mining import open_encoder
from pipeline.progress import Progress as Told
from pipeline.settings import Settings

WORK = "partitions"  # folder inside the results


@contextmanager
def gathered(
    paths: Sequence[Path], out: Path, *, settings: Settings, options: ReadOptions, encoder: Encoder | None, tell: Told
) -> Iterator[Gathered]:
    """Have every partition worked through on the Ray cluster, bring the outcome here, and keep the cluster at work.

    A cluster is joined where RAY_ADDRESS names one, else started on this machine; files and `out` must be reachable by
    the same path from every node. Raises EngineMissingError, IngestError, ValueError (unknown encoder).
    """
    work = (out / WORK).resolve()
    work.mkdir(mode=0o700, parents=True, exist_ok=True)  # posts as they came lie there
    store = PartitionStore(work)
    store.sweep()
    files = [path.resolve() for path in partition_files(paths)]
    for path in files:
        if not path.is_file():
            raise NotAFileError(f"{path} does not exist; check the path.")
    with cluster(settings.processes), store.shelf() as shelf:
        found = _gather(files, out, store, settings=settings, options=options, encoder=encoder, tell=tell)
        yield replace(found, each=RayEach(settings.processes), shelf=shelf)


def _gather(
    files: Sequence[Path],
    out: Path,
    store: PartitionStore,
    *,
    settings: Settings,
    options: ReadOptions,
    encoder: Encoder | None,
    tell: Told,
) -> Gathered:
    started = time.perf_counter()
    reads = [digest_of(path, options) for path in files]
    todo = [{"path": str(p), "digest": d} for p, d in zip(files, reads, strict=True) if not store.has(d)]
    arguments: dict[str, Any] = {"store": store, "options": options}
    _work(_Reader, todo, arguments, settings.processes, _told(tell, "reading", files))
    common = _common(store, reads)
    if encoder is None:
        settings = _with_encoder(settings, store, reads, out)
    chosen = encoder or open_encoder(settings)
    works = [digest_of(path, options, common.digest(), chosen.identity) for path in files]
    todo = [{"read": r, "digest": w} for r, w in zip(reads, works, strict=True) if not store.has(w)]
    arguments = {"store": store, "common": common, "settings": settings, "encoder": encoder}
    _work(_Worker, todo, arguments, settings.processes, _told(tell, "encoding", files))
    texts = [store.texts(work) for work in works]
    masked: dict[str, Masked] = {}
    pieces: dict[str, Sequence[Piece]] = {}
    for one in texts:
        masked.update(one.masked)
        pieces.update(one.pieces)
    corpus = corpus_of((store.records(read) for read in reads), progress=tell, known=masked)
    return Gathered(corpus, StoredVectors(chosen, texts), pieces, read_seconds=time.perf_counter() - started)


class StoredVectors:
    """The encoder of a run whose texts are encoded already; what is new (a name, say) it encodes itself."""

    def __init__(self, encoder: Encoder, parts: Sequence[PartitionTexts]) -> None:
        self._encoder = encoder
        self._vectors = [part.vectors for part in parts]
        self._place = {text: (number, row) for number, part in enumerate(parts) for row, text in enumerate(part.said)}

    @property
    def identity(self) -> EncoderIdentity:
        return self._encoder.identity

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> npt.NDArray[np.float32]:
        """float32[n, d], as the encoder itself gives them."""
        found = np.zeros((len(texts), self.identity.dimension), dtype=np.float32)
        unknown = [at for at, text in enumerate(texts) if text not in self._place]
        for at, text in enumerate(texts):
            if text in self._place:
                number, row = self._place[text]
                found[at] = self._vectors[number][row]
        if unknown:
            found[unknown] = self._encoder.encode([texts[at] for at in unknown], progress=progress)
        elif progress is not None:
            progress(len(texts), len(texts))
        return found


class _Reader:
    """Actor: reads partitions."""

    def __init__(self, store: PartitionStore, options: ReadOptions) -> None:
        self._store = store
        self._options = options

    def __call__(self, row: Row) -> Row:
        try:
            self._store.keep_records(row["digest"], read_partition(Path(row["path"]), self._options))
        except IngestError as error:
            return {"failed": str(error)}
        return {"failed": ""}


class _Worker:
    """Actor: cleans, splits and encodes partitions; its encoder is loaded once."""

    def __init__(self, store: PartitionStore, common: Common, settings: Settings, encoder: Encoder | None) -> None:
        self._store = store
        self._common = common
        self._encoder = encoder or open_encoder(settings)

    def __call__(self, row: Row) -> Row:
        records = self._store.records(row["read"])
        self._store.keep_texts(row["digest"], work_on_texts(records, self._common, self._encoder))
        return {"failed": ""}


def _work(
    actor: type, rows: Sequence[Row], arguments: Mapping[str, Any], processes: int, done: Callable[[int], None]
) -> None:
    """Every row through actors of this class, told as they come back.

    What is wrong with a file is told (IngestError) when the others are done: their work is kept.
    """
    missing = len(rows)
    failures = []
    for row in through_actors(actor, rows, arguments, processes):
        failures += [row["failed"]] if row["failed"] else []
        missing -= 1
        done(missing)
    if failures:
        raise IngestError(min(failures))


def _common(store: PartitionStore, reads: Sequence[str]) -> Common:
    names: set[str] = set()
    products: set[str] = set()
    for read in reads:
        posts = [record for record in store.records(read) if isinstance(record, Post)]
        names.update(post.author_name for post in posts)
        products.update(post.product for post in posts if not post.recalls)
    return Common(frozenset(names - {""}), tuple(sorted(name for name in products if len(name) > 1)))


def _with_encoder(settings: Settings, store: PartitionStore, reads: Sequence[str], out: Path) -> Settings:
    """The settings with the encoder named that mines these posts: the one the local engine would choose."""
    received = [record for read in reads for record in store.records(read) if isinstance(record, Post)]
    recalled = {post.recalls for post in received if post.recalls}
    posts = list({post.id: post for post in received if not post.recalls and post.id not in recalled}.values())
    keep = (out / FOLDER).resolve()
    chosen = choose_encoder(settings, len(posts), lambda: mentions_of_posts(posts), keep, open_encoder)
    return settings.model_copy(update={"encoder": chosen.name})


def _told(tell: Told, step: str, files: Sequence[Path]) -> Callable[[int], None]:
    tell(step, 0, len(files))
    return lambda missing: tell(step, len(files) - missing, len(files))
