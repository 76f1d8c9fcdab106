"""The finder never keeps a reader waiting for an encoder, never mixes vectors of two, and remembers what it was asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from sqlalchemy.orm import Session

from models.encoders.protocol import Encoder, EncoderIdentity, Progress
from pipeline.finder import Finder, Found
from pipeline.settings import Settings
from pipeline.work import Workshop
from review import theme_digests
from store.database import Database
from store.tables import Run
from tests import builders
from tests.hashing_encoder import HashingEncoder

NOW = datetime(2026, 8, 20, tzinfo=UTC)


class Slow(HashingEncoder):
    """Loads only when it is let, and counts what it encodes."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> npt.NDArray[np.float32]:
        self.asked += texts
        return super().encode(texts, progress=progress)


class Other(HashingEncoder):
    @property
    def identity(self) -> EncoderIdentity:
        return EncoderIdentity(name="other", revision="1", dimension=256, digest="else")


def _shaped(session: Session) -> str:
    encoder = HashingEncoder()
    run = Run(
        id="run_1", encoder=asdict(encoder.identity), parameters={}, timings={}, posts=1, mentions=1, themes=1,
        created_at=NOW,
    )  # fmt: skip
    session.add(run)
    session.flush()
    vector = encoder.encode(["充电很慢"])[0].astype("<f4").tobytes()
    theme = builders.theme(session, "快充", keyphrases=[], prototype=vector, threshold=0.5, run_id="run_1")
    theme_digests.refresh(session)
    return theme.id


def _finder(database: Database, tmp_path: Path, encoder: Encoder, gate: threading.Event) -> Finder:
    def load(_settings: Settings) -> Encoder:
        assert gate.wait(20)
        return encoder

    settings = Settings(_env_file=None, state=tmp_path, encoder="use", secret="x" * 32)
    return Finder(Workshop(settings, database, load))


def _when_settled(finder: Finder, database: Database, text: str) -> Found:
    for _ in range(400):
        with database.session(readonly=True) as session:
            found = finder.themes(session, text)
        if found.meaning != "loading":
            return found
        time.sleep(0.02)
    pytest.fail("the encoder never came")


def test_words_answer_while_the_encoder_loads_and_meaning_does_afterwards(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with sqlite_database.session() as session:
        theme = _shaped(session)
    gate, encoder = threading.Event(), Slow()
    finder = _finder(sqlite_database, tmp_path, encoder, gate)
    with sqlite_database.session(readonly=True) as session:
        assert finder.themes(session, "充电很慢") == Found((), "loading")
        assert finder.themes(session, "快充").hits[0].theme_id == theme
    gate.set()
    found = _when_settled(finder, sqlite_database, "充电很慢")
    assert found.meaning == "ready"
    assert [(hit.theme_id, hit.by_words) for hit in found.hits] == [(theme, False)]
    before = len(encoder.asked)
    _when_settled(finder, sqlite_database, "充电很慢")
    assert len(encoder.asked) == before, "the same question is not encoded twice"


def test_vectors_of_another_encoder_are_not_mixed_in(sqlite_database: Database, tmp_path: Path) -> None:
    with sqlite_database.session() as session:
        _shaped(session)
    gate = threading.Event()
    gate.set()
    finder = _finder(sqlite_database, tmp_path, Other(), gate)
    assert _when_settled(finder, sqlite_database, "充电很慢") == Found((), "absent")


def test_nothing_is_loaded_where_no_run_has_left_prototypes(sqlite_database: Database, tmp_path: Path) -> None:
    finder = _finder(sqlite_database, tmp_path, HashingEncoder(), threading.Event())  # a load would hang
    with sqlite_database.session() as session:
        builders.theme(session, "充电")
        theme_digests.refresh(session)
    with sqlite_database.session(readonly=True) as session:
        assert finder.themes(session, "充电").meaning == "absent"


def test_an_encoder_that_cannot_be_loaded_leaves_words(sqlite_database: Database, tmp_path: Path) -> None:
    with sqlite_database.session() as session:
        theme = _shaped(session)

    def broken(_settings: Settings) -> Encoder:
        raise OSError("no weights")

    settings = Settings(_env_file=None, state=tmp_path, encoder="use", secret="x" * 32)
    finder = Finder(Workshop(settings, sqlite_database, broken))
    found = _when_settled(finder, sqlite_database, "快充")
    assert (found.meaning, found.hits[0].theme_id) == ("absent", theme)


def test_an_encoder_that_failed_once_is_tried_again(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite_database.session() as session:
        _shaped(session)
    tried = []

    def recovering(_settings: Settings) -> Encoder:
        tried.append(1)
        if len(tried) == 1:
            raise OSError("the disk was busy")
        return HashingEncoder()

    settings = Settings(_env_file=None, state=tmp_path, encoder="use", secret="x" * 32)
    finder = Finder(Workshop(settings, sqlite_database, recovering))
    assert _when_settled(finder, sqlite_database, "快充").meaning == "absent"
    assert _when_settled(finder, sqlite_database, "快充").meaning == "absent", "not at every query"
    now = time.monotonic()
    monkeypatch.setattr("pipeline.finder.time.monotonic", lambda: now + 3600)
    for _ in range(400):
        if _when_settled(finder, sqlite_database, "快充").meaning == "ready":
            break
        time.sleep(0.02)
    assert len(tried) == 2


def test_a_merged_themes_prototype_leads_to_where_it_went(sqlite_database: Database, tmp_path: Path) -> None:
    with sqlite_database.session() as session:
        theme = _shaped(session)
        target = builders.theme(session, "电池")
        finder = _finder(sqlite_database, tmp_path, HashingEncoder(), threading.Event())
        assert (finder.prototypes(session) or pytest.fail("no prototypes")).ids == (theme,)
        merged = session.get_one(type(target), theme)
        merged.status, merged.merged_into = "merged", target.id
        session.flush()
        again = finder.prototypes(session)
        assert again is not None
        assert again.ids == (target.id,)


def test_knowledge_is_found_for_a_theme_once_the_index_is_there(sqlite_database: Database, tmp_path: Path) -> None:
    gate = threading.Event()
    gate.set()
    finder = _finder(sqlite_database, tmp_path, HashingEncoder(), gate)
    with sqlite_database.session() as session:
        theme = builders.theme(session, "充电很慢怎么办")
        assert finder.related(session, theme).state == "absent"
        builders.knowledge(session, title="充电很慢怎么办", body="请使用原装充电器。")
    for _ in range(400):
        with sqlite_database.session(readonly=True) as session:
            related = finder.related(session, theme)
        if related.state != "loading":
            break
        time.sleep(0.02)
    assert related.state == "ready"
    assert related.hits[0].item.title == "充电很慢怎么办"
