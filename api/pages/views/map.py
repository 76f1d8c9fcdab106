"""The theme map: its legend, the card of a point, and the sheet about mentions that were circled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from api.board_filters import OF_MENTIONS, Filters
from api.map_answer import MapAnswer
from api.pages.language import Translator
from api.pages.views.board_filters import Choice, choices
from api.pages.views.people import alias
from review.mention_moves import MOST_MENTIONS, Kind
from review.move_previews import Source, preview
from review.principals import Principal
from store.repositories import map_points, posts, themes
from store.repositories import mention_moves as moves
from store.repositories.mentions import MentionRow
from store.repositories.theme_filters import ThemeFilter

LEGEND_AT_MOST: Final = 400  # rows; the board lists the rest
_SAMPLES: Final = 5
Action = Literal["", Kind]
_NONE: Final = ""  # how the sheet calls mentions of no theme
DISMISSED: Final = "-"  # and those that a person said belong to none
_TARGETS: Final = 12


@dataclass(frozen=True, slots=True)
class LegendRow:
    """A theme beside the map; id "" for what has none."""

    id: str
    name: str
    colour: int | None
    mentions: int  # of those that fit the filters
    of: int  # of all


@dataclass(frozen=True, slots=True)
class MapView:
    """The page around the map."""

    points: int
    undrawn: bool  # there are themes to draw, and no map of them yet
    made: bool  # whether legend and counts are there; else the page asks for them once it is seen
    fitting: int | None  # points that fit the filters; None where nothing is filtered
    source: str  # where the numbers of those points are; "" where nothing is filtered
    rows: tuple[LegendRow, ...]
    more: int  # themes the legend leaves out
    focus: str  # id of a theme to begin at
    filters: Filters
    choices: tuple[Choice, ...]

    @property
    def address(self) -> str:
        """The page as it is now."""
        return map_address(self.filters, self.focus)


@dataclass(frozen=True, slots=True)
class CardView:
    """One mention, as the card beside the pointer shows it."""

    text: str
    who: str
    at: datetime | None
    channel: str
    intent: str
    theme_id: str | None
    theme_name: str


@dataclass(frozen=True, slots=True)
class GroupView:
    """The circled mentions of one theme, and what taking them would leave."""

    value: str  # "theme:version:mentions", as the form sends it back; see `DISMISSED`
    theme_id: str | None
    name: str
    mentions: int
    size: int
    chosen: bool
    whole: bool  # all the theme has
    fixed: bool  # may not be taken: the theme would be empty, or it is done already

    @property
    def left(self) -> int:
        return self.size - self.mentions


@dataclass(frozen=True, slots=True)
class Sample:
    """What one of the circled mentions says."""

    text: str
    theme: str


@dataclass(frozen=True, slots=True)
class TargetView:
    """A theme that mentions could go to."""

    value: str  # "theme:version"
    name: str
    people: int


@dataclass(frozen=True, slots=True)
class SelectionView:
    """Mentions that were circled, and what may be done with them."""

    points: str  # packed numbers, as they came
    filters: Filters  # what was shown when they were circled
    mentions: int  # of all groups
    people: int
    chosen: int  # mentions of the chosen groups
    groups: tuple[GroupView, ...]
    samples: tuple[Sample, ...]
    targets: tuple[TargetView, ...]
    action: Action
    q: str
    too_many: int  # 0, or how many may move at once


def map_address(filters: Filters, focus: str = "") -> str:
    """The map with these filters, looking at a theme where one is named."""
    asked = [filters.parameters(), urlencode({"theme": focus}) if focus else ""]
    return f"/map?{'&'.join(filter(None, asked))}".removesuffix("?")


def map_frame(session: Session, t: Translator, points: int, filters: Filters, focus: str) -> MapView:
    """The page before its legend has been made: what takes no look at so many points."""
    return MapView(
        points=points,
        undrawn=False,
        made=False,
        fitting=None,
        source="",
        rows=(),
        more=0,
        focus=focus,
        filters=filters,
        choices=_choices(session, t, filters),
    )


def map_view(session: Session, t: Translator, answer: MapAnswer, filters: Filters, focus: str) -> MapView:
    """Filters, legend and counts."""
    wanted = filters.wanted(t.zone, latest=posts.latest_at(session), user_id="", last_visit=None)
    fits = Counter(theme for _, theme in map_points.fitting(session, wanted)) if filters.chosen else None
    rows = _legend(t, answer, fits)
    return MapView(
        points=answer.points,
        undrawn=not answer.points and bool(themes.count_by_status(session)),
        made=True,
        fitting=fits.total() if fits is not None else None,
        source=_source_of(wanted) if fits is not None else "",
        rows=rows[:LEGEND_AT_MOST],
        more=max(len(rows) - LEGEND_AT_MOST, 0),
        focus=focus,
        filters=filters,
        choices=_choices(session, t, filters),
    )


def _choices(session: Session, t: Translator, filters: Filters) -> tuple[Choice, ...]:
    offered = choices(t, filters, themes.board_facets(session), ())
    return tuple(choice for choice in offered if choice.name in OF_MENTIONS)


def _legend(t: Translator, answer: MapAnswer, fits: Counter[str | None] | None) -> tuple[LegendRow, ...]:
    """Themes with most that fits first, what has no theme last; nothing of which nothing fits."""
    rows = [
        LegendRow(
            theme.id, theme.name, theme.colour, fits[theme.id] if fits is not None else theme.mentions, theme.mentions
        )
        for theme in answer.themes
    ]
    loose = fits.total() - sum(row.mentions for row in rows) if fits is not None else answer.loose
    rows.sort(key=lambda row: -row.mentions)
    rows.append(LegendRow("", t("map.no_theme"), None, loose, answer.loose))
    return tuple(row for row in rows if row.mentions)


def _source_of(wanted: ThemeFilter) -> str:
    asked = {"channel": wanted.channel, "product": wanted.product, "region": wanted.region, "intent": wanted.intent}
    times = {"since": wanted.since, "until": wanted.until}
    pairs = asked | {name: moment.isoformat() for name, moment in times.items() if moment}
    return f"/api/v1/map/fitting?{urlencode({name: value for name, value in pairs.items() if value})}"


def card_view(session: Session, t: Translator, row: MentionRow) -> CardView:
    """What a point says, who said it, and where it belongs."""
    theme = themes.get(session, row.mention.theme_id) if row.mention.theme_id else None
    return CardView(
        text=row.mention.text,
        who=alias(t, row.post.author_id),
        at=row.post.posted_at,
        channel=row.channel_name,
        intent=row.mention.intent,
        theme_id=theme.id if theme else None,
        theme_name=theme.name if theme else t("map.no_theme"),
    )


def selection_view(
    session: Session,
    t: Translator,
    principal: Principal,
    *,
    points: str,
    filters: Filters,
    numbers: Collection[int],
    chosen: Collection[str] | None,
    action: Action = "",
    q: str = "",
) -> SelectionView:
    """The circled mentions by theme. chosen: theme ids ("" for none) that an action takes; None: all that it may."""
    found = map_points.numbered(session, numbers)
    seen = preview(session, principal, [one.key for one in found])
    groups = tuple(_group(t, source, chosen=chosen, action=action) for source in seen.sources)
    names = {group.theme_id: group.name for group in groups if group.theme_id}
    taking = {group.theme_id for group in groups if group.chosen}
    keys = [one.key for one in found if one.theme_id in taking] or [one.key for one in found]
    samples = moves.sample(session, keys, limit=_SAMPLES)
    count = sum(group.mentions for group in groups if group.chosen)
    return SelectionView(
        points=points,
        filters=filters,
        mentions=seen.mentions,
        people=seen.people,
        chosen=count,
        groups=groups,
        samples=tuple(Sample(text, names.get(theme or "", t("map.no_theme"))) for theme, text in samples),
        targets=_targets(session, q, taking) if action == "move" else (),
        action=action,
        q=q,
        too_many=MOST_MENTIONS if count > MOST_MENTIONS else 0,
    )


def _group(t: Translator, source: Source, *, chosen: Collection[str] | None, action: Action) -> GroupView:
    """What a person dismissed before is not taken unless it is asked for."""
    home = DISMISSED if source.dismissed else source.theme.id if source.theme else _NONE
    wanted = not source.dismissed if chosen is None else home in chosen
    movable = source.movable(action or None)
    return GroupView(
        value=f"{home}:{source.theme.version if source.theme else ''}:{source.mentions}",
        theme_id=source.theme.id if source.theme else None,
        name=source.theme.name if source.theme else t("map.dismissed" if source.dismissed else "map.no_theme"),
        mentions=source.mentions,
        size=source.size,
        chosen=wanted and movable,
        whole=source.whole,
        fixed=not movable,
    )


def _targets(session: Session, q: str, taking: Collection[str | None]) -> tuple[TargetView, ...]:
    found = map_points.targets(session, q.strip(), without=[theme for theme in taking if theme], limit=_TARGETS)
    return tuple(TargetView(f"{theme.id}:{theme.version}", theme.name, theme.authors) for theme in found)
