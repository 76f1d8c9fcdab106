"""Insights, the posts behind them, the digest, people and tokens: numbers that can be followed, secrets shown once."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from sqlalchemy import select

from api.pages.digest import digest_parts
from api.pages.language import Translator
from api.pages.views.charts import Chart, Series
from api.pages.views.digest import DigestTop, DigestView
from api.pages.views.drawings import drawing, nice_top
from api.pages.views.insights import insights_view
from review import accounts, ballot
from review.insights import Span, insights
from review.principals import SYSTEM
from store.database import Database
from store.repositories import desk, tokens, users
from store.repositories.adoption import FIGURES
from store.repositories.answer_figures import PROMISE, WAITING
from store.repositories.draft_order import QueueOrder
from store.tables import Draft, Post, Proposal
from tests.pages.conftest import ClientOf
from tests.pages.town import PASSWORD, Town

ZONE = ZoneInfo("UTC")
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def _counted(client_of: ClientOf, path: str) -> int:
    """How many posts the list behind an address says it has."""
    page = HTMLParser(client_of("pm").get(path).text)
    said = page.css_first(".count")
    return int(re.sub(r"\D", "", said.text().split("·")[0])) if said else 0


def test_the_posts_of_a_tile_are_as_many_as_it_says(client_of: ClientOf) -> None:
    page = HTMLParser(client_of("pm").get("/insights?weeks=12").text)
    tile = page.css_first(".tiles > li")
    number = int(tile.css_first("b").text().replace(",", ""))
    assert number > 0
    assert _counted(client_of, tile.css_first("a").attributes["href"] or "") == number


def test_the_weeks_of_the_table_add_up_and_lead_to_their_posts(client_of: ClientOf) -> None:
    page = HTMLParser(client_of("pm").get("/insights?weeks=12").text)
    rows = page.css("section[aria-labelledby=demand-title] tbody tr")
    assert len(rows) == 12
    row = max(rows, key=lambda found: int(found.css("td")[1].text()))
    assert _counted(client_of, row.css_first("a").attributes["href"] or "") == int(row.css("td")[1].text())


@pytest.mark.parametrize("chart", ["demand", "movers", "answers", "channels", "intents", "health"])
def test_every_chart_comes_as_a_table_to_download(client_of: ClientOf, chart: str) -> None:
    answer = client_of("pm").get(f"/insights/{chart}.csv?weeks=12")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert len({len(row) for row in rows}) == 1
    if chart in ("demand", "intents", "health"):
        assert len(rows) == 13


def test_own_days_are_shown_and_nonsense_is_refused(client_of: ClientOf) -> None:
    client = client_of("pm")
    page = HTMLParser(client.get("/insights?from=2026-01-05&to=2026-01-11").text)
    assert "2026-01-05 至 2026-01-11" in page.css_first(".spans p").text()
    assert client.get("/insights?from=2026-02-01&to=2026-01-01").status_code == 422
    assert client.get("/insights?from=2001-01-01&to=2026-01-01").status_code == 422


def test_a_chart_says_its_unit_and_what_it_shows_in_words(client_of: ClientOf) -> None:
    page = HTMLParser(client_of("pm").get("/insights?weeks=12").text)
    plots = page.css(".js-plot")
    assert plots
    for plot in plots:
        assert all(json.loads(plot.attributes["data-chart"] or "")["units"])
        assert plot.attributes["role"] == "img"
        assert len(plot.attributes["aria-label"] or "") > 8


def test_formulas_in_names_are_defused_in_downloads_and_markup_in_drawings() -> None:
    chart = Chart(
        id="c", title="<b>", label_name="渠道", labels=("=cmd()", "<script>"), units=("条",), words='"><script>',
        series=(Series("=1+1", (-1.5, None), decimals=1),), lying=True,
    )  # fmt: skip
    rows = list(csv.reader(io.StringIO(chart.as_csv().removeprefix("\ufeff"))))
    assert rows == [["渠道", "'=1+1 (条)"], ["'=cmd()", "-1.5"], ["<script>", ""]]
    assert "<script>" not in drawing(chart)
    assert "<b>" not in drawing(chart)


def test_a_drawing_names_the_unit_of_its_axis_and_refuses_a_second_axis() -> None:
    series = Series("人数", (3, 5))
    upright = Chart("c", "图", "周", ("一", "二"), (series,), ("人",), "两周")
    for chart in (upright, replace(upright, lying=True)):
        assert ">人</text>" in drawing(chart)
    assert upright.columns == ("周", "人数 (人)")
    with pytest.raises(ValueError, match="two axes"):
        drawing(replace(upright, series=(series, replace(series, axis=1)), units=("人", "%")))


@pytest.mark.parametrize(("value", "top"), [(0, 1), (1, 1), (7, 8), (118, 120), (101, 120), (5_001, 6_000)])
def test_an_axis_ends_at_a_round_number(value: float, top: float) -> None:
    assert nice_top(value) == pytest.approx(top)


def test_the_digest_stands_by_itself_and_runs_nothing(client_of: ClientOf) -> None:
    answer = client_of("pm").get("/insights/digest.html")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    page = HTMLParser(answer.text)
    assert not page.css("script, link:not([href='data:,']), img, iframe, form")
    assert not re.search(r'(src|href)="(?!http://testserver/|#|data:,)', re.sub(r'xmlns="[^"]+"', "", answer.text))
    assert len(page.css("ol > li")) == 5
    assert page.css("svg")
    assert any("(数量)" in (heading.text() or "") for heading in page.css("th"))


def test_the_digest_shows_its_week_before_anything_is_counted() -> None:
    def count() -> DigestView:
        raise AssertionError("counted before the head was sent")

    t = Translator("zh", ZONE, NOW)
    parts = digest_parts(t, DigestTop("2026-06-08 至 2026-06-14", ""), count)
    head = next(parts)
    assert HTMLParser(head).css_first("h1") is not None
    assert "2026-06-08 至 2026-06-14" in head
    with pytest.raises(AssertionError):
        next(parts)


def test_the_digest_of_a_week_tells_of_that_week(client_of: ClientOf) -> None:
    text = client_of("pm").get("/insights/digest.html?week=2026-06-10").text
    assert "2026-06-08 至 2026-06-14" in text


def test_filters_of_posts_narrow_and_can_be_taken_away(client_of: ClientOf, town: Town) -> None:
    client = client_of("pm")
    theme = f"/posts?theme={town.themes[0]}"
    assert 0 < _counted(client_of, theme) < _counted(client_of, "/posts")
    page = HTMLParser(client.get(theme).text)
    assert page.css_first(".narrowed a").attributes["href"] == "/posts"
    # the list as HTMX fetches it says what it is of, and leads away from there and not from where one came in
    narrowed = HTMLParser(client_of("pm", htmx=True).get(f"{theme}&q=电").text).css_first(".narrowed a")
    assert narrowed.attributes["href"] == "/posts?q=%E7%94%B5"
    unknown = HTMLParser(client_of("pm").get("/posts?product=没有的产品").text)
    assert unknown.css_first("select[name=product] option[selected]").text() == "没有的产品"
    assert page.css(".said .wanted")
    assert _counted(client_of, f"{theme}&intent=praise") == 0
    assert "没有符合条件的帖子" in client.get(f"{theme}&intent=praise").text


def test_further_posts_come_by_cursor_and_none_twice(client_of: ClientOf) -> None:
    client = client_of("pm")
    seen: list[str] = []
    path: str | None = "/posts"
    while path:
        page = HTMLParser(client.get(path).text)
        seen += [item.text() for item in page.css(".posts > li .words")]
        more = page.css_first(".more a")
        path = more.attributes["href"] if more else None
        assert path is None or "cursor" in parse_qs(urlsplit(path).query)
    assert len(seen) == _counted(client_of, "/posts")


def test_a_hostile_post_is_text(client_of: ClientOf) -> None:
    text = client_of("pm").get("/posts?q=window.hacked").text
    assert "<script>window" not in text
    assert "&lt;script&gt;window" in text


def test_a_password_made_here_is_shown_once_and_opens_the_door(client_of: ClientOf, database: Database) -> None:
    answer = client_of("admin", htmx=True).post(
        "/people/new", data={"username": "xiaoli", "role": "moderator", "display_name": "小李"}
    )
    secret = HTMLParser(answer.text).css_first("code.secret").text()
    assert secret not in client_of("admin").get("/people").text
    with database.session() as session:
        who = accounts.authenticate(session, "xiaoli", secret)
        assert who is not None
        assert who.role == "moderator"


def test_a_token_made_here_opens_what_was_ticked_until_it_is_revoked(client_of: ClientOf, database: Database) -> None:
    admin = client_of("admin", htmx=True)
    answer = admin.post("/people/tokens/new", data={"name": "看板", "scope": ["theme:read"], "days": "30"})
    secret = HTMLParser(answer.text).css_first("code.secret").text()
    bearer = {"Authorization": f"Bearer {secret}"}
    assert client_of().get("/api/v1/themes", headers=bearer).status_code == 200
    assert client_of().get("/api/v1/drafts", headers=bearer).status_code == 403
    with database.session(readonly=True) as session:
        token = tokens.everything(session)[0]
    assert secret not in client_of("admin").get("/people").text
    admin.post(f"/people/tokens/{token.id}/revoke")
    assert client_of().get("/api/v1/themes", headers=bearer).status_code == 401


def test_a_new_role_counts_from_the_next_request_on(client_of: ClientOf, town: Town) -> None:
    assert client_of("mod").get("/people").status_code == 403
    client_of("admin").post(f"/people/{town.users['mod']}/role", data={"role": "admin"})
    assert client_of("mod").get("/people").status_code == 200


def test_nobody_takes_their_own_role_or_account_away(client_of: ClientOf, town: Town, database: Database) -> None:
    admin = client_of("admin")
    assert admin.post(f"/people/{town.users['admin']}/role", data={"role": "moderator"}).status_code == 409
    assert admin.post(f"/people/{town.users['admin']}/deactivate").status_code == 409
    with database.session(readonly=True) as session:
        user = users.get(session, town.users["admin"])
        assert user is not None
        assert (user.role, user.active) == ("admin", True)


def test_one_changes_ones_own_password_only_with_the_old_one(client_of: ClientOf, database: Database) -> None:
    new = {"password": "quan-xin-mima-9", "again": "quan-xin-mima-9"}
    assert client_of("pm").post("/account/password", data={"current": "wrong", **new}).status_code == 403
    differing = {"current": PASSWORD, "password": "quan-xin-mima-9", "again": "another-one"}
    assert client_of("pm").post("/account/password", data=differing).status_code == 422
    assert client_of("pm").post("/account/password", data={"current": PASSWORD, **new}).status_code == 303
    with database.session() as session:
        assert accounts.authenticate(session, "pm", PASSWORD) is None
        assert accounts.authenticate(session, "pm", "quan-xin-mima-9") is not None


def _preview(client_of: ClientOf, content: str, **fields: str) -> HTMLParser:
    files = {"file": ("a.csv", content.encode(), "text/csv")}
    return HTMLParser(client_of("pm", htmx=True).post("/jobs/preview", files=files, data=fields).text)


def test_a_table_without_a_known_text_column_asks_which_it_is(client_of: ClientOf) -> None:
    table = "biaoqian,wenben,shijian\nA,充电很慢 13812345678,2026-09-20 10:00\n"
    page = _preview(client_of, table)
    assert page.css_first(".notice.warn") is not None
    assert page.css_first("select[name=map_text]") is not None
    page = _preview(client_of, table, map_text="wenben", map_time="shijian")
    assert page.css_first(".notice.good") is not None
    post = page.css_first(".previewed li")
    assert "充电很慢" in post.text()
    assert "2026-09-20 10:00" in post.text()
    assert "13812345678" not in page.html if page.html else False


def test_the_columns_chosen_are_those_the_job_reads_by(client_of: ClientOf, database: Database) -> None:
    from store.repositories import jobs

    files = {"file": ("a.csv", "biaoqian,wenben\nA,充电很慢\n".encode(), "text/csv")}
    said = {"channel": "论坛", "map_text": "wenben", "map_title": "", "map_id": "biaoqian"}
    assert client_of("pm").post("/jobs/ingest", files=files, data=said).status_code == 303
    with database.session(readonly=True) as session:
        job = jobs.listed(session, limit=1).items[0]
    assert job.arguments["mapping"]["text"] == "wenben"
    assert job.arguments["mapping"]["id"] == "biaoqian"
    assert job.arguments["mapping"]["title"] == ""


def test_a_file_that_nobody_can_read_is_refused_in_words(client_of: ClientOf) -> None:
    files = {"file": ("a.rar", b"Rar!\x1a\x07", "application/octet-stream")}
    answer = client_of("pm", htmx=True).post("/jobs/preview", files=files)
    assert "需要先转换" in answer.text


def test_the_answer_clock_tells_the_open_backlog_as_the_queue_does_though_the_figures_were_kept(
    client_of: ClientOf, database: Database
) -> None:
    client = client_of("pm")

    def told() -> tuple[str, list[int]]:
        page = HTMLParser(client.get("/insights?weeks=4").text)
        link = page.css_first("section[aria-labelledby=clock-title] .backlog a")
        return link.attributes["href"] or "", [int(number) for number in re.findall(r"\d+", link.text())]

    def queue() -> list[int]:
        with database.session(readonly=True) as session:
            counts = desk.open_counts(session, QueueOrder(datetime.now(UTC), PROMISE))
        return [counts.waiting, counts.overdue]

    before = queue()
    assert told() == ("/drafts", before)
    with database.session() as session:  # no event and no new post: only the clock of these posts has run on
        for draft in session.scalars(select(Draft).where(Draft.status.in_(WAITING))):
            session.get_one(Post, draft.post_id).posted_at = datetime(2020, 1, 1, tzinfo=UTC)
    assert queue() == [before[0], before[0]] != before
    assert told() == ("/drafts", queue())
    assert client.get("/api/v1/insights").json()["data"]["backlog"] == {"waiting": before[0], "overdue": before[0]}


def test_answer_figures_name_their_days_where_posts_are_of_long_ago(client_of: ClientOf, database: Database) -> None:
    with database.session() as session:
        for post in session.scalars(select(Post)):
            post.posted_at = datetime(2024, 3, 6, 4, tzinfo=UTC)
    with database.session(readonly=True) as session:
        shown = insights_view(
            Translator("zh", ZONE, NOW),
            insights(session, Span(datetime(2024, 2, 12, tzinfo=ZONE), datetime(2024, 3, 11, tzinfo=ZONE)), now=NOW),
            weeks=4, first="", last="",
        )  # fmt: skip
    helps = {tile.label: tile.help for tile in shown.tiles}
    assert "2024-02-12 至 2024-03-10" in shown.period
    for label in ("承诺内答复", "答复用时", "采纳率"):
        assert "2026-06-04 至 2026-07-01" in helps[label]
    assert "2026" not in helps["帖子"]
    card = HTMLParser(client_of("pm").get("/insights?weeks=4").text).css_first("section[aria-labelledby=clock-title]")
    assert "以下按操作时间统计：" in card.css_first(".soft").text()


def test_a_token_is_made_only_for_a_time_that_is_offered_and_for_ever_only_by_choice(
    client_of: ClientOf, database: Database
) -> None:
    admin = client_of("admin", htmx=True)
    asked = {"name": "看板", "scope": ["theme:read"]}
    bare = client_of("admin").get("/people/tokens/new")
    assert (bare.status_code, bare.headers["Location"]) == (303, "/people")  # a sheet is no page of its own
    sheet = HTMLParser(admin.get("/people/tokens/new").text)
    offered = [option.attributes["value"] or "" for option in sheet.css("select[name=days] option")]
    assert [admin.post("/people/tokens/new", data=asked | {"days": days}).status_code for days in offered] == [200] * 4
    assert [admin.post("/people/tokens/new", data=asked | more).status_code for more in ({"days": "45"}, {})] == [
        422
    ] * 2
    with database.session(readonly=True) as session:
        ends = [token.expires_at for token in tokens.everything(session) if token.name == "看板"]
    assert (len(ends), ends.count(None), offered.count("0")) == (4, 1, 1)


def test_an_adoption_figure_leads_to_the_proposals_it_counts_though_they_moved_on(
    client_of: ClientOf, town: Town, database: Database
) -> None:
    with database.session() as session:
        for status in ("accepted", "in_progress"):
            version = session.get_one(Proposal, town.proposals[0]).version
            ballot.change_status(session, SYSTEM, town.proposals[0], status=status, version=version)
    client = client_of("pm")
    facts = HTMLParser(client.get("/insights?weeks=12").text)
    links = [a.attributes["href"] or "" for a in facts.css("a[href*='counted=']")]
    assert {parse_qs(urlsplit(link).query)["counted"][0] for link in links} == set(FIGURES)
    for figure in ("accepted", "decided"):
        page = HTMLParser(client.get(next(link for link in links if f"={figure}" in link)).text)
        behind = {a.attributes["href"] for a in page.css("#rows a[href^='/ballot/']")}
        assert behind == {f"/ballot/{town.proposals[0]}"}
        assert page.css_first("input[name=counted]").attributes["value"] == figure
        assert page.css(".tabs a[aria-current][href^='/ballot']:not([href='/ballot'])") == []
