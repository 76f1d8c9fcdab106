"""What moving mentions would do, before it is done: of which themes they are, and what taking them would leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from review.mention_moves import Kind
from review.permissions import Permission, require
from review.principals import Principal
from store.repositories import mention_moves, themes
from store.tables import Theme


@dataclass(frozen=True, slots=True)
class Source:
    """Those of the mentions that are of one theme, or of none."""

    theme: Theme | None
    dismissed: bool  # of no theme because a person said so
    mentions: int
    size: int  # mentions the theme holds; 0 without one

    @property
    def left(self) -> int:
        """Mentions the theme would keep."""
        return max(self.size - self.mentions, 0)

    @property
    def whole(self) -> bool:
        """Whether this is all the theme has: no move empties a theme."""
        return self.theme is not None and not self.left

    def movable(self, kind: Kind | None) -> bool:
        """Whether a move of this kind (None: of some kind) may take them. Nothing is dismissed twice."""
        return not self.whole and not (self.dismissed and kind == "dismiss")


@dataclass(frozen=True, slots=True)
class MovePreview:
    """Mentions by where they are now; most of them first, those of no theme last."""

    sources: tuple[Source, ...]
    mentions: int
    people: int


def preview(session: Session, principal: Principal, keys: Collection[str]) -> MovePreview:
    """These mentions by theme; unknown keys are left out."""
    require(principal, Permission.THEME_READ)
    facts = mention_moves.facts(session, keys)
    gone = mention_moves.dismissed(session, [key for key, theme_id, _ in facts if theme_id is None])
    counts = Counter((theme_id, key in gone) for key, theme_id, _ in facts)
    held = themes.by_ids(session, {theme_id for theme_id, _ in counts if theme_id})
    sizes = mention_moves.sizes(session, held)
    order = sorted(counts.items(), key=lambda item: (item[0][0] is None, item[0][1], -item[1], item[0][0] or ""))
    sources = tuple(
        Source(held.get(theme_id or ""), dismissed, count, sizes.get(theme_id or "", 0))
        for (theme_id, dismissed), count in order
    )
    return MovePreview(sources, len(facts), len({fact.author_id or fact.post_id for _, _, fact in facts}))
