"""What happened to a thing, from the audit log and from mining's lineage, as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from api.pages.flash import Undo
from api.pages.language import Translator
from api.pages.views.people import actor_names
from store.repositories import events, theme_digests, themes
from store.tables import Event, Theme

_STORY_LENGTH: Final = 40
_RUNS: Final = 12


@dataclass(frozen=True, slots=True)
class Chapter:
    """One thing that happened."""

    at: datetime
    who: str
    words: str
    note: str
    undo: Undo | None = None


def event_words(t: Translator, event: Event) -> str:
    """What the event did, with the values that matter."""
    after = {**(event.after or {})}
    before = {**(event.before or {})}
    key = f"event.{event.action}"
    if not t.has(key):
        return event.action
    status = after.get("status")
    return t(
        key,
        name=after.get("name") or after.get("title") or "",
        old=before.get("name") or before.get("title") or "",
        n=after.get("n") or after.get("mentions") or after.get("size") or after.get("received") or 0,
        status=t.either(f"proposal.status.{status}", str(status or "")),
    )


def chapters(session: Session, t: Translator, found: Sequence[Event]) -> list[Chapter]:
    """Events as sentences, in the order given."""
    names = actor_names(session, t, {event.actor for event in found})
    return [Chapter(event.at, names[event.actor], event_words(t, event), _note(event)) for event in found]


def _note(event: Event) -> str:
    after = event.after or {}
    reason = after.get("reason") or ""
    return " ".join(text for text in (str(reason), event.note) if text)


def story_of(
    session: Session, t: Translator, subject_type: str, subject_id: str, *, without: Iterable[str] = ()
) -> list[Chapter]:
    """What people and runs did to this thing, latest first; `without` leaves out what numbers tell."""
    page = events.listed(
        session, subject_type=subject_type, subject_id=subject_id, without=without, limit=_STORY_LENGTH
    )
    return chapters(session, t, page.items)


def theme_story(session: Session, t: Translator, theme: Theme) -> list[Chapter]:
    """A theme's story, latest first: people's acts from the audit log (those that can be taken back with the way to do
    so), what mining did from its lineage, and how it stood after each run."""
    page = events.listed(session, subject_type="theme", subject_id=theme.id, limit=_STORY_LENGTH)
    undos = _undos(session, theme, page.items)
    told = [
        replace(chapter, undo=undos.get(event.id))
        for event, chapter in zip(page.items, chapters(session, t, page.items), strict=True)
    ]
    told += _of_mining(session, t, theme.id)
    told += _of_runs(session, t, theme)
    return sorted(told, key=lambda chapter: chapter.at, reverse=True)


def _of_mining(session: Session, t: Translator, theme_id: str) -> list[Chapter]:
    """Quiet survivals left out."""
    told = []
    for row in themes.lineage(session, theme_id)[:_STORY_LENGTH]:
        edge = row.edge
        if edge.run_id is None or edge.kind == "survive":
            continue  # a person's act is in the audit log
        other = row.from_name if edge.to_theme == theme_id else row.to_name
        side = "in" if edge.to_theme == theme_id else "out"
        told.append(Chapter(edge.created_at, t("actor.mining"), t(f"lineage.{edge.kind}.{side}", name=other or ""), ""))
    return told


def _of_runs(session: Session, t: Translator, theme: Theme) -> list[Chapter]:
    """How the theme stood after the latest runs that changed something, against the run before."""
    points = [point for point in theme_digests.points(session, theme.id) if point.run_id]
    told = []
    for before, point in zip([None, *points], points, strict=False):
        if before is not None and (point.authors, point.rank) == (before.authors, before.rank):
            continue
        words = [t("story.people", n=point.authors), t("story.score", score=t.score(point.score))]
        if point.rank:
            words.insert(0, t("story.rank", rank=point.rank))
        if before is not None and point.authors != before.authors:
            words.append(t("story.people_change", change=f"{point.authors - before.authors:+d}".replace("-", "−")))
        told.append(Chapter(point.at, t("actor.mining"), " · ".join(words), ""))
    return told[-_RUNS:]


def name_undo(theme: Theme, before: str, *, by_person: bool) -> Undo:
    """The way back to the name before: a person's is given anew, mining's by leaving the naming to mining again."""
    version = ("version", str(theme.version))
    if by_person or not theme.mined_name:
        return Undo(f"/themes/{theme.id}/name", (("name", before), version), "#name", "innerHTML")
    return Undo(f"/themes/{theme.id}/unname", (version,))


def _undos(session: Session, theme: Theme, found: Sequence[Event]) -> dict[str, Undo]:
    """Event id -> how to take it back, for what can be: the latest name, merges that still hold, splits."""
    undos: dict[str, Undo] = {}
    merged = {other.id: other for other in themes.merged_into(session, theme.id)}
    split = themes.by_ids(session, [str((event.after or {}).get("new_theme", "")) for event in found])
    moves = themes.moves_that_hold(session, [str((event.after or {}).get("move", "")) for event in found])
    named = False
    for event in found:
        after = event.after or {}
        if after.get("move") in moves and event.action != "theme.mentions_returned":
            undos[event.id] = Undo(f"/map/moves/{after['move']}/undo", (("theme", theme.id),))
        if event.action == "theme.renamed" and not named and theme.named_by_person and theme.status == "active":
            named = True
            before = event.before or {}
            name = str(before.get("name") or "")
            by_person = bool(before.get("named_by_person", name != theme.mined_name))  # not told by older events
            undos[event.id] = name_undo(theme, name, by_person=by_person)
        other = merged.get(str(after.get("from", "")))
        if event.action == "theme.received_merge" and other is not None:
            undos[event.id] = Undo(f"/themes/{other.id}/restore", (("version", str(other.version)),))
        new = split.get(str(after.get("new_theme", "")))
        if event.action == "theme.split" and "move" not in after and new is not None and new.status == "active":
            undos[event.id] = Undo(f"/themes/{new.id}/rejoin", (("version", str(new.version)),))
    return undos
