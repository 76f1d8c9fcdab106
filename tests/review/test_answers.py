"""Answers that were given: like a new question, and on their way into the knowledge by a second look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from review import answers, drafts
from review.errors import Conflict, Forbidden, Invalid, StaleVersion
from review.principals import Principal, Role
from store.database import Database
from store.repositories import knowledge
from store.tables import Draft, Event, Theme
from tests import builders

NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Desk:
    anna: Principal
    ben: Principal

    def answered(self, session: Session, question: str, reply: str = "", theme: Theme | None = None) -> Draft:
        """A draft that Anna approved, or edited where a reply is given."""
        post = builders.post(session, builders.channel(session), text=question, product="S1")
        draft = builders.draft(session, post, theme)
        version = drafts.claim(session, self.anna, draft.id, now=NOW).version
        if reply:
            return drafts.edit(session, self.anna, draft.id, text=reply, version=version)
        return drafts.approve(session, self.anna, draft.id, version=version)


def _desk(session: Session) -> Desk:
    return Desk(builders.person(session, Role.MODERATOR), builders.person(session, Role.MODERATOR))


def test_similar_answers_are_alike_in_words_and_those_of_the_theme_come_first(database: Database) -> None:
    with database.session() as session:
        desk = _desk(session)
        theme = builders.theme(session)
        other = desk.answered(session, "充电到八成就不动了，怎么办")
        same = desk.answered(session, "充电到八成就不动了，怎么办", theme=theme)
        desk.answered(session, "门锁冬天认不出指纹")
        asking = builders.draft(session, builders.post(session, builders.channel(session)), theme)
        found = answers.similar_answers(session, asking, "昨晚充电到八成就停了，为什么")
    assert [answer.decision.draft.id for answer in found] == [same.id, other.id]
    assert 0.2 <= found[1].alike < found[0].alike <= 1


def test_a_rejected_or_waiting_draft_is_no_answer(database: Database) -> None:
    with database.session() as session:
        desk = _desk(session)
        where = builders.channel(session)
        waiting = builders.draft(session, builders.post(session, where, text="充电很慢怎么办"))
        version = drafts.claim(session, desk.anna, waiting.id, now=NOW).version
        drafts.reject(session, desk.anna, waiting.id, reason="不对", version=version)
        builders.draft(session, builders.post(session, where, text="充电很慢怎么办"))
        asking = builders.draft(session, builders.post(session, where))
        assert answers.similar_answers(session, asking, "充电很慢怎么办") == ()


def test_a_second_person_adopts_a_reply_with_its_product(database: Database) -> None:
    with database.session() as session:
        desk = _desk(session)
        draft = desk.answered(session, "充到八成就停了", "夜间会先停在八成，起床前充满。")
        offer = answers.offer(session, desk.ben, draft.id)
        assert (offer.title, offer.body, offer.product) == ("充到八成就停了", draft.final_text, "S1")
        entry = answers.adopt(
            session, desk.ben, draft.id, version=draft.version, title=offer.title, body=offer.body, product="S1",
            product_version="3.2",
        )  # fmt: skip
        assert (entry.kind, entry.product, entry.product_version, entry.active) == ("approved_reply", "S1", "3.2", True)
        assert entry.source_updated_at == draft.decided_at
        assert entry in knowledge.active(session)
        with pytest.raises(Conflict) as refused:
            answers.adopt(
                session, desk.ben, draft.id, version=draft.version, title="x", body="别的话。", despite_doubles=True
            )
        assert refused.value.code == "already_adopted"
        event = session.scalars(select(Event).where(Event.action == "draft.adopted")).one()
        assert (event.after or {})["second_person"] is True


def test_what_is_offered_leaves_out_greetings_and_carries_the_product_and_version_of_its_sources(
    database: Database,
) -> None:
    with database.session() as session:
        desk = _desk(session)
        source = builders.knowledge(session, product="S1", product_version="3.2", title="甲乙丙丁", body="戊己庚辛")
        post = builders.post(session, builders.channel(session), text="充到八成就停了")
        sentences = [
            {"text": "您好。", "kind": "courtesy", "sources": []},
            {"text": "夜间会先停在八成。", "kind": "grounded", "sources": [source.id]},
            {"text": "您是什么型号？", "kind": "ask_back", "sources": []},
        ]
        draft = builders.draft(session, post, sentences=sentences)
        version = drafts.claim(session, desk.anna, draft.id, now=NOW).version
        drafts.approve(session, desk.anna, draft.id, version=version)
        offer = answers.offer(session, desk.ben, draft.id)
        assert (offer.body, offer.product, offer.product_version) == ("夜间会先停在八成。", "S1", "3.2")


def test_who_approved_must_say_that_they_looked_again(database: Database) -> None:
    with database.session() as session:
        desk = _desk(session)
        draft = desk.answered(session, "充到八成就停了")
        wanted = {"version": draft.version, "title": "充到八成就停了", "body": "夜间会先停在八成。"}
        with pytest.raises(Invalid) as refused:
            answers.adopt(session, desk.anna, draft.id, **wanted)  # type: ignore[arg-type]
        assert refused.value.code == "second_look_required"
        answers.adopt(session, desk.anna, draft.id, looked_again=True, **wanted)  # type: ignore[arg-type]


def test_what_is_known_already_is_shown_and_added_only_on_purpose(database: Database) -> None:
    with database.session() as session:
        desk = _desk(session)
        known = builders.knowledge(session, title="充到八成就停了怎么办", body="夜间会先停在八成。")
        draft = desk.answered(session, "充到八成就停了，怎么办？", "夜间会先停在八成。")
        offer = answers.offer(session, desk.ben, draft.id)
        assert [double.entry.id for double in offer.doubles] == [known.id]
        wanted = {"version": draft.version, "title": offer.title, "body": offer.body}
        with pytest.raises(Conflict) as refused:
            answers.adopt(session, desk.ben, draft.id, **wanted)  # type: ignore[arg-type]
        assert refused.value.details == {"ids": [known.id]}
        answers.adopt(session, desk.ben, draft.id, despite_doubles=True, **wanted)  # type: ignore[arg-type]


def test_a_decision_taken_back_takes_its_knowledge_out_of_use_and_it_may_come_back(database: Database) -> None:
    with database.session() as session:
        desk = _desk(session)
        draft = desk.answered(session, "充到八成就停了", "夜间会先停在八成。")
        entry = answers.adopt(session, desk.ben, draft.id, version=draft.version, title="停充", body="先停在八成。")
        draft = drafts.reopen(session, desk.anna, draft.id, version=draft.version)
        assert not entry.active
        draft = drafts.edit(session, desk.anna, draft.id, text="改好了。", version=draft.version)
        again = answers.adopt(session, desk.ben, draft.id, version=draft.version, title="停充", body="改好了。")
        assert (again.id, again.active, again.body) == (entry.id, True, "改好了。")


def test_only_an_approved_reply_at_its_version_is_adopted_and_only_by_a_moderator(database: Database) -> None:
    with database.session() as session:
        desk = _desk(session)
        manager = builders.person(session, Role.PRODUCT_MANAGER)
        waiting = builders.draft(session, builders.post(session, builders.channel(session)))
        with pytest.raises(Conflict, match="approved"):
            answers.offer(session, desk.ben, waiting.id)
        with pytest.raises(Conflict, match="approved"):
            answers.adopt(session, desk.ben, waiting.id, version=waiting.version, title="x", body="y")
        draft = desk.answered(session, "充到八成就停了")
        with pytest.raises(StaleVersion):
            answers.adopt(session, desk.ben, draft.id, version=draft.version - 1, title="x", body="y")
        with pytest.raises(Forbidden):
            answers.adopt(session, manager, draft.id, version=draft.version, title="x", body="y")
