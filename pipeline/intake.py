"""Posts into the store: idempotent, in batches, every row accounted for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from ingest.posts import Post, PreparedPost, Record, Rejected, Skipped
from ingest.prepare import prepare
from pipeline.progress import Progress, unheard
from review import recalls
from store.ids import new_id
from store.repositories import channels, intake
from store.tables import Source

# Rows of these formats name a channel as people know it; other exports only know internal room numbers, and the
# channel a person gave is the better word.
_NAMES_ITS_CHANNEL = frozenset({"jsonl"})
_SHOWN = 5  # rejected rows and posts that a preview shows

OpenSession = Callable[[], AbstractContextManager[Session]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where posts come from and under which names they are kept."""

    name: str  # file name, or the name of the system that pushed
    channel: str
    format: str
    sha256: str
    timezone: str
    source_id: str = ""  # "": a fresh one; a repeated intake under the same id continues it


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """What became of the rows. received = written + duplicate + rejected + skipped."""

    source_id: str  # "" in a dry run
    received: int
    written: int
    duplicate: int  # stored before, or twice in this source
    rejected: int
    skipped: int  # no posts by their nature: system lines, stickers, recalls
    without_time: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What an intake would do, with the first rejected rows and posts as they would be kept."""

    report: IntakeReport
    rejected: tuple[Rejected, ...]
    posts: tuple[PreparedPost, ...]


def take_in(session: Session, records: Iterable[Record], origin: Origin, *, secret: bytes) -> IntakeReport:
    """Store records within the caller's transaction."""
    return _Intake(lambda: nullcontext(session), origin, secret).run(records)


def take_in_batches(
    open_session: OpenSession,
    records: Iterable[Record],
    origin: Origin,
    *,
    secret: bytes,
    batch: int = 500,
    progress: Progress = unheard,
) -> IntakeReport:
    """Store records, each batch in a transaction of its own.

    May be killed anywhere and begun again with the same records and `origin.source_id`: the outcome and the report
    are the same as without interruption.
    """
    return _Intake(open_session, origin, secret, batch=batch, progress=progress).run(records)


def preview(session: Session, records: Iterable[Record], origin: Origin, *, secret: bytes) -> Preview:
    """What `take_in` would do; writes nothing."""
    read = _Read()
    rejected: list[Rejected] = []
    for record in records:
        if isinstance(record, Rejected) and len(rejected) < _SHOWN:
            rejected.append(record)
        read.add(record)
    prepared = prepare(read.posts, secret=secret)
    new = 0
    for name, entries in _by_channel(prepared, origin).items():
        channel = channels.by_name(session, name)
        known = intake.stored(session, channel.id, (entry.key for entry in entries)) if channel else {}
        new += sum(1 for entry in entries if entry.key not in known)
    return Preview(read.report("", prepared, new), tuple(rejected), tuple(prepared[:_SHOWN]))


