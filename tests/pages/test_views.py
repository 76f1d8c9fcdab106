"""What the view models compute: bars that add up, trends with silent weeks, growth in words, safe toasts."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.pages.flash import Flash, Undo, read_flash
from api.pages.language import Translator
from api.pages.preferences import local_path
from api.pages.views.confidence import Confidence, confidence_of
from api.pages.views.demand import demand_view, severity_level
from api.pages.views.reasons import reason_words
from api.pages.views.trend import SPARK_HEIGHT, growth, spark, weeks_of, whole_trend
from nlp.demand_weights import DemandWeights
from pipeline.report import severity_words
from store.tables import Theme

T = Translator(language="zh", zone=ZoneInfo("Asia/Shanghai"), now=datetime(2026, 8, 20, tzinfo=UTC))
PARTS = list(DemandWeights().of_part())


def theme(score: float, parts: dict[str, float], **fields: object) -> Theme:
    values: dict[str, object] = {
        "id": "thm_x", "name": "充电慢", "intent": "pain_point", "score": score, "parts": parts, "evidence": {},
        "authors": 3, "severity": 0.5, "growth": 0.0, "last_seen": None,
    }  # fmt: skip
    return Theme(**values | fields)


@given(
    score=st.floats(0, 100),
    parts=st.dictionaries(st.sampled_from(PARTS), st.floats(0, 1, allow_nan=False), max_size=7),
)
@example(score=1.0, parts={"reach": 5e-324})
def test_the_parts_of_a_score_add_up_to_it_and_stay_inside_the_bar(score: float, parts: dict[str, float]) -> None:
    view = demand_view(T, theme(score, parts), 2, DemandWeights())
    total = sum(part.points for part in view.parts)
    assert total == pytest.approx(score, abs=0.5) or sum(parts.values()) < 1e-9
    for part in view.parts:
        assert 0 <= part.width <= 100.01
        assert part.x + part.width <= 100.1


@pytest.mark.parametrize(("share", "level"), [(0.695, "high"), (0.694, "middle"), (0.4, "middle"), (0.39, "low")])
def test_confidence_is_a_word_that_fits_the_percentage_shown(share: float, level: str) -> None:
    assert confidence_of(share) == Confidence(round(share * 100), level)  # type: ignore[arg-type]


def test_the_summary_is_evidence_in_words() -> None:
    view = demand_view(T, theme(40, {"reach": 0.5}, authors=23, growth=0.588), 3, DemandWeights())
    assert view.summary == "23 人 · 3 个渠道 · 近两周 +80%"


@pytest.mark.parametrize(
    ("rate", "direction", "short"),
    [(0.0, "flat", "持平"), (0.05, "flat", "持平"), (0.6931, "up", "+100%"), (-0.6931, "down", "−50%")],
)
def test_growth_has_an_arrow_a_number_and_words(rate: float, direction: str, short: str) -> None:
    shown = growth(T, rate)
    assert (shown.direction, shown.short) == (direction, short)
    assert shown.words


def test_silent_weeks_are_shown_as_silent() -> None:
    weekly = [["2026-07-06", 2], ["2026-07-20", 5]]
    latest = datetime(2026, 8, 5, tzinfo=UTC)
    assert weeks_of(weekly, latest, most=6) == (
        ("2026-06-29", 0), ("2026-07-06", 2), ("2026-07-13", 0), ("2026-07-20", 5), ("2026-07-27", 0),
        ("2026-08-03", 0),
    )  # fmt: skip
    assert weeks_of([], latest) == ()
    assert len(whole_trend(weekly, latest)) == 8
    assert whole_trend([], None) == ()


@given(st.lists(st.integers(0, 500), max_size=30))
def test_a_sparkline_never_leaves_its_box(people: list[int]) -> None:
    drawn = spark(T, [(f"2026-01-{n:02d}", count) for n, count in enumerate(people, start=1)])
    for bar in drawn.bars:
        assert 0 <= bar.y <= SPARK_HEIGHT
        assert bar.height <= SPARK_HEIGHT
        assert bar.x + bar.width <= drawn.width


@given(st.floats(0, 1))
def test_severity_has_the_words_of_the_report(severity: float) -> None:
    assert T(f"severity.{severity_level(severity)}") == severity_words(severity).zh


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("no text in column '内容'", "没有正文内容"),
        ("the time '昨天傍晚' cannot be understood; accepted: 2022-03-30 04:39:49", "时间无法识别"),
        ("this is not valid JSON: Expecting value", "不是有效的 JSON"),
        ("the row has only 3 cells; 'text' is missing", "列数不足"),
        ("something new", "something new"),
    ],
)
def test_reasons_of_rejected_rows_are_told_in_chinese(reason: str, words: str) -> None:
    assert words in reason_words(T, reason)
    assert reason_words(replace(T, language="en"), reason) == reason


def test_a_toast_survives_its_cookie() -> None:
    undo = Undo("/themes/thm_x/name", (("name", "旧名"), ("version", "2")), "#name", "innerHTML")
    flash = Flash("done.renamed", {"name": "充满“引号”<b>"}, undo)
    assert read_flash(flash.packed()) == flash


@pytest.mark.parametrize(
    "packed",
    [
        ["no.such.message", {}, None, False],
        ["done.renamed", {}, None, False],  # its placeholder is missing
        ["done.unmerged", {}, ["//evil.example/x", [], "this", "none"], False],
        ["done.unmerged", {}, ["https://evil.example", [], "this", "none"], False],
    ],
)
def test_a_forged_toast_is_no_way_out_of_the_site(packed: list[object]) -> None:
    found = read_flash(base64.urlsafe_b64encode(json.dumps(packed).encode()).decode())
    assert found is None or found.undo is None


@given(st.text(max_size=60))
def test_any_cookie_is_read_without_harm(value: str) -> None:
    read_flash(value)


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil", "themes", "", "/a\nb"])
def test_redirects_stay_on_this_site(wanted: str) -> None:
    assert local_path(wanted) == "/"
    assert local_path("/themes?q=充电") == "/themes?q=充电"
