"""The saved views as tabs above the board, and the sheet that keeps one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.board_filters import Filters, read_filters
from review.principals import Principal
from store.repositories import saved_views, users

EVERYTHING = "all"  # the board as it is, also for who has a default view


@dataclass(frozen=True, slots=True)
class ViewTab:
    """One saved view. `id` is empty for the board as it is."""

    id: str
    name: str
    href: str
    current: bool
    own: bool
    shared: bool
    default: bool
    by: str  # whose it is, where somebody shares it


@dataclass(frozen=True, slots=True)
class SaveSheet:
    """Filters about to be kept under a name: that of the person's own view they began with, which they then replace."""

    parameters: str
    name: str = ""
    shared: bool = False
    default: bool = False


def save_sheet(session: Session, principal: Principal, filters: Filters, view_id: str) -> SaveSheet:
    """What is kept, with the name and the marks it has so far."""
    known = saved_views.get(session, view_id) if view_id else None
    if known is None or known.owner_id != principal.id:
        return SaveSheet(filters.parameters())
    default = saved_views.default_of(session, principal.id)
    opens = default is not None and default.id == known.id
    return SaveSheet(filters.parameters(), known.name, known.shared, opens)


def view_tabs(session: Session, principal: Principal, filters: Filters, view_id: str) -> tuple[ViewTab, ...]:
    """The person's own views and those shared; none at all where nobody has kept any."""
    views = saved_views.visible_to(session, principal.id)
    if not views:
        return ()
    habit = saved_views.habit(session, principal.id) if principal.kind == "user" else None
    default = habit.default_view_id if habit else None
    names = users.names(session, {view.owner_id for view in views})
    tabs = [
        ViewTab(
            id=view.id,
            name=view.name,
            href=read_filters(view.query).query(view=view.id),
            current=view.id == view_id and read_filters(view.query) == filters,
            own=view.owner_id == principal.id,
            shared=view.shared,
            default=view.id == default,
            by="" if view.owner_id == principal.id else names.get(view.owner_id, ""),
        )
        for view in views
    ]
    whole = not filters.chosen and not filters.sort and not any(tab.current for tab in tabs)
    first = ViewTab(
        "", "", f"/themes?view={EVERYTHING}", whole, own=False, shared=False, default=default is None, by=""
    )
    return (first, *tabs)
