"""The default drafter: finds knowledge and composes a polite reply from its own sentences, or asks for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.drafters.composition import closing, declining, greeting, introduction, told
from models.drafters.evidence import judgement
from models.drafters.folding import simplified
from models.drafters.grounding import GroundingCheck
from models.drafters.retrieval import Hit, KnowledgeIndex
from models.drafters.steering import as_data, tries_to_steer
from models.drafters.support import Supporters
from models.drafters.types import Draft, KnowledgeItem, KnowledgeKind, Question
from models.drafters.wording import content, tells_what_is_wanted
from models.encoders.protocol import Encoder

_MOST_SOURCES = 2
_SAYS_NOTHING = 0.3  # a text of less content asks nothing that knowledge could answer, whatever stands around it


@dataclass(frozen=True, slots=True)
class GroundedSettings:
    """When knowledge is close enough to answer."""

    stricter: float = 0.0  # log-odds on top of what evidence.toml asks for
    unasked: float = 0.95  # log-odds on top for a complaint, which asked nothing, unless a known issue answers it
    second: float = 0.7  # a second source may be this much less likely than the first, in log-odds


class GroundedDrafter:
    """Retrieval and extractive composition: every statement is a sentence of the knowledge, with its source."""

    name = "grounded"

    def __init__(self, encoder: Encoder, settings: GroundedSettings | None = None) -> None:
        self._encoder = encoder
        self._settings = settings or GroundedSettings()
        self._check = GroundingCheck()  # its sentences are quotations: wording alone tells
        self._index: KnowledgeIndex | None = None
        self._supporters: Supporters | None = None

    @property
    def encoder(self) -> Encoder:
        """What it compares meanings with."""
        return self._encoder

    def index(self, knowledge: Sequence[KnowledgeItem]) -> KnowledgeIndex:
        """The index of a knowledge set, built once and kept while the set stays the same."""
        ordered = tuple(sorted(knowledge, key=lambda item: item.id))
        if self._index is None or self._index.items != ordered:
            self._index = KnowledgeIndex(ordered, self._encoder)
            self._supporters = Supporters(self._index)
        return self._index

    def draft(self, question: Question, knowledge: Sequence[KnowledgeItem]) -> Draft:
        """A reply from the knowledge that fits the question, or an honest "needs a person" with what to ask.

        The question's text is only used to look things up: nothing of it is repeated, and sentences in it that try
        to steer are left out before the search. Sentences of the knowledge that promise something are left out.
        """
        asked = as_data(question.text)
        index = self.index(knowledge)
        chosen = self._answering(question, self.search(question, knowledge), simplified(asked)) if asked else []
        items = [hit.item for hit in chosen]
        body, left_out = told(items, asked, index.relevance)
        if not body:
            return self._declined(question, asked, bool(chosen))
        sentences = (greeting(question, asked), *introduction(items[0]), *body, *closing(question, asked, items[0]))
        gaps = ("知识中有承诺或不能直接引用的内容（图片、指令等），未写入回复，请人工确认",) if left_out else ()
        draft = Draft(sentences, gaps, round(chosen[0].probability, 3), needs_person=False, drafter=self.name)
        return self._check.check(draft, knowledge)

    def draft_all(self, questions: Sequence[Question], knowledge: Sequence[KnowledgeItem]) -> list[Draft]:
        """One draft a question, in order."""
        return [self.draft(question, knowledge) for question in questions]

    def search(self, question: Question, knowledge: Sequence[KnowledgeItem]) -> list[Hit]:
        """The items that may answer, best first, weighed with what was said around the question."""
        index = self.index(knowledge)
        assert self._supporters is not None
        return self._supporters.weighed(question, index.search(question, text=as_data(question.text)))

    def _answering(self, question: Question, hits: Sequence[Hit], asked: str) -> list[Hit]:
        least = judgement().answer + self._settings.stricter
        unasked = self._settings.unasked if question.intent == "pain_point" else 0.0
        fitting = [
            hit
            for hit in hits
            if hit.odds >= least + (0.0 if hit.item.kind is KnowledgeKind.KNOWN_ISSUE else unasked)
            and tells_what_is_wanted(asked, f"{hit.item.title}\n{hit.item.body}")
        ]
        if not fitting or fitting[0] is not hits[0] or content(asked) < _SAYS_NOTHING:
            return []
        first = fitting[0]
        more = [
            hit
            for hit in fitting[1:]
            if hit.odds >= first.odds - self._settings.second
            and hit.item.kind is not first.item.kind
            and KnowledgeKind.RELEASE_NOTE in {hit.item.kind, first.item.kind}
        ]
        return [first, *more][:_MOST_SOURCES]

    def _declined(self, question: Question, asked: str, found: bool) -> Draft:
        """Courtesy and questions back only; the gap says what knowledge is missing."""
        if tries_to_steer(question.text) and not asked:
            gap = "内容试图指挥回复，没有可回答的问题"
        elif found:
            gap = "知识中只有承诺或不能直接引用的内容（图片、指令等），需人工确认后回复"
        else:
            gap = "知识库中没有能回答这个问题的内容"
        return Draft(declining(question, asked), (gap,), 0.0, needs_person=True, drafter=self.name)
