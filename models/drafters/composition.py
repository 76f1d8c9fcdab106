"""Putting a reply together: a courtesy that fits, sentences of the knowledge in order, a way on."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from models.drafters.clauses import sentences_of
from models.drafters.grounding import refused
from models.drafters.scope import kinds_in, versions_in
from models.drafters.types import KnowledgeItem, KnowledgeKind, Question, Sentence, SentenceKind
from models.drafters.wording import asks

MOST_SENTENCES = 4
_LONGEST_SENTENCE = 160
_RELEVANT = 0.5  # of the best sentence's relevance: what an answer keeps of an entry about several things
_KEEP_WHOLE = 170  # characters of an entry that is told as it is

_DANGER = re.compile(
    r"冒烟|起火|着火|爆炸|漏电|(?<!接)触电|(?<!充)电到(?:我|手|人)|烫伤|烧伤|鼓包|燃烧|自燃|漏气|受伤"
    r"|smoke|fire\b|explod|electric shock|burn(?:ed|t)",
    re.IGNORECASE,
)
_TROUBLE = re.compile(
    r"不[了能好上动]|没[反响声信]|卡|慢|烫|热|断|坏|掉|漏|失|死|闪退|重启|噪|吵|异常|故障|bug|错误|问题|差|糊|黑屏|延迟|误|丢|无法",
    re.IGNORECASE,
)
_MODEL = re.compile(r"[A-Za-z]+\s?\d|\d+\s?(?:pro|max|ultra)", re.IGNORECASE)
_WISH = re.compile(r"希望|建议|能不能(?:加|增|出|做|支持)|求(?:加|增|出|支持)|要是能|最好能|期待")
_STEPS = re.compile(r"步骤|先.{1,20}再|点击|打开.{1,20}(?:后|就|会)|每次|当.{1,20}时|的时候|一.{1,10}就")
_GOES_ON = re.compile(
    r"^(?:若|如果|如|也可|也可以|或者|或|另外|此外|同时|请注意|注意|其中|但|不过|因此|此时|提示后|降温后)"
)

Relevance = Callable[[KnowledgeItem, str, Sequence[str]], list[float]]


def greeting(question: Question, asked: str) -> Sentence:
    """The courtesy that fits what the post does: a warning, sympathy, thanks for a wish or for a question."""
    if _DANGER.search(asked):
        text = "您好，这种情况存在安全风险，建议您先停止使用并断开电源。"
    elif question.intent == "request" or (not question.intent and _WISH.search(asked)):
        text = "您好，感谢您的建议。"
    elif question.intent == "question" or (not question.intent and not _TROUBLE.search(asked) and asks(asked)):
        text = "您好，感谢您的提问。"
    elif question.intent == "pain_point" or _TROUBLE.search(asked):
        text = "您好，非常抱歉给您带来不便。"
    else:
        text = "您好，感谢您的反馈。"
    return Sentence(text, SentenceKind.COURTESY)


def told(items: Sequence[KnowledgeItem], asked: str, relevance: Relevance) -> tuple[tuple[Sentence, ...], bool]:
    """Sentences of the items for this question, in the items' own order, and whether some that no reply may say were
    left out."""
    sentences: list[Sentence] = []
    left_out = False
    for item in items:
        pieces = sentences_of(item.body)
        allowed = _allowed(pieces)
        left_out |= any(refused(piece) for piece in pieces)
        for piece in _chosen(item, allowed, asked, relevance)[: MOST_SENTENCES - len(sentences)]:
            if all(piece not in said.text for said in sentences):
                sentences.append(Sentence(_worded(piece, item), SentenceKind.GROUNDED, (item.id,)))
    return tuple(sentences), left_out


def _allowed(pieces: Sequence[str]) -> list[str]:
    """The sentences that no rule refuses, without monsters, nor those that go on from one left out."""
    kept: list[str] = []
    last_kept = True
    for piece in pieces:
        out = refused(piece) is not None or len(piece) > _LONGEST_SENTENCE
        last_kept = not out and (last_kept or not _GOES_ON.search(piece))
        if last_kept:
            kept.append(piece)
    return kept


def _chosen(item: KnowledgeItem, pieces: list[str], asked: str, relevance: Relevance) -> list[str]:
    """What of an entry answers: a known issue and a short entry whole, of others what was asked about."""
    if len(pieces) < 2 or (item.kind is KnowledgeKind.KNOWN_ISSUE and len(pieces) <= MOST_SENTENCES):
        return pieces
    if item.kind is not KnowledgeKind.RELEASE_NOTE and sum(map(len, pieces)) <= _KEEP_WHOLE:
        return pieces
    scores = relevance(item, asked, pieces)
    floor = max(scores) * (0.8 if item.kind is KnowledgeKind.RELEASE_NOTE else _RELEVANT)
    kept = [score >= floor for score in scores]
    if item.kind is not KnowledgeKind.RELEASE_NOTE:
        for at in range(1, len(pieces)):
            kept[at] |= kept[at - 1] and bool(_GOES_ON.search(pieces[at]))
    best = sorted((at for at in range(len(pieces)) if kept[at]), key=lambda at: (-scores[at], at))[:MOST_SENTENCES]
    return [pieces[at] for at in sorted(best)]


def _worded(piece: str, item: KnowledgeItem) -> str:
    """A sentence as the reply says it: closed by a mark; a change is told with the release it came in."""
    closed = piece[:-1] + "。" if piece[-1] in "；;" else piece
    closed = closed if closed[-1] in "。！？!?.…" else closed + "。"
    return f"{item.title}：{closed}" if item.kind is KnowledgeKind.RELEASE_NOTE else closed


def introduction(item: KnowledgeItem) -> tuple[Sentence, ...]:
    """For a known issue: says that it is one, and that the match is ours."""
    if item.kind is KnowledgeKind.KNOWN_ISSUE:
        return (Sentence("您描述的情况可能与下面这个已知问题有关。", SentenceKind.COURTESY),)
    return ()


def closing(question: Question, asked: str, item: KnowledgeItem) -> tuple[Sentence, ...]:
    """For trouble that a remedy was offered for: what to tell us if it did not help."""
    if question.intent in {"question", "request"} or not _TROUBLE.search(asked):
        return ()
    if item.kind is KnowledgeKind.KNOWN_ISSUE and item.version and not versions_in(asked):
        return (Sentence("如果仍未解决，方便告诉我们当前的系统或固件版本吗？", SentenceKind.ASK_BACK),)
    return (Sentence("如果仍未解决，欢迎继续告诉我们。", SentenceKind.COURTESY),)


def declining(question: Question, asked: str) -> tuple[Sentence, ...]:
    """Where no knowledge fits: courtesy and questions back only."""
    if question.intent == "request" or (not question.intent and _WISH.search(asked)):
        return (Sentence("您好，感谢您的建议，我们已经如实记录。", SentenceKind.COURTESY),)
    person = Sentence("这个问题需要由专人为您核实。", SentenceKind.COURTESY)
    return (greeting(question, asked), person, *_questions_back(question, asked))


def _questions_back(question: Question, asked: str) -> list[Sentence]:
    """Asks for the facts a person will need and the post does not give. A plain question needs its product only."""
    missing = []
    trouble = question.intent != "question" and bool(_TROUBLE.search(asked))
    if not question.product and not kinds_in(asked) and not _MODEL.search(asked):
        missing.append("机型")
    if trouble and not versions_in(asked):
        missing.append("系统或固件版本")
    if trouble and not _STEPS.search(asked):
        missing.append("出现问题时的操作步骤")
    if not missing:
        return []
    return [Sentence(f"方便告诉我们{'、'.join(missing)}吗？", SentenceKind.ASK_BACK)]
