"""A small filled database for tests of the API: one of each thing, invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from review import accounts, saved_views, theme_digests, theme_notes
from review.permissions import TOKEN_SCOPES
from review.principals import SYSTEM, Role
from store.database import Database
from store.ids import new_id
from store.tables import (
    Author,
    Channel,
    Connector,
    ConnectorItem,
    Draft,
    Job,
    Knowledge,
    Mention,
    Post,
    Proposal,
    RejectedRow,
    Release,
    Source,
    Theme,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookMessage,
)

NOW = datetime(2026, 8, 20, 8, 0, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>'\"; DROP TABLE themes; -- 𠮷\u202e 充电很慢"

PASSWORD = "correct horse battery staple"
ORIGIN = "http://testserver"


@dataclass(frozen=True, slots=True)
class Everyone:
    """Secrets of those who may act, by who they are."""

    sessions: dict[str, str]  # role -> cookie
    users: dict[str, str]  # role -> user id
    token: str  # with every scope a token may have
    bare_token: str  # with one scope that opens nearly nothing


@dataclass(frozen=True, slots=True)
class World:
    """Ids of what is there."""

    channel: str
    source: str
    posts: tuple[str, ...]
    themes: tuple[str, ...]  # best demand first
    mentions: tuple[str, ...]  # all of the first theme
    knowledge: str
    drafts: tuple[str, ...]  # the second needs a person
    proposals: tuple[str, ...]  # voting, received
    author: str
    release: str  # a draft
    job: str
    note: str
    saved_view: str
    webhook: str
    delivery: str  # dead
    connector: str
    connector_item: str  # dead


def populate(database: Database) -> tuple[World, Everyone]:
    """Fill a migrated database, with a user of each role, signed in, and two tokens."""
    with database.session() as session:
        world = fill(session)
        people = {
            role.value: accounts.create_user(
                session, SYSTEM, username=role.value, password=PASSWORD, role=role, display_name=role.value
            )
            for role in Role
        }
        sessions = {role: accounts.open_session(session, user) for role, user in people.items()}
        _, token = accounts.create_token(
            session, SYSTEM, name="everything", scopes=sorted(scope.value for scope in TOKEN_SCOPES), expires_at=None
        )
        _, bare = accounts.create_token(session, SYSTEM, name="bare", scopes=["event:read"], expires_at=None)
        return world, Everyone(sessions, {role: user.id for role, user in people.items()}, token, bare)


def fill(session: Session) -> World:
    """Write the world; flushes, does not commit."""
    channel = Channel(id=new_id("channel"), name="社区", timezone="Asia/Shanghai", created_at=NOW)
    author = Author(id="aut_" + "a" * 26, platform="native", tier="regular", first_seen=NOW)
    session.add_all([channel, author])
    session.flush()
    source = Source(
        id=new_id("source"), channel_id=channel.id, name="posts.jsonl", sha256="0" * 64, format="jsonl",
        received=5, written=4, duplicate=0, rejected=1, skipped=0, created_at=NOW,
    )  # fmt: skip
    session.add(source)
    session.flush()
    session.add(RejectedRow(source_id=source.id, line=3, reason="the text is empty; fill it in", raw="{}"))
    posts = [_post(channel.id, source.id, author.id, number) for number in range(4)]
    session.add_all(posts)
    session.flush()
    themes = [_theme(number) for number in range(3)]
    session.add_all(themes)
    session.flush()
    mentions = [_mention(post.id, themes[0].id) for post in posts]
    session.add_all(mentions)
    knowledge = Knowledge(
        id=new_id("knowledge"), key="faq-1", kind="faq", title="充电慢怎么办", body="请使用原装充电器。",
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    session.add(knowledge)
    session.flush()
    drafts = [_draft(post.id, themes[0].id, knowledge.id, number) for number, post in enumerate(posts[:3])]
    proposals = [_proposal(themes[0].id, "voting"), _proposal(themes[1].id, "received")]
    job = Job(id=new_id("job"), kind="run", status="running", created_by="system", created_at=NOW)
    release = Release(
        id=new_id("release"), title="3.2 版", status="draft", released_at=NOW, created_by="system", created_at=NOW,
        updated_at=NOW,
    )  # fmt: skip
    session.add_all([*drafts, *proposals, job, release])
    session.flush()
    delivery, item = _delivery(session), _connector_item(session, proposals[0].id)
    note = theme_notes.add(session, SYSTEM, themes[0].id, text="先看硬件")
    view = saved_views.save(session, SYSTEM, name="每周必看", query="sort=people", shared=True)
    theme_digests.refresh(session)
    return World(
        channel=channel.id,
        source=source.id,
        posts=tuple(post.id for post in posts),
        themes=tuple(theme.id for theme in themes),
        mentions=tuple(mention.id for mention in mentions),
        knowledge=knowledge.id,
        drafts=tuple(draft.id for draft in drafts),
        proposals=tuple(proposal.id for proposal in proposals),
        author=author.id,
        release=release.id,
        job=job.id,
        note=note.id,
        saved_view=view.id,
        webhook=delivery.endpoint_id,
        delivery=delivery.id,
        connector=item.connector_id,
        connector_item=item.id,
    )


def _delivery(session: Session) -> WebhookDelivery:
    endpoint = WebhookEndpoint(
        id=new_id("webhook"), url="https://other.example/hooks", event_types=["vote.cast"], active=True,
        created_by="system", created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    message = WebhookMessage(
        id=new_id("message"), type="vote.cast", subject_id="prp_x", created_at=NOW,
        body='{"type":"vote.cast","timestamp":"2026-08-20T08:00:00.000Z","data":{}}',
    )  # fmt: skip
    session.add_all([endpoint, message])
    session.flush()
    made = WebhookDelivery(
        id=new_id("delivery"), message_id=message.id, endpoint_id=endpoint.id, status="dead", tries=10, last_code=500,
        last_error="answered 500", created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.add(WebhookAttempt(delivery_id=made.id, at=NOW, milliseconds=12, code=500, error="", answer="oops"))
    session.flush()
    return made


def _connector_item(session: Session, proposal: str) -> ConnectorItem:
    connector = Connector(
        id=new_id("connector"), kind="fider", name="Fider", settings={"url": "https://board.example"}, active=True,
        created_by="system", created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    session.add(connector)
    session.flush()
    made = ConnectorItem(
        id=new_id("connector_item"), connector_id=connector.id, proposal_id=proposal, status="dead", tries=10,
        last_error="answered 500", last_code=500, created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def _post(channel: str, source: str, author: str, number: int) -> Post:
    return Post(
        id=new_id("post"), channel_id=channel, source_id=source, key=f"k{number}", author_id=author,
        posted_at=NOW - timedelta(days=number), raw=f"充电很慢，我的电话 13800138000（{number}）",
        text=f"充电很慢，我的电话 [手机号]（{number}）", masks={"mobile": 1}, created_at=NOW,
    )  # fmt: skip


def _theme(number: int) -> Theme:
    return Theme(
        id=new_id("theme"), name=("充电很慢", "闹钟不响", "广告太多")[number], mined_name="充电 慢", intent="pain_point",
        keyphrases=["充电", "慢"], quotes=[{"post_id": "pst_x", "text": "充电很慢"}], score=90.0 - number,
        parts={"reach": 0.5}, evidence={"authors": 3.0}, size=4, posts=4, authors=3, severity=0.5, growth=1.2,
        weekly=[["2026-08-10", 3]], first_seen=NOW, last_seen=NOW, created_at=NOW, updated_at=NOW,
    )  # fmt: skip


def _mention(post: str, theme: str) -> Mention:
    return Mention(
        id=new_id("mention"), post_id=post, ordinal=0, key=post, text="充电很慢", intent="pain_point",
        intent_confidence=0.9, severity=0.5, products=["手机"], theme_id=theme, strength=0.8,
    )  # fmt: skip


def _draft(post: str, theme: str, knowledge: str, number: int) -> Draft:
    return Draft(
        id=new_id("draft"), post_id=post, theme_id=theme, drafter="grounded",
        sentences=[{"text": "请使用原装充电器。", "kind": "fact", "sources": [knowledge]}], gaps=[], confidence=0.8,
        needs_person=number == 1, priority=10.0 - number, created_at=NOW, updated_at=NOW,
    )  # fmt: skip


def _proposal(theme: str, status: str) -> Proposal:
    return Proposal(
        id=new_id("proposal"), theme_id=theme, routed_from=theme, title="让充电快起来", problem="充电很慢",
        status=status, first_reporters=["aut_" + "a" * 26], people=3, demand_score=90.0, created_at=NOW, updated_at=NOW,
    )  # fmt: skip
