"""Knowledge: added and changed one by one with versions, or imported by key as often as one likes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from review import knowledge
from review.errors import Conflict, Forbidden, Invalid, NotFound, StaleVersion, VersionMissing
from review.knowledge import ImportCounts, NewKnowledge
from review.principals import SYSTEM, Principal, Role
from store.database import Database
from store.repositories import events
from tests import builders

ITEMS = [
    NewKnowledge("faq-1", "faq", "如何快充？", "使用原装充电器。"),
    NewKnowledge("rel-2", "release_note", "2.1 版", "改善散热。", "灵犀 X1", "2.1", datetime(2026, 8, 1, tzinfo=UTC)),
]


def test_an_entry_is_added_changed_and_taken_out_of_use(database: Database) -> None:
    with database.session() as session:
        who = builders.person(session, Role.MODERATOR)
        entry = knowledge.add(session, who, key=" faq-1 ", kind="faq", title="如何快充？", body="使用原装充电器。")
        assert (entry.key, entry.active, entry.version) == ("faq-1", True, 1)
        with pytest.raises(Conflict) as taken:
            knowledge.add(session, who, key="faq-1", kind="faq", title="别的", body="别的")
        assert taken.value.details == {"id": entry.id}
        changed = knowledge.update(session, who, entry.id, body="使用 67W 充电器。", version=1)
        assert (changed.title, changed.body, changed.version) == ("如何快充？", "使用 67W 充电器。", 2)
        gone = knowledge.deactivate(session, who, entry.id, version=2)
        assert (gone.active, gone.version) == (False, 3)
        log = [event.action for event in reversed(events.listed(session, subject_id=entry.id).items)]
        assert log == ["knowledge.added", "knowledge.updated", "knowledge.deactivated"]


def test_an_import_adds_updates_and_changes_nothing_the_second_time(database: Database) -> None:
    with database.session() as session:
        assert knowledge.import_items(session, SYSTEM, ITEMS) == ImportCounts(added=2, updated=0, unchanged=0)
    with database.session() as session:
        assert knowledge.import_items(session, SYSTEM, ITEMS) == ImportCounts(added=0, updated=0, unchanged=2)
        newer = [NewKnowledge("faq-1", "faq", "如何快充？", "使用 67W 充电器。"), *ITEMS[1:]]
        assert knowledge.import_items(session, SYSTEM, newer) == ImportCounts(added=0, updated=1, unchanged=1)


def test_an_import_that_repeats_a_key_ends_with_the_last_of_them(database: Database) -> None:
    twice = [ITEMS[0], NewKnowledge("faq-1", "faq", "如何快充？", "新的答案。")]
    with database.session() as session:
        assert knowledge.import_items(session, SYSTEM, twice) == ImportCounts(added=1, updated=1, unchanged=0)


def test_an_import_brings_back_what_was_taken_out_of_use(database: Database) -> None:
    with database.session() as session:
        entry = builders.knowledge(session, key="faq-1", active=False)
        knowledge.import_items(session, SYSTEM, ITEMS)
        assert entry.active


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"kind": "rumour"}, "kind_unknown"),
        ({"title": " "}, "title_required"),
        ({"body": ""}, "body_required"),
        ({"key": "k" * 201}, "key_too_long"),
        ({"product": "长" * 101}, "product_too_long"),
    ],
)
def test_unfit_entries_are_refused(sqlite_database: Database, fields: dict[str, str], code: str) -> None:
    given = {"key": "a", "kind": "faq", "title": "问", "body": "答"} | fields
    with sqlite_database.session() as session, pytest.raises(Invalid) as refused:
        knowledge.add(session, SYSTEM, **given)  # type: ignore[arg-type]
    assert refused.value.code == code


def test_a_change_names_its_version_and_its_entry(database: Database) -> None:
    with database.session() as session:
        entry = builders.knowledge(session)
        with pytest.raises(VersionMissing):
            knowledge.update(session, SYSTEM, entry.id, title="新", version=None)
        with pytest.raises(StaleVersion):
            knowledge.deactivate(session, SYSTEM, entry.id, version=9)
        with pytest.raises(NotFound):
            knowledge.update(session, SYSTEM, "knw_none", title="新", version=1)


def test_a_token_without_the_scope_writes_no_knowledge(database: Database) -> None:
    token = Principal(id="tok_1", name="x", kind="token", scopes=frozenset({"knowledge:read"}))
    with database.session() as session, pytest.raises(Forbidden):
        knowledge.import_items(session, token, ITEMS)
