"""The public pages: what strangers see, what contributors may do, and what nobody may."""

from __future__ import annotations

import shutil
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from sqlalchemy import select

from api.app import create_app
from api.rate_limit import RateLimit
from api.security import CONTRIBUTOR_COOKIE
from pipeline.settings import Settings
from review import ballot, contributors, releases
from review.principals import SYSTEM
from store.database import Database
from store.repositories import credit, follows, votes
from store.tables import Event, Proposal
from tests import builders
from tests.pages.conftest import ORIGIN, Filled
from tests.pages.town import HOSTILE, Town

MakeApp = Callable[..., FastAPI]
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def make_app(filled: Filled, tmp_path: Path) -> Iterator[MakeApp]:
    path = tmp_path / "zhongsheng.sqlite"
    shutil.copy(filled[0], path)
    made: list[FastAPI] = []

    def make(**settings: object) -> FastAPI:
        app = create_app(
            Settings(
                _env_file=None, state=tmp_path / "state", database_url=f"sqlite:///{path}", secret="x" * 32,
                **settings,  # type: ignore[arg-type]
            )
        )  # fmt: skip
        made.append(app)
        return app

    yield make
    for app in made:
        app.state.database.dispose()


def _client(app: FastAPI) -> TestClient:
    client = TestClient(app, base_url=ORIGIN, follow_redirects=False)
    client.headers["Origin"] = ORIGIN
    return client


def _contributor(app: FastAPI, author_id: str) -> TestClient:
    """A browser that came in by a link."""
    with app.state.database.session() as session:
        invitation = contributors.invite(session, SYSTEM, author_id)
    client = _client(app)
    assert client.get(f"/public/enter?link={invitation.secret}").status_code == 200
    assert client.post("/public/enter", data={"secret": invitation.secret}).status_code == 303
    return client


AUTHOR = f"aut_{0:026d}"


def test_nothing_is_public_unless_a_board_is_opened(make_app: MakeApp, town: Town) -> None:
    client = _client(make_app())
    for path in ("/public", f"/public/proposals/{town.proposals[0]}", "/public/changelog", "/public/feed.atom"):
        assert client.get(path).status_code == 404


def test_strangers_see_what_people_looked_at_and_no_more(make_app: MakeApp, town: Town) -> None:
    client = _client(make_app(public_boards="all"))
    page = client.get("/public").text
    voting, review, received, shipped, declined = town.proposals
    for proposal in (voting, review, shipped, declined):
        assert f"/public/proposals/{proposal}" in page
    assert received not in page  # nobody has read the words of a proposal that a run routed
    assert client.get(f"/public/proposals/{received}").status_code == 404
    assert "aut_" not in page
    assert "<script" not in page
    one = client.get(f"/public/proposals/{declined}").text
    assert "多数用户仍希望保留" in one
    assert "aut_" not in one


def test_an_english_page_keeps_its_language_in_every_link(make_app: MakeApp, town: Town) -> None:
    page = _client(make_app(public_boards="all")).get("/public?lang=en").text
    assert "What you asked for" in page
    assert f"/public/proposals/{town.proposals[0]}?lang=en" in page


def test_a_stranger_may_not_vote(make_app: MakeApp, town: Town) -> None:
    client = _client(make_app(public_boards="all"))
    for act in ("vote", "withdraw", "follow", "unfollow"):
        assert client.post(f"/public/proposals/{town.proposals[0]}/{act}").status_code == 403


def test_a_contributor_votes_once_takes_it_back_and_follows(make_app: MakeApp, town: Town) -> None:
    app = make_app(public_boards="all")
    database: Database = app.state.database
    client = _contributor(app, AUTHOR)
    proposal = town.proposals[0]

    def counted() -> tuple[int, int]:
        with database.session(readonly=True) as session:
            return votes.counts(session, [proposal])[proposal], follows.counts(session, [proposal])[proposal]

    before = counted()[0]
    assert client.post(f"/public/proposals/{proposal}/vote").status_code == 303
    assert client.post(f"/public/proposals/{proposal}/vote").status_code == 409
    assert client.post(f"/public/proposals/{proposal}/follow").status_code == 303
    assert counted() == (before + 1, 1)
    assert 'aria-pressed="true"' in client.get(f"/public/proposals/{proposal}").text
    assert client.post(f"/public/proposals/{proposal}/withdraw").status_code == 303
    assert client.post(f"/public/proposals/{proposal}/unfollow").status_code == 303
    assert counted() == (before, 0)
    with database.session(readonly=True) as session:
        said = session.scalars(select(Event).where(Event.actor.startswith("ctr_"))).all()
        assert {event.action for event in said} >= {"vote.cast", "proposal.followed", "contributor.entered"}
        assert AUTHOR not in str([(event.actor, event.subject_id, event.before, event.after) for event in said])


