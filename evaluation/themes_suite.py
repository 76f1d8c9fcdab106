"""The themes suite: mine labelled sets the way the product does, and compare themes with labels, peers beside us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from evaluation import peers as peer_room
from evaluation.contenders import (
    CONTENDERS,
    KMEANS_E5,
    KMEANS_OURS,
    US,
    Score,
    score_bertopic,
    score_kmeans,
    score_us,
)
from evaluation.datasets import DATA_VARIABLE, LabelledSet, absent_sets, known_sets, load, load_file
from evaluation.errors import EvaluationError
from evaluation.metrics import geometric_mean
from evaluation.plots import Plot, grouped_bars
from evaluation.remembering import EncoderFor, RememberingEncoder, RememberingEncoders, always
from evaluation.report import REPORTS, Report, Skip, table, write_report
from evaluation.small_inputs import SmallScore, score_small, small_body, small_plot
from evaluation.suites import Progress
from models.encoders.protocol import Encoder
from nlp.settings import MiningSettings

_NOTE = (
    "AMI and ARI are over all posts; posts without a theme, or without a label, count as one cluster. A post's theme "
    "is that of most of its mentions by summed strength. *AMI, labelled* leaves posts without a label out. Coverage "
    "is the share of posts in a theme. One configuration for all sets."
)
_PEERS_NOTE = (
    "BERTopic reads the same cleaned posts with jieba's words and the e5 vectors of whole posts, at its default "
    "settings with language multilingual; UMAP is seeded, and each row is the mean of three seeds, the spread being "
    "largest less smallest. `reduce_outliers` is its default strategy, distributions. k-means is told the true number "
    "of classes, which nobody knows: a yardstick for the vectors. The geometric mean counts a score of zero or less as "
    "0.001. Seconds are of this process: encoding, then everything; a text that an earlier row needed is not encoded "
    "again."
)


@dataclass(frozen=True, slots=True)
class Standing:
    """One contender over all sets."""

    contender: str
    geometric_mean: float  # of its AMI
    our_ratio: float  # our geometric mean divided by its
    least_ratio: float  # the smallest such ratio when any one set is left out: does a single set carry it?


@dataclass(frozen=True, slots=True)
class ThemesResult:
    """Everything the themes suite found out."""

    standings: tuple[Standing, ...]
    scores: tuple[Score, ...]
    small: tuple[SmallScore, ...]


def run_themes(
    files: Sequence[Path] = (),
    *,
    labels: Path | None = None,
    text_column: str | None = None,
    label_column: str | None = None,
    sets: Sequence[str] | None = None,
    encoder: str | Encoder = "default",
    encoder_for: EncoderFor | None = None,
    settings: MiningSettings | None = None,
    peers: bool = False,
    small: bool = False,
    out: Path = REPORTS,
    progress: Progress | None = None,
) -> Path:
    """Score mining and write a report; returns its Markdown file (the JSON lies beside it).

    files: labelled files of the user's; `labels` (id,label) goes with exactly one file. sets: names of known sets;
    by default all that are on this machine where no files are given, else none. encoder: an encoder or its name;
    encoder_for: instead, the encoder by number of posts, as the product chooses where nobody names one.
    peers: BERTopic and k-means beside us, where the extra is installed. small: random subsets, too.
    Raises EvaluationError or ingest.IngestError with what to do.
    """
    loaded = _chosen(files, labels, text_column, label_column, sets)
    model_for = RememberingEncoders(encoder_for or always(encoder))
    settings = settings or MiningSettings()
    skipped = [
        Skip(name, f"The corpus is not here; set {DATA_VARIABLE} to its folder.")
        for name in (absent_sets() if sets is None and not files else ())
    ]
    missing = peer_room.missing() if peers else ""
    if missing:
        skipped.append(Skip("peers", missing))
    e5 = _e5() if peers and not missing else None
    scores: list[Score] = []
    steps = len(loaded) + (1 if small else 0)
    for done, dataset in enumerate(loaded):
        if progress:
            progress(dataset.name, done, steps)
        scores += score_set(dataset, model_for(len(dataset.documents)), settings, e5)
    few: tuple[SmallScore, ...] = ()
    if small:
        if progress:
            progress("small inputs", len(loaded), steps)
        few = score_small(loaded, model_for, settings, e5=e5)
    if progress:
        progress("small inputs" if small else loaded[-1].name, steps, steps)
    result = ThemesResult(standings(scores), tuple(scores), few)
    report = Report(
        suite="themes",
        title="Theme recovery",
        body=_body(result),
        result=result,
        encoders=[model_for(len(dataset.documents)).identity for dataset in loaded],
        data=[source for dataset in loaded for source in dataset.sources()],
        parameters=dict(asdict(settings.clustering)),
        skipped=skipped,
        plots=[_plot(scores), *([small_plot(few)] if few else [])],
    )
    return write_report(report, out)


def score_set(dataset: LabelledSet, encoder: Encoder, settings: MiningSettings, e5: Encoder | None) -> list[Score]:
    """Us on one set, and the peers where their encoder is given."""
    scores = [score_us(dataset, encoder, settings)]
    if e5 is not None:
        scores += [
            *score_bertopic(dataset, e5),
            score_kmeans(dataset, e5, KMEANS_E5),
            score_kmeans(dataset, encoder, KMEANS_OURS),
        ]
    return scores


def standings(scores: Sequence[Score]) -> tuple[Standing, ...]:
    """Each contender's geometric mean of AMI over the sets, and how many times it ours is."""
    ami = {(score.contender, score.dataset): score.ami for score in scores}
    sets = list(dict.fromkeys(score.dataset for score in scores))
    found = []
    for name in (one for one in CONTENDERS if any(score.contender == one for score in scores)):
        ratios = [
            _ratio(ami, name, [one for one in sets if one != left_out])
            for left_out in (sets if len(sets) > 1 else [""])
        ]
        mean = geometric_mean([ami[name, one] for one in sets])
        found.append(Standing(name, mean, _ratio(ami, name, sets), min(ratios)))
    return tuple(found)


