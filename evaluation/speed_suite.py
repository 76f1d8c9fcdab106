"""The speed suite: the whole of `zhongsheng mine` against the whole of a BERTopic run, each in a fresh process."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation import peers as peer_room
from evaluation.contenders import BERTOPIC_REDUCED, US
from evaluation.datasets import data_folder
from evaluation.errors import EvaluationError
from evaluation.fresh_process import Cost, measure
from evaluation.plots import Curve, Plot, curves
from evaluation.provenance import DataSource, data_source
from evaluation.report import REPORTS, Report, Skip, table, write_report
from evaluation.suites import Progress
from evaluation.synthetic import corpus_clauses, distinct_share, write_synthetic

BESIDE = (1_000, 7_000)  # posts at which BERTopic runs beside us
ALONE = (3_000, 20_000, 100_000)
MILLION = 1_000_000
_GIB = 2**30
_WARM_UP = 200  # posts of the run that is not measured: caches of files, of compiled code, of unpacked weights

_NOTE = (
    "Wall seconds from the start of the process to its end: start of Python, reading, encoding, themes, names, files. "
    "Each contender ran once unmeasured before. CPU seconds are user and system of the process and its children. "
    "*Largest process* is the peak resident size by getrusage; *all processes* the largest sum over the process and "
    "its children at one moment, shared pages counted once, looked at four times a second."
)
_DATA_NOTE = (
    "The posts are made of clauses of real ones (`evaluation/synthetic.py`): posts of {corpora} corpora are split into "
    "{clauses:,} distinct clauses by `nlp.mentions` and at commas; a post joins one to three clauses of one corpus, "
    "lightly reworded (an opening, synonyms, digits, an ending), by one seed. So few mentions are alike, nothing is "
    "saved by collapsing copies: the share of distinct normalised mentions is in the table."
)
_PEER_NOTE = (
    "BERTopic reads the same file, encodes with the e5 weights through sentence-transformers, runs at its defaults "
    "with jieba's words (UMAP unseeded, hence parallel), and reduces outliers."
)


@dataclass(frozen=True, slots=True)
class SpeedRow:
    """One measured run."""

    contender: str
    posts: int
    cost: Cost
    themes: int
    encoder: str
    steps: dict[str, float]  # seconds by step, as the contender itself tells


@dataclass(frozen=True, slots=True)
class SpeedCorpus:
    """One corpus that was run on."""

    posts: int
    distinct_mentions: float  # share


@dataclass(frozen=True, slots=True)
class SpeedResult:
    """Everything the speed suite found out."""

    rows: tuple[SpeedRow, ...]
    corpora: tuple[SpeedCorpus, ...]


def run_speed(
    *,
    encoder_name: str,
    beside: Sequence[int] = BESIDE,
    alone: Sequence[int] = ALONE,
    peers: bool = True,
    out: Path = REPORTS,
    progress: Progress | None = None,
) -> Path:
    """Time and weigh whole runs and write a report; returns its Markdown file.

    beside: numbers of posts at which BERTopic runs too, where the extra is installed; alone: at which only we run.
    encoder_name: what `zhongsheng mine --encoder` is told. A measured run that fails is listed with its last
    words. Raises EvaluationError where there are no corpora to build from, or where a contender fails to warm up.
    """
    clauses = corpus_clauses(data_folder())
    missing = peer_room.missing() if peers else ""
    sizes = sorted({*beside, *alone})
    rows: list[SpeedRow] = []
    corpora: list[SpeedCorpus] = []
    sources: list[DataSource] = []
    skipped = [Skip("peers", missing)] if missing else []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        rivals = (US, BERTOPIC_REDUCED) if peers and not missing else (US,)
        warm_up = write_synthetic(work / "warm-up.jsonl", clauses, _WARM_UP).path
        for rival in rivals:
            _run(rival, warm_up, _WARM_UP, encoder_name, work)
        for done, posts in enumerate(sizes):
            if progress:
                progress(f"{posts:,} posts", done, len(sizes))
            path = write_synthetic(work / f"synthetic-{posts}.jsonl", clauses, posts).path
            sources.append(data_source("synthetic", path, posts))
            corpora.append(SpeedCorpus(posts, distinct_share(path)))
            for rival in rivals:
                if rival == US or posts in beside:
                    try:
                        rows.append(_run(rival, path, posts, encoder_name, work))
                    except EvaluationError as error:  # out of memory, say: a result like any other
                        skipped.append(Skip(f"{rival} at {posts:,} posts", str(error)))
            path.unlink()
    if progress:
        progress("done", len(sizes), len(sizes))
    result = SpeedResult(tuple(rows), tuple(corpora))
    report = Report(
        suite="speed",
        title="Speed and memory",
        body=_body(result, sum(map(len, clauses.values())), len(clauses), peer=len(rivals) > 1),
        result=result,
        data=sources,
        skipped=skipped,
        plots=_plots(rows),
    )
    return write_report(report, out)


def _run(contender: str, posts_file: Path, posts: int, encoder_name: str, work: Path) -> SpeedRow:
    if contender == US:
        target = work / "mined"
        cost = measure(
            [sys.executable, "-m", "api.cli", "mine", posts_file, "--out", target, "--encoder", encoder_name]
        )
        told = json.loads((target / "run.json").read_text("utf-8"))
        return SpeedRow(
            US, posts, cost, int(told["counts"]["themes"]), str(told["encoder"]["name"]), dict(told["timings"])
        )
    target = work / "topics.json"
    cost = measure([sys.executable, "-m", "evaluation.peers.bertopic_run", posts_file, target])
    told = json.loads(target.read_text("utf-8"))
    return SpeedRow(contender, posts, cost, len(set(told["topics"].values()) - {-1}), "e5-small", dict(told["seconds"]))


def _body(result: SpeedResult, clauses: int, corpora: int, *, peer: bool) -> list[str]:
    ours = {row.posts: row.cost for row in result.rows if row.contender == US}
    distinct = {corpus.posts: corpus.distinct_mentions for corpus in result.corpora}
    header = [
        "contender", "posts", "distinct mentions", "wall s", "times ours", "CPU s", "largest process GiB",
        "all processes GiB", "posts/s", "themes", "encoder",
    ]  # fmt: skip
    rows = [
        [
            row.contender,
            f"{row.posts:,}",
            f"{distinct[row.posts]:.1%}",
            f"**{row.cost.wall_seconds:.1f}**",
            f"{row.cost.wall_seconds / ours[row.posts].wall_seconds:.1f} x" if row.posts in ours else "",
            f"{row.cost.cpu_seconds:.1f}",
            f"{row.cost.peak_process_bytes / _GIB:.2f}",
            f"{row.cost.peak_tree_bytes / _GIB:.2f}" if row.cost.peak_tree_bytes else "unknown",
            f"{row.posts / row.cost.wall_seconds:,.0f}",
            str(row.themes),
            row.encoder,
        ]
        for row in result.rows
    ]
    steps = [
        [row.contender, f"{row.posts:,}", ", ".join(f"{name} {value:.1f}" for name, value in row.steps.items())]
        for row in result.rows
    ]
    return [
        *table(header, rows),
        "",
        _NOTE,
        "",
        _DATA_NOTE.format(corpora=corpora, clauses=clauses),
        *(["", _PEER_NOTE] if peer else []),
        "",
        "## Seconds by step, as each contender tells",
        "",
        *table(["contender", "posts", "steps"], steps),
    ]


def _plots(rows: Sequence[SpeedRow]) -> list[Plot]:
    by = {name: [row for row in rows if row.contender == name] for name in dict.fromkeys(r.contender for r in rows)}
    seconds = [Curve(name, [r.posts for r in own], [r.cost.wall_seconds for r in own]) for name, own in by.items()]
    memory = [
        Curve(
            name, [r.posts for r in own], [max(r.cost.peak_tree_bytes, r.cost.peak_process_bytes) / _GIB for r in own]
        )
        for name, own in by.items()
    ]
    return [
        curves("seconds", "Seconds of the whole run", seconds, x_unit="posts", y_unit="wall s", logarithmic=True),
        curves("memory", "Peak memory of the whole run", memory, x_unit="posts", y_unit="GiB", logarithmic=True),
    ]
