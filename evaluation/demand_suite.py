"""The demand suite: likes foretold without seeing them, pushers that must not climb, severity against grades."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from evaluation.datasets import DATA_VARIABLE, data_folder, load_sample
from evaluation.demand_attacks import Attack, Standing, run_attacks
from evaluation.demand_likes import CIVIC, LikesResult, load_civic, run_likes
from evaluation.provenance import data_source
from evaluation.remembering import RememberingEncoder
from evaluation.report import REPORTS, Report, Skip, table, write_report
from evaluation.severity_check import SeverityScore, run_severity
from evaluation.suites import Progress
from models.encoders.catalogue import load_encoder
from models.encoders.protocol import Encoder
from nlp.demand_weights import DemandWeights


@dataclass(frozen=True, slots=True)
class DemandResult:
    """Everything the demand suite found out."""

    attacks: tuple[Attack, ...]
    likes: tuple[LikesResult, ...]
    severity: tuple[SeverityScore, ...]


def run_demand(*, encoder: str | Encoder = "default", out: Path = REPORTS, progress: Progress | None = None) -> Path:
    """Measure and write a report; returns its Markdown file. Without the corpora only the sample is measured."""
    model = RememberingEncoder(load_encoder(encoder) if isinstance(encoder, str) else encoder)
    tell = progress or (lambda _what, _done, _total: None)
    tell("pushers", 0, 3)
    attacks = run_attacks(load_sample(), model)
    likes: tuple[LikesResult, ...] = ()
    severity: tuple[SeverityScore, ...] = ()
    data, skipped = [], []
    folder = data_folder()
    if (folder / CIVIC).exists():
        documents = load_civic(folder)
        data.append(data_source("civic", folder / CIVIC, len(documents)))
        tell("likes", 1, 3)
        likes = run_likes(documents, model)
        tell("severity", 2, 3)
        severity = run_severity(model, folder)
    else:
        why = f"No corpora are at {folder}; set {DATA_VARIABLE} to their folder."
        skipped.append(Skip("likes foretold, severity against grades", why))
    tell("done", 3, 3)
    result = DemandResult(attacks, likes, severity)
    report = Report(
        suite="demand",
        title="Demand",
        body=[*_attack_lines(attacks), *_likes_lines(likes), *_severity_lines(severity)],
        result=result,
        encoder=model.identity,
        data=data,
        parameters=dict(asdict(DemandWeights())),
        skipped=skipped,
    )
    return write_report(report, out)


def _attack_lines(attacks: Sequence[Attack]) -> list[str]:
    header = ["who pushes", "when", "mentions", "people", "people counted", "score", "by demand", "by mentions"]
    rows = [
        [attack.what, when, *_standing_cells(found)]
        for attack in attacks
        for when, found in (("before", attack.before), ("after", attack.after))
    ]
    return [
        "## Who shouts does not climb",
        "",
        *table(header, rows),
        "",
        "The bundled sample, mined before and after. Ranks are places among all themes, 1 is the first. The theme is "
        "the one in which the pushed posts are most mentions and that ranks best by demand.",
        "",
    ]


def _standing_cells(found: Standing) -> list[str]:
    if found.by_demand is None or found.by_mentions is None:
        return ["0", "0", "0", "none", "none", "none"]
    return [
        str(found.mentions),
        str(found.people),
        f"{found.counted:.1f}",
        f"{found.score:.1f}",
        f"{found.by_demand} of {found.themes}",
        f"{found.by_mentions} of {found.themes}",
    ]


def _likes_lines(results: Sequence[LikesResult]) -> list[str]:
    lines: list[str] = []
    header = ["ranked by", "Spearman", "less mentions", "NDCG@10", "NDCG@10, raw likes", "Spearman, likes a post"]
    for found in results:
        rows = [
            [
                score.ranker,
                str(score.spearman),
                str(score.over_mentions),
                str(score.ndcg),
                f"{score.ndcg_raw:.3f}",
                str(score.per_post),
            ]
            for score in found.scores
        ]
        lines += [
            f"## Likes foretold: the half {found.half}",
            "",
            f"{found.posts:,} messages, {found.themes} themes of at least two, {found.likes:,} likes.",
            "",
            *table(header, rows),
            "",
        ]
    if lines:
        lines += [
            "Mined and ranked with likes set to 0; 95 % bootstrap intervals over themes. Gains of NDCG@10 are "
            "log2(1 + likes). Weights were chosen on the first half, the second is the result.",
            "",
        ]
    return lines


def _severity_lines(scores: Sequence[SeverityScore]) -> list[str]:
    if not scores:
        return []
    header = ["texts", "n", "words", "words and head", "gained", "right grade", "before", "one off at most"]
    rows = [
        [
            score.dataset,
            f"{score.texts:,}",
            str(score.words),
            str(score.both),
            str(score.gained),
            _share(score.both_right),
            _share(score.words_right),
            _share(score.both_near),
        ]
        for score in scores
    ]
    return ["## Severity: Spearman with grades", "", *table(header, rows), ""]


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"
