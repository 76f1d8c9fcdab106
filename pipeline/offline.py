"""`zhongsheng mine`: files in, ranked themes out, no database."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.encoders.protocol import Encoder
from nlp.types import NEEDS, MiningResult
from pipeline import outputs
from pipeline.continuation import Continuation, read_continuation, write_continuation
from pipeline.corpus import Corpus
from pipeline.engines import local
from pipeline.engines.gathered import Gathered
from pipeline.engines.partitions import ReadOptions
from pipeline.mining import mine_documents
from pipeline.processes import each_batch, processes_for
from pipeline.progress import Progress, unheard
from pipeline.report import Headline, ReportTheme, render
from pipeline.settings import Settings

LOCAL, RAY = "local", "ray"


class OutputError(Exception):
    """The folder for the results cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class OfflineResult:
    """What was mined and where it lies."""

    out: Path
    corpus: Corpus
    mined: MiningResult
    rows: int  # rows of assignments.csv
    seconds: float


def mine_files(
    paths: Sequence[Path],
    out: Path,
    *,
    settings: Settings,
    format_name: str | None = None,
    mapping: Mapping[str, str] | None = None,
    timezone: str | None = None,
    previous: Path | None = None,
    encoder: Encoder | None = None,
    engine: str = LOCAL,
    progress: Progress = unheard,
) -> OfflineResult:
    """Read, prepare and mine `paths`; write assignments.csv, themes.json, report.html, rejected.csv, run.json.

    previous: folder of an earlier result whose themes go on under their ids; continuation.npz, written beside the
    other files, is what the next run needs for that. Files are replaced one by one, each whole; nothing is written
    where reading or mining fails. Raises IngestError (a file that cannot be read), ContinuationError, OutputError, or
    ValueError (unknown encoder or time zone).
    """
    start = time.perf_counter()
    earlier = read_continuation(previous) if previous is not None else Continuation()
    _writable(out)
    options = ReadOptions(format_name, mapping, timezone or settings.timezone)
    with _gathered(paths, out, settings, options, encoder=encoder, engine=engine, tell=progress) as gathered:
        corpus, chosen = gathered.corpus, gathered.encoder
        loaded = time.perf_counter()
        known = earlier.for_encoder(chosen.identity)
        mined = mine_documents(
            corpus.documents(),
            chosen,
            demand=settings.demand,
            previous=known.themes,
            unplaced=known.unplaced,
            progress=progress,
            each=gathered.each,
            known=gathered.pieces,
            shelf=gathered.shelf,
        )
    done = time.perf_counter()
    progress("writing", 0, 1)
    timings = {
        "read": gathered.read_seconds,
        "load_encoder": gathered.encoder_seconds,
        "gather": loaded - start,
        "mine": done - loaded,
    }
    rows = _write(out, corpus, mined, timings)
    write_continuation(out, known.after(mined))
    progress("writing", 1, 1)
    return OfflineResult(out=out, corpus=corpus, mined=mined, rows=rows, seconds=time.perf_counter() - start)


@contextmanager
def _gathered(
    paths: Sequence[Path],
    out: Path,
    settings: Settings,
    options: ReadOptions,
    *,
    encoder: Encoder | None,
    engine: str,
    tell: Progress,
) -> Iterator[Gathered]:
    """What the engine has gathered; its workers stay until the end of the `with`."""
    if engine == LOCAL:
        with each_batch(processes_for(paths, settings.processes)) as each:
            yield local.gather(paths, out, settings=settings, options=options, encoder=encoder, tell=tell, each=each)
    elif engine == RAY:
        from pipeline.engines import ray_data

        with ray_data.gathered(paths, out, settings=settings, options=options, encoder=encoder, tell=tell) as found:
            yield found
    else:
        raise ValueError(f"no engine is called {engine!r}; use {LOCAL} or {RAY}")


def headline(corpus: Corpus, mined: MiningResult) -> Headline:
    """The numbers at the top of the report."""
    times = [entry.post.time for entry in corpus.prepared if entry.post.time is not None]
    return Headline(
        sources=tuple(summary.source for summary in corpus.summaries),
        posts=len(corpus.prepared),
        people=corpus.people,
        nameless=sum(1 for entry in corpus.prepared if not entry.author),
        mentions=len(mined.mentions),
        needs=sum(1 for mention in mined.mentions if mention.intent in NEEDS),
        rejected=len(corpus.rejected),
        duplicates=sum(1 for entry in corpus.prepared if entry.duplicate_of),
        since=min(times, default=None),
        until=max(times, default=None),
        made_at=datetime.now(UTC).astimezone(),
        encoder=mined.encoder.name,
    )


def _write(out: Path, corpus: Corpus, mined: MiningResult, timings: dict[str, float]) -> int:
    page = render(headline(corpus, mined), [ReportTheme.of(theme) for theme in mined.themes])
    rows = outputs.write_assignments(out / outputs.ASSIGNMENTS, corpus.posts, mined.mentions)
    outputs.write_themes(out / outputs.THEMES, mined.themes, corpus.input_ids())
    outputs.write_rejected(out / outputs.REJECTED, corpus.rejected)
    outputs.write_text(out / outputs.REPORT, page)
    outputs.write_json(out / outputs.RUN, _run(corpus, mined, timings))
    return rows


def _run(corpus: Corpus, mined: MiningResult, timings: dict[str, float]) -> dict[str, Any]:
    return {
        "encoder": asdict(mined.encoder),
        "parameters": mined.parameters,
        "timings": {name: round(seconds, 3) for name, seconds in {**timings, **mined.timings}.items()},
        "counts": {
            "posts": len(corpus.prepared),
            "people": corpus.people,
            "mentions": len(mined.mentions),
            "themes": len(mined.themes),
            "rejected": len(corpus.rejected),
            "skipped": sum(summary.skipped for summary in corpus.summaries),
            "without_time": sum(summary.without_time for summary in corpus.summaries),
        },
        "lineage": dict(sorted(Counter(edge.kind.value for edge in mined.lineage).items())),
        "sources": [
            {
                "source": summary.source,
                "format": summary.format,
                "encoding": summary.encoding,
                "posts": summary.posts,
                "columns": summary.columns.explain() if summary.columns else None,
            }
            for summary in corpus.summaries
        ],
    }


def _writable(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out} cannot be made a folder: {error.strerror}. Name another one with --out.") from error
