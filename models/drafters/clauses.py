"""A text as the grounding check reads it: sentences and clauses, what stands under a denial, what only asks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from models.drafters.facts import says_no, with_digits
from models.drafters.folding import folded

_SENTENCE = re.compile(r"(?<=[。！？；;])|(?<=\?)(?![A-Za-z0-9=&%])|(?<=!)(?!\[)|\n+|(?<=[a-z0-9)]\.)\s+(?=[A-Z])")
_CLAUSE = re.compile(
    r"[，。；！？\n]|(?<![A-Za-z0-9])[：:,;!?]|[：:,;!?](?![A-Za-z0-9])|(?<=[a-z])\.\s"  # not the mark in 12:30
)
_CLOSED = re.compile(r"[。！？!?]\s*$")
_ITEM = re.compile(r"\s*(?:[-*•·]|[（(]?\d{1,2}[.、)）](?!\d)|[①-⑳]|[一二三四五六七八九十]{1,3}、)")
_ASKS = re.compile(
    r"[？?]\s*$|吗[。！!～~\s]*$|"
    r"(?:什么|怎|哪|谁|多少|几|为何|是否|能否|可否|还是|(\w)[不没]\1).*呢[。！!～~\s]*$"  # 可以的呢 asks nothing
)

# A head that ends in a colon denies all that is listed after it, unless it names what is wrong and remedies follow.
_REMEDY = re.compile(r"时$|如果|若|的话|怎么|如何|方法|步骤|解决|处理|办法|排查|原因|检查")
_ANNOUNCES = re.compile(r"以下|下列|如下")
_EXCEPT = re.compile(r"除外|例外")
# One that forbids goes on after a comma, until a clause says by itself what to do.
_FORBIDS = re.compile(
    r"^(?:请|您|请您|用户|注意|.{1,6}时)?(?:禁止|严禁|勿|请勿|切勿|不得|不要|不可(?!避免)|不建议|不推荐|不允许)"
)
_CONDITION = re.compile(r"(?:时|后|的话|情况下)$")
_OWN_SAY = re.compile(r"^(?:请(?!勿|不)|应|建议|务必|而应|而是)")
_TURNS = re.compile(r"^(?:您|我们|本|该|这|此|目前|已|可|需|须|如|若|否则|以免|以防|避免|因为|但|不过|仅|只|待|等)")
# One that comes last denies what was listed before it.
_DENIES_BEFORE = re.compile(r"^(?:等?(?:情况|行为|操作|问题)?)(?:均|都|一律|皆|概|以上|上述)")

_MARKS = frozenset(".-:@/%,?=&#_+")  # parts of a number, a version or an address


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause, and whether something outside it denies it: 用水冲洗 in 禁止：拆开，用水冲洗。"""

    text: str
    under: bool = False  # a denial before it covers it
    before: bool = False  # one after it does
    asks: bool = False  # its sentence is a question
    ends: bool = False  # it is the last of its sentence

    @property
    def effective(self) -> str:
        """The clause with the denial that covers it, for comparing yes with no."""
        return f"勿{self.text}" if self.under or self.before else self.text

    @property
    def letters(self) -> str:
        """How it reads: see `pressed`; a question that ends in a mark keeps it."""
        return pressed(self.text) + ("?" if self.ends and self.asks else "")


def sentences_of(body: str) -> list[str]:
    """The sentences of a knowledge body, each with its closing mark. A list stays with the head that denies it."""
    found: list[str] = []
    at = 0
    for piece, start in _pieces(body):
        blank = "\n\n" in re.sub(r"[ \t\r]", "", body[at:start])
        at = start + len(piece)
        if found and _ITEM.match(piece) and _is_bare_head(found[-1]):
            found[-1] += "："
        if found and _goes_on(found[-1], piece, blank=blank):
            joint = "" if found[-1][-1] in "；;，,、：:。！!？?" else "；"
            found[-1] = f"{found[-1]}{joint}{piece}"
        else:
            found.append(piece)
    return found


def _is_bare_head(piece: str) -> bool:
    """Whether a line announces a list that it denies, without the colon: 以下情况不予保修"""
    return bool(_ANNOUNCES.search(piece)) and piece[-1].isalnum() and _denies_list(_CLAUSE.split(piece)[-1])


