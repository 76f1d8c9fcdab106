"""The default drafter: finds knowledge and composes a polite reply from its own sentences, or asks for a person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from models.drafters.grounding import check, sentences_of
from models.drafters.retrieval import Hit, KnowledgeIndex, words
from models.drafters.rules import as_data, promises, tries_to_steer
from models.drafters.scope import kinds_in, versions_in
from models.drafters.types import Draft, KnowledgeItem, KnowledgeKind, Question, Sentence, SentenceKind
from models.encoders.protocol import Encoder

_MOST_SENTENCES = 4
_MOST_SOURCES = 2
_LONGEST_SENTENCE = 160

_DANGER = re.compile(
    r"冒烟|起火|着火|爆炸|漏电|触电|电到|烫伤|烧伤|鼓包|燃烧|自燃|漏气|受伤"
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


@dataclass(frozen=True, slots=True)
class GroundedSettings:
    """When knowledge is close enough to answer. Both kinds of support count; see `GroundedDrafter.supports`."""

    semantic: float = 0.30  # least similarity above background, with the words to go with it
    lexical: float = 0.20  # least share of the question's informative words
    semantic_alone: float = 0.62  # so close in meaning that other words do not matter
    combined: float = 0.68  # least sum of both
    second: float = 0.85  # a second source must be supported this well, relative to the first


class GroundedDrafter:
    """Retrieval and extractive composition: every statement is a sentence of the knowledge, with its source."""

    name = "grounded"

    def __init__(self, encoder: Encoder, settings: GroundedSettings | None = None) -> None:
        self._encoder = encoder
        self._settings = settings or GroundedSettings()
        self._index: KnowledgeIndex | None = None

    def index(self, knowledge: Sequence[KnowledgeItem]) -> KnowledgeIndex:
        """The index of a knowledge set, built once and kept while the set stays the same."""
        ordered = tuple(sorted(knowledge, key=lambda item: item.id))
        if self._index is None or self._index.items != ordered:
            self._index = KnowledgeIndex(ordered, self._encoder)
        return self._index

    def draft(self, question: Question, knowledge: Sequence[KnowledgeItem]) -> Draft:
        """A reply from the knowledge that fits the question, or an honest "needs a person" with what to ask.

        The question's text is only used to look things up: nothing of it is repeated, and sentences in it that try
        to steer are left out before the search. Sentences of the knowledge that promise something are left out.
        """
        asked = as_data(question.text)
        hits = self.index(knowledge).search(question, text=asked) if asked or question.theme_name else []
        chosen = self._choose(hits)
        body, left_out = _compose(chosen, asked)
        if not body:
            return self._declined(question, asked, bool(chosen))
        sentences = (_greeting(asked), *body, *_closing(chosen, asked))
        gaps = ("知识中有涉及时间、补偿或新功能的承诺，未写入回复，请人工确认",) if left_out else ()
        draft = Draft(sentences, gaps, self._confidence(chosen[0]), needs_person=False)
        return check(draft, knowledge)

    def supports(self, hit: Hit) -> bool:
        """Whether one item is close enough to the question to answer it."""
        settings = self._settings
        if hit.semantic >= settings.semantic_alone:
            return True
        enough = hit.semantic >= settings.semantic and hit.lexical >= settings.lexical
        return enough and hit.semantic + hit.lexical >= settings.combined

    def _choose(self, hits: Sequence[Hit]) -> list[Hit]:
        fitting = [hit for hit in hits if self.supports(hit)]
        if not fitting:
            return []
        first = fitting[0]
        floor = self._settings.second * (first.semantic + first.lexical)
        more = [hit for hit in fitting[1:] if hit.semantic + hit.lexical >= floor]
        return [first, *more][:_MOST_SOURCES]

    def _confidence(self, hit: Hit) -> float:
        return round(min(0.35 + 0.45 * hit.semantic + 0.35 * hit.lexical, 0.98), 3)

    def _declined(self, question: Question, asked: str, found: bool) -> Draft:
        """Courtesy and questions back only; the gap says what knowledge is missing."""
        if tries_to_steer(question.text) and not asked:
            gap = "内容试图指挥回复，没有可回答的问题"
        elif found:
            gap = "知识中只有涉及时间、补偿或新功能的承诺，需人工确认后回复"
        else:
            gap = "知识库中没有能回答这个问题的内容"
        if _WISH.search(asked):
            sentences = [Sentence("您好，感谢您的建议，我们已经如实记录。", SentenceKind.COURTESY)]
        else:
            person = Sentence("这个问题需要由专人为您核实。", SentenceKind.COURTESY)
            sentences = [_greeting(asked), person, *_questions_back(question, asked)]
        return Draft(tuple(sentences), (gap,), 0.0, needs_person=True)


def _greeting(asked: str) -> Sentence:
    if _DANGER.search(asked):
        text = "您好，这种情况存在安全风险，请先停止使用并断开电源，我们会请专人与您联系。"
    elif _TROUBLE.search(asked):
        text = "您好，非常抱歉给您带来不便。"
    elif asked.endswith(("？", "?", "吗", "呢")):
        text = "您好，感谢您的提问。"
    else:
        text = "您好，感谢您的反馈。"
    return Sentence(text, SentenceKind.COURTESY)


def _compose(chosen: Sequence[Hit], asked: str) -> tuple[tuple[Sentence, ...], bool]:
    """Sentences of the chosen items in their own order, and whether a promise was left out."""
    sentences: list[Sentence] = []
    left_out = False
    room = _MOST_SENTENCES
    for position, hit in enumerate(chosen):
        pieces = sentences_of(hit.item.body)
        allowed = [piece for piece in pieces if not promises(piece) and len(piece) <= _LONGEST_SENTENCE]
        left_out |= any(promises(piece) for piece in pieces)
        most = room if position == 0 and len(chosen) == 1 else max(room - (len(chosen) - position - 1), 1)
        for piece in _most_telling(allowed, asked, hit.item, most):
            if all(piece not in said.text for said in sentences):
                sentences.append(Sentence(_worded(piece, hit.item), SentenceKind.GROUNDED, (hit.item.id,)))
        room = _MOST_SENTENCES - len(sentences)
        if room <= 0:
            break
    return tuple(sentences), left_out


def _most_telling(pieces: Sequence[str], asked: str, item: KnowledgeItem, most: int) -> list[str]:
    """The first sentence and those that share most with the question or the item's title, in their order."""
    if item.kind is KnowledgeKind.RELEASE_NOTE:  # a list of unrelated changes: only what was asked about
        about = set(words(asked))
        pieces = [piece for piece in pieces if about & set(words(piece))] or list(pieces[:1])
    if len(pieces) <= most:
        return list(pieces)
    about = set(words(f"{asked} {item.title}"))
    shared = {i: len(about & set(words(piece))) + (2 if i == 0 else 0) for i, piece in enumerate(pieces)}
    best = sorted(shared, key=lambda i: (-shared[i], i))[:most]
    return [pieces[i] for i in sorted(best)]


