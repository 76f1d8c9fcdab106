"""The draft queue: one person at a time, claims that run out, decisions of persons only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from review import drafts
from review.drafts import CLAIM_MINUTES
from review.errors import Conflict, Forbidden, Invalid, NotFound, StaleVersion, VersionMissing
from review.principals import SYSTEM, Principal, Role
from store.database import Database
from store.repositories import drafts as queries
from store.tables import Draft, Event
from tests import builders

NOW = datetime.now(UTC)
LATER = NOW + timedelta(minutes=CLAIM_MINUTES, seconds=1)


@dataclass(frozen=True)
class Desk:
    database: Database
    anna: Principal
    ben: Principal
    boss: Principal
    draft: str
    urgent: str  # needs a person


@pytest.fixture
def desk(database: Database) -> Desk:
    with database.session() as session:
        anna = builders.person(session, Role.MODERATOR, "安娜")
        ben = builders.person(session, Role.MODERATOR, "阿本")
        boss = builders.person(session, Role.ADMIN, "老板")
        where = builders.channel(session)
        draft = builders.draft(session, builders.post(session, where), priority=1.0)
        urgent = builders.draft(
            session, builders.post(session, where), priority=9.0, needs_person=True, gaps=["缺少型号"]
        )
    return Desk(database, anna, ben, boss, draft.id, urgent.id)


def test_a_claim_keeps_others_out_and_says_who_and_until_when(desk: Desk) -> None:
    with desk.database.session() as session:
        draft = drafts.claim(session, desk.anna, desk.draft, now=NOW)
        until = NOW + timedelta(minutes=CLAIM_MINUTES)
        assert (draft.status, draft.claimed_by, draft.claim_expires_at) == ("claimed", desk.anna.id, until)
        with pytest.raises(Conflict) as refused:
            drafts.claim(session, desk.ben, desk.draft, now=NOW)
    assert refused.value.code == "claimed_by_other"
    assert refused.value.details == {"claimed_by": "安娜", "until": until.isoformat()}


def test_ones_own_claim_can_be_renewed_and_a_run_out_one_taken_over(desk: Desk) -> None:
    with desk.database.session() as session:
        seen = drafts.claim(session, desk.anna, desk.draft, now=NOW).version
        renewed = drafts.claim(session, desk.anna, desk.draft, now=NOW + timedelta(minutes=10))
        assert renewed.claim_expires_at == NOW + timedelta(minutes=10 + CLAIM_MINUTES)
        assert renewed.version == seen  # what another window of hers shows stays true
        with pytest.raises(Conflict):
            drafts.claim(session, desk.ben, desk.draft, now=LATER)
        taken = drafts.claim(session, desk.ben, desk.draft, now=LATER + timedelta(minutes=10))
        assert (taken.claimed_by, taken.version) == (desk.ben.id, seen + 1)
        with pytest.raises(Conflict, match="阿本"):
            drafts.approve(session, desk.anna, desk.draft, version=taken.version)


def test_who_is_at_work_keeps_the_claim_at_the_same_version_and_without_a_line_in_the_log(desk: Desk) -> None:
    with desk.database.session() as session:
        version = drafts.claim(session, desk.anna, desk.draft, now=NOW).version
        later = NOW + timedelta(minutes=CLAIM_MINUTES - 1)
        renewed = drafts.renew(session, desk.anna, desk.draft, version=version, now=later)
        assert renewed.claim_expires_at == later + timedelta(minutes=CLAIM_MINUTES)
        with pytest.raises(Conflict):
            drafts.claim(session, desk.ben, desk.draft, now=LATER)
        assert drafts.approve(session, desk.anna, desk.draft, version=version).status == "approved"
        log = session.scalars(select(Event.action).where(Event.subject_id == desk.draft))
        assert sorted(log) == ["draft.approved", "draft.claimed"]


def test_a_claim_that_somebody_else_has_cannot_be_renewed(desk: Desk) -> None:
    with desk.database.session() as session:
        version = drafts.claim(session, desk.anna, desk.draft, now=NOW).version
        taken = drafts.claim(session, desk.ben, desk.draft, now=LATER)
        with pytest.raises(Conflict, match="阿本"):
            drafts.renew(session, desk.anna, desk.draft, version=version, now=LATER)
        assert taken.claim_expires_at == LATER + timedelta(minutes=CLAIM_MINUTES)
        drafts.release(session, desk.ben, desk.draft)
        with pytest.raises(StaleVersion):
            drafts.renew(session, desk.anna, desk.draft, version=version, now=LATER)


def test_a_released_draft_is_free_again(desk: Desk) -> None:
    with desk.database.session() as session:
        drafts.claim(session, desk.anna, desk.draft, now=NOW)
        with pytest.raises(Conflict):
            drafts.release(session, desk.ben, desk.draft)
        assert drafts.release(session, desk.anna, desk.draft).status == "proposed"
        assert drafts.release(session, desk.anna, desk.draft).status == "proposed"
        assert drafts.claim(session, desk.ben, desk.draft, now=NOW).claimed_by == desk.ben.id
        assert drafts.release(session, desk.boss, desk.draft).claimed_by is None


def test_whoever_leaves_lets_go_of_everything(desk: Desk) -> None:
    with desk.database.session() as session:
        drafts.claim(session, desk.anna, desk.draft, now=NOW)
        drafts.claim(session, desk.anna, desk.urgent, now=NOW)
        assert drafts.release_all(session, desk.anna) == 2
        assert set(session.scalars(select(Draft.status))) == {"proposed"}
        assert drafts.release_all(session, desk.anna) == 0


def test_the_next_item_is_the_most_urgent_one_that_nobody_holds(desk: Desk) -> None:
    def opened(who: Principal, **options: object) -> str | None:
        order = drafts.order_for(who, now=NOW)
        draft = drafts.open_next(session, who, order, now=NOW, **options)  # type: ignore[arg-type]
        return draft.id if draft else None

    with desk.database.session() as session:
        assert opened(desk.anna) == desk.urgent
        assert opened(desk.anna) == desk.urgent  # what one holds comes first
        assert opened(desk.ben) == desk.draft
        assert opened(desk.boss) is None
        assert opened(desk.boss, first=desk.draft) is None  # somebody was quicker, and nothing else waits
        assert opened(desk.anna, exclude=[desk.urgent]) is None
        drafts.release(session, desk.ben, desk.draft)
        assert opened(desk.anna, exclude=[desk.urgent]) == desk.draft


def test_what_follows_is_the_next_one_down_and_at_the_end_the_first(desk: Desk) -> None:
    with desk.database.session() as session:
        order = drafts.order_for(desk.anna, now=NOW)
        assert drafts.following(session, order, desk.urgent, now=NOW) == desk.draft
        assert drafts.following(session, order, desk.draft, now=NOW) == desk.urgent
        drafts.claim(session, desk.ben, desk.draft, now=NOW)
        assert drafts.following(session, order, desk.urgent, now=NOW) is None


def test_what_one_passes_over_comes_last_for_them_only_the_longest_ago_first(desk: Desk) -> None:
    with desk.database.session() as session:
        third = builders.draft(session, builders.post(session, builders.channel(session)), priority=5.0).id
        drafts.claim(session, desk.anna, desk.urgent, now=NOW)
        passed = drafts.skip(session, desk.anna, desk.urgent, now=NOW)
        assert (passed.status, passed.claimed_by) == ("proposed", None)
        drafts.skip(session, desk.anna, third, now=NOW + timedelta(seconds=1))

        def queue(who: Principal) -> list[str]:
            return [row.draft.id for row in queries.queue(session, drafts.order_for(who, now=NOW)).items]

        assert queue(desk.anna) == [desk.draft, desk.urgent, third]
        assert queue(desk.ben) == [desk.urgent, third, desk.draft]
        drafts.skip(session, desk.anna, desk.urgent, now=NOW + timedelta(seconds=2))
        assert queue(desk.anna) == [desk.draft, third, desk.urgent]
        log = session.scalars(select(Event.action).where(Event.subject_id == desk.urgent).order_by(Event.at, Event.id))
        assert list(log) == ["draft.claimed", "draft.skipped", "draft.skipped"]


def test_passing_over_does_not_let_go_of_what_somebody_else_holds(desk: Desk) -> None:
    with desk.database.session() as session:
        drafts.claim(session, desk.ben, desk.draft, now=NOW)
        drafts.skip(session, desk.anna, desk.draft, now=NOW)
        assert session.get_one(Draft, desk.draft).claimed_by == desk.ben.id


def test_approval_takes_the_draft_word_for_word(desk: Desk) -> None:
    with desk.database.session() as session:
        version = drafts.claim(session, desk.anna, desk.draft, now=NOW).version
        draft = drafts.approve(session, desk.anna, desk.draft, version=version)
        assert (draft.status, draft.decided_by) == ("approved", desk.anna.id)
        assert draft.final_text == "感谢反馈。请使用原装充电器。"
        assert (draft.claimed_by, draft.claim_expires_at) == (None, None)
        assert draft.decided_at is not None


def test_what_needs_a_person_is_not_approved_unedited(desk: Desk) -> None:
    with desk.database.session() as session:
        version = drafts.claim(session, desk.anna, desk.urgent, now=NOW).version
        with pytest.raises(Invalid) as refused:
            drafts.approve(session, desk.anna, desk.urgent, version=version)
        assert (refused.value.status, refused.value.code) == (422, "needs_person")
        assert refused.value.details == {"gaps": ["缺少型号"]}
        draft = drafts.edit(session, desk.anna, desk.urgent, text=" 请问是哪个型号？ ", version=version)
        assert (draft.status, draft.final_text) == ("edited", "请问是哪个型号？")


def test_a_rejection_says_why(desk: Desk) -> None:
    with desk.database.session() as session:
        version = drafts.claim(session, desk.anna, desk.draft, now=NOW).version
        with pytest.raises(Invalid):
            drafts.reject(session, desk.anna, desk.draft, reason=" ", version=version)
        draft = drafts.reject(session, desk.anna, desk.draft, reason="答非所问", version=version)
        assert (draft.status, draft.reject_reason, draft.final_text) == ("rejected", "答非所问", None)


Act = Callable[[Session, Principal, str, int | None], Draft]
DECISIONS: dict[str, Act] = {
    "approve": lambda s, who, draft, version: drafts.approve(s, who, draft, version=version),
    "edit": lambda s, who, draft, version: drafts.edit(s, who, draft, text="好的。", version=version),
    "reject": lambda s, who, draft, version: drafts.reject(s, who, draft, reason="不对", version=version),
}
LATER_ACTS: dict[str, Act] = {
    "reopen": lambda s, who, draft, version: drafts.reopen(s, who, draft, version=version),
    "publish": lambda s, who, draft, version: drafts.publish(s, who, draft, version=version),
}
ALL = DECISIONS | LATER_ACTS


@pytest.mark.parametrize("act", DECISIONS.values(), ids=DECISIONS.keys())
def test_nobody_decides_what_they_have_not_claimed(desk: Desk, act: Act) -> None:
    with desk.database.session() as session:
        with pytest.raises(Conflict) as refused:
            act(session, desk.anna, desk.draft, 1)
        assert refused.value.code == "not_claimed"


@pytest.mark.parametrize("act", DECISIONS.values(), ids=DECISIONS.keys())
def test_nobody_decides_twice(desk: Desk, act: Act) -> None:
    with desk.database.session() as session:
        version = drafts.claim(session, desk.anna, desk.draft, now=NOW).version
        decided = act(session, desk.anna, desk.draft, version)
        with pytest.raises(Conflict) as refused:
            act(session, desk.anna, desk.draft, decided.version)
        assert refused.value.code == "draft_not_open"


@pytest.mark.parametrize("act", ALL.values(), ids=ALL.keys())
def test_a_decision_names_the_version_it_rests_on(desk: Desk, act: Act) -> None:
    with desk.database.session() as session:
        drafts.claim(session, desk.anna, desk.draft, now=NOW)
        with pytest.raises(VersionMissing):
            act(session, desk.anna, desk.draft, None)
        with pytest.raises(StaleVersion):
            act(session, desk.anna, desk.draft, 1)


@pytest.mark.parametrize("act", ALL.values(), ids=ALL.keys())
def test_only_a_person_with_the_right_decides(desk: Desk, act: Act) -> None:
    token = Principal(id="tok_1", name="机器人", kind="token", scopes=frozenset({"draft:decide"}))
    with desk.database.session() as session:
        manager = builders.person(session, Role.PRODUCT_MANAGER)
        for who in (SYSTEM, token, manager):
            with pytest.raises(Forbidden):
                act(session, who, desk.draft, 1)
            with pytest.raises(Forbidden):
                drafts.claim(session, who, desk.draft)


@pytest.mark.parametrize("act", ALL.values(), ids=ALL.keys())
def test_a_draft_that_is_not_there_is_not_found(desk: Desk, act: Act) -> None:
    with desk.database.session() as session:
        with pytest.raises(NotFound):
            act(session, desk.anna, "drf_none", 1)
        with pytest.raises(NotFound):
            drafts.claim(session, desk.anna, "drf_none")


def test_a_decision_can_be_taken_back_by_who_made_it_while_unpublished(desk: Desk) -> None:
    with desk.database.session() as session:
        version = drafts.claim(session, desk.anna, desk.draft, now=NOW).version
        version = drafts.approve(session, desk.anna, desk.draft, version=version).version
        with pytest.raises(Forbidden):
            drafts.reopen(session, desk.ben, desk.draft, version=version)
        draft = drafts.reopen(session, desk.anna, desk.draft, version=version)
        assert (draft.status, draft.claimed_by, draft.decided_by, draft.final_text) == (
            "claimed", desk.anna.id, None, None,
        )  # fmt: skip
        draft = drafts.edit(session, desk.anna, desk.draft, text="好的。", version=draft.version)
        draft = drafts.publish(session, desk.anna, desk.draft, version=draft.version)
        with pytest.raises(Conflict):
            drafts.reopen(session, desk.boss, desk.draft, version=draft.version)


def test_publishing_follows_a_decision_and_nothing_else(desk: Desk) -> None:
    with desk.database.session() as session:
        with pytest.raises(Conflict, match="approved"):
            drafts.publish(session, desk.boss, desk.draft, version=1)
        version = drafts.claim(session, desk.anna, desk.draft, now=NOW).version
        with pytest.raises(Conflict):
            drafts.publish(session, desk.anna, desk.draft, version=version)
        version = drafts.approve(session, desk.anna, desk.draft, version=version).version
        draft = drafts.publish(session, desk.ben, desk.draft, version=version)
        assert draft.status == "published"
        assert draft.published_at is not None


def test_every_step_is_on_record_with_before_and_after(desk: Desk) -> None:
    with desk.database.session() as session:
        version = drafts.claim(session, desk.anna, desk.draft, now=NOW).version
        version = drafts.approve(session, desk.anna, desk.draft, version=version).version
        version = drafts.reopen(session, desk.anna, desk.draft, version=version).version
        version = drafts.reject(session, desk.anna, desk.draft, reason="不对", version=version).version
        log = list(session.scalars(select(Event).order_by(Event.at)))
    assert [event.action for event in log] == ["draft.claimed", "draft.approved", "draft.reopened", "draft.rejected"]
    steps = [((event.before or {})["status"], (event.after or {})["status"]) for event in log]
    assert steps == [
        ("proposed", "claimed"), ("claimed", "approved"), ("approved", "claimed"), ("claimed", "rejected"),
    ]  # fmt: skip
    assert {event.actor for event in log} == {desk.anna.id}