def _pieces(body: str) -> Iterator[tuple[str, int]]:
    """Stripped sentences, and where in the body each begins."""
    at = 0
    for cut in (*_SENTENCE.finditer(body), None):
        end = cut.start() if cut else len(body)
        piece = body[at:end].strip()
        if piece:
            yield piece, body.index(piece, at)
        at = cut.end() if cut else end


def _goes_on(last: str, piece: str, *, blank: bool) -> bool:
    """Whether a piece belongs to a list whose head, in the sentence before it, denies it."""
    items = _listed(last)
    if items is None:
        return False
    if not items.strip():
        return True
    if _ITEM.match(items):
        return bool(_ITEM.match(piece)) or (not blank and not _CLOSED.search(last) and last[-1] in "；;，,、")
    return not blank and not _CLOSED.search(last) and piece[-1] not in "：:"


def _listed(sentence: str) -> str | None:
    """What comes after a head that denies it; None without such a head."""
    for cut in _CLAUSE.finditer(sentence):
        if cut.group() in "：:" and _denies_list(_CLAUSE.split(sentence[: cut.start()])[-1]):
            return sentence[cut.end() :]
    return None


def _denies_list(head: str) -> bool:
    return bool(says_no(head) or _EXCEPT.search(head)) and not _REMEDY.search(head)


def _forbids(clause: str) -> bool:
    return bool(_FORBIDS.match(clause)) and not (clause.startswith("不") and _CONDITION.search(clause))


@lru_cache(maxsize=4096)
def clauses_of(text: str) -> tuple[Clause, ...]:
    """The clauses of a text with what denies them and whether they ask, sentence by sentence."""
    return tuple(clause for sentence in sentences_of(text) for clause in _of_sentence(sentence))


def _of_sentence(sentence: str) -> Sequence[Clause]:
    asks = bool(_ASKS.search(sentence))
    found: list[Clause] = []
    listing = forbidding = False
    at = 0
    for cut in (*_CLAUSE.finditer(sentence), None):
        text = sentence[at : cut.start() if cut else len(sentence)].strip()
        at = cut.end() if cut else len(sentence)
        if not any(map(str.isalnum, text)):
            continue
        own = bool(_OWN_SAY.match(text))
        listing = listing and not own
        forbidding = forbidding and not own and not _TURNS.match(text)
        if _DENIES_BEFORE.match(text) and says_no(text):
            found = [replace(clause, before=True) for clause in found]
        under = (listing or forbidding) and not _forbids(text)
        found.append(Clause(text, under, asks=asks or bool(_ASKS.search(text))))
        listing = listing or bool(cut and cut.group() in "：:" and _denies_list(text))
        forbidding = forbidding or _forbids(text)
    if found:
        found[-1] = replace(found[-1], ends=True)
    return found


@lru_cache(maxsize=16384)
def pressed(text: str) -> str:
    """How a text reads letter by letter: folded, numbers in digits, no spaces and no marks but those within numbers,
    versions and addresses (1.5, 3-5, -10, mi.com/support)."""
    plain = with_digits(folded(text))
    return "".join(character for at, character in enumerate(plain) if character.isalnum() or _is_part(plain, at))


def _is_part(plain: str, at: int) -> bool:
    mark, before, after = plain[at], plain[at - 1 : at], plain[at + 1 : at + 2]
    if _is_latin(before) and _is_latin(after):
        return mark in _MARKS
    if mark in "-\u2212":
        return after.isdigit()
    if mark == "%":
        return before.isdigit()
    return mark.isspace() and before.isdigit() and after.isdigit()


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def quotes(claim: str, body: str) -> bool:
    """Whether a body has a claim word by word, from the beginning of a clause to the end of one.

    A piece out of a clause is no quotation (连接电源 of 请勿连接电源), nor is a clause without the denial that covers
    it, nor the beginning of a question.
    """
    wanted = [clause.letters for clause in clauses_of(claim)]
    had = clauses_of(body)
    letters = [clause.letters for clause in had]
    for at in range(len(had) - len(wanted) + 1 if wanted else 0):
        first, last = had[at], had[at + len(wanted) - 1]
        if letters[at : at + len(wanted)] == wanted and not (
            first.under or last.before or (last.asks and not last.ends)
        ):
            return True
    return False
