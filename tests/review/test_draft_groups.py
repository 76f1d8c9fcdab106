"""Drafts that belong together: what makes a group, who holds it, and approvals that each stand alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from review import draft_groups, drafts
from review.principals import Principal, Role
from store.database import Database
from store.tables import Draft, Event
from tests import builders

NOW = datetime.now(UTC)
ASKED = "充电到百分之八十就不动了，等了一个晚上还是八十"


def _draft(session: Session, question: str, reply: str, **fields: Any) -> str:
    post = builders.post(session, builders.channel(session), text=question)
    sentences = [{"text": reply, "kind": "grounded", "sources": ["knw_1"]}]
    return builders.draft(session, post, sentences=sentences, **fields).id


def _moderator(session: Session) -> Principal:
    return builders.person(session, Role.MODERATOR)


def _groups(session: Session, who: Principal) -> list[set[str]]:
    found = draft_groups.groups(session, drafts.order_for(who, now=NOW), now=NOW)
    return [{draft.id for draft, _ in group.members} for group in found]


def test_the_same_question_or_the_same_reply_makes_a_group_and_a_third_joins_two(database: Database) -> None:
    with database.session() as session:
        who = _moderator(session)
        first = _draft(session, ASKED, "甲。")
        again = _draft(session, ASKED + "！", "乙。")
        other = _draft(session, "快充为什么停了", "乙。")
        _draft(session, "门锁冬天认不出指纹", "丙。")
        _draft(session, "门锁冬天不认指纹", "丁。", needs_person=True)
        assert _groups(session, who) == [{first, again, other}]


def test_a_group_leaves_out_what_others_hold_or_decided(database: Database) -> None:
    with database.session() as session:
        who, other = _moderator(session), _moderator(session)
        ids = [_draft(session, f"问题{number}", "甲。") for number in range(4)]
        drafts.claim(session, other, ids[0], now=NOW)
        version = drafts.claim(session, other, ids[1], now=NOW).version
        drafts.approve(session, other, ids[1], version=version)
        assert _groups(session, who) == [{ids[2], ids[3]}]
        assert _groups(session, other) == [{ids[0], ids[2], ids[3]}]


def test_opening_a_group_claims_as_many_as_can_be_looked_at(database: Database) -> None:
    with database.session() as session:
        who, other = _moderator(session), _moderator(session)
        ids = {_draft(session, f"问题{number}", "甲。") for number in range(22)}
        order = drafts.order_for(who, now=NOW)
        opened = draft_groups.open_group(session, who, order, min(ids), now=NOW)
        held = set(session.scalars(select(Draft.id).where(Draft.claimed_by == who.id)))
        assert held == {draft.id for draft, _ in opened.members}
        assert (len(held), opened.taken, opened.left) == (draft_groups.MOST_TOGETHER, 0, 2)
        assert _groups(session, other) == [ids - held]


def test_each_approval_is_a_decision_of_its_own_and_a_refused_one_stops_no_other(database: Database) -> None:
    with database.session() as session:
        who, other = _moderator(session), _moderator(session)
        ids = [_draft(session, f"问题{number}", "甲。") for number in range(4)]
        versions = {draft_id: drafts.claim(session, who, draft_id, now=NOW).version for draft_id in ids[:3]}
        drafts.claim(session, other, ids[3], now=NOW)
        picked = [(ids[0], versions[ids[0]]), (ids[1], versions[ids[1]] - 1), (ids[3], 2), (ids[2], versions[ids[2]])]
        outcomes = draft_groups.approve_each(session, who, picked)
        refusals = [outcome.refusal.code if outcome.refusal else "" for outcome in outcomes]
        assert refusals == ["", "stale_version", "claimed_by_other", ""]
        statuses = [session.get_one(Draft, draft_id, populate_existing=True).status for draft_id in ids]
        assert statuses == ["approved", "claimed", "approved", "claimed"]
        approvals = session.scalars(select(Event.subject_id).where(Event.action == "draft.approved"))
        assert sorted(approvals) == sorted([ids[0], ids[2]])
