"""What the theme board shows beside each theme: its channels, what lately happened to it, and where "now" is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from store.tables import Channel, LineageEdge, Mention, Post, Run


def latest_post_at(session: Session) -> datetime | None:
    """When the latest post was written: the "now" of trends, since a file may be months old."""
    return session.scalar(select(func.max(Post.posted_at)))


def channels_of(session: Session, theme_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Theme id -> names of its channels, most mentions first."""
    wanted = sorted(set(theme_ids))
    if not wanted:
        return {}
    statement = (
        select(Mention.theme_id, Channel.name, func.count(Mention.id))
        .join(Post, Post.id == Mention.post_id)
        .join(Channel, Channel.id == Post.channel_id)
        .where(Mention.theme_id.in_(wanted))
        .group_by(Mention.theme_id, Channel.name)
    )
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for theme_id, name, count in session.execute(statement):
        found[theme_id or ""].append((-count, name))
    return {theme_id: tuple(name for _, name in sorted(rows)) for theme_id, rows in found.items()}


def recent_changes(session: Session, theme_ids: Iterable[str], *, since: datetime) -> dict[str, frozenset[str]]:
    """Theme id -> kinds of lineage since then: "mint", "split", "merge".

    Nothing counts as minted in the very first run, when everything is new and so nothing stands out.
    """
    wanted = sorted(set(theme_ids))
    if not wanted:
        return {}
    first_run = session.scalar(select(Run.id).order_by(Run.created_at, Run.id).limit(1))
    statement = select(LineageEdge).where(
        LineageEdge.created_at >= since,
        LineageEdge.kind.in_(("mint", "split", "merge")),
        or_(LineageEdge.to_theme.in_(wanted), LineageEdge.from_theme.in_(wanted)),
    )
    found: dict[str, set[str]] = defaultdict(set)
    for edge in session.scalars(statement):
        if edge.kind == "mint" and edge.run_id == first_run:
            continue
        for theme_id in (edge.to_theme, edge.from_theme):
            if theme_id is not None:
                found[theme_id].add(edge.kind)
    return {theme_id: frozenset(kinds) for theme_id, kinds in found.items() if theme_id in wanted}
