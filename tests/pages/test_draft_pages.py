"""The draft queue as HTML: what is struck, what is old, why an item stands where it stands, and what claims nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode
from sqlalchemy import select

from api.pages.keys import QUEUE_KEYS
from api.pages.language import catalogue
from models.drafters.types import StrikeReason
from review import knowledge as knowledge_rules
from review.principals import Principal, Role
from store.database import Database
from store.repositories import deliveries
from store.repositories.deliveries import NewMessage
from store.tables import Draft, Event, Knowledge, Post
from tests.pages.conftest import ClientOf
from tests.pages.town import Town


def _desk(client_of: ClientOf, draft_id: str, who: str = "mod", language: str = "") -> HTMLParser:
    answer = client_of(who, htmx=True, language=language).post(f"/drafts/{draft_id}/claim")
    assert answer.status_code == 200
    return HTMLParser(answer.text)


def _one(page: HTMLParser, selector: str) -> LexborNode:
    found = page.css_first(selector)
    assert found is not None, selector
    return found


def test_a_struck_sentence_is_shown_struck_with_its_reason_and_never_sent(
    client_of: ClientOf, town: Town, database: Database
) -> None:
    with database.session() as session:
        draft = session.get_one(Draft, town.drafts[0])
        promise = {"text": "下周一定修好。", "kind": "struck", "sources": [], "reason": "promise"}
        draft.sentences = [*draft.sentences, promise]
    page = _desk(client_of, town.drafts[0])
    assert _one(page, ".sentence.struck del").text() == "下周一定修好。"
    assert "对日期、补偿或功能作了承诺" in _one(page, ".struck-list").text()
    version = _one(page, "#decide [name=version]").attributes["value"]
    client = client_of("mod", htmx=True)
    assert "下周一定修好" not in _one(HTMLParser(client.get(f"/drafts/{town.drafts[0]}/edit").text), "textarea").text()
    client.post(f"/drafts/{town.drafts[0]}/approve", data={"version": version})
    with database.session(readonly=True) as session:
        sent = session.get_one(Draft, town.drafts[0]).final_text or ""
    assert "下周一定修好" not in sent
    assert sent.startswith("感谢您的耐心反馈")


@pytest.mark.parametrize(
    ("name", "language", "words"),
    [
        ("grounded", "zh", "起草：知识库摘编"),
        ("transformers:qwen3", "zh", "起草：本地模型"),
        ("openai:qwen3", "zh", "起草：外部模型"),
        ("grounded (openai: timeout)", "zh", "起草：知识库摘编（模型未能成稿）"),
        ("openai:qwen3", "en", "Drafted by: external model"),
        ("another", "zh", "起草：another"),
    ],
)
def test_who_drafted_is_said_in_words_with_the_technical_name_at_hand(
    client_of: ClientOf, town: Town, database: Database, name: str, language: str, words: str
) -> None:
    with database.session() as session:
        session.get_one(Draft, town.drafts[0]).drafter = name
    drafter = _one(_desk(client_of, town.drafts[0], language=language), ".drafter small")
    assert (drafter.text(), drafter.attributes["title"]) == (words, name)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_reason_to_strike_has_words(language: str) -> None:
    known = catalogue("zh" if language == "zh" else "en")
    for reason in (*StrikeReason, "withdrawn", "other"):
        assert f"drafts.struck.{reason}" in known


def test_every_key_has_words_and_none_is_used_twice() -> None:
    assert len({key.key for key in QUEUE_KEYS}) == len(QUEUE_KEYS)
    for key in QUEUE_KEYS:
        assert f"key.{key.action}" in catalogue("zh")


def test_a_withdrawn_source_says_so_and_the_draft_has_a_note(
    client_of: ClientOf, town: Town, database: Database
) -> None:
    with database.session() as session:
        draft = session.get_one(Draft, town.drafts[1])
        source = session.get_one(Knowledge, next(s for x in draft.sentences for s in x["sources"]))
        manager = Principal(town.users["pm"], "林产品", "user", Role.PRODUCT_MANAGER)
        knowledge_rules.deactivate(session, manager, source.id, version=source.version)
    page = _desk(client_of, town.drafts[1])
    assert "这条草稿的依据已停用" in _one(page, ".notice.warn").text()
    assert "已停用" in _one(page, ".source").text()
    assert "disabled" in _one(page, "[data-key=approve]").attributes


def test_a_source_that_nobody_touched_for_long_is_marked(client_of: ClientOf, town: Town, database: Database) -> None:
    with database.session() as session:
        draft = session.get_one(Draft, town.drafts[0])
        for number, source_id in enumerate(dict.fromkeys(s for x in draft.sentences for s in x["sources"])):
            source = session.get_one(Knowledge, source_id)
            source.source_updated_at = datetime.now(UTC) - timedelta(days=400 if number == 0 else 20)
    sources = _desk(client_of, town.drafts[0]).css(".source")
    assert [node.css_first(".aged") is not None for node in sources] == [True, False]
    assert "1 年前更新" in sources[0].text()


def test_the_clock_says_in_words_how_much_time_is_left(client_of: ClientOf, town: Town, database: Database) -> None:
    def clock_of(hours: float) -> tuple[str, str]:
        with database.session() as session:
            draft = session.get_one(Draft, town.drafts[0])
            session.get_one(Post, draft.post_id).posted_at = datetime.now(UTC) - timedelta(hours=hours)
        node = _one(_desk(client_of, town.drafts[0]), ".clock")
        return node.text().strip(), node.attributes["class"] or ""

    assert clock_of(2) == ("还剩 2 天", "clock time")
    assert clock_of(69.5) == ("还剩 2 小时", "clock soon")
    assert clock_of(72.5) == ("已超时 30 分钟", "clock overdue")
    assert clock_of(24 * 800) == ("已超时 2 年", "clock overdue")


def test_what_is_fetched_ahead_is_the_next_item_and_claims_nothing(
    client_of: ClientOf, town: Town, database: Database
) -> None:
    _desk(client_of, town.drafts[0])
    client = client_of("mod", htmx=True)
    ahead = HTMLParser(client.get(f"/drafts/{town.drafts[0]}/ahead").text)
    assert _one(ahead, ".desk").attributes["data-draft"] == town.drafts[1]
    assert "data-release" not in _one(ahead, ".desk").attributes
    assert ahead.css_first(".js-claim") is None
    with database.session(readonly=True) as session:
        assert session.get_one(Draft, town.drafts[1]).status == "proposed"


def test_nothing_is_fetched_ahead_where_nothing_follows(client_of: ClientOf, town: Town, database: Database) -> None:
    with database.session() as session:
        for draft_id in town.drafts[1:]:
            session.get_one(Draft, draft_id).status = "expired"
    assert client_of("mod", htmx=True).get(f"/drafts/{town.drafts[0]}/ahead").status_code == 204


def test_the_figures_of_the_day_stand_above_the_queue(client_of: ClientOf, town: Town) -> None:
    client = client_of("mod", htmx=True)
    version = _one(_desk(client_of, town.drafts[0]), "#decide [name=version]").attributes["value"]
    text = client.post(f"/drafts/{town.drafts[0]}/approve", data={"version": version}).text
    values = [node.text() for node in HTMLParser(text).css(".queue-figures b")]
    assert values == ["0", "1", "100%", "100%"]
    assert "今天有现成答复的 1 条中，1 条一字未改" in text


def test_without_script_a_moderator_reviews_all_the_same(client_of: ClientOf, town: Town, database: Database) -> None:
    client = client_of("mod")
    opened = client.post("/drafts/next")
    assert (opened.status_code, opened.headers["location"]) == (303, f"/drafts/{town.drafts[0]}")
    skipped = client.post(f"/drafts/{town.drafts[0]}/skip")
    assert skipped.headers["location"] == f"/drafts/{town.drafts[1]}"
    with database.session(readonly=True) as session:
        draft = session.get_one(Draft, town.drafts[1])
        assert draft.claimed_by == town.users["mod"]
        version = draft.version
    approved = client.post(f"/drafts/{town.drafts[1]}/approve", data={"version": version})
    assert approved.status_code == 303
    with database.session(readonly=True) as session:
        assert session.get_one(Draft, town.drafts[1]).status == "approved"


def test_groups_list_drafts_with_the_same_reply_and_open_for_moderators_only(
    client_of: ClientOf, town: Town, database: Database
) -> None:
    with database.session() as session:
        first, second = (session.get_one(Draft, draft_id) for draft_id in town.drafts[:2])
        second.sentences = first.sentences
    page = HTMLParser(client_of("mod").get("/drafts/groups").text)
    assert [node.attributes["href"] for node in page.css(".group-row a.button")] == [f"/drafts/groups/{town.drafts[0]}"]
    assert HTMLParser(client_of("pm").get("/drafts/groups").text).css_first(".group-row a.button") is None
    assert client_of("pm", htmx=True).post(f"/drafts/groups/{town.drafts[0]}/open").status_code == 403
    batch = HTMLParser(client_of("mod", htmx=True).post(f"/drafts/groups/{town.drafts[0]}/open").text)
    boxes = batch.css("[name=pick]")
    assert len(boxes) == 2
    assert all("disabled" in box.attributes for box in boxes)
    alone = HTMLParser(client_of("mod").get(f"/drafts/{town.drafts[0]}/alone").text)
    assert _one(batch, f"a[href='/drafts/{town.drafts[0]}/alone']").attributes["target"] == "_blank"
    assert _one(alone, ".desk .asked .text").text() == _one(batch, ".ask").text()
    assert not alone.css("#decide, #desk, [data-release]")  # closing this window gives nothing back
    assert f"/drafts/groups/{town.drafts[0]}" in str(_desk(client_of, town.drafts[0]).html)


def test_a_refusal_in_a_group_names_who_has_it(client_of: ClientOf, town: Town) -> None:
    client_of("mod2", htmx=True).post(f"/drafts/{town.drafts[0]}/claim")
    answer = client_of("mod", htmx=True).post(
        f"/drafts/groups/{town.drafts[0]}/approve", data={"pick": [f"{town.drafts[0]}.2"]}
    )
    assert answer.status_code == 200
    item = _one(HTMLParser(answer.text), f"#batch-{town.drafts[0]}")
    assert "该草稿已被何运营认领" in item.text()


def test_the_editor_renews_the_claim_while_it_is_typed_in_and_tells_when_it_was_lost(
    client_of: ClientOf, town: Town, database: Database
) -> None:
    _desk(client_of, town.drafts[0])
    client = client_of("mod", htmx=True)
    editor = HTMLParser(client.get(f"/drafts/{town.drafts[0]}/edit").text)
    typed = _one(editor, "[hx-trigger='input throttle:60s']")
    seen = {"version": _one(editor, "[name=version]").attributes["value"]}
    with database.session() as session:
        run_out = datetime.now(UTC) - timedelta(minutes=1)
        session.get_one(Draft, town.drafts[0]).claim_expires_at = run_out
    kept = client.post(typed.attributes["hx-post"] or "", data=seen)
    until = datetime.fromisoformat(_one(HTMLParser(kept.text), "#claim").attributes["data-until"] or "")
    assert until > run_out + timedelta(minutes=10)

    with database.session() as session:
        session.get_one(Draft, town.drafts[0]).claim_expires_at = run_out
    _desk(client_of, town.drafts[0], who="admin")
    lost = client.post(typed.attributes["hx-post"] or "", data=seen)
    assert (lost.status_code, lost.headers["HX-Retarget"]) == (200, "#editor-actions")
    page = HTMLParser(lost.text)
    assert "这条草稿已经不在您手上" in _one(page, "[role=alert]").text()
    assert page.css_first("[data-submit-key]") is None
    assert page.css_first("#claim[hx-swap-oob] time") is None  # no countdown any more
    assert page.css_first("#claim[hx-swap-oob]") is not None
    copy = _one(page, "[data-copy-from]").attributes["data-copy-from"] or ""
    assert _one(editor, copy).tag == "textarea"


def test_taking_back_a_reply_that_has_left_says_so_and_asks_once_more(
    client_of: ClientOf, town: Town, database: Database
) -> None:
    page = _desk(client_of, town.drafts[0])
    client = client_of("mod", htmx=True)
    seen = {"version": _one(page, "#decide [name=version]").attributes["value"] or ""}
    undo = _one(HTMLParser(client.post(f"/drafts/{town.drafts[0]}/approve", data=seen).text), ".toast form")
    fields = {str(field.attributes["name"]): field.attributes["value"] or "" for field in undo.css("input")}
    with database.session() as session:
        event = session.scalars(select(Event).where(Event.action == "draft.approved")).one()
        deliveries.send(
            session, [NewMessage("draft.approved", town.drafts[0], "{}", event.id, ())], now=datetime.now(UTC)
        )
    asked = client.post(undo.attributes["hx-post"] or "", data=fields)
    assert asked.headers["HX-Retarget"] == "#dialog"
    sheet = HTMLParser(asked.text)
    assert "这条回复已经发出" in sheet.text()
    assert "没有外部系统会得到通知" in sheet.text()
    with database.session(readonly=True) as session:
        assert session.get_one(Draft, town.drafts[0]).status == "approved"
    assert "已发出，撤回…" in client.get("/drafts/decided").text
    insisted = {str(field.attributes["name"]): field.attributes["value"] or "" for field in sheet.css("input")}
    client.post(_one(sheet, "form").attributes["hx-post"] or "", data=insisted)
    with database.session(readonly=True) as session:
        assert session.get_one(Draft, town.drafts[0]).status == "claimed"
