"""The bundled sample is what its README says: sizes, shapes over time, variety, and labels that fit the files."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from pathlib import Path

import pytest
from opencc import OpenCC
from stdnum import luhn
from stdnum.cn import ric

from ingest import Post, Rejected, read_path

EXAMPLES = Path(__file__).parents[2] / "examples"
SOURCES = ("wechat_group.csv", "qq_group.txt", "forum.csv")
INTENTS = {"pain_point", "request", "question", "praise", "chatter"}
NOTES = {"duplicate", "near_duplicate", "rally", "shout", "advert", "injection", "pii", "two_themes"}
WEEKS = 8
SHARED = 10  # characters in a row that two posts of a theme must not have in common
_PRODUCTS = re.compile(r"拾光|S1 ?Pro|S1|Note ?2|音箱 ?mini|扫地机 ?R3|手环 ?4|门锁 ?L1|路由 ?AX|3\.2\.\d")
_NOT_PROSE = re.compile(
    r"\[quote\].*?\[/quote\]|\[img\].*?\[/img\]|<[^>]+>|\[/?\w+[^\]]*\]|https?://\S+|\S+@example\.com|&nbsp;"
    r"|发自我的拾光手机|—— 来自 拾光社区App|\s",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """One post as a reader sees it, with its label."""

    source: str
    id: str
    post: Post
    themes: tuple[str, ...]
    intent: str
    notes: frozenset[str]

    @property
    def week(self) -> int:
        assert self.post.time is not None
        return (self.post.time.date() - datetime(2026, 8, 3).date()).days // 7  # noqa: DTZ001

    @property
    def person(self) -> tuple[str, str]:
        return self.source, self.post.author


def _rows(name: str) -> list[dict[str, str]]:
    with (EXAMPLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _records(source: str) -> Iterator[object]:
    with read_path(EXAMPLES / source) as reading:
        yield from reading


@pytest.fixture(scope="module")
def posts() -> list[Labelled]:
    read = {
        (source, record.line): record for source in SOURCES for record in _records(source) if isinstance(record, Post)
    }
    return [
        Labelled(
            source=row["source"],
            id=row["id"],
            post=read[row["source"], int(row["line"])],
            themes=tuple(filter(None, row["theme"].split("|"))),
            intent=row["intent"],
            notes=frozenset(row["note"].split()),
        )
        for row in _rows("gold.csv")
    ]


@pytest.fixture(scope="module")
def by_theme(posts: list[Labelled]) -> dict[str, list[Labelled]]:
    groups: defaultdict[str, list[Labelled]] = defaultdict(list)
    for labelled in posts:
        for theme in labelled.themes:
            groups[theme].append(labelled)
    return dict(groups)


def _wechat_ids() -> set[str]:
    with (EXAMPLES / "wechat_group.csv").open(encoding="utf-8-sig", newline="") as file:
        return {
            row["localId"]
            for row in csv.DictReader(file)
            if row["Type"] == "1" or (row["Type"] == "49" and row["SubType"] == "57" and row["StrContent"])
        }


def _qq_ids() -> set[str]:
    text = (EXAMPLES / "qq_group.txt").read_text(encoding="utf-8")
    header = re.compile(r"^\d{4}-\d\d-\d\d \d{1,2}:\d\d:\d\d .+?(?:\((\d+)\)|<[^>]+>)$", re.MULTILINE)
    headers = list(header.finditer(text))
    ends = [match.start() for match in headers[1:]] + [len(text)]
    bodies = [text[match.end() : end].strip() for match, end in zip(headers, ends, strict=True)]
    return {
        str(ordinal)
        for ordinal, (match, body) in enumerate(zip(headers, bodies, strict=True), start=1)
        if match.group(1) != "10000" and not re.fullmatch(r"(?:\[(?:图片|表情)\])+", body)
    }


def _forum_ids() -> set[str]:
    with (EXAMPLES / "forum.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["帖子编号"] for row in csv.DictReader(file) if row["内容"] and row["发帖时间"][0].isdigit()}


@pytest.mark.parametrize(
    ("source", "ids"), [("wechat_group.csv", _wechat_ids), ("qq_group.txt", _qq_ids), ("forum.csv", _forum_ids)]
)
def test_gold_has_one_row_for_each_text_post_of_a_file(source, ids):
    labelled = [row["id"] for row in _rows("gold.csv") if row["source"] == source]
    assert len(labelled) == len(set(labelled))
    assert set(labelled) == ids()


@pytest.mark.parametrize("source", SOURCES)
def test_gold_lines_are_the_lines_that_the_reader_reports(source):
    labelled = {int(row["line"]) for row in _rows("gold.csv") if row["source"] == source}
    assert labelled == {record.line for record in _records(source) if isinstance(record, Post)}


def test_labels_use_only_the_declared_words(posts):
    themes = {row["slug"] for row in _rows("themes.csv")}
    assert {labelled.intent for labelled in posts} == INTENTS
    assert set().union(*(labelled.notes for labelled in posts)) == NOTES
    assert {theme for labelled in posts for theme in labelled.themes} == themes
    for labelled in posts:
        assert ("two_themes" in labelled.notes) == (len(labelled.themes) == 2), labelled
        assert not (labelled.intent in {"praise", "chatter"} and labelled.themes), labelled
        assert not (labelled.intent in {"pain_point", "request"} and not labelled.themes), labelled


def test_it_is_as_large_as_promised(posts):
    intents = Counter(labelled.intent for labelled in posts)
    assert len(posts) >= 640
    assert len({labelled.person for labelled in posts}) >= 160
    assert {labelled.week for labelled in posts} == set(range(WEEKS))
    assert intents["question"] >= 70
    assert intents["praise"] >= 60
    assert intents["chatter"] >= 80


def test_themes_differ_in_size(by_theme):
    sizes = sorted((len(group) for group in by_theme.values()), reverse=True)
    assert len(sizes) >= 20
    assert sizes[0] >= 45
    assert 5 <= sizes[-1] <= 10
    people = {theme: len({labelled.person for labelled in group}) for theme, group in by_theme.items()}
    assert min(count for theme, count in people.items() if theme != "classic_ringtone") >= 5


def test_weekly_counts_have_the_trend_that_is_stated(by_theme):
    for row in _rows("themes.csv"):
        weekly = Counter(labelled.week for labelled in by_theme[row["slug"]])
        early, late = sum(weekly[week] for week in range(4)), sum(weekly[week] for week in range(4, WEEKS))
        match row["trend"]:
            case "growing":
                assert late >= 1.6 * early, row
            case "fading":
                assert early >= 1.6 * late, row
            case "steady":
                assert max(early, late) <= 2 * min(early, late), row
            case "burst":
                start = min(weekly)
                assert start >= 3, row
                assert weekly[start] + weekly[start + 1] + weekly[start + 2] >= 0.7 * weekly.total(), row
            case trend:
                assert trend == "shout", row


def test_one_person_shouts_and_nobody_joins_in(posts, by_theme):
    shouts = [labelled for labelled in posts if "shout" in labelled.notes]
    assert len(shouts) >= 20
    assert len({labelled.person for labelled in shouts}) == 1
    assert by_theme["classic_ringtone"] == shouts


def test_exact_duplicates_repeat_an_earlier_post(posts):
    seen: set[str] = set()
    duplicates = 0
    for labelled in sorted(posts, key=lambda entry: entry.post.time):
        text = labelled.post.text.strip()
        if "duplicate" in labelled.notes:
            duplicates += 1
            body = text.split("\n", 1)[-1]
            assert any(body in earlier or earlier in text for earlier in seen), text
        seen.add(text if labelled.source != "forum.csv" else text.split("\n", 1)[-1])
    assert duplicates >= 12
    assert sum("near_duplicate" in labelled.notes for labelled in posts) >= 10


def test_no_two_posts_of_a_theme_share_a_phrase(posts):
    copies = {"duplicate", "near_duplicate", "shout", "rally"}
    by_label: defaultdict[tuple[str, ...], list[tuple[str, set[str]]]] = defaultdict(list)
    for labelled in posts:
        if labelled.notes & copies:
            continue
        prose = _NOT_PROSE.sub("", labelled.post.text)
        pieces = _PRODUCTS.split(prose)
        windows = {piece[at : at + SHARED] for piece in pieces for at in range(len(piece) - SHARED + 1)}
        for theme in labelled.themes or ("",):
            by_label[theme,].append((prose, windows))
    for group in by_label.values():
        for (one, windows_of_one), (other, windows_of_other) in combinations(group, 2):
            assert not windows_of_one & windows_of_other, (one, other)


def test_it_holds_what_makes_real_exports_hard(posts):
    raw = {source: (EXAMPLES / source).read_text(encoding="utf-8-sig") for source in SOURCES}
    simplify = OpenCC("t2s").convert
    texts = [labelled.post.text for labelled in posts]
    assert sum(sum(a != b for a, b in zip(text, simplify(text), strict=False)) >= 3 for text in texts) >= 30
    assert sum(bool(re.search(r"[\U0001F300-\U0001FAFF]|[（(][^（）()]*[ω▽｡´；]", text)) for text in texts) >= 25
    for markup in ("<p>", "<br>", "&nbsp;", "<a href=", "[b]", "[img]", "[quote]", "[color=", "发自我的拾光手机"):
        assert markup in raw["forum.csv"], markup
    for kind in (",10000,", ",47,0,", ",3,0,", ",34,0,", ",49,57,"):
        assert f",3{kind}" in raw["wechat_group.csv"], kind
    assert sum("\n" in labelled.post.text for labelled in posts if labelled.source == "qq_group.txt") >= 5
    assert "<script>alert(1)</script>" in raw["wechat_group.csv"]
    assert "=HYPERLINK(" in raw["forum.csv"]
    assert sum("injection" in labelled.notes for labelled in posts) >= 10
    assert sum("advert" in labelled.notes for labelled in posts) >= 12
    assert sum("two_themes" in labelled.notes for labelled in posts) >= 10


def test_personal_data_have_the_right_form_and_check_digits(posts):
    texts = [labelled.post.text for labelled in posts if "pii" in labelled.notes]
    joined = "\n".join(texts)
    cards = re.findall(r"\b(?:6222\d{15}|4111(?: \d{4}){3})\b", joined)
    imeis = re.findall(r"(?<!\d)\d{15}(?!\d)", joined)
    identities = re.findall(r"(?<!\d)\d{17}[\dX](?!\d)", joined)
    assert len(texts) >= 12
    assert len(cards) == 2
    assert all(luhn.is_valid(card.replace(" ", "")) for card in cards)
    assert len(imeis) == 2
    assert all(luhn.is_valid(imei) for imei in imeis)
    assert len(identities) == 2
    assert all(ric.calc_check_digit(number) == number[-1] for number in identities)
    assert len(re.findall(r"1[3-9]\d[- ]?0000[- ]?\d{4}", joined)) >= 5
    assert len(re.findall(r"[\w.]+@example\.com", joined)) >= 3
    assert "粤B·00000" in joined
    assert "mod=space&uid=" in joined


def test_bad_forum_rows_are_rejected_and_quotes_without_text_are_no_posts():
    rejected = [record for record in _records("forum.csv") if isinstance(record, Rejected)]
    assert len(rejected) == 2
    assert "昨天傍晚" in rejected[0].raw
    with (EXAMPLES / "wechat_group.csv").open(encoding="utf-8-sig", newline="") as file:
        empty = [row["localId"] for row in csv.DictReader(file) if row["Type"] == "49" and not row["StrContent"]]
    assert len(empty) == 3, "two quotes and a link"
    assert not set(empty) & {row["id"] for row in _rows("gold.csv") if row["source"] == "wechat_group.csv"}


def test_knowledge_answers_some_questions_and_not_others(posts):
    lines = (EXAMPLES / "knowledge.jsonl").read_text(encoding="utf-8").splitlines()
    items = [json.loads(line) for line in lines]
    fields = {"id", "kind", "title", "body", "product", "version", "updated_at"}
    assert len({item["id"] for item in items}) == len(items) >= 28
    assert all(set(item) == fields and all(item.values()) for item in items)
    assert {item["kind"] for item in items} == {"faq", "release_note", "known_issue"}
    assert sum("3.1" in item["version"] or item["version"] == "1.5" for item in items) >= 3, "some are outdated"
    answers = {(row["source"], row["id"]): row["knowledge_id"] for row in _rows("knowledge_gold.csv")}
    assert set(answers) == {(entry.source, entry.id) for entry in posts if entry.intent == "question"}
    assert set(filter(None, answers.values())) <= {item["id"] for item in items}
    unanswered = sum(not answer for answer in answers.values())
    assert 0.3 <= unanswered / len(answers) <= 0.6


def test_the_readme_states_the_true_counts(posts, by_theme):
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    people = len({labelled.person for labelled in posts})
    assert f"{len(posts)} posts by {people} people" in readme
    for theme, group in by_theme.items():
        weekly = " ".join(str(sum(labelled.week == week for labelled in group)) for week in range(WEEKS))
        counted = rf"\| `{theme}` \| [^|]+ \| {len(group)} \| {len({g.person for g in group})} \| \w+ \| {weekly} \|"
        assert re.search(counted, readme), theme
