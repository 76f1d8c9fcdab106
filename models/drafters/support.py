"""What others said that bears on a question: the conversation before it, and the theme it belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from models.drafters.evidence import judgement
from models.drafters.retrieval import Hit, KnowledgeIndex
from models.drafters.steering import as_data
from models.drafters.types import KnowledgeKind, Question
from models.drafters.wording import content

# Log-odds. Set by reasoning, not fitted: no public corpus here has conversations or themes with their knowledge.
_MOST_HELP = 1.6  # what a conversation or a theme that clearly is about an item adds to a question's own evidence
_ELLIPTIC = 2.2  # a question that says less than this (`wording.content`) lives on what was said before
_ELLIPTIC_COST = 0.4  # such a question is answered by what answers the conversation, a little less surely
_ELLIPTIC_AT_MOST = 26  # characters of such a question
_THEME_OWN = -2.6  # least own evidence, for the item it is nearest to, with which a complaint gets its theme's remedy
_THEME_SHARE = 0.3  # of a theme's quotes that must be about the item
_THEME_LEAST = 2  # quotes that must be
_UNSEEN = -6.0  # own evidence of an item that only the conversation brings up


class Supporters:
    """Reads the texts around a question once each and says how far they speak for the items."""

    def __init__(self, index: KnowledgeIndex) -> None:
        self._index = index
        self._read: dict[tuple[str, str], dict[str, Hit]] = {}

    def weighed(self, question: Question, hits: Sequence[Hit]) -> list[Hit]:
        """The hits with what the surroundings add, best first. New items come in only by the conversation."""
        found = {hit.item.id: hit for hit in hits}
        odds = {hit.item.id: hit.odds for hit in hits}
        fitting = self._index.fitting(question)
        for item, hit in self._conversation(question).items():
            if item not in fitting:  # 那 S2 呢？ is not answered with what was said of the S1
                continue
            found.setdefault(item, hit)
            own = odds.get(item, _UNSEEN)
            helped = own + _help(hit.odds)
            if _is_elliptic(question.text):
                helped = max(helped, hit.odds - _ELLIPTIC_COST)
            odds[item] = max(own, helped)
        for item, strength in self._theme(question).items():
            if item not in found:
                continue
            odds[item] += _help(strength)
            remedy = found[item].item.kind in {KnowledgeKind.KNOWN_ISSUE, KnowledgeKind.FAQ}
            own_best = bool(hits) and hits[0].item.id == item
            if remedy and own_best and question.intent == "pain_point" and found[item].odds >= _THEME_OWN:
                odds[item] = max(odds[item], strength)
        moved = [Hit(hit.item, hit.evidence, odds[item], hit.fused) for item, hit in found.items()]
        return sorted(moved, key=lambda hit: (-hit.odds, hit.item.id))

    def _conversation(self, question: Question) -> dict[str, Hit]:
        """Of each item that the messages before are about, the strongest of them; older ones count a little less."""
        best: dict[str, Hit] = {}
        for age, text in enumerate(question.before):
            for item, hit in self._about(text, question.product).items():
                aged = Hit(hit.item, hit.evidence, hit.odds - 0.25 * age, hit.fused)
                if item not in best or aged.odds > best[item].odds:
                    best[item] = aged
        return best

    def _theme(self, question: Question) -> dict[str, float]:
        """Log-odds of the items that a good part of the theme's quotes is about."""
        quotes = question.theme_quotes
        wanted = max(_THEME_LEAST, round(_THEME_SHARE * len(quotes)))
        by_item: dict[str, list[float]] = {}
        for text in quotes:
            about = self._about(text, "")
            for item, hit in about.items():
                if hit.odds >= max(other.odds for other in about.values()):
                    by_item.setdefault(item, []).append(hit.odds)
        strong = {item: sorted(values, reverse=True) for item, values in by_item.items() if len(values) >= wanted}
        return {
            item: values[wanted - 1] for item, values in strong.items() if values[wanted - 1] >= judgement().answer - 1
        }

    def _about(self, text: str, product: str) -> dict[str, Hit]:
        key = (text, product)
        if key not in self._read:
            hits = self._index.search(Question(text, product), text=as_data(text), limit=3)
            self._read[key] = {hit.item.id: hit for hit in hits}
        return self._read[key]


def _help(odds: float) -> float:
    """0 for surroundings that are not about the item, up to `_MOST_HELP` for those that clearly are."""
    answer = judgement().answer
    return _MOST_HELP * min(max((odds - answer + 1.0) / 1.5, 0.0), 1.0)


def _is_elliptic(text: str) -> bool:
    return len(text) <= _ELLIPTIC_AT_MOST and content(text) < _ELLIPTIC
