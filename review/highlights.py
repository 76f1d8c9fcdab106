"""The few things of a span that a manager should not miss, chosen by rule from its figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy.orm import Session

from review.insights import Insights
from store.repositories import proposals, themes
from store.tables import Theme

MOST: Final = 5
Kind = Literal["rose", "new", "fell", "overdue", "unheard", "shipped", "channel", "pending", "leading"]

_CHANNEL_GROWTH: Final = 1.5  # a channel with this many times its posts is worth a line …
_CHANNEL_LEAST: Final = 20  # … where they are as many
_PENDING_SHARE: Final = 0.15  # more unplaced than this: the themes no longer fit
_LOOKED_AT: Final = 20  # leading themes among which one without a proposal is sought


@dataclass(frozen=True, slots=True)
class Highlight:
    """One thing that matters. `subject` is the id of a theme or a channel, or empty; numbers are for its words."""

    kind: Kind
    subject: str = ""
    name: str = ""
    number: float = 0
    other: float = 0


def highlights(session: Session, found: Insights, *, most: int = MOST) -> tuple[Highlight, ...]:
    """What to say first, the most pressing first; filled up with the leading themes."""
    rules: tuple[Callable[[Session, Insights], list[Highlight]], ...] = (
        _overdue, _rose, _new, _unheard, _shipped, _channel, _pending, _fell,
    )  # fmt: skip
    said: list[Highlight] = []
    for rule in rules:
        for one in rule(session, found):
            if all(one.subject != other.subject or not one.subject for other in said):
                said.append(one)
    named = {one.subject for one in said}
    for theme in _leading(session):
        if len(said) >= most:
            break
        if theme.id not in named:
            said.append(Highlight("leading", theme.id, theme.name, theme.authors, theme.score))
    return tuple(said[:most])


def _leading(session: Session) -> tuple[Theme, ...]:
    return themes.ranked(session, limit=_LOOKED_AT).items


def _overdue(_session: Session, found: Insights) -> list[Highlight]:
    missed = found.answers.missed
    return [Highlight("overdue", number=missed, other=found.answers.answered)] if missed else []


def _rose(_session: Session, found: Insights) -> list[Highlight]:
    risen = [mover for mover in found.risers if not mover.new]
    return [Highlight("rose", m.theme_id, m.name, m.people, m.expected) for m in risen[:1]]


def _new(_session: Session, found: Insights) -> list[Highlight]:
    born = [mover for mover in found.risers if mover.new]
    return [Highlight("new", m.theme_id, m.name, m.people) for m in born[:1]]


def _fell(_session: Session, found: Insights) -> list[Highlight]:
    return [Highlight("fell", m.theme_id, m.name, m.people, m.expected) for m in found.fallers[:1]]


def _unheard(session: Session, _found: Insights) -> list[Highlight]:
    """The leading theme that is not on the ballot: many ask, and nobody has taken it up."""
    leading = _leading(session)
    on_ballot = proposals.by_themes(session, [theme.id for theme in leading])
    waiting = [theme for theme in leading if theme.id not in on_ballot]
    return [Highlight("unheard", theme.id, theme.name, theme.authors, theme.score) for theme in waiting[:1]]


def _shipped(_session: Session, found: Insights) -> list[Highlight]:
    done = found.adoption
    return [Highlight("shipped", number=done.shipped, other=done.accepted)] if done.shipped or done.accepted else []


def _channel(_session: Session, found: Insights) -> list[Highlight]:
    if found.before is None:
        return []
    grown = [
        channel
        for channel in found.channels
        if channel.posts >= max(_CHANNEL_LEAST, _CHANNEL_GROWTH * channel.posts_before)
    ]
    return [Highlight("channel", c.channel_id, c.name, c.posts, c.posts_before) for c in grown[:1]]


def _pending(_session: Session, found: Insights) -> list[Highlight]:
    share = found.health.pending_share or 0
    return [Highlight("pending", number=share, other=found.health.pending)] if share > _PENDING_SHARE else []
