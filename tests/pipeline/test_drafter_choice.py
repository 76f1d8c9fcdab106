"""The settings choose who words replies; a run spends its own budget, and failures outlive it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from ingest.reading import read_bytes
from models.drafters.catalogue import UnknownDrafterError, parse_drafter
from models.drafters.endpoint import EndpointModel
from models.drafters.grounded import GroundedDrafter
from models.drafters.language import LanguageDrafter
from models.drafters.local_model import LocalModel
from pipeline.drafter_choice import open_text_model
from pipeline.intake import Origin, take_in
from pipeline.settings import Settings
from pipeline.steps.draft import draft_replies
from pipeline.steps.mine import mine_posts
from pipeline.work import Task, Workshop
from store.database import Database
from store.ids import new_id
from store.repositories import job_progress
from store.tables import Draft, Knowledge, Mention
from tests.builders import START
from tests.corpus_maker import native_export
from tests.hashing_encoder import HashingEncoder
from tests.models.chat_server import Reply, Seen, chat_server, events

KNOWN = "请在设置中打开开关，长按电源键 10 秒后重启。"


def _settings(state: Path, **values: object) -> Settings:
    return Settings(state=state, _env_file=None, **values)  # type: ignore[arg-type, call-arg]


def _workshop(database: Database, settings: Settings) -> Workshop:
    return Workshop(settings, database, load=lambda _: HashingEncoder())


def _task(database: Database, shop: Workshop) -> Task:
    """A begun run on posts of which every theme finds an answer in the knowledge."""
    origin = Origin("export.jsonl", "社区", "jsonl", "60", "Asia/Shanghai")
    job_id = new_id("job")
    with database.session() as session:
        take_in(session, read_bytes(native_export(60), name="export.jsonl"), origin, secret=b"a secret of tests")
        job_progress.add(session, job_id, kind="run", arguments={}, created_by="system", now=START)
        job_progress.begin(session, job_id, now=START)
    task = Task(job_id, {}, shop)
    mine_posts(task)
    with database.session() as session:
        asked = session.scalars(select(Mention.text).where(Mention.intent.in_(("question", "pain_point"))).limit(12))
        for number, text in enumerate(dict.fromkeys(asked)):
            session.add(
                Knowledge(
                    id=new_id("knowledge"),
                    key=f"k{number}",
                    kind="known_issue",
                    title=text,
                    body=KNOWN,
                    product="",
                    product_version="",
                    active=True,
                    version=1,
                    created_at=START,
                    updated_at=START,
                )
            )
    return task


def _drafts(database: Database, answer: Callable[[Seen, int], Reply], state: Path, **values: object) -> list[Draft]:
    with chat_server(answer) as server:
        settings = _settings(state, drafter=f"openai:{server.url}#qwen", **values)
        draft_replies(_task(database, _workshop(database, settings)))
    with database.session(readonly=True) as session:
        return list(session.scalars(select(Draft)))


def test_an_endpoint_words_the_replies_of_a_run_and_what_it_invents_is_stored_as_struck(
    database: Database, tmp_path: Path
) -> None:
    reply = Reply(pieces=events(f"{KNOWN}[1]\n", "我们将在周五之前全额退款。[1]"))
    drafts = [draft for draft in _drafts(database, lambda *_: reply, tmp_path) if not draft.needs_person]
    assert drafts
    for draft in drafts:
        assert draft.drafter == "openai:qwen"
        struck = [sentence for sentence in draft.sentences if sentence["kind"] == "struck"]
        assert [(sentence["text"], sentence["reason"]) for sentence in struck] == [
            ("我们将在周五之前全额退款。", "promise")
        ]
        standing = [sentence for sentence in draft.sentences if sentence["kind"] == "grounded"]
        assert [sentence["text"] for sentence in standing] == [KNOWN]
        assert all("reason" not in sentence for sentence in standing)


def test_an_endpoint_that_fails_leaves_grounded_drafts_with_the_reason_and_is_left_alone(
    database: Database, tmp_path: Path
) -> None:
    asked: list[Seen] = []

    def refuse(seen: Seen, _: int) -> Reply:
        asked.append(seen)
        return Reply(401, "application/json", [b"{}"])

    drafts = _drafts(database, refuse, tmp_path, drafter_failures=2, drafter_at_once=1)
    answered = [draft for draft in drafts if not draft.needs_person]
    assert len(answered) > 2
    assert len(asked) == 2
    assert {draft.drafter for draft in answered} == {"grounded (openai: refused)", "grounded (openai: paused)"}
    assert all(any("改用知识原句" in gap for gap in draft.gaps) for draft in answered)


def test_a_run_asks_no_more_than_its_budget(database: Database, tmp_path: Path) -> None:
    asked: list[Seen] = []

    def answer(seen: Seen, _: int) -> Reply:
        asked.append(seen)
        return Reply(pieces=events(f"{KNOWN}[1]"))

    drafts = _drafts(database, answer, tmp_path, drafter_requests=1, drafter_at_once=1)
    assert len(asked) == 1
    assert "grounded (openai: budget)" in {draft.drafter for draft in drafts}


def test_a_model_and_its_breaker_are_kept_between_runs_and_the_budget_is_new(
    database: Database, tmp_path: Path
) -> None:
    shop = _workshop(database, _settings(tmp_path, drafter="openai:http://127.0.0.1:1/v1#m"))
    grounded = GroundedDrafter(HashingEncoder())
    first, second = shop.drafter(grounded), shop.drafter(grounded)
    assert isinstance(first, LanguageDrafter)
    assert isinstance(second, LanguageDrafter)
    assert first._guard.breaker is second._guard.breaker
    assert first._model is second._model
    assert first.budget is not second.budget


def test_without_a_choice_the_knowledge_speaks_for_itself(database: Database, tmp_path: Path) -> None:
    grounded = GroundedDrafter(HashingEncoder())
    assert _workshop(database, _settings(tmp_path)).drafter(grounded) is grounded


def test_names_choose_the_drafter(tmp_path: Path) -> None:
    assert open_text_model(_settings(tmp_path)) is None
    local = open_text_model(_settings(tmp_path, drafter="transformers:some/model", drafter_at_once=7))
    assert isinstance(local, LocalModel)
    assert (local.name, local.at_once) == ("transformers:some/model", 7)
    remote = open_text_model(_settings(tmp_path, drafter="openai:http://localhost:8000/v1#qwen3", drafter_api_key="k"))
    assert isinstance(remote, EndpointModel)
    assert remote.name == "openai:qwen3"
    assert parse_drafter("openai:https://a.example/v1#b#c").model == "c"


@pytest.mark.parametrize(
    "name", ["", "magic", "grounded:x", "transformers:", "openai:", "openai:localhost#m", "openai:http://a.example/v1"]
)
def test_a_name_that_fits_nothing_is_refused_when_settings_are_read(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownDrafterError, match="use grounded"):
        parse_drafter(name)
    with pytest.raises(ValidationError, match="no drafter is called"):
        _settings(tmp_path, drafter=name)


def test_the_choice_reaches_a_child_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = _settings(tmp_path, drafter="transformers:folder", drafter_timeout=5.0, drafter_api_key="secret")
    for name, value in given.environment().items():
        monkeypatch.setenv(name, value)
    read = Settings(_env_file=None)  # type: ignore[call-arg]
    assert (read.drafter, read.drafter_timeout) == ("transformers:folder", 5.0)
    assert read.drafter_api_key is not None
    assert read.drafter_api_key.get_secret_value() == "secret"
