"""Mining from end to end, with an encoder that costs nothing."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from nlp.demand_weights import DemandWeights
from nlp.mining import STEPS, mention_key, mine
from nlp.types import Constraints, Document, Intent, MiningResult, PreviousTheme
from tests.hashing_encoder import HashingEncoder

START = datetime(2026, 8, 3, 9, tzinfo=UTC)
SAID = {
    "heat": [
        "充电的时候后盖发烫", "充电发烫得厉害", "手机充电发烫严重", "一充电就发烫", "充电时机身发烫", "充电发烫得拿不住",
        "充电的时候烫手", "充电发烫太严重了", "晚上充电发烫", "快充充电发烫",
    ],
    "map": [
        "扫地机又丢地图了", "扫地机器人地图丢失", "扫地机地图丢失了三回", "扫地机丢地图", "扫地机的地图又丢失", "扫地机地图老是丢",
        "扫地机早上地图丢失", "扫地机地图莫名丢失", "扫地机的地图没了", "扫地机升级后地图丢失",
    ],
    "dark": [
        "希望支持定时深色模式", "深色模式能不能增加定时", "建议增加深色模式定时", "希望深色模式可以定时", "建议支持深色模式定时切换",
        "希望增加定时深色模式", "深色模式希望能定时", "建议深色模式加个定时", "希望深色模式定时开启", "求加深色模式定时",
    ],
}  # fmt: skip
CHATTER = ["早上好", "哈哈哈哈", "签到", "谢谢大佬", "[图片]", "晚安"]


def corpus() -> list[Document]:
    documents = []
    for topic, texts in SAID.items():
        for i, text in enumerate(texts):
            when = START + timedelta(days=3 * i)
            documents.append(Document(id=f"{topic}{i}", text=text, author=f"{topic}-u{i}", time=when, channel="forum"))
    documents += [Document(id=f"chat{i}", text=text, author=f"c{i}", time=START) for i, text in enumerate(CHATTER)]
    return documents


def run(documents: list[Document], **told: object) -> MiningResult:
    return mine(documents, encoder=HashingEncoder(), **told)  # type: ignore[arg-type]


def theme_of_posts(result: MiningResult) -> dict[str, str | None]:
    return {mined.mention.post_id: mined.theme_id for mined in result.mentions}


def as_previous(result: MiningResult, **changes: dict[str, object]) -> list[PreviousTheme]:
    held: dict[str, set[str]] = {theme.id: set() for theme in result.themes}
    for mined in result.mentions:
        if mined.theme_id:
            held[mined.theme_id].add(mined.key)
    return [
        PreviousTheme(theme, frozenset(keys), **changes.get(theme, {}))  # type: ignore[arg-type]
        for theme, keys in held.items()
    ]


def theme_id(result: MiningResult, topic: str) -> str:
    themes = [theme for post, theme in theme_of_posts(result).items() if post.startswith(topic) and theme]
    return max(set(themes), key=themes.count)


def test_topics_become_themes_with_names_quotes_weeks_and_demand() -> None:
    result = run(corpus())
    assert len({theme_id(result, topic) for topic in SAID}) == len(SAID)
    for theme in result.themes:
        assert theme.id.startswith("thm_")
        assert theme.name
        assert theme.keyphrases
        assert 1 <= len(theme.quotes) <= 3
        assert theme.authors <= theme.size
        assert theme.first_seen is not None
        assert theme.last_seen is not None
        assert theme.first_seen <= theme.last_seen
        assert sum(people for _, people in theme.weekly) >= theme.authors
    scores = [theme.demand.score for theme in result.themes]
    assert scores == sorted(scores, reverse=True)
    by_id = {theme.id: theme for theme in result.themes}
    assert by_id[theme_id(result, "heat")].intent is Intent.PAIN_POINT
    assert by_id[theme_id(result, "dark")].intent is Intent.REQUEST


def test_every_post_has_a_mention_and_chatter_has_no_theme() -> None:
    result = run(corpus())
    assert {mined.mention.post_id for mined in result.mentions} == {document.id for document in corpus()}
    themes = theme_of_posts(result)
    assert all(themes[f"chat{i}"] is None for i in range(len(CHATTER)))


def test_order_does_not_matter() -> None:
    documents = corpus()
    first = run(documents)
    random.Random(3).shuffle(documents)
    second = run(documents)
    assert theme_of_posts(first) == theme_of_posts(second)
    assert [(t.id, t.name, t.demand.score) for t in first.themes] == [
        (t.id, t.name, t.demand.score) for t in second.themes
    ]


@pytest.mark.parametrize(
    "documents",
    [
        [],
        [Document("1", "充电发烫")],
        [Document("1", "")],
        [Document(str(i), text) for i, text in enumerate(CHATTER)],
        [Document(str(i), f"完全不同的第{chr(0x4E00 + 97 * i)}件事{chr(0x5000 + 31 * i)}") for i in range(5)],
    ],
    ids=["nothing", "one post", "an empty post", "all chatter", "nothing in common"],
)
def test_small_and_odd_corpora_work(documents: list[Document]) -> None:
    result = run(documents)
    assert {mined.mention.post_id for mined in result.mentions} == {document.id for document in documents}


def test_a_thousand_identical_posts_are_no_crowd() -> None:
    same = [Document(f"s{i}", "充电的时候后盖发烫得厉害谁来管管", author=f"fresh{i}", time=START) for i in range(1000)]
    result = run(corpus() + same)
    loud = theme_of_posts(result)["s0"]
    found = [theme for theme in result.themes if theme.id == loud]
    for theme in found:
        assert theme.demand.evidence["people_counted"] < 20


def test_the_same_post_said_twice_keeps_two_keys() -> None:
    assert mention_key("p", "t") == mention_key("p", "t", 0) != mention_key("p", "t", 1)
    assert mention_key("p", "t") != mention_key("q", "t")


def test_ids_stay_when_posts_are_dropped_and_added() -> None:
    first = run(corpus())
    kept = [document for document in corpus() if document.id not in {"heat3", "map5"}]
    more = [Document("heat99", "充电发烫还是没解决", author="z", time=START + timedelta(days=40))]
    second = run(kept + more, previous=as_previous(first))
    for topic in SAID:
        assert theme_id(second, topic) == theme_id(first, topic)


def test_peoples_edits_survive_re_mining() -> None:
    first = run(corpus())
    heat, lost = theme_id(first, "heat"), theme_id(first, "map")
    dark = {theme for post, theme in theme_of_posts(first).items() if post.startswith("dark") and theme}
    keys = {mined.mention.post_id: mined.key for mined in first.mentions}
    edits: dict[str, dict[str, object]] = {heat: {"name": "充电烫手"}, lost: {"merged_into": heat}}
    previous = as_previous(first, **edits, **{theme: {"not_a_theme": True} for theme in dark})
    pins: dict[str, str | None] = {keys["heat0"]: "thm_split", keys["heat1"]: None, keys["chat0"]: heat}
    second = run(corpus(), previous=previous, constraints=Constraints(pins))
    themes = theme_of_posts(second)
    by_id = {theme.id: theme for theme in second.themes}
    assert by_id[heat].name == "充电烫手"
    assert themes["map4"] == heat
    assert themes["heat0"] == "thm_split"
    assert themes["heat1"] is None
    assert themes["chat0"] == heat
    assert dark.isdisjoint(by_id)
    assert all(themes[f"dark{i}"] is None for i in range(10))


def test_votes_raise_a_theme() -> None:
    plain = run(corpus())
    target = plain.themes[-1].id
    voted = run(corpus(), votes={target: 500})
    scores = {theme.id: theme.demand.score for theme in plain.themes}
    after = {theme.id: theme.demand.score for theme in voted.themes}
    assert after[target] > scores[target]


def test_progress_names_every_step() -> None:
    steps: list[str] = []
    run(corpus(), progress=lambda step, done, total: steps.append(step))
    assert list(dict.fromkeys(steps)) == list(STEPS)


def test_the_run_records_encoder_and_every_dial() -> None:
    result = run(corpus())
    assert result.encoder == HashingEncoder().identity
    assert result.parameters["demand.reach"] == pytest.approx(DemandWeights().reach)
    assert "encode" in result.timings
