"""Answers like a question, and a reply on its way into the knowledge."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.found import found
from api.pages.language import Translator
from api.pages.views.drafts import SimilarView, similar_of_decisions, similar_rows
from api.pages.views.excerpts import shortened
from review.answers import AdoptionOffer, search, similar_answers
from review.principals import Principal
from store.repositories import drafts, knowledge
from store.tables import Knowledge

_KNOWN: int = 6
_FOUND: int = 8


@dataclass(frozen=True, slots=True)
class KnownView:
    """A piece of knowledge in a list."""

    id: str
    title: str
    kind: str
    excerpt: str
    age: str


@dataclass(frozen=True, slots=True)
class SimilarSheet:
    """What was found for a draft, or for the words typed."""

    draft_id: str
    q: str
    answers: list[SimilarView]
    known: list[KnownView]


@dataclass(frozen=True, slots=True)
class DoubleView:
    """Knowledge that may say the same already."""

    id: str
    title: str
    excerpt: str
    percent: int


@dataclass(frozen=True, slots=True)
class AdoptionSheet:
    """The form of the second look."""

    draft_id: str
    version: int
    title: str
    body: str
    product: str
    product_version: str
    own: bool  # who looks is who approved
    doubles: list[DoubleView]


def similar_view(session: Session, t: Translator, draft_id: str, q: str) -> SimilarSheet:
    """Answers like the question of the draft; with `q`, answers and knowledge that have those words."""
    row = found(drafts.details(session, draft_id), "draft", draft_id)
    if q:
        answers = similar_of_decisions(session, t, search(session, q, most=_FOUND))
        known = [_known(t, entry) for entry in knowledge.listed(session, q=q, limit=_KNOWN).items]
    else:
        answers = similar_rows(session, t, similar_answers(session, row.draft, row.post.text, most=_FOUND))
        known = [_known(t, entry) for entry in row.sources.values()]
    return SimilarSheet(draft_id, q, answers, known)


def adoption_view(
    offer: AdoptionOffer, principal: Principal, *, product: str | None = None, product_version: str | None = None
) -> AdoptionSheet:
    """The reply as it would be known; with what a person filled in before."""
    return AdoptionSheet(
        draft_id=offer.draft.id,
        version=offer.draft.version,
        title=offer.title,
        body=offer.body,
        product=offer.product if product is None else product,
        product_version=offer.product_version if product_version is None else product_version,
        own=offer.draft.decided_by == principal.id,
        doubles=[
            DoubleView(
                double.entry.id, double.entry.title, shortened(double.entry.body, 100), round(double.alike * 100)
            )
            for double in offer.doubles
        ],
    )


def _known(t: Translator, entry: Knowledge) -> KnownView:
    age = t("drafts.source_age", age=t.age(entry.source_updated_at or entry.updated_at))
    return KnownView(entry.id, entry.title, entry.kind, shortened(entry.body, 120), age)
