"""Drafts that lost their ground: struck and returned, or expired; what people decided stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from review import draft_expiry, drafts
from review import knowledge as knowledge_rules
from review.errors import StaleVersion
from review.principals import Role
from store.database import Database
from store.repositories.answer_figures import offered_text
from store.repositories.draft_order import READY
from store.tables import Draft, Event, Post
from tests import builders

NOW = datetime.now(UTC)
MONTH = timedelta(days=30)


def _draft(session: Session, **fields: Any) -> Draft:
    return builders.draft(session, builders.post(session, builders.channel(session)), **{"created_at": NOW, **fields})


def _sentence(text: str, *sources: str) -> dict[str, object]:
    return {"text": text, "kind": "grounded" if sources else "courtesy", "sources": list(sources)}


def _tidy(session: Session) -> tuple[int, int]:
    done = draft_expiry.tidy(session, oldest=MONTH, now=NOW)
    return done.expired, done.returned


def test_a_draft_that_waited_too_long_expires_unless_somebody_is_at_it(database: Database) -> None:
    with database.session() as session:
        who = builders.person(session, Role.MODERATOR)
        old, held, fresh = (_draft(session, created_at=NOW - timedelta(days=days)) for days in (31, 31, 29))
        drafts.claim(session, who, held.id, now=NOW)
        assert _tidy(session) == (1, 0)
        assert (old.status, old.note) == ("expired", draft_expiry.TOO_OLD)
        assert {held.status, fresh.status} == {"claimed", "proposed"}
        assert _tidy(session) == (0, 0)
        assert draft_expiry.tidy(session, oldest=None, now=NOW + 100 * MONTH).expired == 0
        last = session.scalars(select(Event).where(Event.action == "draft.expired")).one()
        assert (last.actor, last.subject_id) == ("system", old.id)


def test_a_draft_for_a_post_that_is_gone_expires_in_anybodys_hands(database: Database) -> None:
    with database.session() as session:
        who = builders.person(session, Role.MODERATOR)
        draft = _draft(session)
        version = drafts.claim(session, who, draft.id, now=NOW).version
        session.get_one(Post, draft.post_id).text = ""
        assert _tidy(session) == (1, 0)
        assert (draft.status, draft.note, draft.claimed_by) == ("expired", draft_expiry.POST_GONE, None)
        with pytest.raises(StaleVersion):
            drafts.approve(session, who, draft.id, version=version)


def test_what_rests_on_withdrawn_knowledge_is_struck_and_the_draft_comes_back(database: Database) -> None:
    with database.session() as session:
        who = builders.person(session, Role.MODERATOR)
        gone, kept = builders.knowledge(session), builders.knowledge(session)
        draft = _draft(
            session,
            priority=READY + 30,
            sentences=[_sentence("您好。"), _sentence("甲。", gone.id), _sentence("乙。", gone.id, kept.id)],
        )
        version = drafts.claim(session, who, draft.id, now=NOW).version
        knowledge_rules.deactivate(session, who, gone.id, version=gone.version)
        assert (draft.status, draft.note, draft.needs_person) == ("proposed", draft_expiry.WITHDRAWN, False)
        assert offered_text(draft.sentences) == "您好。乙。"
        assert draft.sentences[1] == {
            "text": "甲。", "kind": "struck", "reason": "withdrawn", "sources": [gone.id],
        }  # fmt: skip
        with pytest.raises(StaleVersion) as refused:
            drafts.approve(session, who, draft.id, version=version)
        assert refused.value.details["changed_by"] is not None
        assert _tidy(session) == (0, 0)


def test_a_sentence_falls_with_the_last_of_its_sources(database: Database) -> None:
    with database.session() as session:
        who = builders.person(session, Role.MODERATOR)
        first, last = builders.knowledge(session), builders.knowledge(session)
        draft = _draft(session, sentences=[_sentence("您好。"), _sentence("甲。", first.id, last.id)])
        knowledge_rules.deactivate(session, who, first.id, version=first.version)
        assert offered_text(draft.sentences) == "您好。甲。"
        knowledge_rules.deactivate(session, who, last.id, version=last.version)
        assert offered_text(draft.sentences) == "您好。"


def test_a_draft_that_is_left_with_nothing_needs_a_person_and_no_longer_goes_first(database: Database) -> None:
    with database.session() as session:
        who = builders.person(session, Role.MODERATOR)
        gone = builders.knowledge(session)
        draft = _draft(session, priority=READY + 30, sentences=[_sentence("您好。"), _sentence("甲。", gone.id)])
        knowledge_rules.deactivate(session, who, gone.id, version=gone.version)
        assert (draft.needs_person, draft.priority) == (True, 30)


def test_knowledge_that_was_out_of_use_before_the_draft_came_is_found_by_housekeeping(database: Database) -> None:
    with database.session() as session:
        gone = builders.knowledge(session, active=False)
        draft = _draft(session, sentences=[_sentence("甲。", gone.id)])
        assert _tidy(session) == (0, 1)
        assert draft.note == draft_expiry.WITHDRAWN


def test_what_a_person_decided_is_left_alone(database: Database) -> None:
    with database.session() as session:
        who = builders.person(session, Role.MODERATOR)
        gone = builders.knowledge(session)
        draft = _draft(session, created_at=NOW - 2 * MONTH, sentences=[_sentence("甲。", gone.id)])
        version = drafts.claim(session, who, draft.id, now=NOW).version
        drafts.approve(session, who, draft.id, version=version)
        knowledge_rules.deactivate(session, who, gone.id, version=gone.version)
        assert _tidy(session) == (0, 0)
        assert (draft.status, draft.final_text) == ("approved", "甲。")
