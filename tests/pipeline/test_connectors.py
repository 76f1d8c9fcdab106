"""Proposals reach boards of other systems once each and follow every change, whatever is lost on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from pipeline.connectors.fider import fitting_title
from pipeline.connectors.mapping import at_path, filled, filled_url
from pipeline.connectors.pushing import Pusher
from pipeline.outbound import relay
from pipeline.settings import Settings
from review import ballot, connectors, votes
from review.errors import Invalid
from review.principals import SYSTEM
from store.database import Database
from store.repositories import connectors as stored
from store.tables import Connector, ConnectorItem, Event
from tests import builders
from tests.pipeline.boards import Cards, Fider, answer
from tests.receivers import Received, Reply, receiver

KEY = b"a secret of these tests"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None, state=tmp_path, secret=KEY.decode(), outgoing_allow_private=True, outgoing_timeout=2
    )


def connect(database: Database, kind: str, given: dict[str, Any], board_key: str) -> str:
    with database.session() as session:
        return connectors.create(
            session, SYSTEM, key=KEY, kind=kind, name="看板", settings=given, board_key=board_key, allow_private=True
        ).id


def card_settings(base: str, **changes: Any) -> dict[str, Any]:
    return {
        "url": f"{base}/cards",
        "template": {
            "name": "{title}", "ref": "{marker}", "count": "{votes}", "state": {"name": "{status}"},
            "labels": ["众声", "{reason}"],
        },
        "id_path": "data.id",
        "update_url": f"{base}/cards/{{remote_id}}",
        "find_url": f"{base}/cards?ref={{marker}}",
        "find_path": "data",
        "statuses": {"voting": "收集中"},
        "key_header": "X-Api-Key",
        "key_prefix": "",
    } | changes  # fmt: skip


def propose(database: Database, name: str = "让充电快起来", status: str = "under_review") -> str:
    with database.session() as session:
        theme = builders.theme(session, name)
        proposal = ballot.propose(session, SYSTEM, theme.id, version=1)
        proposal.status = status
        return proposal.id


def move(database: Database, proposal_id: str, status: str, **words: str) -> None:
    with database.session() as session:
        version = session.get_one(builders.Proposal, proposal_id).version
        ballot.change_status(session, SYSTEM, proposal_id, status=status, version=version, **words)


def push(database: Database, settings: Settings) -> None:
    relay(database, settings)
    pusher = Pusher(settings, database)
    pusher.look()
    pusher.rest()
    pusher.stop()


def make_due(database: Database) -> None:
    with database.session() as session:
        past = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(ConnectorItem).where(ConnectorItem.status == "pending").values(due_at=past))


def only_item(database: Database) -> ConnectorItem:
    with database.session(readonly=True) as session:
        return session.scalars(select(ConnectorItem)).one()


def test_a_proposal_becomes_a_post_and_its_status_follows(database: Database, settings: Settings) -> None:
    board = Fider()
    with receiver(board) as other:
        connect(database, "fider", {"url": other.url}, board.key)
        proposal = propose(database)
        push(database, settings)
        [post] = board.posts.values()
        assert (post["title"], post["status"]) == ("让充电快起来", "open")
        assert f"zhongsheng:{proposal}" in post["description"]
        move(database, proposal, "voting")
        push(database, settings)
        assert board.status_changes == [], "open before and after: nobody is told"
        move(database, proposal, "declined", reason="硬件做不到")
        push(database, settings)
    assert board.posts[1]["status"] == "declined"
    assert board.posts[1]["response"] == {"text": "硬件做不到"}
    assert board.status_changes == [(1, "declined")]
    item = only_item(database)
    assert (item.status, item.remote_id, item.tries) == ("pushed", "1", 0)


@pytest.mark.parametrize("search_works", [True, False])
def test_a_lost_answer_never_makes_a_second_post(
    sqlite_database: Database, settings: Settings, search_works: bool
) -> None:
    board = Fider(lose_answers=1, search_works=search_works)
    with receiver(board) as other:
        connect(sqlite_database, "fider", {"url": other.url}, board.key)
        propose(sqlite_database)
        push(sqlite_database, settings)
        assert (only_item(sqlite_database).status, only_item(sqlite_database).remote_id) == ("pending", None)
        make_due(sqlite_database)
        push(sqlite_database, settings)
    assert len(board.posts) == 1
    assert (only_item(sqlite_database).status, only_item(sqlite_database).remote_id) == ("pushed", "1")


def test_a_connector_made_anew_finds_what_is_on_the_board(sqlite_database: Database, settings: Settings) -> None:
    board = Fider()
    with receiver(board) as other:
        first = connect(sqlite_database, "fider", {"url": other.url}, board.key)
        propose(sqlite_database)
        propose(sqlite_database, "闹钟不响")
        push(sqlite_database, settings)
        with sqlite_database.session() as session:
            connectors.remove(session, SYSTEM, first, version=1)
        second = connect(sqlite_database, "fider", {"url": other.url}, board.key)
        with sqlite_database.session() as session:
            assert connectors.push_all(session, SYSTEM, second) == 2
        push(sqlite_database, settings)
    assert len(board.posts) == 2


def test_two_proposals_of_one_title_are_two_posts(sqlite_database: Database, settings: Settings) -> None:
    board = Fider()
    with receiver(board) as other:
        connect(sqlite_database, "fider", {"url": other.url}, board.key)
        one, two = propose(sqlite_database), propose(sqlite_database)
        push(sqlite_database, settings)
        titles = {post["title"] for post in board.posts.values()}
        assert titles == {"让充电快起来", f"让充电快起来 · {two[-6:]}"} or titles == {
            "让充电快起来", f"让充电快起来 · {one[-6:]}"
        }  # fmt: skip
        move(sqlite_database, two, "declined", reason="重复")
        push(sqlite_database, settings)
    assert {post["status"] for post in board.posts.values()} == {"open", "declined"}


def test_a_merged_proposal_is_a_duplicate_of_the_other(sqlite_database: Database, settings: Settings) -> None:
    board = Fider()
    with receiver(board) as other:
        connect(sqlite_database, "fider", {"url": other.url}, board.key)
        one = propose(sqlite_database, "充电太慢了", "voting")
        push(sqlite_database, settings)
        two = propose(sqlite_database, "充电慢", "voting")
        with sqlite_database.session() as session:
            ballot.merge(session, SYSTEM, one, into=two, version=1)
        push(sqlite_database, settings)
        make_due(sqlite_database)
        push(sqlite_database, settings)
    by_title = {post["title"]: post for post in board.posts.values()}
    assert by_title["充电太慢了"]["status"] == "duplicate"
    assert len(board.posts) == 2


def test_a_post_that_was_deleted_on_the_board_is_not_made_again(sqlite_database: Database, settings: Settings) -> None:
    board = Fider()
    with receiver(board) as other:
        connect(sqlite_database, "fider", {"url": other.url}, board.key)
        proposal = propose(sqlite_database, status="accepted")
        push(sqlite_database, settings)
        board.posts.clear()
        move(sqlite_database, proposal, "in_progress")
        push(sqlite_database, settings)
    item = only_item(sqlite_database)
    assert (item.status, item.last_code, board.posts) == ("dead", 404, {})


def test_a_wrong_key_shows_and_the_right_one_repairs_it(sqlite_database: Database, settings: Settings) -> None:
    board = Fider()
    with receiver(board) as other:
        connector = connect(sqlite_database, "fider", {"url": other.url}, "wrong")
        propose(sqlite_database)
        push(sqlite_database, settings)
        assert (only_item(sqlite_database).status, only_item(sqlite_database).last_code) == ("pending", 401)
        with sqlite_database.session() as session:
            assert session.get_one(Connector, connector).failing_since is not None
            connectors.change(session, SYSTEM, connector, key=KEY, version=1, board_key=board.key)
        make_due(sqlite_database)
        push(sqlite_database, settings)
        assert len(board.posts) == 1
    with sqlite_database.session(readonly=True) as session:
        kept = session.get_one(Connector, connector)
        assert kept.failing_since is None
        assert board.key not in (kept.sealed_key or "")


def test_an_answer_that_makes_no_sense_is_a_failure_that_is_counted(
    sqlite_database: Database, settings: Settings
) -> None:
    with receiver(lambda _: answer("welcome")) as other:
        connect(sqlite_database, "fider", {"url": other.url}, "k")
        propose(sqlite_database)
        push(sqlite_database, settings)
    item = only_item(sqlite_database)
    assert (item.status, item.tries, item.last_error) == ("pending", 1, "unexpected")


def test_days_of_failures_turn_a_connector_off(sqlite_database: Database, settings: Settings) -> None:
    with receiver(lambda _: Reply(500)) as other:
        connector = connect(sqlite_database, "fider", {"url": other.url}, "k")
        propose(sqlite_database)
        push(sqlite_database, settings)
        with sqlite_database.session() as session:
            session.get_one(Connector, connector).failing_since = datetime.now(UTC) - timedelta(days=6)
        make_due(sqlite_database)
        push(sqlite_database, settings)
    with sqlite_database.session(readonly=True) as session:
        kept = session.get_one(Connector, connector)
        assert (kept.active, kept.disabled_reason) == (False, "failing")


def test_a_generic_board_gets_its_own_fields_and_words(database: Database, settings: Settings) -> None:
    board = Cards()
    with receiver(board) as other:
        connect(database, "json_board", card_settings(other.url), board.key)
        proposal = propose(database)
        push(database, settings)
        move(database, proposal, "voting")
        with database.session() as session:
            voter = builders.author(session)
            votes.cast_vote(session, SYSTEM, proposal, voter=voter.id, provenance="群里")
        push(database, settings)
        sent = len(other.received)
        with database.session() as session:
            connectors.push_all(session, SYSTEM, only_item(database).connector_id)
        push(database, settings)
        assert len(other.received) == sent, "the board knows all of it"
    assert board.cards == {
        "c1": {
            "id": "c1", "name": "让充电快起来", "ref": f"zhongsheng:{proposal}", "count": 1,
            "state": {"name": "收集中"}, "labels": ["众声", ""],
        }
    }  # fmt: skip


def test_a_generic_board_is_asked_for_the_card_before_a_second_is_made(
    sqlite_database: Database, settings: Settings
) -> None:
    board = Cards(lose_answers=1)
    with receiver(board) as other:
        connect(sqlite_database, "json_board", card_settings(other.url), board.key)
        propose(sqlite_database)
        push(sqlite_database, settings)
        make_due(sqlite_database)
        push(sqlite_database, settings)
    assert list(board.cards) == ["c1"]
    assert only_item(sqlite_database).remote_id == "c1"


def test_what_closed_before_it_came_to_the_board_is_not_put_there(
    sqlite_database: Database, settings: Settings
) -> None:
    board = Cards()
    with receiver(board) as other:
        connector = connect(sqlite_database, "json_board", card_settings(other.url), board.key)
        with sqlite_database.session() as session:
            theme = builders.theme(session)
            builders.proposal(session, theme, status="declined", reason="不做")
            connectors.push_all(session, SYSTEM, connector)
        push(sqlite_database, settings)
    assert board.cards == {}
    assert only_item(sqlite_database).status == "pushed"


def test_words_that_nobody_has_read_stay_inside_and_those_that_leave_are_masked(
    sqlite_database: Database, settings: Settings
) -> None:
    board = Fider()
    with receiver(board) as other:
        connect(sqlite_database, "fider", {"url": other.url}, board.key)
        proposal = propose(sqlite_database, status="received")
        with sqlite_database.session() as session:
            session.get_one(builders.Proposal, proposal).problem = "“打我电话 13812345678”\n“充电太慢”"
        push(sqlite_database, settings)
        assert (board.posts, only_item(sqlite_database).status) == ({}, "pushed")
        move(sqlite_database, proposal, "under_review")
        push(sqlite_database, settings)
    assert "充电太慢" in board.posts[1]["description"]
    assert "13812345678" not in board.posts[1]["description"]


def test_a_post_points_to_the_one_it_was_merged_into_as_soon_as_that_is_there(
    sqlite_database: Database, settings: Settings
) -> None:
    board = Fider()
    with receiver(board) as other:
        connect(sqlite_database, "fider", {"url": other.url}, board.key)
        one = propose(sqlite_database, "充电太慢了", "voting")
        two = propose(sqlite_database, "充电慢", "received")
        push(sqlite_database, settings)
        with sqlite_database.session() as session:
            ballot.merge(session, SYSTEM, one, into=two, version=1)
        push(sqlite_database, settings)  # in vain: there is nothing to point to
        with sqlite_database.session() as session:
            given_up = update(ConnectorItem).where(ConnectorItem.proposal_id == one)
            session.execute(given_up.values(status="dead", due_at=None))
        move(sqlite_database, two, "under_review")
        push(sqlite_database, settings)
    assert [post["status"] for post in board.posts.values()] == ["duplicate", "open"]


def test_at_another_address_every_card_is_found_or_made_anew(sqlite_database: Database, settings: Settings) -> None:
    first, second = Fider(), Fider()
    strangers = {"number": 1, "title": "陌生人的帖子", "description": "与我们无关", "status": "open", "response": None}
    second.posts[1] = dict(strangers)
    with receiver(first) as one, receiver(second) as two:
        connector = connect(sqlite_database, "fider", {"url": one.url}, first.key)
        proposal = propose(sqlite_database)
        push(sqlite_database, settings)
        with sqlite_database.session() as session:
            connectors.change(
                session, SYSTEM, connector, key=KEY, version=1, settings={"url": two.url}, allow_private=True
            )
            changed = session.scalars(select(Event).where(Event.action == "connector.changed")).one()
            assert (changed.after or {})["settings"] == "url"
        push(sqlite_database, settings)
    assert second.posts[1] == strangers
    assert f"zhongsheng:{proposal}" in second.posts[2]["description"]
    assert only_item(sqlite_database).remote_id == "2"


def test_a_push_that_ends_after_the_address_changed_leaves_nothing_of_the_old_board(
    sqlite_database: Database, settings: Settings
) -> None:
    first, second = Cards(), Cards()
    with receiver() as one, receiver(second) as two:
        connector = connect(sqlite_database, "json_board", card_settings(one.url), first.key)
        propose(sqlite_database)

        def changing(came: Received) -> Reply:
            if came.method == "POST":
                with sqlite_database.session() as session:
                    elsewhere = card_settings(two.url)
                    connectors.change(
                        session, SYSTEM, connector, key=KEY, version=1, settings=elsewhere, allow_private=True
                    )
            return first(came)

        one.respond = changing
        first.cards["c0"] = {"id": "c0", "ref": ""}
        push(sqlite_database, settings)
        push(sqlite_database, settings)
    assert list(first.cards) == ["c0", "c2"]
    assert list(second.cards) == ["c1"]
    assert only_item(sqlite_database).remote_id == "c1"


def test_what_changes_while_a_connector_is_off_is_pushed_when_it_is_on(
    sqlite_database: Database, settings: Settings
) -> None:
    board = Fider()
    with receiver(board) as other:
        connector = connect(sqlite_database, "fider", {"url": other.url}, board.key)
        proposal = propose(sqlite_database, status="accepted")
        push(sqlite_database, settings)
        with sqlite_database.session() as session:
            connectors.change(session, SYSTEM, connector, key=KEY, version=1, active=False)
        move(sqlite_database, proposal, "in_progress")
        push(sqlite_database, settings)
        assert board.posts[1]["status"] == "planned"
        with sqlite_database.session() as session:
            connectors.change(session, SYSTEM, connector, key=KEY, version=2, active=True)
        push(sqlite_database, settings)
    assert board.posts[1]["status"] == "started"


def test_a_wish_during_a_push_that_is_given_up_is_not_lost(sqlite_database: Database) -> None:
    with sqlite_database.session() as session:
        connector = connectors.create(
            session, SYSTEM, key=KEY, kind="fider", name="看板", settings={"url": "https://board.example"}
        ).id
        proposal = builders.proposal(session, builders.theme(session)).id
        now = datetime.now(UTC)
        stored.want(session, proposal, now=now)
        due = stored.claim(session, connector, now=now, until=now + timedelta(minutes=1))
        assert due is not None
        stored.want(session, proposal, now=now)
        stored.settle(session, due, now=now, status="dead", due_at=None, code=404)
    assert (only_item(sqlite_database).status, only_item(sqlite_database).tries) == ("pending", 0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"template": {"name": "{title}"}}, "marker_required"),
        ({"template": {"ref": "{marker}", "x": "{password}"}}, "settings_invalid"),
        ({"update_url": "https://board.example/cards"}, "settings_invalid"),
        ({"find_url": "https://{marker}.example/"}, "settings_invalid"),
        ({"find_url": "http://10.0.0.1/?q={marker}"}, "find_url_private"),
        ({"url": "ftp://board.example/"}, "url_unfit"),
        ({"statuses": {"nonsense": "x"}}, "settings_invalid"),
        ({"method": "DELETE"}, "settings_invalid"),
        ({"key_header": "X: y\r\nHost"}, "settings_invalid"),
    ],
)
def test_settings_that_cannot_work_or_would_lead_elsewhere_are_refused(
    sqlite_database: Database, change: dict[str, Any], code: str
) -> None:
    given = card_settings("https://board.example", **change)
    with sqlite_database.session() as session, pytest.raises(Invalid) as refused:
        connectors.create(session, SYSTEM, key=KEY, kind="json_board", name="看板", settings=given)
    assert refused.value.code == code


@given(st.text(max_size=80))
def test_any_title_fits_fider(title: str) -> None:
    for ending in ("", " · 7f3kq2"):
        fitted = fitting_title(title.replace("\ud800", ""), ending=ending)
        assert 10 <= len(fitted.encode()) <= 100
        assert fitted.endswith(ending)


@given(st.text(max_size=40))
def test_a_field_stays_a_field(text: str) -> None:
    assert filled({"a": ["{title}", "<{title}>", 3]}, {"title": text}) == {"a": [text, f"<{text}>", 3]}
    assert filled("{title}{votes}", {"title": "{votes}", "votes": 3}) == "{votes}3", "what is put in is not looked at"
    url = filled_url("https://board.example/x?ref={title}", {"title": text})
    assert url.startswith("https://board.example/x?ref=")
    assert not set(url.removeprefix("https://board.example/x?ref=")) & set("/?#&@:")


def test_a_path_leads_to_what_lies_there_or_to_nothing() -> None:
    value = {"data": [{"id": 7}]}
    assert at_path(value, "data.0.id") == 7
    assert at_path(value, "data.1.id") is None
    assert at_path(value, "data.id") is None
    assert at_path(value, "") is value
