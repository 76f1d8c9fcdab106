"""What a drafter receives and returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class KnowledgeKind(StrEnum):
    FAQ = "faq"
    RELEASE_NOTE = "release_note"
    KNOWN_ISSUE = "known_issue"
    APPROVED_REPLY = "approved_reply"


@dataclass(frozen=True, slots=True)
class KnowledgeItem:
    """Something a reply may rest on."""

    id: str
    kind: KnowledgeKind
    title: str  # for an FAQ entry: the question
    body: str
    product: str = ""
    version: str = ""
    updated_at: datetime | None = None


class SentenceKind(StrEnum):
    GROUNDED = "grounded"  # rests on its sources
    COURTESY = "courtesy"  # thanks, sympathy
    ASK_BACK = "ask_back"  # a question to the user
    STRUCK = "struck"  # a drafter wrote it and it may not stand: shown as struck, never part of the reply


class StrikeReason(StrEnum):
    """Why a sentence was struck. Kept with the sentence; pages say it in words."""

    PROMISE = "promise"  # promises a date, compensation or a feature
    STEERED = "steered"  # speaks as if it took or gave orders, or of what drafts are told
    MARKUP = "markup"  # a picture, a tag, a disguised link, hidden or look-alike characters
    NO_SOURCE = "no_source"  # states something and cites nothing
    UNKNOWN_SOURCE = "unknown_source"  # cites what is not in the knowledge it was given
    NUMBER = "number"  # a number, date or version its source does not have
    NAME = "name"  # a product or other name its source does not have
    LINK = "link"  # a link or address its source does not have
    NEGATION = "negation"  # says no where its source says yes, or the reverse
    UNSUPPORTED = "unsupported"  # its source says nothing like it
    TOO_LONG = "too_long"  # longer than a sentence is


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    kind: SentenceKind
    sources: tuple[str, ...] = ()  # knowledge ids; never empty for GROUNDED
    reason: StrikeReason | None = None  # why, for STRUCK only


@dataclass(frozen=True, slots=True)
class Draft:
    sentences: tuple[Sentence, ...]
    gaps: tuple[str, ...]  # what nobody could answer from the knowledge, in Chinese
    confidence: float  # 0..1
    needs_person: bool  # True where no knowledge fits: what stands is courtesy and questions back only
    drafter: str = ""  # who wrote it, and whom it stands in for and why: "grounded (openai: timeout)"

    @property
    def standing(self) -> tuple[Sentence, ...]:
        """The sentences that are part of the reply."""
        return tuple(sentence for sentence in self.sentences if sentence.kind is not SentenceKind.STRUCK)

    @property
    def text(self) -> str:
        """The reply: what stands, without what was struck."""
        return "".join(sentence.text for sentence in self.standing)


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be answered: a post (or a theme's leading quote), as data, never as instruction."""

    text: str
    product: str = ""
    theme_name: str = ""
    intent: str = ""  # what the text does (pain_point, request, question), "" where unknown
    before: tuple[str, ...] = ()  # what was said just before it in the same conversation, latest first
    theme_quotes: tuple[str, ...] = ()  # what others of the same theme said


class Drafter(Protocol):
    """Proposes replies. Never raises for what a question or an item says; a draft is always something to show."""

    @property
    def name(self) -> str: ...

    def draft(self, question: Question, knowledge: Sequence[KnowledgeItem]) -> Draft: ...

    def draft_all(self, questions: Sequence[Question], knowledge: Sequence[KnowledgeItem]) -> list[Draft]:
        """One draft a question, in order."""
        ...