def _worded(piece: str, item: KnowledgeItem) -> str:
    """A sentence as the reply says it: closed by a mark; a change is told with the release it came in."""
    closed = piece[:-1] + "。" if piece[-1] in "；;" else piece
    closed = closed if closed[-1] in "。！？!?.…" else closed + "。"
    return f"{item.title}：{closed}" if item.kind is KnowledgeKind.RELEASE_NOTE else closed


def _closing(chosen: Sequence[Hit], asked: str) -> tuple[Sentence, ...]:
    """For trouble that a remedy was offered for: a way back if it did not help."""
    remedy = chosen[0].item.kind in {KnowledgeKind.FAQ, KnowledgeKind.KNOWN_ISSUE, KnowledgeKind.APPROVED_REPLY}
    if remedy and _TROUBLE.search(asked):
        return (Sentence("如果仍未解决，欢迎继续告诉我们。", SentenceKind.COURTESY),)
    return ()


def _questions_back(question: Question, asked: str) -> list[Sentence]:
    """Asks for the facts a person will need and the post does not give."""
    missing = []
    if not question.product and not kinds_in(asked) and not _MODEL.search(asked):
        missing.append("机型")
    if not versions_in(asked):
        missing.append("系统或固件版本")
    if _TROUBLE.search(asked) and not _STEPS.search(asked):
        missing.append("出现问题时的操作步骤")
    if not missing:
        return []
    asking = f"方便告诉我们{'、'.join(missing)}吗？"
    return [Sentence(asking, SentenceKind.ASK_BACK)]
