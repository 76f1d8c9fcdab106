"""Which posts get a draft and how urgent each is: every question; of complaints a few that stand for their theme."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from models.drafters.folding import simplified
from models.drafters.steering import as_data, tries_to_steer
from models.drafters.wording import asks, content
from nlp.types import Intent
from pipeline.settings import Settings
from store.repositories.draft_order import READY
from store.repositories.drafting import OpenDrafts
from store.repositories.mining_results import Answerable

ANSWERED_INTENTS = (Intent.QUESTION.value, Intent.PAIN_POINT.value)

# A question is seldom grave and often alone, but somebody waits for the answer.
_LEAST_SEVERITY = {Intent.QUESTION.value: 0.6, Intent.PAIN_POINT.value: 0.3}
_LEAST_DEMAND = {Intent.QUESTION.value: 20.0, Intent.PAIN_POINT.value: 3.0}
_SAYS_ENOUGH = 0.8  # content a question must have for a person to be asked to answer it


@dataclass(frozen=True, slots=True)
class Limits:
    """How many drafts of one kind may wait for a moderator. Questions that have an answer always get theirs."""

    pains_per_theme: int  # answered complaints of one theme
    same_answer: int  # complaints answered from the same item, whatever their theme
    people_per_theme: int  # complaints of one theme that only a person can answer
    tried_per_theme: int  # complaints of one theme that are looked at

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """As the settings say."""
        return cls(
            pains_per_theme=settings.draft_pains_per_theme,
            same_answer=settings.draft_pains_per_source,
            people_per_theme=settings.draft_people_per_theme,
            tried_per_theme=settings.draft_tried_per_theme,
        )


def priority(entry: Answerable, *, answered: bool = True) -> float:
    """Demand of the theme (0..100) times severity of the mention (0..1), neither below the intent's floor; 100 on top
    where there is an answer, so that a moderator meets what can be sent before what has to be written."""
    demand = max(entry.theme_score, _LEAST_DEMAND[entry.intent])
    urgency = demand * max(entry.severity, _LEAST_SEVERITY[entry.intent])
    return round(urgency + (READY if answered else 0.0), 4)


def candidates(
    entries: Iterable[Answerable], limits: Limits, waiting: Mapping[str, OpenDrafts] | None = None
) -> list[Answerable]:
    """One entry a post, the mention that asks before the one that complains; questions first, then by urgency.

    Of one theme's complaints the first `tried_per_theme`, those that wait already among them. Posts that only try to
    steer ask nothing.
    """
    best: dict[str, Answerable] = {}
    for entry in map(_as_written, entries):
        before = best.get(entry.post_id)
        if before is None or _rank(entry) < _rank(before):
            best[entry.post_id] = entry
    tried: Counter[str | None] = Counter()
    for theme, drafts in (waiting or {}).items():
        tried[theme] = drafts.answered + drafts.for_a_person
    kept = []
    for entry in sorted(best.values(), key=_rank):
        if tries_to_steer(entry.post_text) and not as_data(entry.post_text):
            continue
        if entry.intent == Intent.PAIN_POINT.value:
            tried[entry.theme_id] += 1
            if entry.theme_id is not None and tried[entry.theme_id] > limits.tried_per_theme:
                continue
        kept.append(entry)
    return kept


def _as_written(entry: Answerable) -> Answerable:
    """What mining took for a question counts as a complaint where nothing of the post has the form of one."""
    if entry.intent == Intent.QUESTION.value and not asks(simplified(entry.post_text)):
        return replace(entry, intent=Intent.PAIN_POINT.value)
    return entry


def _rank(entry: Answerable) -> tuple[bool, float, str, str]:
    return (entry.intent != Intent.QUESTION.value, -priority(entry), entry.post_id, entry.mention_text)


@dataclass(slots=True)
class Quota:
    """What may still be drafted, given what already waits for a moderator."""

    limits: Limits
    _pains: Counter[str] = field(default_factory=Counter)  # theme -> answered complaints
    _people: Counter[str] = field(default_factory=Counter)  # theme -> complaints for a person
    _sources: Counter[str] = field(default_factory=Counter)  # item -> complaints answered from it

    @classmethod
    def after(cls, limits: Limits, waiting: Mapping[str, OpenDrafts]) -> Quota:
        """Counting the drafts that wait now, by theme."""
        quota = cls(limits)
        for theme, drafts in waiting.items():
            quota._pains[theme] = drafts.answered
            quota._people[theme] = drafts.for_a_person
            quota._sources.update(drafts.sources)
        return quota

    def admits(self, entry: Answerable, source: str | None) -> bool:
        """Whether this draft is wanted, `source` the item it rests on (None: a person has to answer); counts it."""
        question = entry.intent == Intent.QUESTION.value
        if question:
            return source is not None or content(as_data(entry.post_text)) >= _SAYS_ENOUGH
        theme = entry.theme_id
        if source is None:
            if theme is None or self._people[theme] >= self.limits.people_per_theme or self._pains[theme]:
                return False
            self._people[theme] += 1
            return True
        if self._sources[source] >= self.limits.same_answer:
            return False
        if theme is not None:
            if self._pains[theme] >= self.limits.pains_per_theme:
                return False
            self._pains[theme] += 1
        self._sources[source] += 1
        return True
