"""What merging, splitting and dismissing would do, in words and numbers, for the sheets that ask whether to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from api.pages.language import Translator
from api.pages.views.trend import Spark, spark, weeks_of
from nlp.normalisation import fold
from review.theme_counts import ThemeCounts
from review.theme_previews import BallotEffect, DismissPreview, MergePreview, SplitPreview
from store.repositories import posts, themes
from store.repositories.theme_filters import ThemeFilter
from store.tables import Theme

_TARGETS: Final = 12
_QUOTES: Final = 4


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another theme, by name."""

    id: str
    name: str
    people: int
    version: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A theme about to be acted on."""

    id: str
    name: str
    version: int
    size: int
    people: int


@dataclass(frozen=True, slots=True)
class MergeSheet:
    """A theme about to be merged, and what it could be merged into."""

    id: str
    name: str
    version: int
    targets: tuple[Neighbour, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """The weeks of one theme, or of all together, on one scale of weeks."""

    name: str
    people: int
    spark: Spark


@dataclass(frozen=True, slots=True)
class Figure:
    """A number before and after, and what is to be known about it."""

    label: str
    before: str
    after: str
    words: str


@dataclass(frozen=True, slots=True)
class MergeConsequence:
    """Themes about to become one."""

    choices: tuple[Neighbour, ...]  # all of them; one is kept
    into: str
    figures: tuple[Figure, ...]
    trends: tuple[Trend, ...]
    quotes: tuple[str, ...]
    effects: tuple[str, ...]
    cautions: tuple[str, ...]
    basis: str
    back: str  # "theme" where the sheet was opened from a theme's page


@dataclass(frozen=True, slots=True)
class SplitConsequence:
    """Mentions about to become a theme of their own."""

    id: str
    name: str
    version: int
    mention_ids: tuple[str, ...]
    texts: tuple[str, ...]
    figures: tuple[Figure, ...]
    effects: tuple[str, ...]
    possible: bool
    basis: str


@dataclass(frozen=True, slots=True)
class DismissConsequence:
    """A theme about to be none."""

    id: str
    name: str
    version: int
    figures: tuple[Figure, ...]
    quotes: tuple[str, ...]
    effects: tuple[str, ...]
    cautions: tuple[str, ...]
    basis: str


def neighbour(theme: Theme, seen: int | None = None) -> Neighbour:
    """A theme as a choice, at the version the person saw."""
    return Neighbour(theme.id, theme.name, theme.authors, seen or theme.version)


def sheet_of(theme: Theme, seen: int | None) -> Sheet:
    """The theme at the version the person saw on the page."""
    return Sheet(theme.id, theme.name, seen or theme.version, theme.size, theme.authors)


def merge_targets(session: Session, theme: Theme, q: str) -> tuple[Neighbour, ...]:
    """Themes that this one could be merged into, best demand first."""
    wanted = ThemeFilter(q=fold(q) or None, needs_only=False)
    page = themes.ranked(session, wanted, limit=_TARGETS + 1)
    return tuple(neighbour(other) for other in page.items if other.id != theme.id)[:_TARGETS]


def merge_consequence(
    session: Session, t: Translator, preview: MergePreview, choices: Sequence[Neighbour], back: str
) -> MergeConsequence:
    """The sheet that shows what the union would look like, and whose votes would be joined."""
    latest = posts.latest_at(session)
    target, union = preview.target, preview.union
    trends = [Trend(side.name, side.people, _spark(t, side.weekly, latest)) for side in (target, *preview.sources)]
    together = Trend(t("preview.together"), union.authors, _spark(t, union.weekly, latest))
    shared = t("preview.counted_once", n=preview.shared_people) if preview.shared_people else ""
    figures = (
        Figure(t("col.people"), t.number(target.people), t.number(union.authors), shared),
        Figure(t("fact.mentions"), t.number(target.mentions), t.number(union.size), ""),
    )
    return MergeConsequence(
        choices=tuple(choices),
        into=target.id,
        figures=figures,
        trends=(*trends[:4], together),
        quotes=tuple(quote for side in preview.sources for quote in side.quotes)[:_QUOTES],
        effects=(*_ballot_words(t, preview.ballot), *_draft_words(t, preview.drafts)),
        cautions=tuple(t(f"preview.caution.{caution}") for caution in preview.cautions),
        basis=preview.basis,
        back=back,
    )


def split_consequence(t: Translator, preview: SplitPreview, version: int | None) -> SplitConsequence:
    """The sheet that shows what would leave and what would stay."""
    both = t("preview.in_both", n=preview.people_in_both) if preview.people_in_both else ""
    figures = (
        _two(t, "preview.leaving", preview.leaving, both),
        _two(t, "preview.staying", preview.staying, ""),
    )
    quotes = [t("preview.quotes_leave", n=len(preview.quotes))] if preview.quotes else []
    return SplitConsequence(
        id=preview.theme.id,
        name=preview.theme.name,
        version=version or preview.theme.version,
        mention_ids=tuple(mention.id for mention in preview.mentions),
        texts=tuple(mention.text for mention in preview.mentions),
        figures=figures,
        effects=(*quotes, *_ballot_words(t, preview.ballot), *_draft_words(t, preview.drafts)),
        possible=bool(preview.mentions) and preview.staying.size > 0,
        basis=preview.basis,
    )


def dismiss_consequence(t: Translator, preview: DismissPreview, version: int | None) -> DismissConsequence:
    """The sheet that shows what leaves the board."""
    theme = preview.theme
    children = (
        [t("preview.children", n=len(preview.children), names=t.joined(list(preview.children[:3])))]
        if preview.children
        else []
    )
    return DismissConsequence(
        id=theme.id,
        name=theme.name,
        version=version or theme.version,
        figures=(
            Figure(t("fact.mentions"), t.number(theme.mentions), t("preview.of_no_theme"), ""),
            Figure(t("col.people"), t.number(theme.people), "0", ""),
        ),
        quotes=theme.quotes,
        effects=(*_ballot_words(t, preview.ballot), *_draft_words(t, preview.drafts), *children),
        cautions=tuple(t(f"preview.caution.{caution}") for caution in preview.cautions),
        basis=preview.basis,
    )


def _two(t: Translator, key: str, counts: ThemeCounts, words: str) -> Figure:
    return Figure(t(key), t("unit.n_mentions", n=counts.size), t("unit.n_people", n=counts.authors), words)


def _spark(t: Translator, weekly: Sequence[tuple[str, int]], latest: datetime | None) -> Spark:
    return spark(t, weeks_of(weekly, latest))


def _ballot_words(t: Translator, effects: Iterable[BallotEffect]) -> tuple[str, ...]:
    return tuple(
        t(
            f"preview.ballot.{one.effect}",
            title=one.title,
            status=t(f"proposal.status.{one.status}"),
            votes=one.votes,
            into=one.into_title,
            after=one.votes_after,
        )
        for one in effects
    )


def _draft_words(t: Translator, drafts: int) -> tuple[str, ...]:
    return (t("preview.drafts", n=drafts),) if drafts else ()
