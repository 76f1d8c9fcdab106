"""Intake accounts for every row and may be repeated; the same on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ingest.reading import read_bytes
from pipeline.intake import IntakeReport, Origin, preview, take_in, take_in_batches
from review.principals import Role
from review.theme_counts import recount
from store.database import Database
from store.repositories import drafts
from store.tables import Author, Channel, Draft, DraftSkip, Mention, Post, RejectedRow, Source, Theme, ThemeText
from tests import builders
from tests.corpus_maker import native_export

SECRET = b"a secret of these tests"


def _origin(channel: str = "社区", sha256: str = "1" * 64, format: str = "jsonl") -> Origin:  # noqa: A002
    return Origin(name="export.jsonl", channel=channel, format=format, sha256=sha256, timezone="Asia/Shanghai")


def _take(database: Database, content: bytes, origin: Origin | None = None) -> IntakeReport:
    with database.session() as session:
        return take_in(session, read_bytes(content, name="export.jsonl"), origin or _origin(), secret=SECRET)


def _lines(*records: dict[str, object]) -> bytes:
    return "\n".join(json.dumps(record, ensure_ascii=False) for record in records).encode()


def _number(database: Database, table: type) -> int:
    with database.session(readonly=True) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_every_row_is_written_duplicate_rejected_or_skipped(database: Database) -> None:
    report = _take(database, native_export())
    assert (report.received, report.written, report.duplicate, report.rejected) == (98, 95, 0, 3)
    assert report.received == report.written + report.duplicate + report.rejected + report.skipped
    with database.session(readonly=True) as session:
        source = session.get_one(Source, report.source_id)
        assert (source.received, source.written, source.rejected) == (98, 95, 3)
        assert sorted(session.scalars(select(RejectedRow.line))) == [96, 97, 98]


def test_reading_twice_adds_nothing_and_says_so(database: Database) -> None:
    _take(database, native_export())
    before = [_number(database, table) for table in (Post, Author, RejectedRow, Channel)]
    again = _take(database, native_export())
    assert (again.written, again.duplicate, again.rejected) == (0, 95, 3)
    assert [_number(database, table) for table in (Post, Author, RejectedRow, Channel)] == before


def test_a_longer_export_of_the_same_channel_adds_what_is_new(database: Database) -> None:
    _take(database, native_export(60))
    report = _take(database, native_export(90), _origin(sha256="2" * 64))
    assert (report.written, report.duplicate) == (30, 65)


def test_authors_are_pseudonyms_with_their_highest_tier_and_first_sight(database: Database) -> None:
    record = {"author": "李雷的账号", "text": "充电发烫"}
    _take(database, _lines({**record, "id": "1", "time": "2026-05-02T10:00:00Z", "tier": "fan"}))
    _take(
        database,
        _lines({**record, "id": "2", "time": "2026-05-01T10:00:00Z", "tier": "core"}),
        _origin(sha256="2" * 64),
    )
    with database.session(readonly=True) as session:
        author = session.scalars(select(Author)).one()
        assert author.id.startswith("aut_")
        assert "李雷" not in author.id
        assert author.tier == "core"
        assert author.first_seen is not None
        assert author.first_seen.isoformat() == "2026-05-01T10:00:00+00:00"


def test_copies_are_linked_to_the_first_of_their_group_wherever_it_stands(database: Database) -> None:
    text = "充电的时候手机后盖烫得厉害，已经不敢用了"
    _take(
        database,
        _lines(
            {"id": "late", "author": "a", "time": "2026-05-03T10:00:00Z", "text": text},
            {"id": "first", "author": "b", "time": "2026-05-01T10:00:00Z", "text": text},
        ),
    )
    with database.session(readonly=True) as session:
        by_key = {post.key: post for post in session.scalars(select(Post))}
    assert by_key["late"].duplicate_of == by_key["first"].id
    assert by_key["first"].duplicate_of is None


def test_a_native_row_names_its_channel_and_others_take_the_one_given(database: Database) -> None:
    _take(database, _lines({"id": "1", "text": "充电发烫", "channel": "门店群"}, {"id": "2", "text": "蓝牙断连"}))
    with database.session(readonly=True) as session:
        rows = session.execute(select(Post.key, Channel.name).join(Channel, Channel.id == Post.channel_id))
        assert dict(rows.all()) == {"1": "门店群", "2": "社区"}


def test_a_recalled_message_loses_its_text_and_a_re_read_does_not_bring_it_back(database: Database) -> None:
    _take(database, _lines({"id": "1", "author": "a", "text": "我的电话 13812345678"}, {"id": "2", "text": "蓝牙断连"}))
    recall = _lines({"id": "r1", "author": "a", "text": "", "recalls": "1"})
    report = _take(database, recall, _origin(sha256="2" * 64))
    assert (report.written, report.skipped) == (0, 1)
    with database.session(readonly=True) as session:
        post = session.scalars(select(Post).where(Post.key == "1")).one()
        assert (post.raw, post.text) == ("", "")
        assert not session.scalars(select(Mention).where(Mention.post_id == post.id)).all()


def test_a_message_is_recalled_though_somebody_passed_over_the_reply_to_it(database: Database) -> None:
    _take(database, _lines({"id": "1", "author": "a", "text": "充电发烫"}))
    with database.session() as session:
        moderator = builders.person(session, Role.MODERATOR)
        draft = builders.draft(session, session.scalars(select(Post)).one())
        drafts.skip(session, draft.id, user_id=moderator.id, now=datetime.now(UTC))
    _take(database, _lines({"id": "r1", "author": "a", "text": "", "recalls": "1"}), _origin(sha256="2" * 64))
    assert (_number(database, Draft), _number(database, DraftSkip)) == (0, 0)


def test_a_recalled_message_leaves_its_theme(database: Database) -> None:
    _take(database, _lines({"id": "1", "author": "a", "text": "蓝牙密码泄露"}, {"id": "2", "text": "蓝牙断连"}))
    with database.session() as session:
        kept, elsewhere = builders.theme(session), builders.theme(session, "别处")
        by_key = {post.key: post for post in session.scalars(select(Post))}
        for key in ("1", "2"):
            builders.mention(session, by_key[key], kept)
        kept.quotes = [{"post_id": by_key[key].id, "text": by_key[key].text} for key in ("1", "2")]
        elsewhere.quotes = [{"post_id": by_key["1"].id, "text": "蓝牙密码泄露"}]  # its mention was moved since
        for theme in (kept, elsewhere):
            recount(session, theme)
    _take(database, _lines({"id": "r1", "author": "a", "text": "", "recalls": "1"}), _origin(sha256="2" * 64))
    with database.session(readonly=True) as session:
        theme = session.get_one(Theme, kept.id)
        assert (theme.size, theme.posts, theme.authors) == (1, 1, 1)
        assert [quote["text"] for quote in theme.quotes] == ["蓝牙断连"]
        assert session.get_one(Theme, elsewhere.id).quotes == []
        assert "密码" not in "".join(session.scalars(select(ThemeText.said)))


def test_a_preview_says_the_same_and_writes_nothing(database: Database) -> None:
    with database.session(readonly=True) as session:
        seen = preview(session, read_bytes(native_export(), name="export.jsonl"), _origin(), secret=SECRET)
    assert (seen.report.received, seen.report.written, seen.report.rejected) == (98, 95, 3)
    assert [row.line for row in seen.rejected] == [96, 97, 98]
    assert _number(database, Post) == _number(database, Channel) == 0
    _take(database, native_export(60))
    with database.session(readonly=True) as session:
        again = preview(session, read_bytes(native_export(), name="export.jsonl"), _origin(), secret=SECRET)
    assert (again.report.written, again.report.duplicate) == (30, 65)


@pytest.mark.parametrize("break_after", [0, 1, 2, 3, 5, 6, 8])
def test_an_intake_broken_off_after_any_transaction_is_completed_by_the_next(
    sqlite_database: Database, break_after: int
) -> None:
    opened = 0

    @contextmanager
    def breaking() -> Iterator[Session]:
        nonlocal opened
        opened += 1
        if opened > break_after:
            raise ConnectionError("the database went away")
        with sqlite_database.session() as session:
            yield session

    origin = Origin("export.jsonl", "社区", "jsonl", "1" * 64, "Asia/Shanghai", source_id="src_of_the_job")

    def run(open_session: object) -> IntakeReport:
        records = read_bytes(native_export(), name="export.jsonl")
        return take_in_batches(open_session, records, origin, secret=SECRET, batch=20)  # type: ignore[arg-type]

    with pytest.raises(ConnectionError):
        run(breaking)
    report = run(sqlite_database.session)
    assert (report.received, report.written, report.duplicate, report.rejected) == (98, 95, 0, 3)
    assert _number(sqlite_database, Post) == 95
    assert _number(sqlite_database, RejectedRow) == 3
