"""What can be measured: the one table in which every suite stands. The command line and `make bench` read it.

A new suite gets one runner here and one line in `SUITES`; its command, its place in `evaluate all` and its help follow.
Runners import their suite when called: reading this table loads nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.drafters.text_model import TextModel
    from models.encoders.protocol import Encoder

Progress = Callable[[str, int, int], None]  # (what, done, total)


class Need(Enum):
    """What a suite cannot do without."""

    CORPORA = "corpora"  # the public corpora, by ZHONGSHENG_DATA
    PEERS = "peers"  # the optional extra


@dataclass(frozen=True, slots=True)
class SuiteRequest:
    """What every suite is told."""

    encoder: Encoder
    encoder_name: str  # as settings and the command line name it
    encoder_for: Callable[[int], Encoder]  # by number of posts, where the settings leave it to that
    out: Path  # folder of the reports
    progress: Progress
    text_model: TextModel | None = None  # that words replies, where the settings name one


@dataclass(frozen=True, slots=True)
class Suite:
    """One thing that can be measured. `run` writes a report and returns its Markdown file."""

    name: str
    about: str
    run: Callable[[SuiteRequest], Path]
    needs: tuple[Need, ...] = ()
    drafting: bool = False  # measured with the encoder of drafting instead of that of mining

    def missing(self) -> str:
        """Why the suite cannot run here and what to do about it; "" where it can."""
        return " ".join(filter(None, (_MISSING[need]() for need in self.needs)))


def _no_corpora() -> str:
    from evaluation.datasets import DATA_VARIABLE, data_folder

    folder = data_folder()
    return "" if folder.is_dir() else f"No corpora are at {folder}; set {DATA_VARIABLE} to their folder."


def _no_peers() -> str:
    from evaluation.peers import missing

    return missing()


_MISSING: dict[Need, Callable[[], str]] = {Need.CORPORA: _no_corpora, Need.PEERS: _no_peers}


def _themes(request: SuiteRequest) -> Path:
    from evaluation.themes_suite import run_themes

    return run_themes(
        encoder_for=request.encoder_for, peers=True, small=True, out=request.out, progress=request.progress
    )


def _ablation(request: SuiteRequest) -> Path:
    from evaluation.ablation_suite import run_ablation

    return run_ablation(encoder_for=request.encoder_for, out=request.out, progress=request.progress)


def _speed(request: SuiteRequest) -> Path:
    from evaluation.speed_suite import run_speed

    return run_speed(
        encoder_name=request.encoder_name,
        out=request.out,
        progress=request.progress,
    )


def _stability(request: SuiteRequest) -> Path:
    from evaluation.stability_suite import run_stability

    return run_stability(encoder_for=request.encoder_for, out=request.out, progress=request.progress)


def _assign(request: SuiteRequest) -> Path:
    from evaluation.assign_suite import run_assign

    return run_assign(encoder_for=request.encoder_for, out=request.out, progress=request.progress)


def _intent(request: SuiteRequest) -> Path:
    from evaluation.intent_suite import run_intent

    return run_intent(encoder=request.encoder, out=request.out, progress=request.progress)


def _demand(request: SuiteRequest) -> Path:
    from evaluation.demand_suite import run_demand

    return run_demand(encoder=request.encoder, out=request.out, progress=request.progress)


def _names(request: SuiteRequest) -> Path:
    from evaluation.names_suite import run_names

    return run_names(
        encoder=request.encoder, encoder_for=request.encoder_for, out=request.out, progress=request.progress
    )


def _drafts(request: SuiteRequest) -> Path:
    from evaluation.drafts_suite import run_drafts

    return run_drafts(encoder=request.encoder, model=request.text_model, out=request.out, progress=request.progress)


SUITES: tuple[Suite, ...] = (
    Suite("themes", "Mined themes against labels: AMI and ARI over all posts, coverage, seconds.", _themes),
    Suite("ablation", "What each part of mining brings: themes again with one thing changed.", _ablation),
    Suite("speed", "Whole runs beside BERTopic's: seconds and memory against posts.", _speed, needs=(Need.CORPORA,)),
    Suite("stability", "Theme ids that last: shuffled, dropped, added, week by week; drift.", _stability),
    Suite("assign", "New posts between runs: agreement with a run, milliseconds, posts a second.", _assign),
    Suite("intent", "What posts are read to do: F1 by intent, who is taken for whom.", _intent),
    Suite("demand", "Demand: likes foretold without seeing them, pushers that must not climb, severity.", _demand),
    Suite("names", "Theme names with keyphrases and quotes, to be judged by a person; what they cover.", _names),
    Suite("drafts", "Drafted replies: right knowledge found, answered from it, else declined.", _drafts, drafting=True),
)


def suite_named(name: str) -> Suite:
    """The suite of that name. Raises KeyError."""
    return {suite.name: suite for suite in SUITES}[name]
