"""A language model words the reply: knowledge is found as ever, every sentence is checked, else grounded it is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.drafters.composition import closing, declining, greeting, introduction
from models.drafters.grounded import GroundedDrafter
from models.drafters.grounding import GroundingCheck, products_among
from models.drafters.guard import Allowance, Breaker, Budget, Guard
from models.drafters.prompting import conversation, declines, read_answer, tellable
from models.drafters.steering import as_data
from models.drafters.text_model import (
    AnswerLimits,
    Clock,
    Conversation,
    ModelError,
    ModelErrorKind,
    TextModel,
    Written,
)
from models.drafters.types import Draft, KnowledgeItem, Question, Sentence, SentenceKind

_MOST_OFFERED = 3  # items a model is shown
_NAME_LIMIT = 60  # of the drafter's name, as the store keeps it
_WHY = {
    ModelErrorKind.TIMEOUT: "模型没有在时限内答完",
    ModelErrorKind.UNREACHABLE: "连不上模型服务",
    ModelErrorKind.BUSY: "模型服务繁忙",
    ModelErrorKind.REFUSED: "模型服务拒绝了请求",
    ModelErrorKind.BROKEN: "模型服务出错",
    ModelErrorKind.MALFORMED: "模型服务的回答无法读取",
    ModelErrorKind.EMPTY: "模型没有写出内容",
    ModelErrorKind.TOO_LONG: "内容超出模型的长度",
    ModelErrorKind.BUDGET: "本次运行的模型用量已用完",
    ModelErrorKind.PAUSED: "模型连续出错，暂停使用",
}
_NOTHING_STANDS = "nothing stands"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question that is put to the model: what the grounded drafter would say, and what the model is shown."""

    question: Question
    plain: Draft
    offered: tuple[KnowledgeItem, ...]
    products: tuple[str, ...]  # of all knowledge, offered or not


class LanguageDrafter:
    """Grounded retrieval decides what can be answered and from what; a model words it; the check has the last word.

    Whatever goes wrong (limits, errors, an answer of which nothing stands) leaves the grounded draft, with the reason
    in its gaps and in `Draft.drafter`. What knowledge does not answer is declined without asking the model.
    """

    def __init__(
        self,
        model: TextModel,
        grounded: GroundedDrafter,
        *,
        limits: AnswerLimits | None = None,
        allowance: Allowance | None = None,
        breaker: Breaker | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._model = model
        self._grounded = grounded
        self._check = GroundingCheck(grounded.encoder)
        self._limits = limits or AnswerLimits()
        self._guard = Guard(Budget(allowance or Allowance()), breaker or Breaker())
        self._clock = clock

    @property
    def name(self) -> str:
        return self._model.name[:_NAME_LIMIT]

    @property
    def budget(self) -> Budget:
        """What has been spent so far."""
        return self._guard.budget

    def draft(self, question: Question, knowledge: Sequence[KnowledgeItem]) -> Draft:
        """One reply; see `draft_all`."""
        return self.draft_all([question], knowledge)[0]

    def draft_all(self, questions: Sequence[Question], knowledge: Sequence[KnowledgeItem]) -> list[Draft]:
        """One draft a question, in order; the model is asked about those that knowledge answers, some at once."""
        drafts = self._grounded.draft_all(questions, knowledge)
        asked = {
            at: self._asked(question, plain, knowledge)
            for at, (question, plain) in enumerate(zip(questions, drafts, strict=True))
            if not plain.needs_person
        }
        answers = self._written([conversation(one.question, one.offered) for one in asked.values()])
        for (at, one), answer in zip(asked.items(), answers, strict=True):
            drafts[at] = self._instead(one, answer) if isinstance(answer, ModelError) else self._read(one, answer)
        return drafts

    def _asked(self, question: Question, plain: Draft, knowledge: Sequence[KnowledgeItem]) -> _Asked:
        by_id = {item.id: item for item in knowledge}
        cited = [by_id[source] for sentence in plain.standing for source in sentence.sources]
        found = [hit.item for hit in self._grounded.search(question, knowledge)]
        items = {item.id: item for item in [*cited, *found] if tellable(item)}
        return _Asked(question, plain, tuple(items.values())[:_MOST_OFFERED], products_among(knowledge))

    def _written(self, conversations: Sequence[Conversation]) -> list[Written | ModelError]:
        answers: list[Written | ModelError] = []
        while len(answers) < len(conversations):
            some = conversations[len(answers) : len(answers) + max(self._model.at_once, 1)]
            admitted, refusal = self._guard.admitted(len(some))
            if admitted:
                answers += self._try(some[:admitted])
            elif refusal is not None:
                answers += [refusal] * len(some)
        return answers

    def _try(self, conversations: Sequence[Conversation]) -> list[Written | ModelError]:
        start = self._clock()
        answers = self._model.write_all(conversations, self._limits)
        for answer in answers:
            if isinstance(answer, ModelError):
                self._guard.breaker.failed()
            else:
                self._guard.breaker.succeeded()
        self._guard.budget.spend(
            requests=len(conversations),
            tokens=sum(answer.tokens for answer in answers if isinstance(answer, Written)),
            seconds=self._clock() - start,
        )
        return answers

    def _read(self, one: _Asked, answer: Written) -> Draft:
        asked = as_data(one.question.text)
        if declines(answer.text):
            gap = "模型认为所给知识不足以回答"
            return Draft(declining(one.question, asked), (gap,), 0.0, needs_person=True, drafter=self.name)
        sentences = read_answer(answer.text, one.offered, cut_off=answer.cut_off)
        if not sentences:
            return self._instead(one, ModelError(ModelErrorKind.EMPTY, "no sentence in the answer"))
        whole = Draft(tuple(sentences), (), one.plain.confidence, needs_person=False, drafter=self.name)
        checked = self._check.check(whole, one.offered, one.products)
        if not any(sentence.kind is SentenceKind.GROUNDED for sentence in checked.standing):
            struck = tuple(s for s in checked.sentences if s.kind is SentenceKind.STRUCK)
            return self._fallen_back(one, "模型写的句子都没有依据，改用知识原句", _NOTHING_STANDS, struck)
        return replace(checked, sentences=self._framed(one, checked, asked))

    def _framed(self, one: _Asked, checked: Draft, asked: str) -> tuple[Sentence, ...]:
        """The model's sentences between a greeting and a way on of ours, unless it wrote its own."""
        own = checked.sentences
        standing = checked.standing
        first = next(s for s in standing if s.kind is SentenceKind.GROUNDED)
        item = next(item for item in one.offered if item.id in first.sources)
        greeted = standing[0].kind is SentenceKind.COURTESY
        ended = standing[-1].kind is not SentenceKind.GROUNDED
        before = () if greeted else (greeting(one.question, asked), *introduction(item))
        after = () if ended else closing(one.question, asked, item)
        return (*before, *own, *after)

    def _instead(self, one: _Asked, error: ModelError) -> Draft:
        return self._fallen_back(one, f"{_WHY[error.kind]}，改用知识原句", error.kind.value, ())

    def _fallen_back(self, one: _Asked, gap: str, why: str, struck: tuple[Sentence, ...]) -> Draft:
        kind = self._model.name.partition(":")[0]
        return replace(
            one.plain,
            sentences=(*one.plain.sentences, *struck),
            gaps=(*one.plain.gaps, gap),
            drafter=f"{self._grounded.name} ({kind}: {why})"[:_NAME_LIMIT],
        )
