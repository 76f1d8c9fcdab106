"""Pages as HTML: who sees what, escaping, partial answers, refusals, pages without script."""

import html
import json
from urllib.parse import quote

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from sqlalchemy import select

from review import themes as theme_service
from review.ballot import TRANSITIONS
from review.principals import SYSTEM
from store.database import Database
from store.tables import Draft, Mention, Theme, Vote
from tests.pages.conftest import ClientOf
from tests.pages.town import HOSTILE, NEEDS, Town

READABLE = ("/themes", "/map", "/ballot", "/jobs", "/knowledge", "/events", "/drafts", "/drafts/decided")


@pytest.mark.parametrize("path", [*READABLE, "/", "/knowledge/new"])
def test_a_stranger_is_sent_to_sign_in_and_sees_nothing(client_of: ClientOf, path: str) -> None:
    answer = client_of().get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/signin")
    assert answer.text == ""


def test_an_htmx_request_of_a_stranger_moves_the_whole_page(client_of: ClientOf) -> None:
    answer = client_of(htmx=True).get("/themes", headers={"HX-Current-URL": "http://testserver/themes?q=a"})
    assert answer.headers["HX-Redirect"] == f"/signin?next={quote('/themes?q=a')}"


@pytest.mark.parametrize("who", ["pm", "mod", "admin"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_everyone_signed_in_reads_every_page_in_both_languages(client_of: ClientOf, who: str, language: str) -> None:
    client = client_of(who, language=language)
    for path in READABLE:
        answer = client.get(path)
        assert answer.status_code == 200, path
        page = HTMLParser(answer.text)
        assert page.css_first("h1") is not None, path
        assert page.css_first("html").attributes["lang"] == {"zh": "zh-CN", "en": "en"}[language]
        assert page.css_first("nav [aria-current=page]").attributes["href"] == f"/{path.split('/')[1]}"


def test_every_single_thing_has_a_page(client_of: ClientOf, town: Town) -> None:
    client = client_of("admin")
    for path in (
        *(f"/themes/{theme}" for theme in town.themes), *(f"/ballot/{proposal}" for proposal in town.proposals),
        *(f"/drafts/{draft}" for draft in town.drafts), f"/sources/{town.source}",
    ):  # fmt: skip
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize(
    "path", ["/themes/thm_none", "/ballot/prp_none", "/drafts/drf_none", "/sources/src_none", "/x"]
)
def test_what_is_not_there_says_so_in_chinese(client_of: ClientOf, path: str) -> None:
    answer = client_of("pm").get(path)
    assert answer.status_code == 404
    assert HTMLParser(answer.text).css_first("h1").text() == "找不到内容"


def test_the_board_ranks_by_demand_and_shows_its_evidence(client_of: ClientOf) -> None:
    page = HTMLParser(client_of("pm").get("/themes").text)
    scores = [float(node.text()) for node in page.css(".score")]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == len(NEEDS)
    first = page.css_first(".board-row")
    evidence = first.css_first(".js-evidence").attributes
    assert evidence["data-summary"] == "46 人 · 3 个渠道 · 近两周 +134%"
    parts = json.loads(str(evidence["data-parts"]))
    assert parts[0][:2] == ["reach", "人数"]
    assert parts[0][3] == "46 位用户，加权计 55.2"
    assert len(parts) == len(first.css(".stackbar rect")) == 7


def test_a_moderator_gets_no_editing_of_themes(client_of: ClientOf, town: Town) -> None:
    client = client_of("mod")
    assert 'name="pick"' not in client.get("/themes").text
    page = client.get(f"/themes/{town.themes[0]}").text
    assert "/merge" not in page
    assert client.post(f"/themes/{town.themes[0]}/name", data={"name": "x", "version": 1}).status_code == 403


def test_htmx_gets_the_table_only_and_a_browser_the_whole_page(client_of: ClientOf) -> None:
    part = client_of("pm", htmx=True).get("/themes?intent=question")
    assert "<html" not in part.text
    assert "HX-Request" in part.headers["vary"]
    assert len(HTMLParser(part.text).css(".board-row")) == 2
    whole = client_of("pm", htmx=True).get("/themes", headers={"HX-History-Restore-Request": "true"})
    assert "<html" in whole.text


def test_more_rows_follow_by_cursor_with_their_ranks(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.pages.views.board.PAGE_SIZE", 5)
    client = client_of("pm")
    seen: list[str] = []
    path, ranks = "/themes", []
    while path:
        page = HTMLParser(client.get(path).text)
        seen += [node.attributes["id"] for node in page.css(".board-row")]
        ranks += [int(node.text()) for node in page.css(".board-row .rank")]
        more = page.css_first("#more a")
        path = more.attributes["href"] if more else ""
    assert ranks == list(range(1, len(NEEDS) + 1))
    assert len(set(seen)) == len(NEEDS)


def test_a_forged_cursor_is_refused_politely(client_of: ClientOf) -> None:
    answer = client_of("pm").get("/themes?cursor=nonsense")
    assert answer.status_code == 422
    assert "分页位置无效" in answer.text


def test_hostile_words_are_escaped_everywhere(client_of: ClientOf, town: Town, database: Database) -> None:
    with database.session() as session:
        theme = session.get_one(Theme, town.themes[0])
        theme.name = HOSTILE[:60]
        theme.keyphrases = [HOSTILE]
        theme.quotes = [{"post_id": "pst_x", "text": HOSTILE}]
    client = client_of("admin", htmx=True)
    paths = ["/themes", f"/themes/{town.themes[0]}", f"/sources/{town.source}", f"/themes/{town.themes[1]}/merge"]
    for path in paths:
        text = client.get(path).text
        assert "<script>window" not in text, path
        assert "<img src=x" not in text, path
        assert html.escape("<script>window")[:10] in text, path
    desk = client.post(f"/drafts/{town.needs_person}/claim").text
    assert "<script>window" not in desk
    assert "&lt;script&gt;window" in desk


def test_a_mention_that_would_fill_the_page_is_folded(client_of: ClientOf, town: Town, database: Database) -> None:
    with database.session() as session:
        told = session.scalars(select(Mention).where(Mention.theme_id == town.themes[0])).first()
        assert told is not None
        told.text = "物业半夜施工" * 500
        told.strength = 1.0
        mention_id = told.id
    page = HTMLParser(client_of("pm").get(f"/themes/{town.themes[0]}").text)
    label = page.css_first(f"label[for='{mention_id}']")
    assert len(label.text()) < 300
    whole = label.parent.css_first("details") if label.parent else None
    assert whole is not None
    assert told.text in whole.text()


def test_a_search_with_markup_comes_back_as_text(client_of: ClientOf) -> None:
    text = client_of("pm").get("/themes", params={"q": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in text


def test_without_script_an_action_redirects_and_the_next_page_tells_of_it_once(client_of: ClientOf, town: Town) -> None:
    client = client_of("pm")
    answer = client.post(f"/themes/{town.themes[0]}/name", data={"name": "充不满", "version": 1})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/themes/{town.themes[0]}"
    page = client.get(answer.headers["location"])
    toast = HTMLParser(page.text).css_first(".toast")
    assert "已改名为「充不满」" in toast.text()
    assert toast.css_first("form").attributes["action"] == f"/themes/{town.themes[0]}/unname"
    assert HTMLParser(client.get(answer.headers["location"]).text).css_first(".toast") is None


def test_a_stale_version_names_who_changed_what(client_of: ClientOf, town: Town, database: Database) -> None:
    with database.session() as session:
        theme_service.rename(session, SYSTEM, town.themes[0], name="新名字", version=1)
    answer = client_of("pm", htmx=True).post(f"/themes/{town.themes[0]}/dismiss", data={"version": 1, "basis": "x"})
    assert answer.status_code == 409
    assert answer.headers["HX-Retarget"] == "#dialog"
    assert f"系统 将「{NEEDS[0].name}」改名为「新名字」" in answer.text
    assert "您的操作没有执行" in answer.text


def test_a_write_without_version_is_refused(client_of: ClientOf, town: Town) -> None:
    answer = client_of("pm").post(f"/themes/{town.themes[0]}/name", data={"name": "x"})
    assert answer.status_code == 428
    assert "请带上所见内容的版本号" in answer.text


def test_a_write_from_another_site_is_refused(client_of: ClientOf, town: Town, database: Database) -> None:
    client = client_of("pm")
    client.headers["Origin"] = "https://evil.example"
    answer = client.post(f"/themes/{town.themes[0]}/dismiss", data={"version": 1})
    assert answer.status_code == 403
    with database.session(readonly=True) as session:
        assert session.get_one(Theme, town.themes[0]).status == "active"


def test_looking_at_the_queue_claims_nothing(client_of: ClientOf, town: Town, database: Database) -> None:
    client = client_of("mod")
    client.get("/drafts")
    client.get(f"/drafts/{town.drafts[0]}")
    with database.session(readonly=True) as session:
        assert session.get_one(Draft, town.drafts[0]).status == "proposed"


def test_the_refusal_of_a_claim_names_the_holder(client_of: ClientOf, town: Town) -> None:
    client_of("mod", htmx=True).post(f"/drafts/{town.drafts[0]}/claim")
    answer = client_of("mod2", htmx=True).post(f"/drafts/{town.drafts[0]}/claim")
    assert "周运营 正在处理这一条" in answer.text
    assert "充到八成" not in answer.text


def test_two_decisions_on_one_draft_end_with_one(client_of: ClientOf, town: Town) -> None:
    client = client_of("mod", htmx=True)
    desk = HTMLParser(client.post(f"/drafts/{town.drafts[0]}/claim").text)
    version = desk.css_first("#decide [name=version]").attributes["value"]
    assert client.post(f"/drafts/{town.drafts[0]}/approve", data={"version": version}).status_code == 200
    again = client.post(f"/drafts/{town.drafts[0]}/approve", data={"version": version})
    assert again.status_code == 409


def test_the_decisions_of_a_draft_need_its_role(client_of: ClientOf, town: Town) -> None:
    client = client_of("pm", htmx=True)
    for act in ("approve", "edit", "reject", "publish", "reopen", "release"):
        form = {"version": 1, "text": "x", "reason": "wrong"}
        assert client.post(f"/drafts/{town.drafts[0]}/{act}", data=form).status_code == 403, act


def test_a_second_vote_counts_nothing(client_of: ClientOf, town: Town, database: Database) -> None:
    client = client_of("mod", htmx=True)
    assert client.post(f"/ballot/{town.proposals[0]}/vote").status_code == 200
    again = client.post(f"/ballot/{town.proposals[0]}/vote")
    assert again.status_code == 409
    assert "已投过票" in again.text
    with database.session(readonly=True) as session:
        mine = session.query(Vote).filter_by(proposal_id=town.proposals[0], voter=town.users["mod"]).count()
    assert mine == 1


def test_a_proposal_offers_the_steps_it_may_take_and_no_other(client_of: ClientOf, town: Town) -> None:
    client = client_of("pm")
    for proposal, status in zip(
        town.proposals, ("voting", "under_review", "received", "shipped", "declined"), strict=True
    ):
        page = HTMLParser(client.get(f"/ballot/{proposal}").text)
        offered = {
            node.attributes["hx-get"].rsplit("/", 1)[-1]
            for node in page.css(".head .actions button")
            if "/status/" in node.attributes["hx-get"]
        }
        assert offered == TRANSITIONS[status]


def test_a_running_job_asks_for_news_and_an_ended_one_does_not(client_of: ClientOf, town: Town) -> None:
    page = HTMLParser(client_of("pm").get("/jobs").text)
    rows = page.css(".job")
    assert rows[0].attributes.get("hx-trigger") == "moved, every 10s"  # told live; asked for where nothing is told
    assert rows[0].css_first("progress").attributes["value"] == "230"
    assert rows[1].attributes.get("hx-trigger") is None
    assert "共 412 行 · 新增 396 · 重复 11 · 无法读取 2 · 略过 3" in rows[1].text()


def test_rejected_rows_are_shown_masked_and_only_to_whom_may_read_posts_as_received(
    client_of: ClientOf, town: Town
) -> None:
    seen = client_of("admin").get(f"/sources/{town.source}").text
    assert "2026-08-01" in seen
    assert "13800138000" not in seen
    told = client_of("pm").get(f"/sources/{town.source}").text
    assert "没有正文内容" in told
    assert "2026-08-01&#34;" not in told


def test_static_files_are_kept_by_their_fingerprint(client_of: ClientOf) -> None:
    client = client_of()
    page = HTMLParser(client.get("/signin").text)
    for node in page.css("link[rel=stylesheet]"):
        answer = client.get(node.attributes["href"])
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert client.get("/static/css/tokens.css").headers["cache-control"] == "no-cache"


def test_pages_load_nothing_from_elsewhere(client_of: ClientOf, town: Town) -> None:
    for path in ("/themes", f"/themes/{town.themes[0]}", "/drafts"):
        page = HTMLParser(client_of("admin").get(path).text)
        for node in page.css("script, link, img, use"):
            source = node.attributes.get("src") or node.attributes.get("href") or ""
            assert source.startswith("/static/"), source
        assert all(node.attributes.get("src") for node in page.css("script"))


def test_every_field_and_button_has_a_name(client_of: ClientOf, town: Town) -> None:
    client = client_of("admin")
    for path in (*READABLE, f"/themes/{town.themes[0]}", f"/ballot/{town.proposals[0]}", "/knowledge/new"):
        page = HTMLParser(client.get(path).text)
        for node in page.css("button"):
            assert node.text(strip=True) or node.attributes.get("aria-label"), (path, node.html)
        for node in page.css("input:not([type=hidden]), select, textarea"):
            labelled = node.attributes.get("aria-label") or node.attributes.get("aria-labelledby")
            identity = node.attributes.get("id")
            labelled = labelled or (identity and page.css_first(f"label[for='{identity}']"))
            parent = node.parent
            while not labelled and parent is not None:
                labelled = parent.tag == "label"
                parent = parent.parent
            assert labelled, (path, node.html)


def test_a_view_whose_filters_were_changed_is_kept_under_its_own_name(client_of: ClientOf) -> None:
    client = client_of("pm", htmx=True)
    kept = client.post("/themes/views", data={"name": "电池", "parameters": "q=电池", "shared": "1"})
    board = HTMLParser(client_of("pm").get(kept.headers["HX-Redirect"]).text)
    carried = {field.attributes["name"]: field.attributes["value"] for field in board.css("#filters [type=hidden]")}
    sheet = HTMLParser(client.get("/themes/views/new", params=carried | {"q": "电池", "intent": "question"}).text)
    assert sheet.css_first("[name=name]").attributes["value"] == "电池"
    assert "checked" in sheet.css_first("[name=shared]").attributes
    assert "checked" not in sheet.css_first("[name=default]").attributes
    foreign = HTMLParser(client_of("mod", htmx=True).get("/themes/views/new", params=carried).text)
    assert foreign.css_first("[name=name]").attributes["value"] == ""
