"""How soon and how well people were answered: the figures of the draft queue, over any span of time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from rapidfuzz.distance import Levenshtein
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from store.tables import Draft, Post

PROMISE = timedelta(hours=72)  # until a first answer, where no other promise is given
ANSWERED = ("approved", "edited", "published")
WAITING = ("proposed", "claimed")
TOO_OLD = "too_old"  # the note of a draft that expired because nobody came to it


@dataclass(frozen=True, slots=True)
class AnswerFigures:
    """What happened from `since` (inclusive) to `until` (exclusive); shares are 0..1, None where nothing was counted.

    A post counts as answered when its reply was published, or, where nobody noted that, when a person approved it
    (which is what sends it out). Its clock began when it was posted; when it came in, where it carries no time.
    """

    answered: int
    published: int  # of those answered, noted as published
    rejected: int
    missed: int  # still without an answer when their promise ran out in the span, and to this day
    hours_median: float | None  # from post to answer
    hours_p90: float | None
    within_promise: int  # of those answered
    within_promise_share: float | None  # of answered and missed together: whom nobody answers counts as well
    drafted: int  # answered, and the draft had an answer to offer
    unchanged: int  # of those drafted, sent word for word
    unchanged_share: float | None
    edit_distance_mean: float | None  # of those drafted: 0 word for word, 1 nothing kept (Levenshtein, normalised)
    without_knowledge: int  # of those answered: nothing known answered the post, a person wrote the reply
    without_knowledge_share: float | None


@dataclass(frozen=True, slots=True)
class _Answer:
    hours: float
    published: bool
    without_knowledge: bool
    distance: float  # from the draft's words to those that were sent


def offered_text(sentences: Sequence[Mapping[str, Any]]) -> str:
    """The reply a draft offers: its sentences without those that were struck."""
    return "".join(str(sentence["text"]) for sentence in sentences if sentence.get("kind") != "struck")


def unanswered() -> ColumnElement[bool]:
    """The draft's post waits for its answer, or waited until nobody would come any more."""
    return or_(Draft.status.in_(WAITING), and_(Draft.status == "expired", Draft.note == TOO_OLD))


def answer_figures(
    session: Session, since: datetime, until: datetime, *, promise: timedelta = PROMISE, now: datetime | None = None
) -> AnswerFigures:
    """The figures of the span, as far as it has passed, against the promise of a first answer within `promise`."""
    until = min(until, now or datetime.now(UTC))
    answers = _answers(session, since, until)
    hours = sorted(answer.hours for answer in answers)
    within = sum(hour <= promise.total_seconds() / 3600 for hour in hours)
    missed = _missed(session, since, until, promise)
    drafted = [answer.distance for answer in answers if not answer.without_knowledge]
    unchanged = sum(distance == 0 for distance in drafted)
    without = len(answers) - len(drafted)
    return AnswerFigures(
        answered=len(answers),
        published=sum(answer.published for answer in answers),
        rejected=_rejected(session, since, until),
        missed=missed,
        hours_median=_quantile(hours, 0.5),
        hours_p90=_quantile(hours, 0.9),
        within_promise=within,
        within_promise_share=_share(within, len(answers) + missed),
        drafted=len(drafted),
        unchanged=unchanged,
        unchanged_share=_share(unchanged, len(drafted)),
        edit_distance_mean=sum(drafted) / len(drafted) if drafted else None,
        without_knowledge=without,
        without_knowledge_share=_share(without, len(answers)),
    )


def _answers(session: Session, since: datetime, until: datetime) -> list[_Answer]:
    answered_at = func.coalesce(Draft.published_at, Draft.decided_at)
    statement = (
        select(
            Draft.published_at, Draft.decided_at, Draft.needs_person, Draft.sentences, Draft.final_text,
            func.coalesce(Post.posted_at, Post.created_at),
        )
        .join(Post, Post.id == Draft.post_id)
        .where(Draft.status.in_(ANSWERED), answered_at >= since, answered_at < until)
    )  # fmt: skip
    found = []
    for published_at, decided_at, needs_person, sentences, final_text, asked_at in session.execute(statement):
        waited = (published_at or decided_at) - asked_at
        found.append(
            _Answer(
                hours=max(waited.total_seconds(), 0.0) / 3600,
                published=published_at is not None,
                without_knowledge=needs_person,
                distance=Levenshtein.normalized_distance(offered_text(sentences), final_text or ""),
            )
        )
    return found


def _missed(session: Session, since: datetime, until: datetime, promise: timedelta) -> int:
    asked_at = func.coalesce(Post.posted_at, Post.created_at)
    statement = (
        select(func.count())
        .select_from(Draft)
        .join(Post, Post.id == Draft.post_id)
        .where(unanswered(), asked_at >= _before(since, promise), asked_at < _before(until, promise))
    )
    return session.scalar(statement) or 0


def _before(moment: datetime, span: timedelta) -> datetime:
    """The moment a span earlier, or the first there is."""
    first = datetime.min.replace(tzinfo=UTC)
    return moment - span if moment - first > span else first


def _rejected(session: Session, since: datetime, until: datetime) -> int:
    statement = select(func.count()).where(
        Draft.status == "rejected", Draft.decided_at >= since, Draft.decided_at < until
    )
    return session.scalar(statement) or 0


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    """Between the two nearest values, as numpy's default does."""
    if not ordered:
        return None
    place = (len(ordered) - 1) * share
    below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
    return below + (above - below) * (place - math.floor(place))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
