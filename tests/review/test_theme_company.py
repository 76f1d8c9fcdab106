"""Notes, owners, saved views and visits: what people keep around themes, each their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from review import saved_views, theme_notes, theme_owners, visits
from review.errors import Conflict, Forbidden, Invalid, NotFound, StaleVersion, VersionMissing
from review.principals import Principal, Role
from store.database import Database
from store.repositories import board, events
from store.repositories import saved_views as kept
from store.repositories import theme_notes as noted
from store.tables import Event, SavedView, User
from tests import builders

NOW = datetime(2026, 8, 20, 8, 0, tzinfo=UTC)


def _people(session: Session) -> tuple[Principal, Principal, Principal]:
    return (
        builders.person(session, Role.PRODUCT_MANAGER, "小李"),
        builders.person(session, Role.MODERATOR, "小周"),
        builders.person(session, Role.ADMIN, "管理"),
    )


def test_a_note_is_ones_own_to_change_and_an_administrators_to_remove(database: Database) -> None:
    with database.session() as session:
        manager, moderator, admin = _people(session)
        theme = builders.theme(session)
        note = theme_notes.add(session, moderator, theme.id, text="  已和硬件确认  ")
        assert note.text == "已和硬件确认"
        for other in (manager, admin):
            with pytest.raises(Forbidden):
                theme_notes.change(session, other, theme.id, note.id, text="改", version=1)
        theme_notes.change(session, moderator, theme.id, note.id, text="已修复", version=1)
        with pytest.raises(StaleVersion):
            theme_notes.change(session, moderator, theme.id, note.id, text="又改", version=1)
        with pytest.raises(VersionMissing):
            theme_notes.remove(session, moderator, theme.id, note.id, version=None)
        assert theme_notes.remove(session, admin, theme.id, note.id, version=2) == "已修复"
        assert noted.of_theme(session, theme.id) == ()


def test_what_a_note_says_stays_out_of_the_log(database: Database) -> None:
    with database.session() as session:
        manager, _, _ = _people(session)
        theme = builders.theme(session)
        theme_notes.add(session, manager, theme.id, text="机密")
        (event,) = session.scalars(select(Event))
        assert event.action == "theme.noted"
        assert "机密" not in f"{event.after}{event.before}{event.note}"


def test_a_note_needs_a_theme_and_words(database: Database) -> None:
    with database.session() as session:
        manager, _, _ = _people(session)
        theme, other = builders.theme(session), builders.theme(session)
        note = theme_notes.add(session, manager, theme.id, text="一")
        for refused, act in (
            (NotFound, lambda: theme_notes.add(session, manager, "thm_none", text="x")),
            (Invalid, lambda: theme_notes.add(session, manager, theme.id, text="   ")),
            (NotFound, lambda: theme_notes.change(session, manager, other.id, note.id, text="x", version=1)),
        ):
            with pytest.raises(refused):
                act()


def test_an_owner_is_given_changed_and_taken(database: Database) -> None:
    with database.session() as session:
        manager, moderator, _ = _people(session)
        theme = builders.theme(session)
        theme_owners.assign(session, manager, theme.id, owner_id=moderator.id, version=1)
        assert board.owners_of(session, [theme.id])[theme.id].name == "小周"
        with pytest.raises(StaleVersion):
            theme_owners.assign(session, manager, theme.id, owner_id=manager.id, version=1)
        theme_owners.assign(session, manager, theme.id, owner_id=manager.id, version=2)
        theme_owners.assign(session, manager, theme.id, owner_id=None, version=3)
        assert board.owners_of(session, [theme.id]) == {}
        assert [event.action for event in events.listed(session, subject_id=theme.id).items] == ["theme.assigned"] * 3
        session.get_one(User, moderator.id).active = False
        for nobody in ("usr_none", moderator.id):
            with pytest.raises(Invalid):
                theme_owners.assign(session, manager, theme.id, owner_id=nobody, version=4)
        with pytest.raises(Forbidden):
            theme_owners.assign(session, moderator, theme.id, owner_id=None, version=4)


def test_a_view_of_the_same_name_is_replaced_and_only_shared_ones_are_seen_by_others(database: Database) -> None:
    with database.session() as session:
        manager, moderator, admin = _people(session)
        first = saved_views.save(session, manager, name="周会", query="sort=people")
        again = saved_views.save(session, manager, name="周会", query="sort=growth", shared=True)
        assert (first.id, again.query) == (again.id, "sort=growth")
        saved_views.save(session, manager, name="私下", query="q=1")
        assert [view.name for view in kept.visible_to(session, moderator.id)] == ["周会"]
        assert [view.name for view in kept.visible_to(session, manager.id)] == ["周会", "私下"]
        for act in (saved_views.change, saved_views.remove):
            with pytest.raises(Forbidden):
                act(session, moderator, again.id)
        with pytest.raises(Invalid):
            saved_views.change(session, manager, again.id, name="私下")
        saved_views.remove(session, admin, again.id)
        assert kept.visible_to(session, moderator.id) == ()


def test_a_default_view_opens_until_it_is_removed_or_kept_private(database: Database) -> None:
    with database.session() as session:
        manager, moderator, _ = _people(session)
        view = saved_views.save(session, manager, name="周会", query="", shared=True, default=True)
        saved_views.open_with(session, moderator, view.id)
        for who in (manager, moderator):
            found = kept.default_of(session, who.id)
            assert found is not None
            assert found.id == view.id
        saved_views.change(session, manager, view.id, shared=False)
        session.expire_all()
        assert kept.default_of(session, moderator.id) is None
        assert kept.default_of(session, manager.id) is not None
        with pytest.raises(NotFound):
            saved_views.open_with(session, moderator, view.id)
        saved_views.remove(session, manager, view.id)
        session.expire_all()
        assert kept.default_of(session, manager.id) is None


def test_a_token_keeps_views_and_has_no_board_that_opens(database: Database) -> None:
    token = Principal(id="tok_1", name="x", kind="token", scopes=frozenset({"theme:read", "theme:note"}))
    with database.session() as session:
        saved_views.save(session, token, name="看板", query="")
        with pytest.raises(Forbidden):
            saved_views.save(session, token, name="看板二", query="", default=True)
        assert visits.last_visit(session, token, now=NOW) is None
        visits.note_visit(session, token, now=NOW)


def test_who_only_reads_leaves_no_view_behind_and_changes_none(sqlite_database: Database) -> None:
    reading = Principal(id="tok_1", name="x", kind="token", scopes=frozenset({"theme:read"}))
    with sqlite_database.session() as session:
        view = SavedView(
            id="viw_1", owner_id="tok_1", name="看板", query="", shared=True, created_at=NOW, updated_at=NOW
        )
        session.add(view)
        session.flush()
        for act in (
            lambda: saved_views.save(session, reading, name="别的", query=""),
            lambda: saved_views.change(session, reading, view.id, shared=False),
            lambda: saved_views.remove(session, reading, view.id),
        ):
            with pytest.raises(Forbidden):
                act()


def test_views_have_a_limit_and_those_that_are_there_can_be_saved_again(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_views, "MOST_VIEWS", 2)
    with sqlite_database.session() as session:
        who, _, _ = _people(session)
        for name in ("一", "二"):
            saved_views.save(session, who, name=name, query="")
        with pytest.raises(Conflict) as refused:
            saved_views.save(session, who, name="三", query="")
        assert refused.value.code == "too_many_views"
        assert saved_views.save(session, who, name="二", query="q=1").query == "q=1"


def test_a_visit_lasts_until_a_pause_and_the_one_before_it_is_what_counts(database: Database) -> None:
    with database.session() as session:
        who, _, _ = _people(session)

        def seen(minutes: int) -> datetime | None:
            now = NOW + timedelta(minutes=minutes)
            last = visits.last_visit(session, who, now=now)
            visits.note_visit(session, who, now=now)
            return last

        assert seen(0) is None, "the first visit has none before it"
        assert seen(10) is None, "and it is still the first"
        assert seen(20) is None
        assert seen(100) == NOW + timedelta(minutes=20), "after a pause: the end of the visit before"
        assert seen(110) == NOW + timedelta(minutes=20), "which stays so during this visit"
        assert seen(500) == NOW + timedelta(minutes=110)
