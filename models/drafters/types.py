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


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    kind: SentenceKind
    sources: tuple[str, ...] = ()  # knowledge ids; never empty for GROUNDED


@dataclass(frozen=True, slots=True)
class Draft:
    sentences: tuple[Sentence, ...]
    gaps: tuple[str, ...]  # what nobody could answer from the knowledge, in Chinese
    confidence: float  # 0..1
    needs_person: bool  # True where no knowledge fits: `sentences` then hold courtesy and questions back only

    @property
    def text(self) -> str:
        return "".join(sentence.text for sentence in self.sentences)


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
    name: str

    def draft(self, question: Question, knowledge: Sequence[KnowledgeItem]) -> Draft: ...
