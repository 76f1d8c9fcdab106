"""The map's answer: complete, compact, asked for again only when something has changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.map_answer import MEDIA_TYPE, NO_THEME
from review import themes
from review.principals import SYSTEM
from store.database import Database
from store.tables import MapPoint, Mention, Post
from tests.api.world import World
from tests.map_maker import draw_map


@dataclass(frozen=True)
class Read:
    """The answer taken apart by the documented format."""

    header: dict[str, Any]
    numbers: list[int]
    places: list[tuple[float, float]]
    themes: list[str | None]


def read(body: bytes) -> Read:
    length = int.from_bytes(body[:4], "little")
    assert length % 4 == 0
    header = json.loads(body[4 : 4 + length])
    count, scale = header["points"], header["scale"]
    rest = body[4 + length :]
    assert len(rest) == 10 * count
    numbers = np.cumsum(np.frombuffer(rest, "<i4", count))
    xs, ys = np.frombuffer(rest, "<i2", 2 * count, offset=4 * count).reshape(2, -1) / scale
    of = np.frombuffer(rest, "<u2", count, offset=8 * count)
    ids = [theme["id"] for theme in header["themes"]]
    return Read(
        header,
        numbers.tolist(),
        list(zip(xs.tolist(), ys.tolist(), strict=True)),
        [None if place == NO_THEME else ids[place] for place in of],
    )


@pytest.fixture
def places(database: Database, world: World) -> dict[str, tuple[float, float]]:
    with database.session() as session:
        for mention in session.scalars(select(Mention)).all()[:1]:
            mention.theme_id = None
        return draw_map(session)


def test_the_answer_tells_where_every_mention_lies_and_what_theme_it_has(
    manager: TestClient, database: Database, places: dict[str, tuple[float, float]]
) -> None:
    answer = manager.get("/api/v1/map")
    assert (answer.status_code, answer.headers["content-type"]) == (200, MEDIA_TYPE)
    found = read(answer.content)
    with database.session(readonly=True) as session:
        key_of = {row.number: row.key for row in session.scalars(select(MapPoint))}
        theme_of = {row.key: row.theme_id for row in session.scalars(select(Mention))}
    assert sorted(key_of[number] for number in found.numbers) == sorted(places)
    for number, place, theme in zip(found.numbers, found.places, found.themes, strict=True):
        assert place == pytest.approx(places[key_of[number]], abs=1e-4)
        assert theme == theme_of[key_of[number]]
    assert found.header["themes"][0]["mentions"] == len(places) - 1


def test_it_travels_packed_and_unpacked(manager: TestClient, places: dict[str, tuple[float, float]]) -> None:
    packed = manager.get("/api/v1/map", headers={"Accept-Encoding": "gzip"})
    plain = manager.get("/api/v1/map", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content


def test_an_unchanged_map_is_not_sent_again_and_every_edit_changes_it(
    manager: TestClient, database: Database, world: World, places: dict[str, tuple[float, float]]
) -> None:
    first = manager.get("/api/v1/map")
    etag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    assert etag.startswith("W/"), "one tag for the packed and the unpacked map is a weak one"
    for named in (f'"other", {etag}', etag.removeprefix("W/"), "*"):
        again = manager.get("/api/v1/map", headers={"If-None-Match": named})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    with database.session() as session:
        themes.rename(session, SYSTEM, world.themes[0], name="充电特别慢", version=1)
    renamed = manager.get("/api/v1/map", headers={"If-None-Match": etag})
    assert renamed.status_code == 200
    assert read(renamed.content).header["themes"][0]["name"] == "充电特别慢"
    with database.session() as session:
        themes.mark_not_a_theme(session, SYSTEM, world.themes[0], version=2)
    dismissed = manager.get("/api/v1/map", headers={"If-None-Match": renamed.headers["etag"]})
    assert set(read(dismissed.content).themes) == {None}


def test_before_a_first_run_the_map_is_empty(manager: TestClient) -> None:
    found = read(manager.get("/api/v1/map").content)
    assert (found.header["points"], found.numbers) == (0, [])


def test_a_theme_made_since_the_last_run_lies_where_its_mentions_do(
    manager: TestClient, database: Database, world: World, places: dict[str, tuple[float, float]]
) -> None:
    with database.session() as session:
        held = session.scalars(select(Mention).where(Mention.theme_id == world.themes[0])).all()
        keys = [mention.key for mention in held[:1]]
        new = themes.split_off(session, SYSTEM, world.themes[0], mention_ids=[held[0].id], name="别的", version=1)
    shown = {theme["id"]: theme for theme in read(manager.get("/api/v1/map").content).header["themes"]}
    assert (shown[new.id]["x"], shown[new.id]["y"]) == pytest.approx(places[keys[0]], abs=1e-3)
    assert shown[new.id]["radius"] == 0
    assert shown[new.id]["colour"] != shown[world.themes[0]]["colour"]


def test_a_point_says_what_was_said(
    manager: TestClient, database: Database, places: dict[str, tuple[float, float]]
) -> None:
    number = read(manager.get("/api/v1/map").content).numbers[0]
    said = manager.get(f"/api/v1/map/points/{number}").json()["data"]
    with database.session(readonly=True) as session:
        key = session.get_one(MapPoint, number).key
        assert session.scalars(select(Mention.text).where(Mention.key == key)).one() == said["text"]
    missing = manager.get("/api/v1/map/points/999999")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "point_not_found")


def test_points_that_fit_a_filter_are_told_by_number(
    manager: TestClient, database: Database, world: World, places: dict[str, tuple[float, float]]
) -> None:
    with database.session() as session:
        first, *rest = session.scalars(select(Mention).order_by(Mention.id)).all()
        first.intent, first.products = "praise", ["拾光 S1"]
        for mention in rest:
            mention.intent, mention.products = "question", ["拾光 S2"]
        post = session.get_one(Post, first.post_id)
        post.region, post.posted_at = "广东", datetime(2026, 1, 2, tzinfo=UTC)
        others = len([mention for mention in rest if mention.post_id != post.id])
        number = session.scalars(select(MapPoint.number).where(MapPoint.key == first.key)).one()

    def fitting(**asked: str) -> list[int]:
        found = manager.get("/api/v1/map/fitting", params=asked).json()["data"]
        numbers = np.cumsum(found["steps"]).tolist()
        assert found["points"] == len(numbers)
        return [int(number) for number in numbers]

    everything = read(manager.get("/api/v1/map").content).numbers
    assert fitting() == everything
    assert fitting(channel=world.channel) == everything
    assert fitting(intent="praise") == [number]
    assert fitting(product="拾光 S1", region="广东", until="2026-01-03T00:00:00+08:00") == [number]
    assert number not in fitting(since="2026-01-03T00:00:00+08:00")
    assert len(fitting(since="2026-01-03T00:00:00+08:00")) == others
    assert fitting(product="拾光 S1", intent="question") == []
