"""Search finds a theme however its words are typed, by what people said of it, and by meaning where there is a vector."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from review import theme_digests, theme_search
from review.theme_search import Prototypes
from store.database import Database
from tests import builders

THEMES = {
    "slow": ("充电很慢", ["快充"], ["充到八成就不动了", "晚上充一夜还是 80%"]),
    "wifi": ("WiFi 斷線", ["信號"], ["一直轉圈，連不上網路"]),
    "alarm": ("闹钟不响", [], ["早上闹铃没叫醒我，上班迟到", "充电的时候闹钟也不响"]),
}


@pytest.fixture
def board(database: Database) -> tuple[Database, dict[str, str]]:
    with database.session() as session:
        where = builders.channel(session)
        ids = {}
        for key, (name, phrases, said) in THEMES.items():
            theme = builders.theme(session, name, keyphrases=phrases)
            ids[key] = theme.id
            for text in said:
                builders.mention(session, builders.post(session, where), theme, text)
        theme_digests.refresh(session)
    return database, ids


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("充电很慢", "slow"),
        ("快充", "slow"),
        ("充電很慢", "slow"),
        ("ｗｉｆｉ断线", "wifi"),
        ("WIFI 断线", "wifi"),
        ("连不上网络", "wifi"),
        ("迟到", "alarm"),
        ("８０％", "slow"),
        ("上班 闹铃", "alarm"),
        ("闹钟为什么不响", "alarm"),
    ],
)
def test_words_find_a_theme_however_they_are_typed(
    board: tuple[Database, dict[str, str]], query: str, first: str
) -> None:
    database, ids = board
    with database.session(readonly=True) as session:
        hits = theme_search.search(session, query, meaning=None, among=None)
    assert hits
    assert hits[0].theme_id == ids[first]
    assert hits[0].by_words
    assert hits[0].similarity is None


@pytest.mark.parametrize("query", ["", "  ", "\x00", "量子力学", "%", "_", "'; DROP TABLE themes; --"])
def test_what_nobody_said_finds_nothing(board: tuple[Database, dict[str, str]], query: str) -> None:
    database, ids = board
    with database.session(readonly=True) as session:
        hits = theme_search.search(session, query, meaning=None, among=None)
    assert [hit.theme_id for hit in hits] == ([ids["slow"]] if query == "%" else [])


def test_a_name_comes_before_a_mention(board: tuple[Database, dict[str, str]]) -> None:
    database, ids = board
    with database.session(readonly=True) as session:
        hits = theme_search.search(session, "充电", meaning=None, among=None)
    assert [hit.theme_id for hit in hits] == [ids["slow"], ids["alarm"]]


def test_of_two_themes_that_say_it_the_one_that_says_it_often_comes_first(database: Database) -> None:
    with database.session() as session:
        where = builders.channel(session)
        often, once = builders.theme(session, "发热", keyphrases=[]), builders.theme(session, "耗电", keyphrases=[])
        for number in range(6):
            builders.mention(session, builders.post(session, where), often, f"烫手得很 {number}")
            builders.mention(session, builders.post(session, where), once, f"掉电太快 {number}")
        builders.mention(session, builders.post(session, where), once, "还烫手")
        ids = [often.id, once.id]
        theme_digests.refresh(session)
    with database.session(readonly=True) as session:
        whole = theme_search.search(session, "烫手", meaning=None, among=None)
        piece = theme_search.search(session, "烫手 怎么办", meaning=None, among=None)
    assert [hit.theme_id for hit in whole] == ids
    assert piece[0].theme_id == ids[0]


def test_what_is_said_about_anything_finds_nothing(board: tuple[Database, dict[str, str]]) -> None:
    database, _ = board
    with database.session(readonly=True) as session:
        for query in ("请问手机早上吃什么", "一个问题怎么办呢", "今天晚上看电影"):
            assert theme_search.search(session, query, meaning=None, among=None) == ()


def test_the_snippet_is_what_was_said_around_the_words(board: tuple[Database, dict[str, str]]) -> None:
    database, ids = board
    with database.session(readonly=True) as session:
        said = theme_search.snippets(session, "遲到", [ids["alarm"], ids["slow"]])
    assert said == {ids["alarm"]: "早上闹铃没叫醒我，上班迟到"}


def _prototypes(ids: dict[str, str]) -> Prototypes:
    return Prototypes(
        (ids["slow"], ids["alarm"], ids["wifi"]), np.eye(3, dtype=np.float32), np.full(3, 0.5, dtype=np.float32)
    )


def test_meaning_finds_what_is_said_otherwise_and_both_kinds_are_marked(
    board: tuple[Database, dict[str, str]],
) -> None:
    database, ids = board
    meaning = np.array([0.1, 0.95, 0.2], dtype=np.float32)
    with database.session(readonly=True) as session:
        hits = theme_search.search(session, "起不来床", meaning=meaning, among=_prototypes(ids))
        both = theme_search.search(session, "迟到", meaning=meaning, among=_prototypes(ids))
    assert [(hit.theme_id, hit.by_words, hit.similarity) for hit in hits] == [(ids["alarm"], False, 0.95)]
    assert (both[0].theme_id, both[0].by_words, both[0].similarity) == (ids["alarm"], True, 0.95)
    assert both[0].score > hits[0].score, "found both ways counts for more"


def test_a_piece_of_the_query_does_not_come_before_what_is_meant(board: tuple[Database, dict[str, str]]) -> None:
    database, ids = board
    meaning = np.array([0.1, 0.7, 0.65], dtype=np.float32)
    with database.session(readonly=True) as session:
        hits = theme_search.search(session, "快充 失眠", meaning=meaning, among=_prototypes(ids))
        words = theme_search.search(session, "快充 失眠", meaning=None, among=None)
        whole = theme_search.search(session, "快充", meaning=meaning, among=_prototypes(ids))
    assert [hit.theme_id for hit in words] == [ids["slow"]]
    assert [hit.theme_id for hit in hits] == [ids["alarm"], ids["wifi"], ids["slow"]]
    assert ids["slow"] in {hit.theme_id for hit in whole[:2]}, "all that was typed counts in full"


def test_what_is_near_nothing_is_not_forced_upon_a_theme(board: tuple[Database, dict[str, str]]) -> None:
    database, ids = board
    with database.session(readonly=True) as session:
        for vector in (np.array([0.2, 0.2, 0.2]), np.zeros(3)):
            found = theme_search.search(
                session, "今天吃什么", meaning=vector.astype(np.float32), among=_prototypes(ids)
            )
            assert found == ()


def test_a_merged_themes_prototype_stands_for_the_theme_it_went_into(
    board: tuple[Database, dict[str, str]],
) -> None:
    database, ids = board
    among = Prototypes((ids["slow"], ids["slow"]), np.eye(2, dtype=np.float32), np.full(2, 0.5, dtype=np.float32))
    with database.session(readonly=True) as session:
        hits = theme_search.search(session, "x", meaning=np.array([0.6, 0.8], dtype=np.float32), among=among)
    assert [(hit.theme_id, hit.similarity) for hit in hits] == [(ids["slow"], 0.8)]


@given(text=st.text(max_size=60))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_no_query_breaks_the_search(board: tuple[Database, dict[str, str]], text: str) -> None:
    database, _ = board
    if any("\ud800" <= character <= "\udfff" for character in text):
        return
    with database.session(readonly=True) as session:
        hits = theme_search.search(session, text, meaning=None, among=None)
        theme_search.snippets(session, text, [hit.theme_id for hit in hits])
