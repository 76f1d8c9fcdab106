"""The names suite: theme names with their keyphrases and quotes, listed for a person to judge by a written rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evaluation.datasets import LabelledSet, known_sets, load
from evaluation.remembering import EncoderFor, RememberingEncoders, always
from evaluation.report import REPORTS, Report, table, write_report
from evaluation.suites import Progress
from models.encoders.protocol import Encoder
from nlp.mining import mine
from nlp.types import MinedTheme, MiningResult

NAMES_A_SET = 8
RULE = (
    "**Good**: a product manager would put it on the board as it is, and it is what most of the quotes are about. "
    "**Usable**: right topic, but vague, clumsy, or true of only a part of the quotes. **Bad**: not Chinese a person "
    "would write, a product name alone, or about something else than most of the quotes."
)
_OPEN_TO_JUDGE = "☐ good ☐ usable ☐ bad"


@dataclass(frozen=True, slots=True)
class NamedTheme:
    """One theme as a reader of the board meets it."""

    dataset: str
    name: str
    mentions: int
    keyphrases: tuple[str, ...]
    quotes: tuple[str, ...]
    cover: float  # share of its mentions nearer to its name than to any other theme's name of the set
    alike: float  # cosine of the two quotes that are most alike; 0 where there is one


@dataclass(frozen=True, slots=True)
class NamesResult:
    """The leading themes of every set, best demand first."""

    themes: tuple[NamedTheme, ...]


def run_names(
    sets: Sequence[str] | None = None,
    *,
    encoder: str | Encoder = "default",
    encoder_for: EncoderFor | None = None,
    names: int = NAMES_A_SET,
    out: Path = REPORTS,
    progress: Progress | None = None,
) -> Path:
    """Mine the sets and list the `names` leading themes of each; returns the report's Markdown file.

    sets: names of known sets, by default all that are on this machine. encoder_for: instead of `encoder`, the encoder
    by number of posts. Raises EvaluationError.
    """
    model_for = RememberingEncoders(encoder_for or always(encoder))
    loaded = [load(name) for name in (known_sets() if sets is None else sets)]
    found: list[NamedTheme] = []
    for done, dataset in enumerate(loaded):
        if progress:
            progress(dataset.name, done, len(loaded))
        found += named_themes(dataset, model_for(len(dataset.documents)), names)
    if progress:
        progress("done", len(loaded), len(loaded))
    report = Report(
        suite="names",
        title="Theme names",
        body=_lines(found),
        result=NamesResult(tuple(found)),
        encoders=[model_for(len(dataset.documents)).identity for dataset in loaded],
        data=[source for dataset in loaded for source in dataset.sources()],
    )
    return write_report(report, out)


def named_themes(dataset: LabelledSet, encoder: Encoder, names: int) -> list[NamedTheme]:
    """The leading themes of one set."""
    result = mine(dataset.documents, encoder=encoder)
    cover = covers(result, encoder)
    return [
        NamedTheme(
            dataset=dataset.name,
            name=theme.name,
            mentions=theme.size,
            keyphrases=theme.keyphrases,
            quotes=tuple(quote.text for quote in theme.quotes),
            cover=cover[theme.id],
            alike=_alike(theme, encoder),
        )
        for theme in result.themes[:names]
    ]


def covers(result: MiningResult, encoder: Encoder) -> Mapping[str, float]:
    """Of each theme the share of its mentions that are nearer to its name than to the name of any other."""
    texts: dict[str, list[str]] = defaultdict(list)
    for mined in result.mentions:
        if mined.theme_id is not None and mined.mention.normalised:
            texts[mined.theme_id].append(mined.mention.normalised)
    if not result.themes:
        return {}
    names = encoder.encode([theme.name for theme in result.themes])
    found = {}
    for position, theme in enumerate(result.themes):
        said = texts[theme.id]
        nearest = (encoder.encode(said) @ names.T).argmax(axis=1) if said else np.zeros(0, dtype=np.int64)
        found[theme.id] = float((nearest == position).mean()) if len(nearest) else 0.0
    return found


def _alike(theme: MinedTheme, encoder: Encoder) -> float:
    if len(theme.quotes) < 2:
        return 0.0
    vectors: npt.NDArray[np.float32] = encoder.encode([quote.text for quote in theme.quotes])
    among = vectors @ vectors.T
    return float(among[~np.eye(len(vectors), dtype=bool)].max())


def _lines(themes: Sequence[NamedTheme]) -> list[str]:
    by_set: dict[str, list[NamedTheme]] = defaultdict(list)
    for theme in themes:
        by_set[theme.dataset].append(theme)
    rows = [
        [
            name,
            str(len(found)),
            f"{np.mean([theme.cover for theme in found]):.0%}",
            f"{np.mean([theme.alike for theme in found]):.2f}",
        ]
        for name, found in by_set.items()
    ]
    lines = ["## The rule", "", RULE, "", "## Sets", "", *table(["set", "names", "cover", "quotes alike"], rows), ""]
    lines += [
        "Cover: mean share of a theme's mentions nearer to its own name than to the name of any other theme. Quotes "
        "alike: mean cosine of the two quotes of a theme that are most alike.",
        "",
    ]
    for name, found in by_set.items():
        lines += [f"## {name}", ""]
        for number, theme in enumerate(found, start=1):
            lines += [
                f"{number}. **{theme.name}** ({theme.mentions} mentions, cover {theme.cover:.0%}) {_OPEN_TO_JUDGE}"
            ]
            lines += [f"   - keyphrases: {'、'.join(theme.keyphrases)}"]
            lines += [f"   - “{quote}”" for quote in theme.quotes]
        lines.append("")
    return lines
