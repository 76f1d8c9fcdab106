"""What stands around a theme: its place in the hierarchy, themes like it, knowledge, notes, the talk around a quote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api.pages.language import Translator
from api.pages.views.excerpts import shortened
from api.pages.views.people import actor_names, alias
from pipeline.finder import Finder, Readiness
from review.permissions import Permission, may
from review.principals import Principal, Role
from review.theme_likeness import similar
from store.repositories import theme_notes, themes, threads, users
from store.repositories.posts import PostRow
from store.tables import Theme, ThemeNote

_SIBLINGS = 8
_BEGINNING = 160  # characters of an entry


@dataclass(frozen=True, slots=True)
class Relative:
    """Another theme, by name."""

    id: str
    name: str
    people: int


@dataclass(frozen=True, slots=True)
class Family:
    """Where a theme stands in the hierarchy."""

    parent: Relative | None
    siblings: tuple[Relative, ...]
    children: tuple[Relative, ...]

    @property
    def known(self) -> bool:
        return bool(self.parent or self.children)


@dataclass(frozen=True, slots=True)
class AlikeItem:
    """A theme like this one; `percent` is its cosine, "" where there is none."""

    id: str
    name: str
    people: int
    percent: str
    shared: int


@dataclass(frozen=True, slots=True)
class AlikeView:
    """Themes like this one."""

    id: str
    active: bool
    items: tuple[AlikeItem, ...]


@dataclass(frozen=True, slots=True)
class KnowledgeLink:
    """An entry that has to do with the theme."""

    id: str
    kind: str
    title: str
    beginning: str
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class KnowledgeView:
    """Related knowledge, and whether it could be looked for."""

    id: str
    items: tuple[KnowledgeLink, ...]
    state: Readiness


@dataclass(frozen=True, slots=True)
class NoteItem:
    """One note."""

    id: str
    text: str
    who: str
    at: datetime
    changed: bool
    version: int
    own: bool
    removable: bool


@dataclass(frozen=True, slots=True)
class NotesView:
    """The notes at a theme, latest first."""

    id: str
    items: tuple[NoteItem, ...]
    editing: str  # the id of the one whose words are a field now


@dataclass(frozen=True, slots=True)
class Said:
    """One post of a talk."""

    who: str
    at: datetime | None
    text: str
    channel: str
    here: bool  # the post it is all about


@dataclass(frozen=True, slots=True)
class TalkView:
    """The talk around a post."""

    kind: str
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class OwnerSheet:
    """Who could see to a theme."""

    id: str
    name: str
    version: int
    owner: str
    people: tuple[Relative, ...]


def family(session: Session, theme: Theme) -> Family:
    """The theme above, those beside and those below."""
    parent = themes.get(session, theme.parent_id) if theme.parent_id else None
    if parent is not None and parent.status != "active":
        parent = None
    beside = themes.children(session, parent.id) if parent else ()
    siblings = [one for one in beside if one.id != theme.id][:_SIBLINGS]
    below = themes.children(session, theme.id)[:_SIBLINGS]
    return Family(_relative(parent) if parent else None, tuple(map(_relative, siblings)), tuple(map(_relative, below)))


def _relative(theme: Theme) -> Relative:
    return Relative(theme.id, theme.name, theme.authors)


def alike_view(session: Session, finder: Finder, theme: Theme) -> AlikeView:
    """Themes near in meaning, or spoken of by the same people."""
    items = tuple(
        AlikeItem(
            id=one.theme.id,
            name=one.theme.name,
            people=one.theme.authors,
            percent=f"{one.cosine:.0%}" if one.cosine is not None else "",
            shared=one.shared_people,
        )
        for one in similar(session, theme, finder.prototypes(session))
    )
    return AlikeView(theme.id, theme.status == "active", items)


def knowledge_view(session: Session, finder: Finder, theme: Theme) -> KnowledgeView:
    """What is known that has to do with the theme."""
    related = finder.related(session, theme)
    items = tuple(
        KnowledgeLink(item.id, item.kind.value, item.title, shortened(item.body, _BEGINNING), item.updated_at)
        for item in (hit.item for hit in related.hits)
    )
    return KnowledgeView(theme.id, items, related.state)


def notes_view(session: Session, t: Translator, principal: Principal, theme_id: str, editing: str = "") -> NotesView:
    """The notes with their authors' names; one's own (an administrator's: all) can be changed."""
    notes = theme_notes.of_theme(session, theme_id)
    names = actor_names(session, t, {note.author_id for note in notes})
    allowed = may(principal, Permission.THEME_NOTE)

    def item(note: ThemeNote) -> NoteItem:
        own = allowed and note.author_id == principal.id
        removable = own or (allowed and principal.role is Role.ADMIN)
        who, changed = names[note.author_id], note.version > 1
        return NoteItem(note.id, note.text, who, note.created_at, changed, note.version, own, removable)

    return NotesView(theme_id, tuple(map(item, notes)), editing)


def talk_view(session: Session, t: Translator, post_id: str) -> TalkView | None:
    """The post with what was said around it; None where it is not there (any more)."""
    thread = threads.around(session, post_id)
    if thread is None:
        return None
    rows = [*([thread.answers] if thread.answers else []), *thread.before, thread.post, *thread.after]
    return TalkView(thread.kind, tuple(_said(t, row, here=row is thread.post) for row in rows))


def _said(t: Translator, row: PostRow, *, here: bool) -> Said:
    return Said(alias(t, row.post.author_id), row.post.posted_at, row.post.text, row.channel_name, here)


def owner_sheet(session: Session, theme: Theme, owner_id: str, seen: int | None) -> OwnerSheet:
    """The colleagues to choose from."""
    people = tuple(Relative(user.id, user.display_name, 0) for user in users.everyone(session) if user.active)
    return OwnerSheet(theme.id, theme.name, seen or theme.version, owner_id, people)
