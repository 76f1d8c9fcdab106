"""What the drafts suite finds out, as its JSON keeps it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetrievalScore:
    """Share of the answerable questions whose item comes first, and is among the first five."""

    way: str
    at_1: float
    at_5: float


@dataclass(frozen=True, slots=True)
class AnswerScore:
    """What became of the questions. Shares are of the answerable, or of the unanswerable, questions."""

    drafter: str
    answerable: int
    unanswerable: int
    answered: float
    right_source: float  # answered, and the first source is the right one
    wrong_source: float  # of the answered drafts of answerable questions, those that begin with another source
    declined: float  # of the unanswerable
    grounded: float  # of the statements that stand, those the check lets stand
    quoted: float  # the same by an independent measure: four fifths of the sentence in one run of its source
    quoted_share: float  # mean of that measure
    struck: float  # sentences struck a draft
    fallen_back: float  # of the drafts, those that another drafter wrote in its stead
    declined_without: float | None  # of the answerable, once their item was taken out of a small set's knowledge
    milliseconds: float  # a draft, knowledge read


@dataclass(frozen=True, slots=True)
class SetScore:
    """One set's result; `answers` empty where only finding was measured."""

    dataset: str
    items: int
    retrieval: tuple[RetrievalScore, ...]
    answers: tuple[AnswerScore, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class CheckScore:
    """Statements of one kind, whether their source says them, and the share that the grounding check lets stand."""

    kind: str
    said: bool
    tried: int
    stands: float


@dataclass(frozen=True, slots=True)
class InjectionScore:
    """Attacks of one kind against one drafter, and how many of them got what they wanted."""

    drafter: str
    attacker: str
    attack: str
    tried: int
    hits: int


@dataclass(frozen=True, slots=True)
class DraftsResult:
    """Everything the drafts suite found out."""

    scores: tuple[SetScore, ...]
    check: tuple[CheckScore, ...]
    injections: tuple[InjectionScore, ...]
    smoke: AnswerScore
