"""Who listens to changes and what they are told: one look at the database a second for all listeners of a process."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from starlette.concurrency import run_in_threadpool

from api.errors import ApiError
from review.permissions import Permission
from store.database import Database
from store.repositories import changes
from store.repositories.changes import JobState

TOPICS: Final = {
    "themes": Permission.THEME_READ,
    "drafts": Permission.DRAFT_READ,
    "ballot": Permission.PROPOSAL_READ,
    "jobs": Permission.JOB_READ,
    "knowledge": Permission.KNOWLEDGE_READ,
    "people": Permission.USER_MANAGE,
}
_TOPIC_OF: Final = {
    "theme": "themes", "draft": "drafts", "proposal": "ballot", "vote": "ballot", "board": "ballot", "job": "jobs",
    "knowledge": "knowledge", "user": "people", "token": "people",
}  # fmt: skip
_TOUCHED_BY_JOBS: Final = ("themes", "drafts", "ballot", "jobs", "knowledge")

LOOK_SECONDS: Final = 1.0
STREAMS_A_PERSON: Final = 8  # one a visible tab
STREAMS: Final = 400
_MOST_IDS: Final = 50  # of one notice; beyond, "all" stands for them
# An event's time is taken before its transaction ends; a look goes back this far for those that came late.
_LATE: Final = timedelta(seconds=15)
_LATE_FOR_PAGES: Final = timedelta(seconds=2)  # as much would refresh every page once more after each click

log = structlog.get_logger("zhongsheng.live")


class TooManyStreamsError(ApiError):
    """429: this person follows along in too many windows at once."""

    def __init__(self) -> None:
        super().__init__(
            429,
            "too_many_streams",
            "Too many open live streams; close some windows.",
            "同时打开的实时更新过多，请关闭一些窗口。",
            headers={"Retry-After": "30"},
        )


@dataclass(frozen=True, slots=True)
class Notice:
    """That something of a topic changed. An empty `ids` means: anything may have."""

    topic: str
    ids: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Listener:
    """One open stream. What it has not taken yet is merged by topic, so a slow reader costs no memory."""

    person: str
    topics: frozenset[str]
    waiting: dict[str, set[str] | None] = field(default_factory=dict)  # None: anything may have changed
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, notice: Notice) -> None:
        """Merge a notice into what waits."""
        if notice.topic not in self.topics:
            return
        before = self.waiting.get(notice.topic, set())
        if before is None or not notice.ids or len(before) + len(notice.ids) > _MOST_IDS:
            self.waiting[notice.topic] = None
        else:
            self.waiting[notice.topic] = before | set(notice.ids)
        self.woken.set()

    async def take(self, seconds: float) -> tuple[Notice, ...]:
        """What has come, waiting for it at most `seconds`; nothing where nothing came."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.woken.wait(), seconds)
        self.woken.clear()
        taken, self.waiting = self.waiting, {}
        return tuple(Notice(topic, tuple(sorted(ids or ()))) for topic, ids in taken.items())


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the last look saw."""

    at: datetime
    events: frozenset[str]
    jobs: frozenset[JobState]
    themes_at: datetime | None


class LiveChannel:
    """One a process. It looks at the database only while somebody listens."""

    def __init__(self, database: Database, *, every: float = LOOK_SECONDS) -> None:
        self._database = database
        self._every = every
        self._listeners: set[Listener] = set()
        self._looking: asyncio.Task[None] | None = None
        self.closing = False

    @asynccontextmanager
    async def listen(self, person: str, topics: Iterable[str]) -> AsyncIterator[Listener]:
        """A listener for as long as the block runs. TooManyStreamsError beyond the limits."""
        self.check_room(person)
        listener = Listener(person, frozenset(topics))
        self._listeners.add(listener)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_on())
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            if not self._listeners and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    def check_room(self, person: str) -> None:
        """Raises TooManyStreamsError where this person, or everybody together, listens too often already."""
        held = Counter(listener.person for listener in self._listeners)
        if held[person] >= STREAMS_A_PERSON or len(self._listeners) >= STREAMS:
            raise TooManyStreamsError

    def missed_since(self, since: datetime) -> tuple[Notice, ...]:
        """Topics in which something changed at or after `since`, for one who comes back. Reads the database."""
        since -= _LATE_FOR_PAGES
        with self._database.session(readonly=True) as session:
            topics = {_TOPIC_OF[name] for name in changes.subject_types_since(session, since) if name in _TOPIC_OF}
            if changes.any_job_moved_since(session, since):
                topics.update(_TOUCHED_BY_JOBS)
            touched = changes.themes_touched_at(session)
        if touched is not None and touched >= since:
            topics.add("themes")
        return tuple(Notice(topic) for topic in sorted(topics))

    def close(self) -> None:
        """Let every stream end: the service stops."""
        self.closing = True
        for listener in self._listeners:
            listener.woken.set()

    async def _look_on(self) -> None:
        seen: _Seen | None = None
        while not self.closing:
            try:
                seen, notices = await run_in_threadpool(self._look, seen)
            except Exception:  # the database may be away for a moment; the next look tries again
                log.exception("looking for changes failed")
                notices = ()
            for notice in notices:
                for listener in self._listeners:
                    listener.put(notice)
            await asyncio.sleep(self._every)

    def _look(self, seen: _Seen | None) -> tuple[_Seen, tuple[Notice, ...]]:
        now = datetime.now(UTC)
        with self._database.session(readonly=True) as session:
            events = changes.changes_since(session, (seen.at if seen else now) - _LATE)
            jobs = changes.open_job_states(session)
            themes_at = changes.themes_touched_at(session)
        found = _Seen(now, frozenset(change.id for change in events), jobs, themes_at)
        if seen is None:
            return found, ()
        ids: dict[str, set[str]] = {}
        for change in events:
            topic = _TOPIC_OF.get(change.subject_type)
            if topic is not None and change.id not in seen.events:
                ids.setdefault(topic, set()).add(change.subject_id)
        notices = {topic: Notice(topic, _bounded(subjects)) for topic, subjects in ids.items()}
        if themes_at != seen.themes_at:
            notices["themes"] = Notice("themes")
        if jobs != seen.jobs:
            moved = {state.id for state in jobs ^ seen.jobs} | ids.get("jobs", set())
            notices["jobs"] = Notice("jobs", _bounded(moved))
            if {state.id for state in seen.jobs} - {state.id for state in jobs}:
                notices |= {topic: Notice(topic) for topic in _TOUCHED_BY_JOBS if topic != "jobs"}
        return found, tuple(notices.values())


def _bounded(ids: set[str]) -> tuple[str, ...]:
    return tuple(sorted(ids)) if len(ids) <= _MOST_IDS else ()