def _ratio(ami: Mapping[tuple[str, str], float], contender: str, sets: Sequence[str]) -> float:
    """Our geometric mean over these sets divided by the contender's."""
    ours = geometric_mean([ami[US, one] for one in sets])
    return ours / geometric_mean([ami[contender, one] for one in sets])


def _chosen(
    files: Sequence[Path],
    labels: Path | None,
    text_column: str | None,
    label_column: str | None,
    sets: Sequence[str] | None,
) -> list[LabelledSet]:
    if labels is not None and len(files) != 1:
        raise EvaluationError("a labels file goes with exactly one input file")
    names = sets if sets is not None else (() if files else known_sets())
    loaded = [load(name) for name in names]
    loaded += [load_file(path, labels, text=text_column, label=label_column) for path in files]
    if not loaded:
        raise EvaluationError("nothing to evaluate; name a set or a labelled file")
    return loaded


def _e5() -> Encoder:
    from models.encoders.e5 import E5Encoder

    return RememberingEncoder(E5Encoder())


def _body(result: ThemesResult) -> list[str]:
    beside = len(result.standings) > 1
    sets = list(dict.fromkeys(score.dataset for score in result.scores))
    ami = {(score.contender, score.dataset): score.ami for score in result.scores}
    header = ["contender", "geometric mean of AMI", f"{US} is", "at least, one set left out", *sets]
    rows = [
        [one.contender, f"**{one.geometric_mean:.3f}**", f"{one.our_ratio:.2f} x", f"{one.least_ratio:.2f} x"]
        + [f"{ami[one.contender, name]:.3f}" for name in sets]
        for one in result.standings
    ]
    return [
        *table(header, rows),
        "",
        "## By set",
        "",
        *_score_table(result.scores),
        "",
        _NOTE,
        *(["", _PEERS_NOTE] if beside else []),
        *(
            f"\n- {score.contender} on {score.dataset}: {failure}"
            for score in result.scores
            for failure in score.failures
        ),
        "",
        *small_body(result.small),
    ]


def _score_table(scores: Sequence[Score]) -> list[str]:
    header = [
        "set", "contender", "encoder", "posts", "labels", "themes found", "coverage", "AMI", "spread", "ARI",
        "AMI, labelled", "encode s", "total s",
    ]  # fmt: skip
    return table(header, [_row(score) for score in scores])


def _row(score: Score) -> list[str]:
    first = score.runs[0] if score.runs else None
    return [
        score.dataset,
        score.contender,
        score.encoder,
        str(first.posts) if first else "",
        str(first.labels) if first else "",
        f"{score.mean(lambda run: run.found):.0f}",
        f"{score.mean(lambda run: run.coverage):.1%}",
        f"**{score.ami:.3f}**" if score.runs else "failed",
        f"{score.spread:.3f}" if len(score.runs) > 1 else "",
        f"{score.mean(lambda run: run.ari):.3f}",
        f"{score.mean(lambda run: run.labelled_ami):.3f}",
        f"{score.seconds.get('encode', 0.0):.1f}",
        f"{score.seconds.get('total', 0.0):.1f}",
    ]


def _plot(scores: Sequence[Score]) -> Plot:
    groups = list(dict.fromkeys(score.dataset for score in scores))
    by = {(score.contender, score.dataset): score.ami for score in scores}
    bars = {
        name: [by.get((name, group)) for group in groups]
        for name in CONTENDERS
        if any(score.contender == name for score in scores)
    }
    return grouped_bars("ami", "AMI over all posts, by set", groups=groups, bars=bars, unit="AMI")
