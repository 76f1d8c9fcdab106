"""Which themes the board shows, and in which order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from store.expressions import any_element, holds
from store.paging import AnySelect, Keyset
from store.tables import Mention, Post, Theme, ThemeFacet, ThemeOwner, ThemePoint, ThemeText

NEED_INTENTS = ("pain_point", "request", "question")

Sort = Literal["demand", "people", "growth", "severity", "latest", "newest"]

ORDERS: Final[Mapping[Sort, Keyset]] = {
    "demand": Keyset("themes", Theme.score, float, Theme.id),
    "people": Keyset("themes:people", Theme.authors, int, Theme.id),
    "growth": Keyset("themes:growth", Theme.growth, float, Theme.id),
    "severity": Keyset("themes:severity", Theme.severity, float, Theme.id),
    "latest": Keyset("themes:latest", Theme.last_seen, datetime, Theme.id, nullable=True),
    "newest": Keyset("themes:newest", Theme.created_at, datetime, Theme.id),
}


@dataclass(frozen=True, slots=True)
class ThemeFilter:
    """What a theme must be. One of its mentions must satisfy channel (id), product, region and time together.

    `needs_only` hides themes of praise and chatter, unless `intent` asks for them. `since` is inclusive, `until`
    exclusive. `q` (folded: nlp.normalisation.fold) is part of the name, a keyphrase or a mention. `changed_since`
    asks for themes that are new, or have gained people, since then. `owner` is a user id, "none" for nobody's.
    """

    status: str | None = "active"
    intent: str | None = None
    channel: str | None = None
    product: str | None = None
    region: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    q: str | None = None
    owner: str | None = None
    changed_since: datetime | None = None
    born_since: datetime | None = None
    updated_since: datetime | None = None
    needs_only: bool = True
    ids: Collection[str] | None = None

    def applied(self, statement: AnySelect) -> AnySelect:
        """A SELECT of themes, narrowed."""
        return statement.where(*self._of_theme(), *self._of_mentions())

    def _of_theme(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.status:
            found.append(Theme.status == self.status)
        if self.intent:
            found.append(Theme.intent == self.intent)
        elif self.needs_only:
            found.append(Theme.intent.in_(NEED_INTENTS))
        if self.q:
            matched = or_(holds(ThemeText.head, self.q), holds(ThemeText.said, self.q))
            found.append(select(ThemeText.theme_id).where(ThemeText.theme_id == Theme.id, matched).exists())
        if self.owner:
            owned = select(ThemeOwner.theme_id).where(ThemeOwner.theme_id == Theme.id)
            found.append(
                ~owned.exists() if self.owner == "none" else owned.where(ThemeOwner.user_id == self.owner).exists()
            )
        if self.changed_since:
            found.append(_gained(self.changed_since))
        if self.born_since:
            found.append(Theme.created_at > self.born_since)
        if self.updated_since:
            found.append(Theme.updated_at >= self.updated_since)
        if self.ids is not None:
            found.append(Theme.id.in_(sorted(self.ids)))
        return found

    def _of_mentions(self) -> list[ColumnElement[bool]]:
        """By what is counted ahead; mentions themselves are read only where one mention must satisfy two things."""
        asked = {"channel": self.channel, "product": self.product, "region": self.region}
        facets = {kind: value for kind, value in asked.items() if value}
        if not facets and not self.since and not self.until:
            return []
        conditions = [_has_facet(kind, value, self.since, self.until) for kind, value in facets.items()]
        if not facets:  # every mention came through a channel
            conditions.append(_has_facet("channel", None, self.since, self.until))
        if len(facets) > 1 or (self.since and self.until):
            conditions.append(self._spoken())
        return conditions

    def of_mention(self) -> list[ColumnElement[bool]]:
        """What a mention and its post must satisfy together, for a SELECT that joins both."""
        conditions: list[ColumnElement[bool]] = []
        if self.channel:
            conditions.append(Post.channel_id == self.channel)
        if self.product:
            conditions.append(or_(Post.product == self.product, any_element(Mention.products, equals=self.product)))
        if self.region:
            conditions.append(Post.region == self.region)
        if self.since:
            conditions.append(Post.posted_at >= self.since)
        if self.until:
            conditions.append(Post.posted_at < self.until)
        return conditions

    def _spoken(self) -> ColumnElement[bool]:
        """Whether one mention of the theme satisfies all that is asked of mentions."""
        return (
            select(Mention.id)
            .join(Post, Post.id == Mention.post_id)
            .where(Mention.theme_id == Theme.id, *self.of_mention())
            .correlate(Theme)
            .exists()
        )


def speaks_of(
    theme_id: InstrumentedAttribute[str], *, channel: str | None = None, product: str | None = None
) -> ColumnElement[bool]:
    """Whether some mention of the theme came through the channel and is about the product; None: any.

    By what is counted ahead; mentions are read only where one mention must satisfy both.
    """
    asked = {"channel": channel, "product": product[:200] if product else None}
    counted = select(ThemeFacet.theme_id).where(ThemeFacet.theme_id == theme_id)
    found = [
        counted.where(ThemeFacet.kind == kind, ThemeFacet.value == value).exists()
        for kind, value in asked.items()
        if value
    ]
    if channel and product:
        both = ThemeFilter(channel=channel, product=product).of_mention()
        spoken = select(Mention.id).join(Post, Post.id == Mention.post_id).where(Mention.theme_id == theme_id, *both)
        found.append(spoken.exists())
    return and_(true(), *found)


def _has_facet(kind: str, value: str | None, since: datetime | None, until: datetime | None) -> ColumnElement[bool]:
    conditions = [ThemeFacet.theme_id == Theme.id, ThemeFacet.kind == kind]
    if value is not None:
        conditions.append(ThemeFacet.value == value)
    if since:
        conditions.append(ThemeFacet.last_at >= since)
    if until:
        conditions.append(ThemeFacet.first_at < until)
    return select(ThemeFacet.theme_id).where(*conditions).correlate(Theme).exists()


def latest_point(moment: datetime) -> ScalarSelect[datetime]:
    """Of each theme, when the last word about how it stood was said that is not later than the moment."""
    point = aliased(ThemePoint)
    statement = select(func.max(point.at)).where(point.theme_id == Theme.id, point.at <= moment)
    return statement.correlate(Theme).scalar_subquery()


def _gained(moment: datetime) -> ColumnElement[bool]:
    as_many_then = select(ThemePoint.theme_id).where(
        ThemePoint.theme_id == Theme.id, ThemePoint.at == latest_point(moment), ThemePoint.authors >= Theme.authors
    )
    return ~as_many_then.correlate(Theme).exists()
