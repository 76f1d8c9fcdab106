"""Posts, drafts, proposals, votes, events, knowledge, counts: each list filters and orders as it says."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from review.audit import record
from review.principals import SYSTEM
from store.aliases import UNKNOWN, alias_of
from store.database import Database
from store.repositories import (
    channels,
    dashboard,
    drafts,
    events,
    jobs,
    knowledge,
    posts,
    proposals,
    runs,
    sources,
    users,
    votes,
)
from store.repositories.answer_figures import PROMISE
from store.repositories.draft_order import QueueOrder
from store.repositories.post_filters import PostFilter
from store.tables import Job, Run, Source
from tests import builders
from tests.builders import START


def test_a_channel_is_made_once(database: Database) -> None:
    with database.session() as session:
        first = channels.obtain(session, "论坛", timezone="Asia/Shanghai", now=START)
        again = channels.obtain(session, "论坛", timezone="Asia/Tokyo", now=START)
        assert first.id == again.id
        assert again.timezone == "Asia/Shanghai"
        assert [channel.name for channel in channels.everything(session)] == ["论坛"]


def test_posts_filter_by_everything_they_carry(database: Database) -> None:
    with database.session() as session:
        forum, group = builders.channel(session), builders.channel(session)
        who = builders.author(session)
        theme = builders.theme(session)
        first = builders.post(session, forum, who, "充电慢 100%", product="X1", region="四川", posted_at=START)
        later = builders.post(session, group, None, "发烫", posted_at=START + timedelta(days=1))
        builders.mention(session, later, theme)

        def found(**filters: object) -> list[str]:
            return [row.post.id for row in posts.listed(session, PostFilter(**filters)).items]  # type: ignore[arg-type]

        assert found() == [later.id, first.id]
        assert (
            found(channel=forum.id) == found(author=who.id) == found(product="X1") == found(region="四川") == [first.id]
        )
        assert found(theme=theme.id) == found(since=START + timedelta(hours=1)) == [later.id]
        assert found(until=START + timedelta(hours=1)) == found(q="0%") == [first.id]
        row = posts.details(session, first.id)
        assert row is not None
        assert row.channel_name == forum.name
        assert posts.details(session, "pst_none") is None
        assert set(posts.by_ids(session, [first.id, "pst_none"])) == {first.id}


def test_an_alias_is_short_stable_and_tells_nothing() -> None:
    assert alias_of("aut_1") == alias_of("aut_1") != alias_of("aut_2")
    assert len(alias_of("aut_1")) == 7
    assert alias_of(None) == alias_of("") == UNKNOWN


def test_the_queue_brings_the_most_urgent_draft_with_post_theme_and_sources(database: Database) -> None:
    order = QueueOrder(START + timedelta(days=1), PROMISE)
    with database.session() as session:
        where = builders.channel(session, "论坛")
        theme = builders.theme(session, "充电很慢")
        faq = builders.knowledge(session)
        sentence = {"text": "请使用原装充电器。", "kind": "grounded", "sources": [faq.id, "knw_gone"]}
        calm = builders.draft(session, builders.post(session, where), priority=1.0)
        urgent = builders.draft(session, builders.post(session, where), theme, priority=9.0, sentences=[sentence])
        builders.draft(session, builders.post(session, where), priority=5.0, status="expired")
        page = drafts.queue(session, order)
        assert [row.draft.id for row in page.items] == [urgent.id, calm.id]
        first, second = page.items
        assert (first.theme_name, first.channel_name, set(first.sources)) == ("充电很慢", "论坛", {faq.id})
        assert (second.theme_name, second.sources, second.claimed_by_name) == (None, {}, None)
        assert len(drafts.queue(session, order, status=()).items) == 3
        assert [row.draft.id for row in drafts.queue(session, order, theme_id=theme.id).items] == [urgent.id]
        assert drafts.queue(session, order, needs_person=True).items == ()
        assert drafts.count_by_status(session) == {"proposed": 2, "expired": 1}


def test_the_backlog_counts_voters_once_and_orders_by_them(database: Database) -> None:
    with database.session() as session:
        loved, liked, folded = (
            builders.proposal(session, builders.theme(session, name), updated_at=START + timedelta(days=day))
            for day, name in enumerate(["快充", "散热", "闪充"])
        )
        folded.status, folded.merged_into = "merged", loved.id
        session.flush()
        for proposal, voter in [(loved, "aut_a"), (liked, "aut_a"), (folded, "aut_a"), (folded, "aut_b")]:
            assert _vote(session, proposal.id, voter)
        assert not _vote(session, loved.id, "aut_a")
        by_votes = proposals.backlog(session, sort="votes").items
        assert [(row.proposal.id, row.votes) for row in by_votes] == [(loved.id, 2), (liked.id, 1)]
        assert [row.proposal.id for row in proposals.backlog(session).items] == [liked.id, loved.id]
        since = START + timedelta(hours=1)
        assert [row.proposal.id for row in proposals.backlog(session, updated_since=since).items] == [liked.id]
        assert [row.proposal.id for row in proposals.backlog(session, status="merged").items] == [folded.id]
        assert [row.proposal.id for row in proposals.backlog(session, q="散热").items] == [liked.id]
        assert votes.counts(session, [folded.id, "prp_none"]) == {folded.id: 2, "prp_none": 0}
        assert votes.voted(session, [loved.id, liked.id], "aut_b") == {loved.id}
        assert [vote.voter for vote in votes.listed(session, loved.id).items].count("aut_a") == 2
        details = proposals.details(session, loved.id)
        assert details is not None
        assert (details.votes, details.theme.name) == (2, "快充")


def test_equal_votes_are_ordered_by_demand_also_across_pages(database: Database) -> None:
    with database.session() as session:
        wanted = {
            score: builders.proposal(session, builders.theme(session, f"主题{score}"), demand_score=score).id
            for score in (12.5, 61.0, 44.7)
        }
        assert _vote(session, wanted[12.5], "aut_a")
        seen, cursor = [], None
        while True:
            page = proposals.backlog(session, sort="votes", cursor=cursor, limit=1)
            seen += [row.proposal.id for row in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert seen == [wanted[12.5], wanted[61.0], wanted[44.7]]


def _vote(session: Session, proposal_id: str, voter: str) -> bool:
    return votes.add(session, proposal_id=proposal_id, voter=voter, cast_by=voter, provenance="", now=START) is not None


def test_events_filter_by_subject_actor_and_action(database: Database) -> None:
    with database.session() as session:
        who = builders.person(session)
        record(session, SYSTEM, "theme.created", "theme", "thm_1")
        record(session, who, "theme.renamed", "theme", "thm_1", before={"name": "充电"}, after={"name": "快充"})
        record(session, who, "theme.renamed", "theme", "thm_2")
        session.flush()
        assert [event.actor for event in events.listed(session, subject_id="thm_1").items] == [who.id, "system"]
        assert len(events.listed(session, actor=who.id, action="theme.renamed").items) == 2
        assert events.listed(session, subject_type="draft").items == ()
        latest = events.latest_of(session, "theme", "thm_1")
        assert latest is not None
        assert (latest.before, latest.after) == ({"name": "充电"}, {"name": "快充"})
        assert users.names(session, [who.id, "system"]) == {who.id: who.name}


def test_knowledge_lists_what_is_in_use(database: Database) -> None:
    with database.session() as session:
        used = builders.knowledge(session, title="如何快充？", product="X1")
        old = builders.knowledge(session, active=False, kind="known_issue", title="旧问题")
        assert [item.id for item in knowledge.listed(session).items] == [used.id]
        assert {item.id for item in knowledge.listed(session, active=None).items} == {used.id, old.id}
        assert [item.id for item in knowledge.listed(session, active=False, kind="known_issue").items] == [old.id]
        assert knowledge.listed(session, q="快充", product="X1").items == (used,)
        assert knowledge.active(session) == (used,)
        assert set(knowledge.by_keys(session, [old.key, "none"])) == {old.key}


def test_the_dashboard_counts_what_there_is_and_what_waits(database: Database) -> None:
    with database.session() as session:
        assert dashboard.counts(session).posts == 0
        where, who = builders.channel(session), builders.author(session)
        said = builders.post(session, where, who, posted_at=START)
        theme = builders.theme(session)
        builders.theme(session, intent="praise")
        builders.mention(session, said, theme)
        builders.draft(session, said, theme)
        builders.proposal(session, theme)
        session.add(Job(id="job_1", kind="run", created_by="system", created_at=START))
        session.flush()
        counts = dashboard.counts(session)
    assert (counts.posts, counts.authors, counts.mentions, counts.themes) == (1, 1, 1, 1)
    assert (counts.drafts_waiting, counts.drafts_claimed) == (1, 0)
    assert (counts.proposals_open, counts.proposals_voting, counts.votes) == (1, 1, 0)
    assert (counts.jobs_active, counts.rejected_rows, counts.last_post_at) == (1, 0, START)


def test_sources_jobs_and_runs_list_newest_first(database: Database) -> None:
    with database.session() as session:
        where = builders.channel(session)
        for day in (1, 2):
            at = START + timedelta(days=day)
            session.add(Source(id=f"src_{day}", channel_id=where.id, name="a", sha256="s", format="qq", created_at=at))
            session.add(Job(id=f"job_{day}", kind="run", created_by="system", created_at=at))
            session.flush()
            session.add(
                Run(
                    id=f"run_{day}", job_id=f"job_{day}", encoder={}, parameters={}, timings={}, posts=1, mentions=1,
                    themes=1, created_at=at,
                )
            )  # fmt: skip
            session.flush()
        assert [source.id for source in sources.listed(session, channel=where.id).items] == ["src_2", "src_1"]
        first = sources.by_sha256(session, where.id, "s")
        assert first is not None
        assert first.id == "src_1"
        assert [job.id for job in jobs.listed(session, kind="run", status="queued").items] == ["job_2", "job_1"]
        assert jobs.count_by_status(session) == {"queued": 2}
        assert [run.id for run in runs.listed(session).items] == ["run_2", "run_1"]
        latest, of_job = runs.latest(session), runs.of_job(session, "job_1")
        assert latest is not None
        assert of_job is not None
        assert (latest.id, of_job.id) == ("run_2", "run_1")