def test_a_vote_beyond_the_limit_is_refused_in_its_own_words_and_leads_back(make_app: MakeApp, town: Town) -> None:
    client = _contributor(make_app(public_boards="all", vote_limits={"regular": 0}), AUTHOR)
    path = f"/public/proposals/{town.proposals[0]}"
    answer = client.post(f"{path}/vote", headers={"Referer": f"{ORIGIN}{path}"})
    main = HTMLParser(answer.text).css_first("main")
    assert answer.status_code == 409
    assert main.css_first("h1").text() == "进行中的投票已达上限（0 张），可先撤回一张再投"
    assert main.css_first("a.primary").attributes["href"] == path
    assert main.css_first("a[href^='/signin']") is None
    elsewhere = client.post(f"{path}/vote", headers={"Referer": "https://elsewhere.example/themes"})
    assert HTMLParser(elsewhere.text).css_first("main a.primary").attributes["href"] == "/public"


def test_a_name_that_will_not_do_stays_in_its_form(make_app: MakeApp, town: Town) -> None:
    client = _contributor(make_app(public_boards="all"), AUTHOR)
    answer = client.post("/public/me/credit", data={"display_name": "扫" * 31})
    main = HTMLParser(answer.text).css_first("main")
    assert answer.status_code == 422
    assert main.css_first("input[name=display_name]").attributes["value"] == "扫" * 31
    assert "30" in main.css_first("[role=alert]").text()


def test_a_link_works_once_and_a_session_ends(make_app: MakeApp, town: Town) -> None:
    app = make_app(public_boards="all")
    with app.state.database.session() as session:
        invitation = contributors.invite(session, SYSTEM, AUTHOR)
    client, other = _client(app), _client(app)
    assert "以用户" in client.get(f"/public/enter?link={invitation.secret}").text  # a look does not use it up
    assert client.post("/public/enter", data={"secret": invitation.secret}).status_code == 303
    assert other.post("/public/enter", data={"secret": invitation.secret}).status_code == 403
    assert "已失效" in other.get(f"/public/enter?link={invitation.secret}").text
    assert client.get("/public/me").status_code == 200
    secret = client.cookies[CONTRIBUTOR_COOKIE]
    assert client.post("/public/leave").status_code == 303
    other.cookies.set(CONTRIBUTOR_COOKIE, secret)
    assert other.get("/public/me").status_code == 403


def test_consent_to_be_named_is_given_and_taken_back(make_app: MakeApp, town: Town) -> None:
    app = make_app(public_boards="all")
    with app.state.database.session(readonly=True) as session:
        author = session.get_one(Proposal, town.proposals[3]).first_reporters[0]
    client, stranger = _contributor(app, author), _client(app)
    shipped = f"/public/proposals/{town.proposals[3]}"
    assert client.post("/public/me/credit", data={"display_name": "<b>扫地僧</b>"}).status_code == 303
    assert "&lt;b&gt;扫地僧&lt;/b&gt;" in stranger.get(shipped).text
    assert client.post("/public/me/credit/withdraw").status_code == 303
    assert "扫地僧" not in stranger.get(shipped).text
    with app.state.database.session(readonly=True) as session:
        assert credit.names(session, [author]) == {}


def test_a_page_in_a_frame_only_reads_and_only_where_the_setting_allows(make_app: MakeApp, town: Town) -> None:
    app = make_app(public_boards="all", embed_origins="https://forum.example.com")
    stranger, contributor = _client(app), _contributor(app, AUTHOR)
    framed = stranger.get("/public?embed=1")
    policy = framed.headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors https://forum.example.com")
    assert "script-src" not in policy
    assert policy.startswith("default-src 'none'")
    assert "X-Frame-Options" not in framed.headers
    assert "<form" not in contributor.get("/public?embed=1").text  # no vote can be stolen by a click in a frame
    assert "frame-ancestors 'none'" in stranger.get("/public").headers["Content-Security-Policy"]
    closed = _client(make_app(public_boards="all")).get("/public?embed=1")
    assert "frame-ancestors 'none'" in closed.headers["Content-Security-Policy"]


