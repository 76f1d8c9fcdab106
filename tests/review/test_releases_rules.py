"""A release names what shipped, ships it when it is published, and thanks by name only those who agreed."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from review import ballot, credit, releases
from review.errors import Conflict, Forbidden, Invalid, StaleVersion
from review.principals import Principal, Role
from store.database import Database
from store.repositories import events
from store.repositories import releases as stored
from store.tables import Proposal, Release
from tests import builders
from tests.builders import START


@dataclass(frozen=True)
class Desk:
    database: Database
    lead: Principal
    accepted: str
    building: str
    voting: str


@pytest.fixture
def desk(database: Database) -> Desk:
    with database.session() as session:
        lead = builders.person(session, Role.PRODUCT_MANAGER, "小李")
        made = {
            status: builders.proposal(session, builders.theme(session, status), status=status).id
            for status in ("accepted", "in_progress", "voting")
        }
    return Desk(database, lead, made["accepted"], made["in_progress"], made["voting"])


def _release(session: Session, desk: Desk, *proposals: str) -> Release:
    return releases.create(session, desk.lead, title="3.2 版", released_at=START, proposal_ids=proposals)


def test_publishing_ships_every_proposal_step_by_step_and_stores_no_words_of_one_language(desk: Desk) -> None:
    with desk.database.session() as session:
        release = _release(session, desk, desk.accepted, desk.building)
        assert session.get_one(Proposal, desk.accepted).status == "accepted"  # a draft changes nothing
        releases.publish(session, desk.lead, release.id, version=1)
        for proposal_id, steps in ((desk.accepted, ["in_progress", "shipped"]), (desk.building, ["shipped"])):
            proposal = session.get_one(Proposal, proposal_id)
            assert (proposal.status, proposal.note) == ("shipped", "")
            log = events.listed(session, subject_id=proposal_id, action="proposal.status_changed").items
            assert [(event.after or {})["status"] for event in reversed(log)] == steps
        (published,) = events.listed(session, action="release.published").items
    assert (published.after or {})["n"] == 2
    assert (release.status, release.version, release.published_at is not None) == ("published", 2, True)


def test_the_log_says_what_a_release_told_before_and_after(desk: Desk) -> None:
    with desk.database.session() as session:
        release = _release(session, desk)
        releases.edit(
            session, desk.lead, release.id, title="3.2 版", released_at=START, notes="修复闹钟", product="拾光",
            proposal_ids=[], version=1,
        )  # fmt: skip
        (line,) = events.listed(session, action="release.updated").items
    before, after = line.before or {}, line.after or {}
    assert (before["notes"], before["product"]) == ("", "")
    assert (after["notes"], after["product"]) == ("修复闹钟", "拾光")


def test_only_what_was_accepted_ships(desk: Desk) -> None:
    with desk.database.session() as session:
        with pytest.raises(Conflict) as refused:
            _release(session, desk, desk.voting)
        assert refused.value.code == "proposal_not_accepted"
    with desk.database.session() as session:
        release = _release(session, desk, desk.accepted)
        ballot.change_status(session, desk.lead, desk.accepted, status="declined", reason="来不及", version=1)
        with pytest.raises(Conflict) as refused:
            releases.publish(session, desk.lead, release.id, version=1)
        assert refused.value.details["status"] == "declined"


def test_a_proposal_ships_once(desk: Desk) -> None:
    with desk.database.session() as session:
        _release(session, desk, desk.accepted)
        with pytest.raises(Conflict) as refused:
            _release(session, desk, desk.accepted)
        assert (refused.value.code, refused.value.details) == ("already_released", {"proposals": [desk.accepted]})


def test_a_draft_can_lose_what_it_names_and_a_published_release_cannot(desk: Desk) -> None:
    def edit(session: Session, release: Release, version: int, *proposals: str) -> Release:
        return releases.edit(
            session, desk.lead, release.id, title="3.3 版", released_at=START, notes="修好了", product="",
            proposal_ids=proposals, version=version,
        )  # fmt: skip

    with desk.database.session() as session:
        release = _release(session, desk, desk.accepted)
        edit(session, release, 1, desk.building)
        assert [p.id for p in stored.proposals_of(session, [release.id])[release.id]] == [desk.building]
        with pytest.raises(StaleVersion):
            edit(session, release, 1, desk.building)
        releases.publish(session, desk.lead, release.id, version=2)
        with pytest.raises(Conflict) as refused:
            edit(session, release, 3)
        assert refused.value.code == "release_published"
        edit(session, release, 3, desk.building, desk.accepted)
        assert session.get_one(Proposal, desk.accepted).status == "shipped"
        with pytest.raises(Conflict):
            releases.publish(session, desk.lead, release.id, version=4)
        with pytest.raises(Conflict):
            releases.discard(session, desk.lead, release.id, version=4)


def test_a_discarded_draft_frees_its_proposals(desk: Desk) -> None:
    with desk.database.session() as session:
        release = _release(session, desk, desk.accepted)
        releases.discard(session, desk.lead, release.id, version=1)
        assert stored.get(session, release.id) is None
        _release(session, desk, desk.accepted)


def test_moderators_do_not_release(desk: Desk) -> None:
    with desk.database.session() as session:
        moderator = builders.person(session, Role.MODERATOR)
        with pytest.raises(Forbidden):
            releases.create(session, moderator, title="x", released_at=START)


def test_thanks_go_to_pseudonyms_until_people_agree_and_again_when_they_take_it_back(desk: Desk) -> None:
    with desk.database.session() as session:
        first, second, third = (builders.author(session) for _ in range(3))
        proposal = session.get_one(Proposal, desk.accepted)
        proposal.first_reporters = [first.id]
        merged = session.get_one(Proposal, desk.voting)
        merged.first_reporters = [second.id, first.id]
        where = builders.channel(session)
        theme = session.get_one(type(builders.theme(session)), proposal.theme_id)
        for who, intent in ((first, "pain_point"), (third, "request"), (second, "praise")):
            builders.mention(session, builders.post(session, where, who), theme, intent=intent)
        ballot.merge(session, desk.lead, merged.id, into=proposal.id, version=1)

        def thanks() -> credit.Thanks:
            return credit.thanks_for(session, [proposal.id])[proposal.id]

        assert thanks() == credit.Thanks((first.id, second.id), {}, 1)  # praise is no report
        contributor = Principal(id="ctr_x", name="", kind="contributor", author=first.id)
        credit.agree(session, contributor, display_name="  爱充电 的小王 ")
        assert thanks().names == {first.id: "爱充电 的小王"}
        with pytest.raises(Invalid) as refused:
            credit.agree(session, desk.lead, author_id=second.id, display_name="阿强")
        assert refused.value.code == "provenance_required"
        credit.agree(session, desk.lead, author_id=second.id, display_name="阿强", provenance="私信里同意")
        credit.withdraw(session, contributor)
        assert thanks().names == {second.id: "阿强"}
        log = events.listed(session, subject_type="author").items
        assert "爱充电" not in str([(event.before, event.after, event.note) for event in log])


@pytest.mark.parametrize("name", ["", "   ", "甲" * 31, "\u202e反着写", "零\u200b宽"])
def test_a_credited_name_is_short_and_plain(sqlite_database: Database, name: str) -> None:
    with sqlite_database.session() as session:
        who = builders.author(session)
        contributor = Principal(id="ctr_x", name="", kind="contributor", author=who.id)
        with pytest.raises(Invalid):
            credit.agree(session, contributor, display_name=name)


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u200b", "\ufeff", "\x07"])
@pytest.mark.parametrize("field", ["title", "notes", "product"])
def test_a_release_that_everybody_reads_holds_no_characters_that_nobody_sees(
    sqlite_database: Database, field: str, hidden: str
) -> None:
    said = {"title": "3.2 版", "notes": "修复", "product": ""}
    wrong = said | {field: f"修复{hidden}闹钟"}
    with sqlite_database.session() as session:
        lead = builders.person(session, Role.PRODUCT_MANAGER)
        with pytest.raises(Invalid) as refused:
            releases.create(session, lead, released_at=START, **wrong)
        assert refused.value.code == f"{field}_unreadable"
        assert f"U+{ord(hidden):04X}" in refused.value.message_zh
        made = releases.create(session, lead, released_at=START, **said)
        with pytest.raises(Invalid):
            releases.edit(session, lead, made.id, released_at=START, proposal_ids=(), version=1, **wrong)
        assert (made.title, made.notes, made.product) == ("3.2 版", "修复", "")


def test_the_notes_of_a_release_keep_lines_and_joined_emoji_and_a_fault_says_its_line(
    sqlite_database: Database,
) -> None:
    notes = "- 修复\t闹钟\r\n- 家庭共享 👩\u200d💻 ❤️\u200d🔥"
    with sqlite_database.session() as session:
        lead = builders.person(session, Role.PRODUCT_MANAGER)
        assert releases.create(session, lead, title="3.2\t版", notes=notes, released_at=START).notes == notes
        with pytest.raises(Invalid, match=r"U\+200D \(line 2\)"):
            releases.create(session, lead, title="3.2", notes="修复\n闹\u200d钟", released_at=START)
