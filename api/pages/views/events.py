"""The audit log in words: who did what to which thing, and what changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from api.pages.language import Translator
from api.pages.views.board_filters import Option
from api.pages.views.excerpts import shortened
from api.pages.views.people import actor_names, alias
from api.pages.views.story import event_words
from store.repositories import events, users
from store.repositories.names import names_of
from store.tables import Event

PAGE_SIZE: Final = 50
SUBJECTS: Final = (
    "theme",
    "draft",
    "proposal",
    "release",
    "knowledge",
    "job",
    "user",
    "token",
    "post",
    "author",
    "webhook",
    "connector",
    "run",
    "source",
    "move",
    "view",
    "contributor",
)
_PAGES: Final = {
    "theme": "/themes/",
    "proposal": "/ballot/",
    "release": "/changelog/",
    "knowledge": "/knowledge/",
    "draft": "/drafts/",
    "source": "/sources/",
}
_VALUE_LENGTH: Final = 80
_NAME_LENGTH: Final = 32
_MOST_CHANGES: Final = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """One line of the log."""

    at: datetime
    who: str
    words: str
    kind: str
    subject_id: str
    name: str  # what people know the thing by; "" where it has no name, or is gone
    href: str
    changes: list[Change]
    note: str


@dataclass(frozen=True, slots=True)
class EventsView:
    """The log, latest first."""

    subjects: tuple[str, ...]
    subject: str
    actors: tuple[Option, ...]
    actor: str
    rows: tuple[EventRow, ...]
    more: str


def events_view(session: Session, t: Translator, *, subject: str, actor: str, cursor: str | None) -> EventsView:
    """The log, perhaps of one kind of thing or one person."""
    wanted = subject if subject in SUBJECTS else ""
    page = events.listed(session, subject_type=wanted or None, actor=actor or None, cursor=cursor, limit=PAGE_SIZE)
    names = actor_names(session, t, {event.actor for event in page.items})
    called = subject_names(session, t, page.items)
    pairs = {"subject": wanted, "actor": actor, "cursor": page.next_cursor or ""}
    people = [Option(user.id, user.display_name) for user in users.everyone(session)]
    return EventsView(
        subjects=SUBJECTS,
        subject=wanted,
        actors=(*people, Option("system", t("actor.system"))),
        actor=actor,
        rows=tuple(_row(t, event, names[event.actor], called.get(event.subject_id, "")) for event in page.items),
        more=f"/events?{urlencode({k: v for k, v in pairs.items() if v})}" if page.next_cursor else "",
    )


def subject_names(session: Session, t: Translator, found: Iterable[Event]) -> dict[str, str]:
    """Id -> what to call the thing an event is about; what has no name is left out."""
    of_kind: dict[str, set[str]] = {}
    for event in found:
        of_kind.setdefault(event.subject_type, set()).add(event.subject_id)
    called: dict[str, str] = {}
    for kind, ids in of_kind.items():
        people = {one: alias(t, one) for one in ids if one.startswith("aut_")}
        called |= people or names_of(session, kind, ids)
    kinds = of_kind.get("job", set())
    called |= {job: t.either(f"job.kind.{called[job]}", called[job]) for job in kinds & set(called)}
    return {id_: shortened(" ".join(name.split()), _NAME_LENGTH) for id_, name in called.items()}


def _row(t: Translator, event: Event, who: str, name: str) -> EventRow:
    page = _PAGES.get(event.subject_type)
    return EventRow(
        at=event.at,
        who=who,
        words=event_words(t, event),
        kind=t.either(f"subject.{event.subject_type}", event.subject_type),
        subject_id=event.subject_id,
        name=name,
        href=f"{page}{event.subject_id}" if page else "",
        changes=_changes(t, event.before or {}, event.after or {})[:_MOST_CHANGES],
        note=event.note,
    )


def _changes(t: Translator, before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Fields that differ and can be read: numbers and texts, no lists of keys."""
    changes = []
    for name, value in after.items():
        old = before.get(name)
        if old == value or not t.has(f"field.{name}") or isinstance(value, list | dict):
            continue
        changes.append(Change(t(f"field.{name}"), _value(t, name, old), _value(t, name, value)))
    return changes


def _value(t: Translator, name: str, value: object) -> str:
    if value is None or value == "":
        return ""
    text = str(value)
    if name == "status":
        for family in ("proposal.status", "draft.status", "mark"):
            if t.has(f"{family}.{text}"):
                return t(f"{family}.{text}")
    return shortened(text, _VALUE_LENGTH)
