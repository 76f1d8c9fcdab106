"""Insights: counts of a span beside those before, movements, answers, adoption, and whether the themes still fit."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.fields import Output


class SpanOut(Output):
    """From `since` (inclusive) to `until` (exclusive)."""

    since: datetime
    until: datetime


class TotalsOut(Output):
    """What a span held."""

    posts: int
    people: int = Field(description="Distinct authors; a post without one counts as one")
    needs: int = Field(description="Mentions that are a pain point, a request or a question")


class WeekFiguresOut(Output):
    """One week; the last may be shorter."""

    since: datetime
    until: datetime
    posts: int
    people: int
    needs: int
    placed: int = Field(description="Needs that stand in a theme")
    strength: float | None = Field(description="Mean similarity of placed needs to their theme, 0 to 1")
    intents: dict[str, int] = Field(description="Mentions by intent")


class MoverOut(Output):
    """A theme that rose or fell against its own past."""

    theme_id: str
    name: str
    intent: str
    people: int
    expected: float = Field(description="People its own earlier spans let expect, scaled by the whole crowd")
    rate: float = Field(description="ln((people + 3) / (expected + 3)); 0 is as usual")
    weeks: list[int] = Field(description="People a week")
    new: bool = Field(description="Nobody voiced it in the past looked at")


class ChannelFiguresOut(Output):
    """One channel."""

    channel_id: str
    name: str
    posts: int
    people: int
    posts_with_needs: int
    posts_before: int


class AnswersOut(Output):
    """How soon and how well people were answered; shares are 0 to 1, null where nothing was counted."""

    answered: int
    published: int
    rejected: int
    missed: int = Field(description="Promise ran out within the span of acts, and no answer to this day")
    hours_median: float | None
    hours_p90: float | None
    within_promise: int
    within_promise_share: float | None
    drafted: int
    unchanged: int
    unchanged_share: float | None
    edit_distance_mean: float | None
    without_knowledge: int
    without_knowledge_share: float | None


class BacklogOut(Output):
    """The draft queue at the moment of asking, whatever the span."""

    waiting: int = Field(description="Posts that wait for a first answer")
    overdue: int = Field(description="Of those waiting, longer than the promise of the settings")


class AdoptionOut(Output):
    """What became of proposals."""

    routed: int
    accepted: int
    shipped: int
    declined: int
    rate: float | None = Field(description="accepted / (accepted + declined)")
    days_to_first_answer: float | None
    days_to_ship: float | None


class FitOut(Output):
    """How mentions of needs found their themes."""

    placed_by: str = Field(description="`run`, or `assignment` since the last one")
    mentions: int
    placed: int
    strength: float | None


class RunFiguresOut(Output):
    """One run, with what it noted of its fit."""

    id: str
    created_at: datetime
    encoder: dict[str, str | int]
    posts: int
    mentions: int
    themes: int
    placed_share: float | None
    strength: float | None


class HealthOut(Output):
    """Whether the themes still fit what people say."""

    needs: int
    pending: int
    pending_share: float | None
    by_run: FitOut | None
    since_run: FitOut | None
    runs: list[RunFiguresOut] = Field(description="Latest first")


class InsightsOut(Output):
    """Everything the page of insights tells."""

    span: SpanOut
    acts: SpanOut = Field(description="The span of answers and adoption: what people did, by the clock")
    latest: datetime | None = Field(description="When the latest post was written")
    totals: TotalsOut
    before: TotalsOut | None = Field(description="The span of the same length before; null without enough past")
    weeks: list[WeekFiguresOut]
    risers: list[MoverOut]
    fallers: list[MoverOut]
    baseline_spans: int = Field(description="Earlier spans the movers are measured against; 0: there is no past yet")
    channels: list[ChannelFiguresOut]
    answers: AnswersOut
    answers_before: AnswersOut
    answers_by_week: list[AnswersOut]
    backlog: BacklogOut
    adoption: AdoptionOut
    adoption_before: AdoptionOut
    health: HealthOut
