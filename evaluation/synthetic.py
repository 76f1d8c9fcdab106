"""Large corpora for measuring time and memory: clauses of real posts recombined, so that few texts are alike.

How: every post of the source corpora is split by `nlp.mentions.split_text` and then at commas and sentence ends into
clauses. A post gets one to three clauses of one corpus; each clause is lightly reworded (an opening, a synonym, other
digits, an ending) so that a clause drawn twice is seldom the same text twice. All choices come from one seed.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import accumulate
from pathlib import Path

from evaluation.errors import EvaluationError
from nlp.mentions import split_mentions, split_text
from nlp.types import Document

# file and text column of each corpus that clauses are taken from
SOURCES: Mapping[str, str] = {
    "mi_suggestions.csv": "内容",
    "mi_proposals.csv": "内容",
    "car_complaints.csv": "desc",
    "phone_review_clauses.csv": "text",
    "camera_review_clauses.csv": "text",
    "laptop_clauses.csv": "text",
    "laptop_reviews.csv": "评论内容",
    "shopping_reviews.csv": "review",
    "takeaway_reviews.csv": "review",
    "civic_messages.csv": "留言详情",
}
_SHORTEST, _LONGEST = 6, 48  # characters of a clause
_CLAUSES_A_POST = (1, 1, 1, 1, 2, 2, 2, 3, 3, 3)
_POSTS_A_PERSON = 4  # people = posts / this; some write much more than others
_WEEKS = 26
_START = datetime(2026, 1, 5, 8, 0, tzinfo=timezone(timedelta(hours=8)))

_CUT = re.compile(r"(?<=[。！？!?；;，,\n])")
_EDGES = " \t\r\n，,。；;、"
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_OPENINGS = (
    "最近", "更新后", "这几天", "用了一周", "反馈一下", "有时候", "昨天开始", "我这边", "说实话", "不知道怎么回事",
    "和朋友的一样", "客服也说了", "问了好几次", "从上个月起", "晚上的时候", "家里人也说", "同样的情况", "再说一遍",
    "看到别人也提过", "买来没多久",
)  # fmt: skip
_ENDINGS = (
    "",
    "",
    "",
    "。",
    "！",
    "啊",
    "吧",
    "，谢谢",
    "，求解决",
    "，有人一样吗",
    "，望改进",
    "，太明显了",
    "，很多次了",
)
_JOINTS = ("。", "。", "，", "；", "，另外", "，而且", "，还有")
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "非常": ("很", "特别", "相当"),
    "特别": ("非常", "格外"),
    "希望": ("建议", "盼着", "期待"),
    "建议": ("希望", "提议"),
    "不能": ("没法", "无法"),
    "无法": ("不能", "没办法"),
    "没有": ("没", "找不到"),
    "手机": ("机子", "这手机"),
    "感觉": ("觉得", "总感觉"),
    "觉得": ("感觉", "认为"),
    "但是": ("不过", "可是"),
    "不过": ("但是", "只是"),
    "问题": ("毛病", "情况"),
    "时候": ("当口", "时"),
    "一直": ("老是", "始终"),
    "可以": ("能", "能够"),
    "比较": ("挺", "还算"),
    "东西": ("商品", "产品"),
    "不错": ("挺好", "还可以"),
    "严重": ("厉害", "明显"),
    "还是": ("依然", "仍然"),
    "已经": ("早就", "都"),
}
_SYNONYM = re.compile("|".join(_SYNONYMS))
_DIGIT = re.compile(r"(?<![\dA-Za-z.])\d{1,2}(?![\dA-Za-z.])")


@dataclass(frozen=True, slots=True)
class SyntheticCorpus:
    """What was written."""

    path: Path
    posts: int
    seed: int
    sources: tuple[str, ...]
    clauses: int  # distinct clauses there were to recombine


def corpus_clauses(folder: Path) -> dict[str, tuple[str, ...]]:
    """Distinct clauses, sorted, by corpus file, of the `SOURCES` in `folder`. Raises EvaluationError without any."""
    found = {
        name: clauses_of(_texts(folder / name, column)) for name, column in SOURCES.items() if (folder / name).exists()
    }
    if not found:
        raise EvaluationError(f"no corpus to take clauses from is in {folder}")
    return found


def clauses_of(texts: Iterator[str] | Sequence[str]) -> tuple[str, ...]:
    """The distinct clauses of texts, sorted; what is shorter joins its successor, what is longer is left out."""
    return tuple(sorted({clause for text in texts for piece in split_text(text) for clause in _clauses(piece)}))


def write_synthetic(path: Path, clauses: Mapping[str, Sequence[str]], posts: int, *, seed: int = 1) -> SyntheticCorpus:
    """Write `posts` posts as native JSON lines; memory holds the clauses and one post, whatever the number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        for row in synthetic_posts(clauses, posts, seed=seed):
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    return SyntheticCorpus(path, posts, seed, tuple(sorted(clauses)), sum(map(len, clauses.values())))


