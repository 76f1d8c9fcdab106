"""Between runs a new post gets its themes at once; what fits nowhere waits, and a burst of it makes a theme."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select, update

from ingest.reading import read_bytes
from pipeline.assigning import Arrivals, Assigned, assign_arrivals
from pipeline.intake import Origin, take_in
from pipeline.settings import Settings
from pipeline.steps import mine as step
from pipeline.steps.mine import mine_posts
from pipeline.work import Task, Workshop
from review import themes
from review.principals import SYSTEM
from store.database import Database
from store.ids import new_id
from store.repositories import job_progress, mentions
from store.tables import Mention, Post, Run, Theme
from tests.builders import START as NOW
from tests.corpus_maker import native_export
from tests.hashing_encoder import HashingEncoder

BURST = [
    "卫星通话搜不到卫星", "卫星通话一直搜星失败", "卫星通话搜不到星怎么回事", "在野外卫星通话搜不到卫星", "卫星通话搜星太慢搜不到",
    "卫星通话打不出去，搜不到卫星", "卫星通话总是搜不到卫星", "卫星通话搜不到卫星信号",
]  # fmt: skip


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Workshop:
    made = Workshop(Settings(state=tmp_path, ballot_people=2), database, load=lambda _: HashingEncoder())
    _take(made, native_export(90))
    return made


def _take(shop: Workshop, lines: bytes) -> None:
    origin = Origin("export.jsonl", "社区", "jsonl", str(len(lines)), "Asia/Shanghai")
    with shop.database.session() as session:
        take_in(session, read_bytes(lines, name="export.jsonl"), origin, secret=b"a secret of tests")


def _push(shop: Workshop, texts: Sequence[str], prefix: str = "new") -> None:
    lines = [
        json.dumps({"id": f"{prefix}{i}", "author": f"{prefix}-{i}", "text": text}, ensure_ascii=False)
        for i, text in enumerate(texts)
    ]
    _take(shop, "\n".join(lines).encode())


def _task(shop: Workshop) -> Task:
    job_id = new_id("job")
    with shop.database.session() as session:
        job_progress.add(session, job_id, kind="run", arguments={}, created_by="system", now=NOW)
        job_progress.begin(session, job_id, now=NOW)
    return Task(job_id, {}, shop)


def _mine(shop: Workshop) -> None:
    task = _task(shop)
    mine_posts(task)
    with shop.database.session() as session:
        job_progress.finish(session, task.job_id, status="succeeded", now=datetime.now(UTC))


def _themes_of(shop: Workshop, prefix: str) -> dict[str, str | None]:
    with shop.database.session(readonly=True) as session:
        said = select(Mention.text, Mention.theme_id).join(Post).where(Post.key.startswith(prefix))
        return dict(session.execute(said).all())


def test_before_the_first_run_posts_wait_for_it(shop: Workshop) -> None:
    done = assign_arrivals(shop)
    assert done.posts == 0
    assert done.left


def test_a_new_post_joins_the_theme_it_fits_and_the_theme_counts_it(shop: Workshop) -> None:
    _mine(shop)
    _push(shop, ["充电发热严重", "卫星通话搜不到卫星"])
    done = assign_arrivals(shop)
    assert (done.posts, done.mentions) == (2, 2)
    found = _themes_of(shop, "new")
    with shop.database.session(readonly=True) as session:
        old = session.scalars(
            select(Mention).where(Mention.text.startswith("充电发热严重"), Mention.run_id.is_not(None))
        )
        assert found["充电发热严重"] in {mention.theme_id for mention in old}
        theme = session.get_one(Theme, found["充电发热严重"])
        held = session.scalar(select(func.count()).select_from(Mention).where(Mention.theme_id == theme.id))
        assert theme.size == held
        assert found["卫星通话搜不到卫星"] is None
        assert mentions.pending(session) == done.pending == 1


def test_assigning_again_changes_nothing(shop: Workshop) -> None:
    _mine(shop)
    _push(shop, ["充电发热严重"])
    assign_arrivals(shop)
    assert assign_arrivals(shop) == Assigned()


def test_the_next_run_keeps_what_was_assigned_and_makes_a_theme_of_a_pending_burst(shop: Workshop) -> None:
    _mine(shop)
    _push(shop, ["充电发热严重", *BURST])
    assert assign_arrivals(shop).pending == len(BURST)
    before = _themes_of(shop, "new")
    _mine(shop)
    after = _themes_of(shop, "new")
    assert after["充电发热严重"] == before["充电发热严重"]
    joined = [after[text] for text in BURST if after[text]]
    assert len(joined) >= len(BURST) - 2, "a voice or two may stay outside"
    assert len(set(joined)) == 1
    assert joined[0] not in before.values()
    with shop.database.session(readonly=True) as session:
        assert mentions.pending(session) == 0


def test_what_people_merged_or_dismissed_receives_no_new_posts(shop: Workshop) -> None:
    _mine(shop)
    with shop.database.session() as session:
        one, two, three = session.scalars(select(Theme).where(Theme.status == "active").order_by(Theme.id)).all()[:3]
        said = {
            theme.id: session.scalars(select(Mention.text).where(Mention.theme_id == theme.id)).first()
            for theme in (two, three)
        }
        themes.merge(session, SYSTEM, two.id, into=one.id, version=two.version)
        themes.mark_not_a_theme(session, SYSTEM, three.id, version=three.version)
        texts = [str(said[two.id]), str(said[three.id])]
    _push(shop, texts)
    assign_arrivals(shop)
    found = _themes_of(shop, "new")
    assert found[texts[0]] == one.id
    assert found[texts[1]] is None


def test_vectors_of_another_encoder_are_not_compared(shop: Workshop) -> None:
    _mine(shop)
    with shop.database.session() as session:
        identity = session.scalars(select(Run.encoder)).one()
        session.execute(update(Run).values(encoder=identity | {"revision": "another"}))
    _push(shop, ["充电发热严重"])
    assert assign_arrivals(shop).left
    assert _themes_of(shop, "new") == {}


def test_more_posts_than_the_settings_allow_are_a_runs_work(shop: Workshop) -> None:
    _mine(shop)
    shop.settings.assign_at_most = 3
    _push(shop, BURST)
    assert assign_arrivals(shop) == Assigned(left=True)


def test_while_a_run_is_under_way_posts_wait_for_it(shop: Workshop) -> None:
    _mine(shop)
    _push(shop, ["充电发热严重"])
    _task(shop)
    assert assign_arrivals(shop) == Assigned(left=True)


def test_a_post_assigned_while_a_run_mines_keeps_its_theme(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    _mine(shop)
    real = step.mine_documents
    monkeypatch.setattr("pipeline.assigning.job_progress.open_jobs", lambda _: ())

    def meanwhile(*args: object, **kwargs: object) -> object:
        _push(shop, ["充电发热严重"])
        assert assign_arrivals(shop).posts == 1
        return real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(step, "mine_documents", meanwhile)
    _mine(shop)
    theme_id = _themes_of(shop, "new")["充电发热严重"]
    with shop.database.session(readonly=True) as session:
        theme = session.get_one(Theme, theme_id)
        held = session.scalar(select(func.count()).select_from(Mention).where(Mention.theme_id == theme.id))
        assert theme.size == held


def test_looking_again_and_again_places_what_came(shop: Workshop) -> None:
    _mine(shop)
    arrivals = Arrivals(shop)
    assert arrivals.look().posts == 0
    _push(shop, ["充电发热严重"])
    assert arrivals.look().posts == 1
    assert arrivals.look().posts == 0


def test_prototypes_are_kept_as_the_next_run_needs_them(shop: Workshop) -> None:
    _mine(shop)
    with shop.database.session(readonly=True) as session:
        known, _ = themes.previous_themes(session, shop.encoder_for([], None).identity)
        stranger, _ = themes.previous_themes(session)
    assert all(theme.prototype is not None and theme.settled_size for theme in known)
    assert all(abs(float(np.linalg.norm(theme.prototype)) - 1) < 1e-3 for theme in known if theme.prototype is not None)
    assert all(theme.prototype is None for theme in stranger)
