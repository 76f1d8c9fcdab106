"""Every event of interest is told exactly once, in words that hold no personal data, also when workers look at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from nlp.types import EdgeKind, LineageEdge
from pipeline.housekeeping import sweep
from pipeline.outbound import relay
from pipeline.run_event import record_run, states
from pipeline.settings import Settings
from review import ballot, drafts, fraud, themes, votes, webhooks
from review.errors import Conflict
from review.outbound_events import EVENT_TYPES
from review.principals import SYSTEM, Role
from review.thresholds import note_threshold
from store.database import Database
from store.repositories import deliveries, idempotency, mining_results, outbox
from store.tables import Draft, Event, IdempotencyKey, OutboxEntry, Run, WebhookDelivery, WebhookMessage
from tests import builders
from tests.pipeline.dooming import NEVER, ended
from tests.receivers import receiver

KEY = b"a secret of these tests"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, state=tmp_path, secret=KEY.decode(), vote_threshold=2, approval_grace=0)


def listen(database: Database, *types: str) -> str:
    with database.session() as session:
        endpoint, _ = webhooks.create(
            session, SYSTEM, key=KEY, url="https://hooks.example.com/", event_types=types or EVENT_TYPES
        )
        return endpoint.id


def told(database: Database) -> list[tuple[str, dict[str, Any]]]:
    """Type and data of every message, in order."""
    with database.session(readonly=True) as session:
        found = session.scalars(select(WebhookMessage).order_by(WebhookMessage.id)).all()
        return [(message.type, json.loads(message.body)["data"]) for message in found]


def types(database: Database) -> list[str]:
    return [type_ for type_, _ in told(database)]


def test_what_was_rolled_back_is_told_to_nobody(database: Database, settings: Settings) -> None:
    listen(database)

    def fail() -> None:
        with database.session() as session:
            themes.rename(session, SYSTEM, builders.theme(session).id, name="改名", version=1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    relay(database, settings)
    assert told(database) == []


def test_events_while_nobody_listens_are_told_to_nobody_later(database: Database, settings: Settings) -> None:
    with database.session() as session:
        themes.rename(session, SYSTEM, builders.theme(session).id, name="改名", version=1)
    relay(database, settings)
    listen(database)
    relay(database, settings)
    assert told(database) == []
    with database.session(readonly=True) as session:
        assert outbox.waiting(session) == 0


def test_workers_that_look_at_once_tell_everything_once(database: Database, settings: Settings) -> None:
    listen(database)
    with database.session() as session:
        for number in range(12):
            themes.rename(session, SYSTEM, builders.theme(session).id, name=f"主题{number}", version=1)
    start = threading.Barrier(3)

    def look() -> None:
        own = Database(database.url)
        start.wait()
        relay(own, settings)
        own.dispose()

    workers = [threading.Thread(target=look) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert types(database) == ["theme.updated"] * 12
    with database.session(readonly=True) as session:
        assert session.scalar(select(func.count()).select_from(WebhookDelivery)) == 12


def test_an_event_that_cannot_be_told_holds_up_no_other(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(database)
    with database.session() as session:
        bad, good = builders.theme(session), builders.theme(session)
        themes.rename(session, SYSTEM, bad.id, name="坏", version=1)
        themes.rename(session, SYSTEM, good.id, name="好", version=1)
    import pipeline.outbound

    real = pipeline.outbound.messages_of

    def broken(session: Any, event: Event) -> Any:
        if event.subject_id == bad.id:
            raise RuntimeError("no words for this")
        return real(session, event)

    monkeypatch.setattr(pipeline.outbound, "messages_of", broken)
    for _ in range(outbox.HOPELESS + 2):
        relay(database, settings)
    assert [data["theme"]["name"] for _, data in told(database)] == ["好"]
    with database.session(readonly=True) as session:
        assert session.scalars(select(OutboxEntry)).one().tries == outbox.HOPELESS


def test_the_way_of_a_proposal_is_told(database: Database, settings: Settings) -> None:
    listen(database)
    with database.session() as session:
        theme, other = builders.theme(session, "充电慢"), builders.theme(session, "充电很慢")
        one = ballot.propose(session, SYSTEM, theme.id, version=1)
        for version, status in enumerate(("under_review", "voting"), start=1):
            ballot.change_status(session, SYSTEM, one.id, status=status, note="看看", version=version)
        two = builders.proposal(session, other)
        ballot.merge(session, SYSTEM, one.id, into=two.id, version=3)
    relay(database, settings)
    assert types(database) == [
        "proposal.created", "proposal.status_changed", "proposal.status_changed", "proposal.merged",
    ]  # fmt: skip
    _, changed = told(database)[1]
    assert (changed["from"], changed["to"], changed["note"]) == ("received", "under_review", "看看")
    _, merged = told(database)[3]
    assert (merged["proposal"]["id"], merged["into"]) == (one.id, two.id)


def test_enough_votes_are_told_once_and_voters_never(database: Database, settings: Settings) -> None:
    listen(database, "vote.cast", "proposal.threshold_reached")
    with database.session() as session:
        proposal = builders.proposal(session, builders.theme(session))
        voters = [builders.author(session).id for _ in range(4)]
        for voter in voters[:3]:
            votes.cast_vote(session, SYSTEM, proposal.id, voter=voter, provenance="群里")
    relay(database, settings)
    with database.session() as session:
        votes.withdraw_vote(session, SYSTEM, proposal.id, voter=voters[0])
        votes.withdraw_vote(session, SYSTEM, proposal.id, voter=voters[1])
        votes.cast_vote(session, SYSTEM, proposal.id, voter=voters[3], provenance="群里")
    relay(database, settings)
    assert sorted(types(database)) == ["proposal.threshold_reached"] + ["vote.cast"] * 4
    [(_, reached)] = [message for message in told(database) if message[0] == "proposal.threshold_reached"]
    assert (reached["threshold"], reached["votes"]) == (2, 3)
    everything = json.dumps(told(database))
    assert not any(voter in everything for voter in voters)


def test_a_vote_is_told_without_who_cast_it_also_one_of_ones_own(sqlite_database: Database, settings: Settings) -> None:
    listen(sqlite_database, "vote.cast")
    with sqlite_database.session() as session:
        lead = builders.person(session, Role.PRODUCT_MANAGER)
        proposal = builders.proposal(session, builders.theme(session))
        votes.cast_vote(session, lead, proposal.id)
    relay(sqlite_database, settings)
    [(_, data)] = told(sqlite_database)
    assert set(data) == {"event_id", "vote_id", "proposal"}
    assert lead.id not in json.dumps(data)


def test_votes_that_count_again_can_be_enough(sqlite_database: Database, settings: Settings) -> None:
    listen(sqlite_database, "proposal.threshold_reached")
    with sqlite_database.session() as session:
        proposal = builders.proposal(session, builders.theme(session))
        cast = [
            votes.cast_vote(session, SYSTEM, proposal.id, voter=builders.author(session).id, provenance="群里").id
            for _ in range(2)
        ]
        fraud.set_aside(session, SYSTEM, proposal.id, cast[:1], reason="刷票", version=1)
    relay(sqlite_database, settings)
    assert told(sqlite_database) == []
    with sqlite_database.session() as session:
        fraud.take_back(session, SYSTEM, proposal.id, cast[:1], version=2)
    relay(sqlite_database, settings)
    assert [data["votes"] for _, data in told(sqlite_database)] == [2]


@pytest.mark.parametrize("status", ["declined", "shipped"])
def test_a_threshold_is_no_news_of_a_proposal_that_is_closed(sqlite_database: Database, status: str) -> None:
    with sqlite_database.session() as session:
        proposal = builders.proposal(session, builders.theme(session))
        votes.cast_vote(session, SYSTEM, proposal.id, voter=builders.author(session).id, provenance="群里")
        proposal.status, proposal.reason = status, "成本" if status == "declined" else ""
        assert note_threshold(session, proposal.id, threshold=1) is None
        proposal.status, proposal.reason = "accepted", ""
        assert note_threshold(session, proposal.id, threshold=1) is not None


def test_a_threshold_that_was_raised_is_news_again_and_none_is_none(database: Database, settings: Settings) -> None:
    listen(database, "proposal.threshold_reached")
    with database.session() as session:
        proposal = builders.proposal(session, builders.theme(session))

    def vote(count: int, threshold: int) -> None:
        with database.session() as session:
            for _ in range(count):
                votes.cast_vote(session, SYSTEM, proposal.id, voter=builders.author(session).id, provenance="群里")
        relay(database, settings.model_copy(update={"vote_threshold": threshold}))

    vote(2, 0)
    assert told(database) == []
    vote(1, 2)
    vote(2, 5)
    assert [data["threshold"] for _, data in told(database)] == [2, 5]


def test_an_approved_reply_goes_out_with_its_place_and_without_the_person(
    database: Database, settings: Settings
) -> None:
    listen(database, "draft.approved")
    with database.session() as session:
        moderator = builders.person(session, Role.MODERATOR)
        channel = builders.channel(session, "论坛")
        author = builders.author(session)
        post = builders.post(session, channel, author, text="充电慢，电话 [手机号]", key="post-8812", thread="thread-7")
        draft = builders.draft(session, post)
        claimed = drafts.claim(session, moderator, draft.id)
        drafts.approve(session, moderator, draft.id, version=claimed.version)
    relay(database, settings)
    [(type_, data)] = told(database)
    assert type_ == "draft.approved"
    assert data["draft"] == {"id": draft.id, "theme_id": None, "edited": False, "text": "感谢反馈。请使用原装充电器。"}
    assert data["post"] == {
        "id": post.id, "external_id": "post-8812", "thread": "thread-7",
        "channel": {"id": channel.id, "name": "论坛"},
    }  # fmt: skip
    everything = json.dumps(data, ensure_ascii=False)
    assert author.id not in everything
    assert "充电慢，电话" not in everything


def test_a_rejected_or_reopened_draft_is_nobodys_business(database: Database, settings: Settings) -> None:
    listen(database)
    with database.session() as session:
        moderator = builders.person(session, Role.MODERATOR)
        draft = builders.draft(session, builders.post(session, builders.channel(session)))
        claimed = drafts.claim(session, moderator, draft.id)
        rejected = drafts.reject(session, moderator, draft.id, reason="不需要", version=claimed.version)
        drafts.reopen(session, moderator, draft.id, version=rejected.version)
    relay(database, settings)
    assert told(database) == []


def test_a_reply_leaves_after_a_while_and_one_that_is_taken_back_never(database: Database, settings: Settings) -> None:
    listen(database, "draft.approved")
    patient = settings.model_copy(update={"approval_grace": 60})
    with database.session() as session:
        moderator = builders.person(session, Role.MODERATOR)
        where = builders.channel(session)
        one, two = (builders.draft(session, builders.post(session, where)) for _ in range(2))
        for draft in (one, two):
            drafts.approve(session, moderator, draft.id, version=drafts.claim(session, moderator, draft.id).version)
    assert relay(database, patient) == 0
    assert told(database) == []
    with database.session() as session:
        back = drafts.reopen(session, moderator, one.id, version=session.get_one(Draft, one.id).version)
    relay(database, settings)
    assert [data["draft"]["id"] for _, data in told(database)] == [two.id]
    with database.session() as session:
        drafts.edit(session, moderator, one.id, text="请升级到最新版本。", version=back.version)
    relay(database, settings)
    assert [(data["draft"]["text"], data["draft"]["edited"]) for _, data in told(database)[1:]] == [
        ("请升级到最新版本。", True)
    ]


def test_a_reply_that_a_person_published_before_it_left_does_not_leave_a_second_time(
    database: Database, settings: Settings
) -> None:
    listen(database, "draft.approved")
    with database.session() as session:
        moderator = builders.person(session, Role.MODERATOR)
        where = builders.channel(session)
        approved, edited, other = (builders.draft(session, builders.post(session, where)) for _ in range(3))
        for draft in (approved, other):
            drafts.approve(session, moderator, draft.id, version=drafts.claim(session, moderator, draft.id).version)
        version = drafts.claim(session, moderator, edited.id).version
        drafts.edit(session, moderator, edited.id, text="请升级到最新版本。", version=version)
    assert relay(database, settings.model_copy(update={"approval_grace": 60})) == 0
    with database.session() as session:
        for draft in (approved, edited):
            drafts.publish(session, moderator, draft.id, version=session.get_one(Draft, draft.id).version)
    relay(database, settings)
    assert [data["draft"]["id"] for _, data in told(database)] == [other.id]
    with database.session(readonly=True) as session:
        assert outbox.waiting(session) == 0


def test_a_reply_that_has_left_is_taken_back_only_on_insistence_and_its_receivers_are_told(
    database: Database, settings: Settings
) -> None:
    listen(database, "draft.approved", "draft.reopened")
    listen(database, "draft.approved")
    with database.session() as session:
        moderator = builders.person(session, Role.MODERATOR)
        draft = builders.draft(session, builders.post(session, builders.channel(session)))
        version = drafts.claim(session, moderator, draft.id).version
        version = drafts.approve(session, moderator, draft.id, version=version).version
    relay(database, settings)
    with database.session() as session:
        with pytest.raises(Conflict) as refused:
            drafts.reopen(session, moderator, draft.id, version=version)
        assert refused.value.code == "already_sent"
        assert (refused.value.details["told"], refused.value.details["untold"]) == (1, 1)
        assert session.get_one(Draft, draft.id).status == "approved"
        back = drafts.reopen(session, moderator, draft.id, version=version, recall=True)
        drafts.edit(session, moderator, draft.id, text="请升级到最新版本。", version=back.version)
        again = drafts.reopen(session, moderator, draft.id, version=session.get_one(Draft, draft.id).version)
        assert again.status == "claimed"  # the second reply has not left: nothing to insist on, nothing to tell
    relay(database, settings)
    (approved, first), (reopened, recalled) = told(database)
    assert (approved, reopened) == ("draft.approved", "draft.reopened")
    assert recalled["recalls"] == first["event_id"]
    assert recalled["draft"] == {"id": draft.id, "theme_id": None, "text": first["draft"]["text"]}
    assert recalled["post"] == first["post"]


def test_that_a_reply_left_is_known_for_as_long_as_it_may_be_taken_back(database: Database, settings: Settings) -> None:
    listen(database, "draft.approved")
    with database.session() as session:
        moderator = builders.person(session, Role.MODERATOR)
        draft = builders.draft(session, builders.post(session, builders.channel(session)))
        version = drafts.claim(session, moderator, draft.id).version
        version = drafts.approve(session, moderator, draft.id, version=version).version
    relay(database, settings)
    later = datetime.now(UTC) + timedelta(days=40)
    with database.session() as session:
        sent = deliveries.listed(session).items[0].delivery
        sent.status, sent.due_at = "delivered", None
    assert sweep(database, settings, now=later).messages == 0
    with database.session() as session:
        drafts.publish(session, moderator, draft.id, version=version)
    assert sweep(database, settings, now=later).messages == 1


def test_a_run_is_one_event_and_tells_of_each_theme_it_changed(database: Database, settings: Settings) -> None:
    listen(database)
    now = datetime.now(UTC)
    with database.session() as session:
        named, gone, into, parent, child, fresh = (builders.theme(session, name) for name in "甲乙丙丁戊己")
        before = states({theme.id: theme for theme in (named, gone, into, parent)})
        named.name, gone.status = "甲改", "retired"
        lineage = [
            LineageEdge(EdgeKind.SURVIVE, named.id, named.id, 0.9),
            LineageEdge(EdgeKind.RETIRE, gone.id, None, 0.0),
            LineageEdge(EdgeKind.MERGE, parent.id, into.id, 0.4),
            LineageEdge(EdgeKind.SPLIT, into.id, child.id, 0.5),
            LineageEdge(EdgeKind.MINT, None, fresh.id, 0.0),
        ]
        run = Run(id="run_1", encoder={}, parameters={}, timings={}, posts=9, mentions=9, themes=4, created_at=now)
        session.add(run)
        session.flush()
        mining_results.add_lineage(
            session,
            [
                {"run_id": run.id, "kind": edge.kind.value, "from_theme": edge.source, "to_theme": edge.target,
                 "overlap": edge.overlap, "created_at": now}
                for edge in lineage
            ],
        )  # fmt: skip
        known = {theme.id: theme for theme in (named, gone, into, parent, child, fresh)}
        record_run(session, run, before=before, known=known, lineage=lineage)
    relay(database, settings)
    found = {(type_, data["theme"]["name"]): data for type_, data in told(database)}
    assert set(found) == {
        ("theme.updated", "甲改"), ("theme.updated", "乙"), ("theme.merged", "丁"), ("theme.split", "丙"),
        ("theme.created", "戊"), ("theme.created", "己"),
    }  # fmt: skip
    assert found["theme.updated", "甲改"]["changes"] == {"name": {"from": "甲", "to": "甲改"}}
    assert found["theme.updated", "乙"]["changes"] == {"status": {"from": "active", "to": "retired"}}
    assert found["theme.merged", "丁"]["into"] == into.id
    assert found["theme.split", "丙"]["new_themes"] == [child.id]
    assert found["theme.created", "戊"]["from"] == [into.id]
    assert {data["run_id"] for data in found.values()} == {"run_1"}
    with database.session(readonly=True) as session:
        assert session.scalars(select(Event).where(Event.action == "run.kept")).one().subject_id == "run_1"


def test_housekeeping_forgets_what_is_done_and_keeps_what_is_owed(database: Database, settings: Settings) -> None:
    listen(database)
    with database.session() as session:
        for name in ("一", "二"):
            themes.rename(session, SYSTEM, builders.theme(session).id, name=name, version=1)
        for principal in ("tok_1", "tok_2"):
            idempotency.claim(session, principal, "k", "0" * 64)
    relay(database, settings)
    later = datetime.now(UTC) + timedelta(days=40)
    with database.session() as session:
        first = deliveries.listed(session).items[0].delivery
        first.status, first.due_at = "delivered", None
    nothing = sweep(database, settings)
    assert (nothing.answers, nothing.messages) == (0, 0)
    swept = sweep(database, settings, now=later)
    assert (swept.answers, swept.messages) == (2, 1)
    with database.session(readonly=True) as session:
        assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 0
        assert session.scalars(select(WebhookDelivery)).one().status == "pending"


DEATHS = (
    "pipeline.outbound:tell:1:after",  # messages written, not committed
    "store.repositories.outbox:handled:2:after",  # one event told, the second not committed
    "store.repositories.deliveries:claim:1:after",  # claimed, not committed
    "pipeline.outgoing:Outgoing.send:1:before",  # claimed, not sent
    "pipeline.outgoing:Outgoing.send:1:after",  # sent, and nobody here knows
    "store.repositories.deliveries:settle:1:after",  # settled, not committed
)


@pytest.mark.slow
def test_a_worker_killed_at_every_step_loses_no_message_and_repeats_none_under_another_id(
    database: Database, tmp_path: Path
) -> None:
    with receiver() as other:
        settings = Settings(
            _env_file=None, state=tmp_path / "state", database_url=database.url.render_as_string(hide_password=False),
            secret=KEY.decode(), outgoing_allow_private=True,
        )  # fmt: skip
        with database.session() as session:
            webhooks.create(session, SYSTEM, key=KEY, url=other.url, event_types=EVENT_TYPES, allow_private=True)
            for name in ("一", "二", "三"):
                themes.rename(session, SYSTEM, builders.theme(session).id, name=name, version=1)
        assert _send(settings, *DEATHS, NEVER) == [*(-signal.SIGKILL for _ in DEATHS), 0]
        ids = [got.headers["webhook-id"] for got in other.received]
    assert len(set(ids)) == 3
    assert {got.json["data"]["theme"]["name"] for got in other.received} == {"一", "二", "三"}
    assert 3 <= len(ids) <= 6, "a repeat for each death after sending, no more"
    with database.session(readonly=True) as session:
        assert set(session.scalars(select(WebhookDelivery.status))) == {"delivered"}
        assert session.scalar(select(func.count()).select_from(WebhookMessage)) == 3
        assert outbox.waiting(session) == 0


def _send(settings: Settings, *deaths: str) -> list[int]:
    """Run a process that tells and sends until nothing is left, and then the next; their exit codes (negative: what
    killed it)."""
    harness = Path(__file__).with_name("doomed_sender.py")
    process = subprocess.run(
        [sys.executable, str(harness), *deaths],
        env=os.environ | settings.environment(),
        timeout=200,
        check=False,
        stdout=subprocess.PIPE,
    )
    return ended(process.stdout)