def synthetic_posts(clauses: Mapping[str, Sequence[str]], posts: int, *, seed: int = 1) -> Iterator[dict[str, str]]:
    """Native posts (id, author, time, text, channel) in time order.

    A corpus is drawn by the square root of its number of clauses, so that the largest does not drown the others.

    The window of time is the same for any number of posts.
    """
    choose = random.Random(f"{seed}:{posts}")  # noqa: S311 - sampling, not security
    names = sorted(name for name, found in clauses.items() if found)
    if not names:
        raise EvaluationError("there are no clauses to recombine")
    bounds = list(accumulate(math.sqrt(len(clauses[name])) for name in names))
    people = max(1, posts // _POSTS_A_PERSON)
    step = timedelta(weeks=_WEEKS) / max(posts, 1)
    for number in range(posts):
        (name,) = choose.choices(names, cum_weights=bounds)
        yield {
            "id": f"s{number:08d}",
            "author": f"u{int(people * choose.random() ** 2)}",
            "time": (_START + number * step).isoformat(timespec="seconds"),
            "channel": name.removesuffix(".csv"),
            "text": _post(clauses[name], choose),
        }


def distinct_share(path: Path) -> float:
    """Share of distinct normalised mentions among all mentions of a native file, as mining would split it."""
    seen: set[bytes] = set()
    mentions = 0
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            row = json.loads(line)
            for mention in split_mentions(Document(id=row["id"], text=row["text"])):
                mentions += 1
                seen.add(hashlib.blake2b(mention.normalised.encode(), digest_size=8).digest())
    return len(seen) / mentions if mentions else 0.0


def _post(clauses: Sequence[str], choose: random.Random) -> str:
    text = ""
    for _ in range(choose.choice(_CLAUSES_A_POST)):
        clause = _reworded(choose.choice(clauses), choose)
        text += (choose.choice(_JOINTS) if text else "") + clause
    return text + choose.choice(_ENDINGS)


def _reworded(clause: str, choose: random.Random) -> str:
    """The clause with some synonyms and digits exchanged, and an opening half of the time."""
    said = _SYNONYM.sub(lambda found: choose.choice(_SYNONYMS[found[0]]) if choose.random() < 0.5 else found[0], clause)
    said = _DIGIT.sub(lambda _: str(choose.randint(1, 30)), said)
    return (choose.choice(_OPENINGS) if choose.random() < 0.5 else "") + said


def _clauses(piece: str) -> Iterator[str]:
    waiting = ""
    for part in _CUT.split(piece):
        waiting += part
        clause = waiting.strip(_EDGES)
        if len(clause) >= _SHORTEST:
            waiting = ""
            if len(clause) <= _LONGEST and len(_CHINESE.findall(clause)) * 2 >= len(clause):
                yield clause


def _texts(path: Path, column: str) -> Iterator[str]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            if row.get(column):
                yield row[column]
