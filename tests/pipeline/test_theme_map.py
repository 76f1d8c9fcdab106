"""Runs draw the theme map and keep it; arrivals land on the islands of their themes; moves survive runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from ingest.reading import read_bytes
from pipeline.assigning import assign_arrivals
from pipeline.intake import Origin, take_in
from pipeline.settings import Settings
from pipeline.steps.mine import mine_posts
from pipeline.work import Task, Workshop
from review import mention_moves
from review.mention_moves import Group
from review.principals import SYSTEM
from store.database import Database
from store.ids import new_id
from store.repositories import job_progress, map_points
from store.tables import MapPoint, Mention, Theme
from tests.builders import START as NOW
from tests.corpus_maker import native_export
from tests.hashing_encoder import HashingEncoder


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Workshop:
    made = Workshop(Settings(state=tmp_path, ballot_people=2), database, load=lambda _: HashingEncoder())
    _take(made, native_export(120))
    return made


def _take(shop: Workshop, lines: bytes) -> None:
    origin = Origin("export.jsonl", "社区", "jsonl", str(len(lines)), "Asia/Shanghai")
    with shop.database.session() as session:
        take_in(session, read_bytes(lines, name="export.jsonl"), origin, secret=b"a secret of tests")


def _push(shop: Workshop, texts: Sequence[str]) -> None:
    lines = [
        json.dumps({"id": f"new{i}", "author": f"new-{i}", "text": text}, ensure_ascii=False)
        for i, text in enumerate(texts)
    ]
    _take(shop, "\n".join(lines).encode())


def _mine(shop: Workshop) -> None:
    job_id = new_id("job")
    with shop.database.session() as session:
        job_progress.add(session, job_id, kind="run", arguments={}, created_by="system", now=NOW)
        job_progress.begin(session, job_id, now=NOW)
    mine_posts(Task(job_id, {}, shop))
    with shop.database.session() as session:
        job_progress.finish(session, job_id, status="succeeded", now=NOW)


def _numbers(shop: Workshop) -> dict[str, int]:
    with shop.database.session(readonly=True) as session:
        return {row.key: row.number for row in session.scalars(select(MapPoint))}


def test_a_run_gives_every_mention_with_a_theme_its_place_on_the_island(shop: Workshop) -> None:
    _mine(shop)
    with shop.database.session(readonly=True) as session:
        points, islands = map_points.points(session), map_points.islands(session)
        held = {row.key: row.theme_id for row in session.scalars(select(Mention)) if row.theme_id}
        active = set(session.scalars(select(Theme.id).where(Theme.status == "active")))
    assert set(islands) == active
    assert set(held) <= set(points)
    for key, theme in held.items():
        at = islands[theme]
        assert np.hypot(points[key][0] - at.x, points[key][1] - at.y) <= at.radius + 1e-3


def test_a_second_run_keeps_numbers_and_places(shop: Workshop) -> None:
    _mine(shop)
    numbers = _numbers(shop)
    with shop.database.session(readonly=True) as session:
        before = map_points.points(session)
    _take(shop, native_export(130))
    _mine(shop)
    assert numbers.items() <= _numbers(shop).items()
    with shop.database.session(readonly=True) as session:
        now = map_points.points(session)
    moved = [float(np.hypot(now[key][0] - x, now[key][1] - y)) for key, (x, y) in before.items()]
    assert float(np.median(moved)) < 0.03


def test_arrivals_land_on_the_island_of_their_theme_and_the_next_run_keeps_them_near(shop: Workshop) -> None:
    _mine(shop)
    with shop.database.session(readonly=True) as session:
        text = session.scalars(select(Mention.text).where(Mention.theme_id.is_not(None)).limit(1)).one()
    _push(shop, [text + "啊"])
    assert assign_arrivals(shop).mentions
    with shop.database.session(readonly=True) as session:
        arrived = session.scalars(
            select(Mention).where(Mention.placed_by == "assignment", Mention.theme_id.is_not(None))
        ).all()
        points, islands = map_points.points(session), map_points.islands(session)
    assert arrived
    for mention in arrived:
        at = islands[mention.theme_id or ""]
        x, y = points[mention.key]
        assert np.hypot(x - at.x, y - at.y) <= at.radius + 1e-3
    _mine(shop)
    with shop.database.session(readonly=True) as session:
        now = map_points.points(session)
    assert all(np.hypot(now[m.key][0] - points[m.key][0], now[m.key][1] - points[m.key][1]) < 0.1 for m in arrived)


def test_what_a_person_moved_is_there_after_the_next_run_on_the_map_too(shop: Workshop) -> None:
    _mine(shop)
    with shop.database.session() as session:
        first, second = session.scalars(
            select(Theme).where(Theme.status == "active").order_by(Theme.size.desc())
        ).all()[:2]
        keys = session.scalars(
            select(Mention.key).where(Mention.theme_id == first.id).order_by(Mention.key).limit(2)
        ).all()
        mention_moves.move_to(
            session,
            SYSTEM,
            keys=keys,
            groups=[Group(first.id, first.version, 2)],
            into=second.id,
            version=second.version,
        )
        aside = session.scalars(
            select(Mention.key).where(Mention.theme_id == first.id).order_by(Mention.key).limit(2)
        ).all()
        new = mention_moves.split_off(
            session, SYSTEM, keys=aside, groups=[Group(first.id, first.version, 2)], name="一件别的事"
        ).target
        assert new is not None
    _mine(shop)
    with shop.database.session(readonly=True) as session:
        where = {row.key: row.theme_id for row in session.scalars(select(Mention))}
        assert {where[key] for key in keys} == {second.id}
        assert {where[key] for key in aside} == {new.id}
        assert session.get_one(Theme, new.id).status == "active"
        points, islands = map_points.points(session), map_points.islands(session)
    for key, theme in [*((key, second.id) for key in keys), *((key, new.id) for key in aside)]:
        at = islands[theme]
        assert np.hypot(points[key][0] - at.x, points[key][1] - at.y) <= at.radius + 1e-3
