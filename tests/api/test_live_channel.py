"""The live channel: who hears of what, what is missed is told on return, and nothing holds the service up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from fastapi import Request

from api.live_channel import STREAMS_A_PERSON, Listener, LiveChannel, Notice, TooManyStreamsError
from api.pages import live
from review.audit import record
from review.principals import SYSTEM, Principal, Role
from store.database import Database
from store.ids import new_id
from store.repositories import job_progress

T = TypeVar("T")
TOPICS = frozenset({"themes", "drafts", "ballot", "jobs"})


def _finished(doing: Coroutine[Any, Any, T]) -> T:
    """In a loop and thread of its own: a browser of other tests may keep one running in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, doing).result()


def _do(database: Database, action: str, subject: str, subject_id: str) -> None:
    with database.session() as session:
        record(session, SYSTEM, action, subject, subject_id)


def _listening(database: Database, act: Callable[[Listener], Awaitable[None]], topics: frozenset[str] = TOPICS) -> None:
    async def run() -> None:
        channel, looked = LiveChannel(database, every=0.02), threading.Event()
        look = channel._look

        def look_and_tell(seen: Any) -> Any:
            found = look(seen)
            looked.set()
            return found

        channel._look = look_and_tell  # type: ignore[method-assign]
        async with channel.listen("usr_1", topics) as listener:
            assert await asyncio.to_thread(looked.wait, 60)  # the first look only remembers
            await act(listener)

    _finished(run())


async def _next(listener: Listener) -> dict[str, tuple[str, ...]]:
    for _ in range(100):
        taken = await listener.take(0.1)
        if taken:
            return {notice.topic: notice.ids for notice in taken}
    return {}


def test_an_act_is_told_once_with_the_thing_it_changed(database: Database) -> None:
    async def act(listener: Listener) -> None:
        await asyncio.to_thread(_do, database, "draft.claimed", "draft", "drf_1")
        assert await _next(listener) == {"drafts": ("drf_1",)}
        assert await listener.take(0.2) == ()

    _listening(database, act)


def test_nobody_hears_of_topics_they_may_not_read(database: Database) -> None:
    async def act(listener: Listener) -> None:
        await asyncio.to_thread(_do, database, "theme.renamed", "theme", "thm_1")
        await asyncio.to_thread(_do, database, "draft.claimed", "draft", "drf_1")
        assert await _next(listener) == {"drafts": ("drf_1",)}

    _listening(database, act, frozenset({"drafts"}))


def test_an_act_whose_transaction_ended_late_is_still_told(database: Database) -> None:
    async def act(listener: Listener) -> None:
        with database.session() as session:
            record(session, SYSTEM, "theme.renamed", "theme", "thm_1").at = datetime.now(UTC) - timedelta(seconds=10)
        assert await _next(listener) == {"themes": ("thm_1",)}

    _listening(database, act)


def test_progress_of_a_job_is_told_and_its_end_touches_what_jobs_change(database: Database) -> None:
    job_id = new_id("job")
    now = datetime.now(UTC)

    def begin() -> None:
        with database.session() as session:
            job_progress.add(session, job_id, kind="run", arguments={}, created_by="system", now=now)
            job_progress.begin(session, job_id, now=now)

    def end() -> None:
        with database.session() as session:
            job_progress.finish(session, job_id, status="succeeded", now=now)

    async def act(listener: Listener) -> None:
        await asyncio.to_thread(begin)
        assert await _next(listener) == {"jobs": (job_id,)}
        await asyncio.to_thread(end)
        ended = await _next(listener)
        assert ended["jobs"] == (job_id,)
        assert {"themes", "drafts", "ballot"} <= set(ended)

    _listening(database, act)


def test_what_waits_for_a_slow_reader_is_bounded() -> None:
    listener = Listener("usr_1", TOPICS)
    for number in range(1_000):
        listener.put(Notice("drafts", (f"drf_{number}",)))
    assert _finished(listener.take(0)) == (Notice("drafts"),)


def test_one_who_comes_back_is_told_the_topics_that_changed(sqlite_database: Database) -> None:
    channel = LiveChannel(sqlite_database)
    before = datetime.now(UTC)
    _do(sqlite_database, "proposal.created", "proposal", "prp_1")
    assert [notice.topic for notice in channel.missed_since(before)] == ["ballot"]
    assert channel.missed_since(before + timedelta(minutes=5)) == ()


def test_one_person_cannot_hold_every_stream(database: Database) -> None:
    async def act() -> None:
        channel = LiveChannel(database)
        opened = [channel.listen("usr_1", TOPICS) for _ in range(STREAMS_A_PERSON)]
        for stream in opened:
            await stream.__aenter__()
        with pytest.raises(TooManyStreamsError):
            channel.check_room("usr_1")
        channel.check_room("usr_2")
        await opened[0].__aexit__(None, None, None)
        channel.check_room("usr_1")
        for stream in opened[1:]:
            await stream.__aexit__(None, None, None)

    _finished(act())


def test_a_stream_ends_with_its_session_however_much_happens(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(live, "_still_signed_in", lambda _request: False)
    person = Principal("usr_1", "安娜", "user", Role.ADMIN)

    async def act() -> None:
        channel = LiveChannel(sqlite_database, every=60)
        told = 0
        async for _ in live._stream(Request({"type": "http"}), channel, person, None):
            told += 1
            assert told < 100
            for listener in channel._listeners:
                listener.put(Notice("drafts", (f"drf_{told}",)))
            await asyncio.sleep(0.01)

    _finished(act())


def test_nothing_looks_at_the_database_while_nobody_listens(database: Database) -> None:
    async def act() -> None:
        channel = LiveChannel(database, every=0.01)
        async with channel.listen("usr_1", TOPICS):
            looking = channel._looking
            assert looking is not None
        await asyncio.sleep(0.05)
        assert looking.done()

    _finished(act())


def test_closing_wakes_every_listener_at_once(database: Database) -> None:
    async def act() -> None:
        channel = LiveChannel(database)
        async with channel.listen("usr_1", TOPICS) as listener:
            waiting = asyncio.create_task(listener.take(60))
            await asyncio.sleep(0.05)
            channel.close()
            assert await asyncio.wait_for(waiting, 2) == ()

    _finished(act())
