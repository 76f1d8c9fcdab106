"""Sessions are transactions; what must not happen to the log and to drafts, the database itself refuses."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError, StatementError

from review.audit import record
from review.principals import SYSTEM
from store.database import Database
from store.expressions import insert_new
from store.tables import Channel, Draft, Event
from tests import builders


def test_a_session_commits_on_exit_and_rolls_back_on_error(database: Database) -> None:
    with database.session() as session:
        builders.channel(session, "论坛")

    def fail_halfway() -> None:
        with database.session() as session:
            builders.channel(session, "群聊")
            raise RuntimeError("the request failed")

    with pytest.raises(RuntimeError):
        fail_halfway()
    with database.session(readonly=True) as session:
        assert list(session.scalars(select(Channel.name))) == ["论坛"]


def test_rows_stay_readable_after_their_session(database: Database) -> None:
    with database.session() as session:
        made = builders.channel(session, "论坛")
    assert made.name == "论坛"


def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    with database.session() as writing:
        builders.channel(writing, "论坛")
        with database.session(readonly=True) as reading:
            assert list(reading.scalars(select(Channel.name))) == []


def test_writers_queue_instead_of_failing(database: Database) -> None:
    with database.session() as session:
        made = builders.theme(session, score=0.0)
    failures: list[BaseException] = []

    def raise_score() -> None:
        try:
            for _ in range(10):
                with database.session() as session:
                    # Read first, write later: on SQLite this fails at once without the write lock at the start.
                    session.execute(select(Channel))
                    session.execute(text("UPDATE themes SET score = score + 1 WHERE id = :id"), {"id": made.id})
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=raise_score) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.session(readonly=True) as session:
        assert session.scalar(text("SELECT score FROM themes")) == 40


def test_times_come_back_in_utc_whatever_zone_they_went_in_with(database: Database) -> None:
    shanghai = timezone(timedelta(hours=8))
    with database.session() as session:
        where = builders.channel(session)
        made = builders.post(session, where, posted_at=datetime(2026, 8, 1, 9, 30, 0, 123456, shanghai))
    with database.session(readonly=True) as session:
        found = session.get_one(type(made), made.id)
        assert found.posted_at == datetime(2026, 8, 1, 1, 30, 0, 123456, UTC)
        assert found.posted_at.tzinfo is UTC


def test_a_naive_time_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="naive"), database.session() as session:
        builders.post(session, builders.channel(session), posted_at=datetime(2026, 8, 1))  # noqa: DTZ001


@pytest.mark.parametrize("statement", [update(Event).values(note="changed"), delete(Event)])
def test_the_audit_log_is_append_only(database: Database, statement: object) -> None:
    with database.session() as session:
        record(session, SYSTEM, "theme.renamed", "theme", "thm_1", note="as it was")
    with pytest.raises(DBAPIError, match="append-only"), database.session() as session:
        session.execute(statement)  # type: ignore[call-overload]
    with database.session(readonly=True) as session:
        assert session.scalar(select(Event.note)) == "as it was"


def test_not_even_truncate_empties_the_log(postgres_database: Database) -> None:
    with pytest.raises(DBAPIError, match="append-only"), postgres_database.session() as session:
        session.execute(text("TRUNCATE events CASCADE"))


@pytest.mark.parametrize("status", ["proposed", "claimed", "rejected", "expired"])
def test_the_database_refuses_to_publish_what_nobody_approved(database: Database, status: str) -> None:
    with database.session() as session:
        who = builders.person(session)
        made = builders.draft(
            session, builders.post(session, builders.channel(session)),
            status=status, claimed_by=who.id, decided_by=who.id,
        )  # fmt: skip
    with pytest.raises(DBAPIError, match="only after a person"), database.session() as session:
        session.execute(update(Draft).where(Draft.id == made.id).values(status="published"))


@pytest.mark.parametrize("status", ["approved", "edited"])
def test_the_database_lets_a_decided_draft_be_published(database: Database, status: str) -> None:
    with database.session() as session:
        who = builders.person(session)
        where = builders.post(session, builders.channel(session))
        made = builders.draft(session, where, status=status, decided_by=who.id)
    with database.session() as session:
        session.execute(update(Draft).where(Draft.id == made.id).values(status="published"))
        session.execute(update(Draft).where(Draft.id == made.id).values(priority=2.0))


def test_a_draft_is_not_born_published(database: Database) -> None:
    with database.session() as session:
        who = builders.person(session)
        where = builders.post(session, builders.channel(session))
    with pytest.raises(DBAPIError, match="only after a person"), database.session() as session:
        builders.draft(session, where, status="published", decided_by=who.id)


def test_a_decision_without_a_person_is_refused(database: Database) -> None:
    with pytest.raises(DBAPIError, match="decided_by_a_person"), database.session() as session:
        builders.draft(session, builders.post(session, builders.channel(session)), status="approved")


def test_inserting_what_is_there_already_adds_nothing(database: Database) -> None:
    rows = [
        {"id": f"chn_{n}", "name": f"渠道{n}", "timezone": "Asia/Shanghai", "created_at": builders.START}
        for n in range(3)
    ]
    with database.session() as session:
        assert insert_new(session, Channel, rows[:2], unique=["name"]) == 2
        assert insert_new(session, Channel, [row | {"id": f"{row['id']}x"} for row in rows], unique=["name"]) == 1
        assert insert_new(session, Channel, [], unique=["name"]) == 0
        assert list(session.scalars(select(Channel.id).order_by(Channel.name))) == ["chn_0", "chn_1", "chn_2x"]


def test_many_rows_go_in_at_once(sqlite_database: Database) -> None:
    rows = [
        {"id": f"chn_{n}", "name": f"渠道{n}", "timezone": "Asia/Shanghai", "created_at": builders.START}
        for n in range(20_000)
    ]
    with sqlite_database.session() as session:
        assert insert_new(session, Channel, rows, unique=["name"]) == 20_000
