"""The stability suite: do theme ids last when rows are shuffled, dropped, added, or come week by week."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from evaluation.datasets import data_folder, known_sets, load, read_documents, read_posts
from evaluation.metrics import agreement
from evaluation.provenance import DataSource, data_source
from evaluation.remembering import EncoderFor, RememberingEncoders
from evaluation.report import REPORTS, Report, Skip, table, write_report
from models.encoders.protocol import Encoder, EncoderIdentity
from nlp.mining import mine
from nlp.settings import MiningSettings
from nlp.standing import as_previous, unplaced_of
from nlp.types import Document, EdgeKind, MiningResult

Progress = Callable[[str, int, int], None]

REPLAY = "civic_messages.csv"
REPLAY_POSTS = 800  # the latest of them: enough for weeks to differ, few enough for a laptop
REPLAY_WEEKS = 6
_SEED = 20_240_601


@dataclass(frozen=True, slots=True)
class Kept:
    """Share of the mentions that two runs have in common whose theme id (or lack of one) is the same in both."""

    shuffled: float
    dropped: float  # 5 % of posts left out, the later run knows the earlier
    added: float  # 10 % of posts new, the later run knows the earlier
    dropped_alone: float  # the same two, by a run that knows nothing of the earlier
    added_alone: float


@dataclass(frozen=True, slots=True)
class SetStability:
    """One set."""

    dataset: str
    mentions: int
    themes: int
    kept: Kept
    drift: float  # AMI of half a set continued to the whole, against the whole mined afresh
    noise: float  # AMI of the whole mined afresh against 98 % of it mined afresh: what drift can be at best


@dataclass(frozen=True, slots=True)
class Week:
    """One run of the replay."""

    until: str  # ISO date
    posts: int
    mentions: int
    kept: float
    edges: dict[str, int]


@dataclass(frozen=True, slots=True)
class StabilityResult:
    """Everything the suite found out."""

    sets: tuple[SetStability, ...]
    weeks: tuple[Week, ...]


def run_stability(*, encoder_for: EncoderFor, out: Path = REPORTS, progress: Progress | None = None) -> Path:
    """Measure on every set that is here, replay the civic messages, and write a report; returns its Markdown file."""
    model_for = RememberingEncoders(encoder_for)
    used: list[EncoderIdentity] = []
    names = known_sets()
    scored: list[SetStability] = []
    sources: list[DataSource] = []
    for done, name in enumerate(names):
        if progress:
            progress(name, done, len(names) + 1)
        dataset = load(name)
        model = model_for(len(dataset.documents))
        used.append(model.identity)
        scored.append(score_stability(name, dataset.documents, model))
        sources += dataset.sources()
    if progress:
        progress("weeks", len(names), len(names) + 1)
    path = data_folder() / REPLAY
    weeks: tuple[Week, ...] = ()
    skipped = [Skip("replay", f"{path} is not here.")]
    if path.exists():
        documents = latest(list(read_documents(read_posts(path))), REPLAY_POSTS)
        weeks, skipped = replay(documents, model_for(len(documents))), []
        sources.append(data_source("civic_messages", path, len(documents)))
    if progress:
        progress("weeks", len(names) + 1, len(names) + 1)
    result = StabilityResult(tuple(scored), weeks)
    return write_report(
        Report(
            suite="stability",
            title="Ids that last",
            body=_body(result),
            result=result,
            encoders=used,
            data=sources,
            parameters=dict(asdict(MiningSettings().registry)),
            skipped=skipped,
        ),
        out,
    )


def score_stability(name: str, documents: Sequence[Document], encoder: Encoder) -> SetStability:
    """Mine the set as it is, shuffled, less, and more."""
    chance = random.Random(_SEED)  # noqa: S311 - a draw that must be the same every time
    whole = mine(documents, encoder=encoder)
    shuffled = list(documents)
    chance.shuffle(shuffled)
    less = [document for document in documents if chance.random() >= 0.05]
    start = [document for document in documents if chance.random() < 1 / 1.1]
    half = [document for document in documents if chance.random() < 0.5]
    nearly = [document for document in documents if chance.random() >= 0.02]
    first, middle = mine(start, encoder=encoder), mine(half, encoder=encoder)
    kept = Kept(
        shuffled=share_kept(whole, mine(shuffled, encoder=encoder)),
        dropped=share_kept(whole, later(whole, less, encoder)),
        added=share_kept(first, later(first, documents, encoder)),
        dropped_alone=share_kept(whole, mine(less, encoder=encoder)),
        added_alone=share_kept(first, whole),
    )
    return SetStability(
        dataset=name,
        mentions=len(whole.mentions),
        themes=len(whole.themes),
        kept=kept,
        drift=likeness(whole, later(middle, documents, encoder)),
        noise=likeness(whole, mine(nearly, encoder=encoder)),
    )


def later(earlier: MiningResult, documents: Sequence[Document], encoder: Encoder) -> MiningResult:
    """A run that knows the earlier one."""
    return mine(documents, encoder=encoder, previous=as_previous(earlier), unplaced=unplaced_of(earlier))


def share_kept(before: MiningResult, after: MiningResult) -> float:
    """Share of the mentions in both runs whose theme id is the same; 1.0 where they have none in common."""
    now = {mined.key: mined.theme_id for mined in after.mentions}
    same = [now[mined.key] == mined.theme_id for mined in before.mentions if mined.key in now]
    return sum(same) / len(same) if same else 1.0


def likeness(left: MiningResult, right: MiningResult) -> float:
    """AMI of two partitions over the mentions in both; mentions without theme are one cluster."""
    theirs = {mined.key: mined.theme_id or "" for mined in right.mentions}
    both = [(mined.theme_id or "", theirs[mined.key]) for mined in left.mentions if mined.key in theirs]
    return agreement([one for one, _ in both], [other for _, other in both]).ami


def latest(documents: Sequence[Document], count: int) -> list[Document]:
    """The latest documents that have a time, oldest first."""
    timed = [(document.time, document.id, document) for document in documents if document.time is not None]
    return [document for _, _, document in sorted(timed, key=lambda entry: entry[:2])[-count:]]


def replay(documents: Sequence[Document], encoder: Encoder) -> tuple[Week, ...]:
    """Mine what was there before the last weeks, then run week by week, each run knowing the one before."""
    times = [document.time for document in documents if document.time is not None]
    end = max(times)
    before: MiningResult | None = None
    weeks = []
    for number in range(REPLAY_WEEKS, -1, -1):
        until = end - timedelta(weeks=number)
        known = [document for document in documents if document.time is not None and document.time <= until]
        if not known:
            continue
        now = mine(known, encoder=encoder) if before is None else later(before, known, encoder)
        edges = Counter(edge.kind for edge in now.lineage)
        weeks.append(
            Week(
                until=until.date().isoformat(),
                posts=len(known),
                mentions=len(now.mentions),
                kept=1.0 if before is None else share_kept(before, now),
                edges={kind.value: edges[kind] for kind in EdgeKind},
            )
        )
        before = now
    return tuple(weeks)


def _body(result: StabilityResult) -> list[str]:
    by_week: dict[str, list[str]] = defaultdict(list)
    for week in result.weeks:
        by_week[week.until] = [
            week.until, f"{week.posts:,}", f"{week.mentions:,}", f"{week.kept:.1%}",
            *(str(week.edges[kind.value]) for kind in EdgeKind),
        ]  # fmt: skip
    return [
        "## Mentions that keep their theme id",
        "",
        *table(
            ["set", "mentions", "themes", "shuffled", "5 % dropped", "10 % added", "dropped, alone", "added, alone"],
            [
                [
                    one.dataset, f"{one.mentions:,}", str(one.themes), f"{one.kept.shuffled:.1%}",
                    f"**{one.kept.dropped:.1%}**", f"**{one.kept.added:.1%}**", f"{one.kept.dropped_alone:.1%}",
                    f"{one.kept.added_alone:.1%}",
                ]
                for one in result.sets
            ],
        ),
        "",
        "Of the mentions present in both runs, those without a theme included. *Alone*: two runs that know nothing of "
        "each other, where only the anchor of an id can make it the same.",
        "",
        "## Drift",
        "",
        *table(
            ["set", "half, then the whole", "the whole against 98 % of it"],
            [[one.dataset, f"{one.drift:.3f}", f"{one.noise:.3f}"] for one in result.sets],
        ),
        "",
        "AMI against the whole mined afresh. Continuing may not lead far from what mining afresh would find; how far "
        "mining afresh is from itself when a fiftieth of the posts is missing stands beside it.",
        "",
        *(["## Week by week", ""] if by_week else []),
        *(
            table(["until", "posts", "mentions", "kept", *(kind.value for kind in EdgeKind)], list(by_week.values()))
            if by_week
            else []
        ),
    ]  # fmt: skip
