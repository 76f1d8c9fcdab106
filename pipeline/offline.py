"""`zhongsheng mine`: files in, ranked themes out, no database."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.encoders.protocol import Encoder
from nlp.types import NEEDS, MiningResult
from pipeline import outputs
from pipeline.corpus import Corpus, read_corpus
from pipeline.mining import mine_documents, open_encoder
from pipeline.processes import each_batch, processes_for
from pipeline.progress import Progress, unheard
from pipeline.report import Headline, ReportTheme, render
from pipeline.settings import Settings, zone


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
    encoder: Encoder | None = None,
    progress: Progress = unheard,
) -> OfflineResult:
    """Read, prepare and mine `paths`; write assignments.csv, themes.json, report.html, rejected.csv, run.json.

    Files are replaced one by one, each whole; nothing is written where reading or mining fails. Raises IngestError
    (a file that cannot be read), OutputError, or ValueError (unknown encoder or time zone).
    """
    start = time.perf_counter()
    _writable(out)
    with each_batch(processes_for(paths, settings.processes)) as each:
        corpus = read_corpus(
            paths,
            timezone=zone(timezone or settings.timezone),
            format_name=format_name,
            mapping=mapping,
            progress=progress,
            each=each,
        )
        read = time.perf_counter()
        progress("loading encoder", 0, 1)
        chosen = encoder or open_encoder(settings)
        progress("loading encoder", 1, 1)
        loaded = time.perf_counter()
        mined = mine_documents(corpus.documents(), chosen, progress=progress, each=each)
    done = time.perf_counter()
    progress("writing", 0, 1)
    timings = {"read": read - start, "load_encoder": loaded - read, "mine": done - loaded}
    rows = _write(out, corpus, mined, timings)
    progress("writing", 1, 1)
    return OfflineResult(out=out, corpus=corpus, mined=mined, rows=rows, seconds=time.perf_counter() - start)


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
