"""What happened to a thing, from the audit log and from mining's lineage, as sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from api.pages.language import Translator
from api.pages.views.people import actor_names
from store.repositories import events, themes
from store.tables import Event

_STORY_LENGTH: Final = 40


@dataclass(frozen=True, slots=True)
class Chapter:
    """One thing that happened."""

    at: datetime
    who: str
    words: str
    note: str


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
        n=after.get("mentions") or after.get("size") or 0,
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


def story_of(session: Session, t: Translator, subject_type: str, subject_id: str) -> list[Chapter]:
    """What people and runs did to this thing, latest first."""
    page = events.listed(session, subject_type=subject_type, subject_id=subject_id, limit=_STORY_LENGTH)
    return chapters(session, t, page.items)


def theme_story(session: Session, t: Translator, theme_id: str) -> list[Chapter]:
    """A theme's story: people's acts from the audit log, mining's from its lineage (quiet survivals left out)."""
    told = story_of(session, t, "theme", theme_id)
    for row in themes.lineage(session, theme_id)[:_STORY_LENGTH]:
        edge = row.edge
        if edge.run_id is None or edge.kind == "survive":
            continue  # a person's act is in the audit log
        other = row.from_name if edge.to_theme == theme_id else row.to_name
        side = "in" if edge.to_theme == theme_id else "out"
        told.append(Chapter(edge.created_at, t("actor.mining"), t(f"lineage.{edge.kind}.{side}", name=other or ""), ""))
    return sorted(told, key=lambda chapter: chapter.at, reverse=True)
