"""What stands above the draft queue: its tabs, how much waits, and how today goes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.pages.language import Translator
from api.pages.views.response_clock import span
from store.repositories import desk
from store.repositories.answer_figures import answer_figures
from store.repositories.draft_order import QueueOrder


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the strip: what it counts, how much, and what that means."""

    label: str
    value: str
    hint: str


@dataclass(frozen=True, slots=True)
class QueueHead:
    """Above the queue."""

    waiting: int
    overdue: int
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class ShellView:
    """Which address opens the first item, the keys the script listens to, and what stands above."""

    open: str
    keys_json: str
    head: QueueHead
    tab: str = "queue"


def queue_head(session: Session, t: Translator, order: QueueOrder) -> QueueHead:
    """What waits now, and the figures of the day as it is where the product is used."""
    counts = desk.open_counts(session, order)
    midnight = t.now.astimezone(t.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    today = answer_figures(session, midnight, t.now, promise=order.promise)
    promise = span(t, order.promise)
    figures = (
        Figure(t("figures.overdue"), t.number(counts.overdue), t("figures.overdue_hint", promise=promise)),
        Figure(t("figures.answered"), t.number(today.answered), t("figures.answered_hint")),
        Figure(
            t("figures.within"), t.percent(today.within_promise_share),
            t("figures.within_hint", promise=promise, n=today.within_promise, of=today.answered + today.missed),
        ),
        Figure(
            t("figures.unchanged"), t.percent(today.unchanged_share),
            t("figures.unchanged_hint", n=today.unchanged, of=today.drafted),
        ),
    )  # fmt: skip
    return QueueHead(counts.waiting, counts.overdue, figures)
