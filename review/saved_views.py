"""Views of the board that a person keeps under a name: own, shared with all, or the one the board opens with."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from review.audit import record
from review.errors import Conflict, Forbidden, Invalid, NotFound
from review.permissions import Permission, require
from review.principals import Principal, Role
from review.wording import optional, required
from store.ids import new_id
from store.repositories import saved_views
from store.tables import SavedView

NAME_LIMIT = 60
QUERY_LIMIT = 1_000
MOST_VIEWS = 100  # of one person


def save(
    session: Session, principal: Principal, *, name: str, query: str, shared: bool = False, default: bool = False
) -> SavedView:
    """Keep a view; one of the same name and person is replaced. Returns it.

    query: the board's own address parameters, checked by the edge that knows them. Conflict `too_many_views` where
    the person has as many as one can look through.
    """
    require(principal, Permission.THEME_NOTE)
    name = required(name, "name", "名称", limit=NAME_LIMIT)
    query = optional(query, "query", "筛选条件", limit=QUERY_LIMIT)
    now = datetime.now(UTC)
    view = saved_views.named(session, principal.id, name)
    before = _state(view) if view else None
    if view is None:
        if saved_views.owned(session, principal.id) >= MOST_VIEWS:
            raise Conflict(
                "too_many_views", f"You have {MOST_VIEWS} views already; remove one first.",
                f"最多保存 {MOST_VIEWS} 个视图，请先删除不用的。", limit=MOST_VIEWS,
            )  # fmt: skip
        view = SavedView(id=new_id("saved_view"), owner_id=principal.id, name=name, created_at=now)
        session.add(view)
    view.query, view.shared, view.updated_at = query, shared, now
    session.flush()
    if not shared:
        saved_views.forget_default(session, view.id, but_of=principal.id)
    if default:
        _open_with(session, principal, view)
    record(session, principal, "view.saved", "view", view.id, before=before, after=_state(view) | {"default": default})
    session.flush()
    return view


def change(
    session: Session, principal: Principal, view_id: str, *, name: str | None = None, shared: bool | None = None
) -> SavedView:
    """Give a view another name, or share it, or keep it to oneself again. Returns it."""
    view = _own(session, principal, view_id)
    before = _state(view)
    if name is not None:
        name = required(name, "name", "名称", limit=NAME_LIMIT)
        other = saved_views.named(session, principal.id, name)
        if other is not None and other.id != view.id:
            raise Invalid("name_taken", "You have a view of that name already.", "您已有同名的视图。", name=name)
        view.name = name
    if shared is not None:
        view.shared = shared
        if not shared:
            saved_views.forget_default(session, view.id, but_of=view.owner_id)
    view.updated_at = datetime.now(UTC)
    record(session, principal, "view.changed", "view", view.id, before=before, after=_state(view))
    session.flush()
    return view


def remove(session: Session, principal: Principal, view_id: str) -> None:
    """Forget a view; boards that opened with it open as they are again."""
    view = _own(session, principal, view_id)
    saved_views.forget_default(session, view.id)
    record(session, principal, "view.removed", "view", view.id, before=_state(view))
    session.delete(view)
    session.flush()


def open_with(session: Session, principal: Principal, view_id: str | None) -> None:
    """Choose the view that the person's board opens with, or none."""
    require(principal, Permission.THEME_READ)
    view = _visible(session, principal, view_id) if view_id is not None else None
    _open_with(session, principal, view)
    session.flush()


def _open_with(session: Session, principal: Principal, view: SavedView | None) -> None:
    if principal.kind != "user":
        raise Forbidden("person_required", "Only a person's board opens with a view.", "仅登录的人员可以设置默认视图。")
    habit = saved_views.habit_for_update(session, principal.id)
    habit.default_view_id = view.id if view else None
    record(session, principal, "view.made_default", "view", view.id if view else "none")


def _visible(session: Session, principal: Principal, view_id: str) -> SavedView:
    view = saved_views.get(session, view_id)
    if view is None or not (view.shared or view.owner_id == principal.id):
        raise NotFound("view_not_found", f"There is no view {view_id}.", "找不到该视图。", id=view_id)
    return view


def _own(session: Session, principal: Principal, view_id: str) -> SavedView:
    require(principal, Permission.THEME_NOTE)
    view = _visible(session, principal, view_id)
    if view.owner_id != principal.id and principal.role is not Role.ADMIN:
        raise Forbidden("not_your_view", "This view is somebody else's.", "这是他人的视图，不能修改。")
    return view


def _state(view: SavedView) -> dict[str, str | bool]:
    return {"name": view.name, "query": view.query, "shared": view.shared}
