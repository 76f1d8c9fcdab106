"""Demand for the eye: the score, its parts as lengths of a bar, and the evidence behind each in words."""

from __future__ import annotations

from dataclasses import dataclass

from api.pages.language import Translator
from api.pages.views.trend import growth
from nlp.demand_weights import DemandWeights
from store.tables import Theme


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the score. `x` and `width` are on the bar's scale of 0..100, as is `points`."""

    name: str
    points: float  # what it adds to the score
    most: float  # what it could add at most
    x: float
    width: float
    evidence: str


@dataclass(frozen=True, slots=True)
class DemandView:
    """A theme's demand."""

    score: float
    summary: str
    parts: tuple[Part, ...]


def severity_of(theme: Theme) -> float:
    """How bad it is, 0..1: the part of demand where it was ranked, else the mean over its mentions."""
    return theme.parts.get("severity", theme.severity)


def severity_level(severity: float) -> int:
    """1 (mild), 2 (marked), 3 (grave), at the same limits as `pipeline.report.severity_words`."""
    return 1 + (severity >= 0.4) + (severity >= 0.65)


def demand_view(t: Translator, theme: Theme, channels: int, dials: DemandWeights) -> DemandView:
    """The parts as the score weighs them: points add up to the score (see nlp.demand)."""
    weights = dials.of_part()
    total = sum(weights.values())
    need_share = theme.evidence.get("need_share", 1.0)
    raw = {name: 100 * need_share * weight * theme.parts.get(name, 0.0) / total for name, weight in weights.items()}
    # A score made under other weights keeps its parts' proportions and still adds up.
    whole = sum(raw.values())
    parts: list[Part] = []
    x = 0.0
    for name, weight in weights.items():
        points = theme.score * (raw[name] / whole) if whole > 0 else 0.0
        parts.append(
            Part(name, round(points, 1), round(100 * weight / total, 1), round(x, 2), round(points, 2),
                 _evidence(t, theme, name, channels))
        )  # fmt: skip
        x += points
    return DemandView(score=round(theme.score, 1), summary=_summary(t, theme, channels), parts=tuple(parts))


def _summary(t: Translator, theme: Theme, channels: int) -> str:
    words = [t("unit.n_people", n=theme.authors)]
    if channels:
        words.append(t("unit.n_channels", n=channels))
    words.append(t("demand.two_weeks", change=growth(t, theme.growth).short))
    return " · ".join(words)


def _evidence(t: Translator, theme: Theme, name: str, channels: int) -> str:
    known = theme.evidence
    words = {
        "reach": lambda: t(
            "demand.evidence.reach",
            n=theme.authors,
            weighted=t.number(round(known.get("people_weighted", float(theme.authors)), 1)),
        ),
        "growth": lambda: _growth_evidence(t, theme),
        "severity": lambda: t(f"severity.{severity_level(severity_of(theme))}"),
        "recency": lambda: t.ago(theme.last_seen) if theme.last_seen else t("time.unknown"),
        "breadth": lambda: t("unit.n_channels", n=channels),
        "engagement": lambda: t("demand.evidence.engagement", n=round(known.get("engagement", 0.0))),
        "votes": lambda: t("vote.n", n=round(known.get("votes", 0.0))),
    }
    return words[name]()


def _growth_evidence(t: Translator, theme: Theme) -> str:
    known = theme.evidence
    if "recent_people" not in known:
        return growth(t, theme.growth).words
    expected = t.number(round(known.get("expected_people", 0.0), 1))
    return t("demand.evidence.growth", n=round(known["recent_people"]), expected=expected)