def test_strangers_are_served_from_their_own_cache_and_contributors_never(make_app: MakeApp, town: Town) -> None:
    app = make_app(public_boards="all")
    client = _client(app)
    first = client.get("/public")
    assert first.headers["Cache-Control"].startswith("public")
    again = client.get("/public", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    contributor = _contributor(app, AUTHOR)
    assert contributor.get("/public").headers["Cache-Control"] == "no-store"
    contributor.post(f"/public/proposals/{town.proposals[0]}/vote")
    assert client.get("/public", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_an_address_that_asks_too_often_has_to_wait(make_app: MakeApp) -> None:
    app = make_app(public_boards="all")
    app.state.public_reads = RateLimit(requests=2)
    client = _client(app)
    assert [client.get("/public").status_code for _ in range(3)] == [200, 200, 429]
    assert int(client.get("/public").headers["Retry-After"]) > 0


def test_a_product_board_shows_its_own_proposals_only(make_app: MakeApp, town: Town) -> None:
    app = make_app(public_boards="拾光 S1,没有的产品")
    client = _client(app)
    assert client.get("/public").headers["location"].startswith("/public/boards/")
    assert town.proposals[0] in client.get("/public/boards/拾光 S1").text
    assert town.proposals[0] not in client.get("/public/boards/没有的产品").text
    assert client.get("/public/boards/all").status_code == 404
    assert client.get("/public/feed.atom").status_code == 404


def test_the_changelog_names_nothing_of_products_that_are_not_open(make_app: MakeApp, town: Town) -> None:
    app = make_app(public_boards="拾光 S1")
    with app.state.database.session() as session:
        hidden = builders.proposal(session, builders.theme(session), title="未公布的新品")
        kinds = {"一起发布": "", "另一款的发布": "拾光 X9"}
        for title, product in kinds.items():
            ids = [town.proposals[0], hidden.id] if not product else []
            for proposal_id in ids:
                session.get_one(Proposal, proposal_id).status = "accepted"
            release = releases.create(
                session, SYSTEM, title=title, released_at=builders.START, product=product, proposal_ids=ids
            )
            releases.publish(session, SYSTEM, release.id, version=1)
    client = _client(app)
    for path in ("/public/changelog", "/public/changelog.atom"):
        page = client.get(path).text
        assert "一起发布" in page
        assert "闹钟在任何模式下都必须准时响" in page
        assert "未公布的新品" not in page
        assert "另一款的发布" not in page
    for path in (
        "/public/changelog?lang=en",
        "/public/boards/拾光 S1?lang=en",
    ):  # as they were asked for, out of a frame
        link = f'href="/public/proposals/{town.proposals[0]}?lang=en"'
        assert f"{link}>" in client.get(path).text
        assert f'{link} target="_blank" rel="noopener">' in client.get(f"{path}&embed=1").text


def test_a_merged_proposal_leads_to_what_it_went_into(make_app: MakeApp, town: Town) -> None:
    app = make_app(public_boards="all")
    voting, review = town.proposals[:2]
    with app.state.database.session() as session:
        ballot.merge(session, SYSTEM, review, into=voting, version=1)
    answer = _client(app).get(f"/public/proposals/{review}")
    assert (answer.status_code, answer.headers["location"]) == (307, f"/public/proposals/{voting}")


def test_feeds_are_well_formed_and_tell_each_step_once(make_app: MakeApp, town: Town) -> None:
    app = make_app(public_boards="all", public_url="https://voice.example.com")
    voting = town.proposals[0]
    with app.state.database.session() as session:
        ballot.change_status(session, SYSTEM, voting, status="accepted", note=f"好\x0b{HOSTILE}", version=1)
        ballot.change_status(session, SYSTEM, voting, status="in_progress", version=2)
    client = _client(app)
    for path in ("/public/feed.atom", f"/public/proposals/{voting}/feed.atom"):
        answer = client.get(path)
        assert answer.headers["Content-Type"].startswith("application/atom+xml")
        root = ET.fromstring(answer.content)
        entries = root.findall(f"{ATOM}entry")
        assert [entry.findtext(f"{ATOM}title") for entry in entries] == [
            "「闹钟在任何模式下都必须准时响」开发中",
            "「闹钟在任何模式下都必须准时响」已采纳",
        ]
        ids = [node.text for node in root.iter(f"{ATOM}id")]
        assert len(set(ids)) == 3
        assert all(text and text.startswith("urn:uuid:") for text in ids)
        assert root.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated")
        link = entries[0].find(f"{ATOM}link")
        assert link is not None
        assert link.get("href") == f"https://voice.example.com/public/proposals/{voting}"
        for named in (answer.headers["ETag"], f'"other",W/{answer.headers["ETag"]}', "*"):
            assert client.get(path, headers={"If-None-Match": named}).status_code == 304


def test_feeds_tell_what_shipped_and_thank_in_the_readers_language(make_app: MakeApp, town: Town) -> None:
    app = make_app(public_boards="all")
    with app.state.database.session() as session:
        ballot.change_status(session, SYSTEM, town.proposals[0], status="accepted", version=1)
        release = releases.create(
            session, SYSTEM, title="3.3", released_at=builders.START, proposal_ids=town.proposals[:1]
        )
        releases.publish(session, SYSTEM, release.id, version=1)
    client = _client(app)
    for words, lead, language in (("随「3.3」上线", "（感谢 ", ""), ("Shipped with “3.3”", " (Thanks to ", "?lang=en")):
        assert words in client.get(f"/public/proposals/{town.proposals[0]}/feed.atom{language}").text
        assert lead in client.get(f"/public/changelog.atom{language}").text


def test_a_board_on_which_nothing_is_open_yet_says_so_and_what_will_appear(make_app: MakeApp) -> None:
    app = make_app(public_boards="all")
    with app.state.database.session() as session:
        for proposal in session.scalars(select(Proposal)):
            proposal.status, proposal.merged_into = "received", None
    client = _client(app)
    everything = client.get("/public").text
    assert "还没有公开的提案" in everything
    assert "票数和处理进展" in everything
    assert "换一个状态看看" not in everything
    assert "换一个状态看看" in client.get("/public?status=shipped").text
    assert "No proposal is open yet" in client.get("/public?lang=en").text
