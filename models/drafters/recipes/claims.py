"""Statements about public texts of which it is known whether their source says them: to set and to measure the check.

Each is a sentence of a reply in `civic_replies`, `forum_qa` or `service_chat`, as it is, reworded without harm, or
changed so that its source no longer says it. Which half of the texts is used is decided by their hash.
"""

from __future__ import annotations

import csv
import hashlib
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from models.drafters.clauses import clauses_of, sentences_of
from models.drafters.lexical import LexicalIndex
from models.drafters.types import KnowledgeItem, KnowledgeKind
from models.drafters.wording import telling_words

if TYPE_CHECKING:
    from opencc import OpenCC

CORPORA = {"civic_replies": "答复意见", "forum_qa": "answer", "service_chat": "text"}
PAIRS = ("question_pairs_lcqmc", "question_pairs_afqmc")  # people judged whether two questions mean the same
_SHORTEST, _LONGEST = 12, 120  # characters of a sentence
_CLAUSES = re.compile(r"(?<=[，,；;])")
_DIGITS = re.compile(r"\d+")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9]{2,}")

# Other words for the same, none of which the check knows.
_SYNONYMS = (
    ("如果", "若"), ("可以", "可"), ("需要", "需"), ("进行", ""), ("以及", "和"), ("目前", "现在"),
    ("由于", "因为"), ("但是", "但"), ("已经", "已"), ("并且", "并"), ("您", "你"), ("按照", "根据"),
    ("立即", "马上"), ("同时", "并且"), ("直接", ""), ("查看", "看看"), ("使用", "用"), ("或者", "或"),
    ("建议您", "建议"), ("请", "请您"), ("及时", "尽早"), ("相关", "有关"), ("会", "将"), ("后", "之后"),
    ("的", ""), ("应当", "应"), ("购买", "买"), ("办理", "办"),
)  # fmt: skip
_NEGATED = (
    ("可以", "不可以"), ("无法", "可以"), ("不能", "能"), ("没有", "有"), ("已经", "尚未"), ("需要", "不需要"),
    ("已", "未"), ("不会", "会"), ("能够", "不能"), ("不是", "是"), ("是", "不是"), ("有", "没有"), ("会", "不会"),
    ("不", ""), ("能", "不能"),
)  # fmt: skip
_SAYS_NO = tuple(
    (re.compile(no), yes)
    for no, yes in (
        ("无法", "可以"), ("(?<!能)不能", "能"), ("(?<!有)没有", "有"), ("(?<!会)不会", "会"), ("(?<!是)不是", "是"),
        ("尚未", "已经"),
    )
)  # fmt: skip
# Half of these the check does not know.
_OPPOSITES = (
    ("增加", "减少"), ("提高", "降低"), ("开启", "关闭"), ("打开", "关闭"), ("免费", "收费"), ("以前", "以后"),
    ("同意", "反对"), ("城镇", "农村"), ("公办", "民办"), ("上午", "下午"), ("新增", "取消"), ("最大", "最小"),
    ("全部", "部分"), ("开始", "停止"), ("加强", "放松"), ("合法", "违法"), ("左", "右"), ("上涨", "下跌"),
    ("符合", "违反"), ("快", "慢"), ("高", "低"), ("多", "少"), ("前", "后"), ("大", "小"), ("新", "旧"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement, the text it cites, how it was made, and whether that text says it."""

    text: str
    source: KnowledgeItem
    kind: str
    said: bool


def claims(folder: Path, *, half: int, most: int = 60) -> Iterator[Claim]:
    """At most `most` of each kind and corpus; the same every time."""
    for corpus, column in CORPORA.items():
        chance = random.Random(f"{corpus}{half}")  # noqa: S311 - sampling, not security
        texts = _texts(folder / f"{corpus}.csv", column, half)
        index = LexicalIndex([("", text) for text in texts])
        for kind, (said, make) in _KINDS.items():
            places = (_Place(texts, at, index, chance) for at in _shuffled(len(texts), chance))
            made = (
                Claim(text, place.source(), kind, said)
                for place in places
                if (text := make(place)) is not None and (said or text not in place.text)
            )
            yield from islice(made, most)
        for kind, (said, entitle) in _TITLED.items():
            places = (_Place(texts, at, index, chance) for at in _shuffled(len(texts), chance))
            asked = (Claim(*found, kind, said) for place in places if (found := entitle(place)) is not None)
            yield from islice(asked, most)
    for corpus in PAIRS:
        yield from _judged(folder / f"{corpus}.csv", half, most)


def _shuffled(count: int, chance: random.Random) -> list[int]:
    order = list(range(count))
    chance.shuffle(order)
    return order


def _judged(path: Path, half: int, most: int) -> Iterator[Claim]:
    """Pairs of questions that people found to mean the same, or not; the unlike ones were chosen to look alike.

    Those that are questions by their form are left out: a source that asks says nothing.
    """
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if in_half(row["a"], half) and not _asks(row["a"], row["b"])]
    random.Random(f"{path.name}{half}").shuffle(rows)  # noqa: S311 - sampling, not security
    for same, kind in (("1", "a person's rewording"), ("0", "a person's look-alike")):
        for at, row in enumerate([row for row in rows if row["same"] == same][:most]):
            source = KnowledgeItem(f"{at}", KnowledgeKind.APPROVED_REPLY, "", row["b"])
            yield Claim(row["a"], source, kind, same == "1")


def _asks(*texts: str) -> bool:
    return any(clause.asks for text in texts for clause in clauses_of(text))


def in_half(text: str, half: int) -> bool:
    """Whether a text belongs to half 0 (choosing) or 1 (measuring)."""
    return hashlib.sha256(text.encode("utf-8")).digest()[0] % 2 == half


@dataclass(frozen=True, slots=True)
class _Place:
    """A text among the others."""

    texts: Sequence[str]
    at: int
    index: LexicalIndex
    chance: random.Random

    @property
    def text(self) -> str:
        return self.texts[self.at]

    def source(self, title: str = "", body: str | None = None) -> KnowledgeItem:
        return KnowledgeItem(str(self.at), KnowledgeKind.APPROVED_REPLY, title, self.text if body is None else body)

    @property
    def sentences(self) -> list[str]:
        """Those that state something: a question says nothing that could be claimed."""
        return [s for s in sentences_of(self.text) if _SHORTEST <= len(s) <= _LONGEST and not _asks(s)]

    def sentence(self, fits: Callable[[str], bool] = bool) -> str | None:
        fitting = [sentence for sentence in self.sentences if fits(sentence)]
        return self.chance.choice(fitting) if fitting else None

    def neighbour(self, sentence: str) -> str | None:
        """The text most like a sentence, its own apart: what a model that mixes up two entries would quote."""
        scores = self.index.scores(sentence)
        scores[self.at] = -1.0
        best = int(scores.argmax())
        return self.texts[best] if scores[best] > 0 else None


def _verbatim(place: _Place) -> str | None:
    return place.sentence()


def _other_script(place: _Place) -> str | None:
    sentence = place.sentence()
    return _traditional().convert(sentence).replace("，", ", ").replace("。", ".") if sentence else None


def _reordered(place: _Place) -> str | None:
    sentence = place.sentence(lambda one: len(_parts(one)) >= 2)
    if sentence is None:
        return None
    parts = _parts(sentence)
    return f"{'，'.join([*parts[1:], parts[0]])}。"


def _synonyms(place: _Place) -> str | None:
    sentence = place.sentence(lambda one: sum(old in one for old, _ in _SYNONYMS) >= 2)
    if sentence is None:
        return None
    fitting = [pair for pair in _SYNONYMS if pair[0] in sentence]
    for old, new in place.chance.sample(fitting, min(3, len(fitting))):
        sentence = sentence.replace(old, new, 1)
    return sentence


def _merged(place: _Place) -> str | None:
    pieces = place.sentences
    pairs = [at for at in range(len(pieces) - 1) if pieces[at] + pieces[at + 1] in place.text]
    if not pairs:
        return None
    at = place.chance.choice(pairs)
    merged = f"{pieces[at].rstrip('。！；;!')}，{pieces[at + 1]}"
    return merged if len(merged) <= 2 * _LONGEST else None


def _shortened(place: _Place) -> str | None:
    sentence = place.sentence(lambda one: len(_parts(one)) >= 3)
    if sentence is None:
        return None
    parts = _parts(sentence)
    del parts[place.chance.randrange(len(parts))]
    return f"{'，'.join(parts)}。"


def _number(place: _Place) -> str | None:
    sentence = place.sentence(lambda one: bool(_DIGITS.search(one)))
    if sentence is None:
        return None
    found = place.chance.choice(list(_DIGITS.finditer(sentence)))
    other = str(int(found.group()) + place.chance.choice((1, 2, 5, 10)))
    return sentence[: found.start()] + other + sentence[found.end() :]


def _negated(place: _Place) -> str | None:
    return _exchanged(place, _NEGATED)


def _opposite(place: _Place) -> str | None:
    return _exchanged(place, (*_OPPOSITES, *((right, left) for left, right in _OPPOSITES)))


def _exchanged(place: _Place, pairs: Sequence[tuple[str, str]]) -> str | None:
    sentence = place.sentence(lambda one: any(old in one for old, _ in pairs))
    if sentence is None:
        return None
    old, new = place.chance.choice([pair for pair in pairs if pair[0] in sentence])
    return sentence.replace(old, new, 1)


def _name(place: _Place) -> str | None:
    sentence = place.sentence(lambda one: bool(_LATIN.search(one)))
    if sentence is None:
        return None
    found = place.chance.choice(list(_LATIN.finditer(sentence)))
    other = place.chance.choice(("Pro3", "WebGL", "Redmi", "iPhone", "Laya", "X200", "Unity"))
    return sentence[: found.start()] + other + sentence[found.end() :]


def _elsewhere(place: _Place) -> str | None:
    own = place.sentence()
    other = place.neighbour(own) if own else None
    pieces = [s for s in sentences_of(other or "") if _SHORTEST <= len(s) <= _LONGEST]
    return place.chance.choice(pieces) if pieces else None


def _tail(place: _Place) -> str | None:
    own = place.sentence(lambda one: len(_parts(one)) >= 2)
    other = place.neighbour(own) if own else None
    ends = [_parts(s)[-1] for s in sentences_of(other or "") if len(_parts(s)[-1]) >= 8]
    if own is None or not ends:
        return None
    return f"{'，'.join(_parts(own)[:-1])}，{place.chance.choice(ends)}。"


def _word(place: _Place) -> str | None:
    """One telling word becomes another of the same length out of another text."""
    sentence = place.sentence()
    if sentence is None:
        return None
    own = telling_words(sentence)
    other = telling_words(place.texts[place.chance.randrange(len(place.texts))])
    pairs = [(a, b) for a in own for b in other if len(a) == len(b) and a != b and b not in place.text]
    if not pairs:
        return None
    old, new = place.chance.choice(pairs)
    return sentence.replace(old, new, 1)


def _asked_and_said(place: _Place) -> tuple[str, KnowledgeItem] | None:
    sentence = place.sentence()
    return (sentence, place.source(_as_question(sentence))) if sentence else None


def _asked_and_denied(place: _Place) -> tuple[str, KnowledgeItem] | None:
    """The text says no, the title asks whether it is so."""
    pairs = [(no, yes) for no, yes in _SAYS_NO if no.search(place.text)]
    if not pairs:
        return None
    no, yes = place.chance.choice(pairs)
    sentence = place.sentence(lambda one: bool(no.search(one)))
    claim = no.sub(yes, sentence, count=1) if sentence else ""
    return (claim, place.source(_as_question(claim))) if claim and claim not in place.text else None


def _asked_and_refused(place: _Place) -> tuple[str, KnowledgeItem] | None:
    """The text has a bare no where it said what the title asks."""
    sentence = place.sentence(lambda one: place.text.count(one) == 1)
    if sentence is None:
        return None
    return sentence, place.source(_as_question(sentence), place.text.replace(sentence, "不是。"))


def _as_question(sentence: str) -> str:
    return f"{sentence.rstrip('。！!；;，,')}吗？"


_TITLED: dict[str, tuple[bool, Callable[[_Place], tuple[str, KnowledgeItem] | None]]] = {
    "what its title asks, said": (True, _asked_and_said),
    "what its title asks, denied": (False, _asked_and_denied),
    "what its title asks, answered no": (False, _asked_and_refused),
}
_KINDS: dict[str, tuple[bool, Callable[[_Place], str | None]]] = {
    "word by word": (True, _verbatim),
    "other script": (True, _other_script),
    "clauses in another order": (True, _reordered),
    "other words for the same": (True, _synonyms),
    "two sentences as one": (True, _merged),
    "a clause left out": (True, _shortened),
    "another number": (False, _number),
    "denied": (False, _negated),
    "the opposite": (False, _opposite),
    "another name": (False, _name),
    "another text's sentence": (False, _elsewhere),
    "another text's ending": (False, _tail),
    "another telling word": (False, _word),
}


def _parts(sentence: str) -> list[str]:
    return [
        part.strip("，,；;。！!？?") for part in _CLAUSES.split(sentence) if len(part.strip("，,；;。！!？?")) >= 3
    ] or [sentence]


@cache
def _traditional() -> OpenCC:
    from opencc import OpenCC

    return OpenCC("s2t")


def _texts(path: Path, column: str, half: int) -> list[str]:
    """Distinct answers of some length without links and promises' usual company, of one half."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row.get("from_agent", "1") == "1"]
    texts = dict.fromkeys(row[column].strip() for row in rows)
    return [text for text in texts if len(text) >= 25 and "http" not in text and in_half(text, half)]