class _Read:
    """Records counted, posts kept."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.received = self.rejected = self.skipped = 0

    def add(self, record: Record) -> None:
        self.received += 1
        match record:
            case Post():
                self.posts.append(record)
            case Rejected():
                self.rejected += 1
            case Skipped():
                self.skipped += 1

    @property
    def recalled(self) -> set[str]:
        return {post.recalls for post in self.posts if post.recalls}

    def report(self, source_id: str, prepared: Sequence[PreparedPost], written: int) -> IntakeReport:
        recalled = self.recalled
        skipped = self.skipped + sum(1 for post in self.posts if post.recalls or post.id in recalled)
        return IntakeReport(
            source_id=source_id,
            received=self.received,
            written=written,
            duplicate=self.received - self.rejected - skipped - written,
            rejected=self.rejected,
            skipped=skipped,
            without_time=sum(1 for entry in prepared if entry.post.time is None),
        )


class _Intake:
    def __init__(
        self,
        open_session: OpenSession,
        origin: Origin,
        secret: bytes,
        *,
        batch: int = 500,
        progress: Progress = unheard,
    ) -> None:
        self._session = open_session
        self._origin = origin
        self._secret = secret
        self._batch = batch
        self._progress = progress
        self._now = datetime.now(UTC)

    def run(self, records: Iterable[Record]) -> IntakeReport:
        source_id, keep_rejected = self._open_source()
        read = self._read(records, source_id if keep_rejected else None)
        self._progress("preparing", 0, len(read.posts))
        prepared = prepare(read.posts, secret=self._secret)
        done = 0
        for name, entries in _by_channel(prepared, self._origin).items():
            for some in _batches(entries, self._batch):
                with self._session() as session:
                    self._store(session, name, source_id, some)
                done += len(some)
                self._progress("storing", done, len(prepared))
            self._link(name, entries)
        with self._session() as session:
            return self._close(session, source_id, read, prepared)

    def _open_source(self) -> tuple[str, bool]:
        """The id of the source, and whether its rejected rows are new: a re-read file's are kept already."""
        origin = self._origin
        with self._session() as session:
            channel = channels.obtain(session, origin.channel, timezone=origin.timezone, now=self._now)
            source = intake.obtain_source(
                session,
                origin.source_id or new_id("source"),
                channel_id=channel.id,
                name=origin.name,
                sha256=origin.sha256,
                format_name=origin.format,
                now=self._now,
            )
            return source.id, intake.earlier_source(session, source) is None

    def _read(self, records: Iterable[Record], rejected_into: str | None) -> _Read:
        read = _Read()
        rejected: list[Rejected] = []
        for record in records:
            read.add(record)
            if isinstance(record, Rejected) and rejected_into:
                rejected.append(record)
                if len(rejected) >= self._batch:
                    self._keep_rejected(rejected_into, rejected)
                    rejected = []
            if read.received % self._batch == 0:
                self._progress("reading", read.received, 0)
        if rejected and rejected_into:
            self._keep_rejected(rejected_into, rejected)
        self._progress("reading", read.received, read.received)
        return read

    def _keep_rejected(self, source_id: str, rejected: Sequence[Rejected]) -> None:
        with self._session() as session:
            intake.add_rejected(session, source_id, ((row.line, row.reason, row.raw) for row in rejected))

    def _store(self, session: Session, channel: str, source_id: str, entries: Sequence[PreparedPost]) -> None:
        origin = self._origin
        channel_id = channels.obtain(session, channel, timezone=origin.timezone, now=self._now).id
        known = intake.stored(session, channel_id, (entry.key for entry in entries))
        new = [entry for entry in entries if entry.key not in known]
        intake.add_authors(session, _authors(new))
        intake.add_posts(session, [self._row(entry, channel_id, source_id) for entry in new])

    def _row(self, entry: PreparedPost, channel_id: str, source_id: str) -> dict[str, Any]:
        post = entry.post
        return {
            "id": new_id("post"),
            "channel_id": channel_id,
            "source_id": source_id,
            "key": entry.key,
            "author_id": entry.author or None,
            "posted_at": post.time,
            "raw": post.text,
            "text": entry.text,
            "masks": {kind.value: count for kind, count in entry.masks.items()},
            "thread": post.thread[:200],
            "reply_to": post.reply_to[:200],
            "likes": max(post.likes, 0),
            "replies": max(post.replies, 0),
            "views": max(post.views, 0),
            "product": post.product[:100],
            "region": post.region[:100],
            "tier": post.tier.value,
            "duplicate_of": None,  # linked when all are there: the first of a group may come later in the file
            "created_at": self._now,
        }

    def _link(self, channel: str, entries: Sequence[PreparedPost]) -> None:
        """Point near-duplicates at the first of their group, within the channel."""
        copies = [entry for entry in entries if entry.duplicate_of]
        for some in _batches(copies, self._batch):
            with self._session() as session:
                found = channels.by_name(session, channel)
                if found is None:
                    continue
                keys = {entry.key for entry in some} | {entry.duplicate_of for entry in some if entry.duplicate_of}
                known = intake.stored(session, found.id, keys)
                pairs = {
                    known[entry.key].id: known[entry.duplicate_of].id
                    for entry in some
                    if entry.key in known and entry.duplicate_of in known
                }
                intake.link_duplicates(session, pairs)

    def _close(self, session: Session, source_id: str, read: _Read, prepared: Sequence[PreparedPost]) -> IntakeReport:
        for name in {*_by_channel(prepared, self._origin), self._origin.channel} if read.recalled else ():
            channel = channels.by_name(session, name)
            if channel is not None:
                recalls.withdraw(session, channel.id, read.recalled)
        report = read.report(source_id, prepared, intake.written_by(session, source_id))
        source = session.get_one(Source, source_id)
        source.received = report.received
        source.written = report.written
        source.duplicate = report.duplicate
        source.rejected = report.rejected
        source.skipped = report.skipped
        return report


def _by_channel(prepared: Iterable[PreparedPost], origin: Origin) -> dict[str, list[PreparedPost]]:
    grouped: dict[str, list[PreparedPost]] = defaultdict(list)
    for entry in prepared:
        own = entry.post.channel.strip() if origin.format in _NAMES_ITS_CHANNEL else ""
        grouped[(own or origin.channel)[:200]].append(entry)
    return grouped


def _authors(entries: Iterable[PreparedPost]) -> Iterator[intake.SeenAuthor]:
    """Each author once, with the earliest time and the highest tier of these posts."""
    rank = {"core": 2, "fan": 1, "regular": 0}
    seen: dict[str, intake.SeenAuthor] = {}
    for entry in entries:
        if not entry.author:
            continue
        post = entry.post
        before = seen.get(entry.author)
        tier = post.tier.value
        first = post.time
        if before is not None:
            tier = max(tier, before.tier, key=lambda name: rank[name])
            first = min((moment for moment in (before.first_seen, first) if moment is not None), default=None)
        seen[entry.author] = intake.SeenAuthor(entry.author, post.platform[:40], tier, first)
    return iter(seen.values())


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
