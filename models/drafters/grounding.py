"""The grounding check: a sentence is part of a reply only if its source says it, else it is shown as struck."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from models.drafters.clauses import Clause, clauses_of, quotes, sentences_of
from models.drafters.courtesy import asks_back, is_courtesy
from models.drafters.facts import brought_in, contradicts, has_markup, with_digits
from models.drafters.folding import folded
from models.drafters.nearness import Nearness
from models.drafters.promises import promises
from models.drafters.steering import quoted, tries_to_steer
from models.drafters.types import Draft, KnowledgeItem, Sentence, SentenceKind, StrikeReason
from models.drafters.wording import rarity, telling_words, words
from models.encoders.protocol import Encoder

LONGEST = 240  # characters of a sentence
MOST_STRUCK = 12  # struck sentences that are kept to be shown
_TOPIC = re.compile(  # what a statement is about, unstated
    r"^(?:如果|若|当(?![天日月年地前场时])|关于|对于|针对)|(?:(?<![小及同随准实按届临])时|时候|的话|情况下)$"
)
_MOST_READ = 60  # sentences of a source
_WINDOW = 3  # sentences of a source that a claim may put together
_SHORT_CLAUSE = 5  # characters; a shorter clause is weighed with its neighbour
_ALIGNED = 0.35  # likeness from which two clauses are about the same thing
_UNSAID = re.compile(r"不可以|不能|不会|不是|不得|无法|可以|能够|尚未|已经|没有|禁止|请勿|切勿|[不没未已能会勿请]")
_AS_ALIKE = 0.9  # of the best likeness, from which a place that overlaps the best is about the same thing too
_FURTHEST = (StrikeReason.UNSUPPORTED, StrikeReason.NEGATION, StrikeReason.NAME, StrikeReason.NUMBER, StrikeReason.LINK)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a sentence is close enough to its source; chosen by recipes/grounding.py, measured in docs/drafts.md."""

    told: float = 0.95  # share of a sentence its source says, from which it stands by its words alone
    told_near: float = 0.55  # share from which it stands if it is also `near`
    near: float = 0.8  # nearness in meaning (`Nearness`) to the place in the source
    weakest: float = 0.4  # share that every clause of it must have: a true beginning carries no invented end

    def allow(self, verdict: Verdict) -> bool:
        """Whether a sentence that breaks no rule is close enough."""
        if verdict.literal:
            return True
        worded = verdict.told >= self.told or (verdict.told >= self.told_near and verdict.near >= self.near)
        return worded and verdict.weakest >= self.weakest


@dataclass(frozen=True, slots=True)
class _Place:
    """A place of a source that a statement may rest on."""

    text: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check found out about one sentence and its sources."""

    reason: StrikeReason | None  # None: it stands
    literal: bool = False  # the source says it word by word
    told: float = 0.0
    weakest: float = 0.0
    near: float = 0.0

    @property
    def stands(self) -> bool:
        return self.reason is None


class GroundingCheck:
    """One check for every drafter. Without an encoder only wording that is close counts as said."""

    def __init__(self, encoder: Encoder | None = None, thresholds: Thresholds | None = None) -> None:
        self._nearness = Nearness(encoder) if encoder is not None else None
        self.thresholds = thresholds or Thresholds()

    def check(self, draft: Draft, knowledge: Sequence[KnowledgeItem], products: Sequence[str] | None = None) -> Draft:
        """The draft with what may not stand marked as struck, with the reason.

        `products` are those of other knowledge too, where `knowledge` is only what the draft may rest on. A draft that
        loses all its grounded sentences needs a person; how many were struck is named in `gaps`.
        """
        by_id = {item.id: item for item in knowledge}
        products = products_among(knowledge) if products is None else products
        judged = [(sentence, self._reason(sentence, by_id, products)) for sentence in draft.sentences]
        struck = sum(reason is not None for _, reason in judged)
        if not struck:
            return draft
        kept: list[Sentence] = []
        shown = 0
        for sentence, reason in judged:
            if reason is None:
                kept.append(sentence)
            elif shown < MOST_STRUCK:
                shown += 1
                kept.append(strike(sentence, reason))
        grounded = sum(sentence.kind is SentenceKind.GROUNDED for sentence in kept)
        return replace(
            draft,
            sentences=tuple(kept),
            gaps=(*draft.gaps, f"有 {struck} 句没有依据或不可承诺，已划去，不会进入回复"),
            confidence=draft.confidence * grounded / (grounded + struck),
            needs_person=draft.needs_person or not grounded,
        )

    def verdict(self, text: str, sources: Sequence[KnowledgeItem], products: Sequence[str] = ()) -> Verdict:
        """Whether one of the sources says a statement. `products` are names that other knowledge is about."""
        ruled_out = refused(text)
        if ruled_out is not None:
            return Verdict(ruled_out)
        if not sources:
            return Verdict(StrikeReason.NO_SOURCE)
        found = [self._against(text, source, products) for source in sources]
        return min(found, key=lambda verdict: -1 if verdict.reason is None else _FURTHEST.index(verdict.reason))

    def _reason(
        self, sentence: Sentence, by_id: Mapping[str, KnowledgeItem], products: Sequence[str]
    ) -> StrikeReason | None:
        if sentence.kind is SentenceKind.STRUCK:
            return sentence.reason or StrikeReason.UNSUPPORTED
        if sentence.kind is not SentenceKind.GROUNDED:
            known = is_courtesy(sentence.text) if sentence.kind is SentenceKind.COURTESY else asks_back(sentence.text)
            return refused(sentence.text) or (None if known else StrikeReason.NO_SOURCE)
        if any(source not in by_id for source in sentence.sources):
            return refused(sentence.text) or StrikeReason.UNKNOWN_SOURCE
        return self.verdict(sentence.text, [by_id[source] for source in sentence.sources], products).reason

    def _against(self, text: str, source: KnowledgeItem, products: Sequence[str]) -> Verdict:
        missing = brought_in(text, _everything(source), products)
        if missing is not None:
            return Verdict(missing)
        if quotes(_untitled(text, source.title), source.body):
            return Verdict(None, literal=True, told=1.0, weakest=1.0, near=1.0)
        clauses = _clauses(text)
        return self._weighed(text, clauses, source) if clauses else Verdict(StrikeReason.UNSUPPORTED)

    def _weighed(self, text: str, clauses: Sequence[Clause], source: KnowledgeItem) -> Verdict:
        """How much of a statement its source says where it says most of it. What it is about the title may name."""
        named = _named(source)
        asserted = [clause for clause in clauses if not _states_nothing(clause, last=clause is clauses[-1])]
        places = _places(source) or (() if asserted else (_Place("", ()),))
        if not places:
            return Verdict(StrikeReason.UNSUPPORTED)
        statement = "，".join(clause.text for clause in asserted)
        shares = [
            min(_told(text, f"{named.text}\n{place.text}"), _told(statement, place.text) if asserted else 1.0)
            for place in places
        ]
        best = max(range(len(places)), key=lambda at: (shares[at], -len(places[at].text)))
        place = places[best]
        both = _Place(f"{named.text}\n{place.text}", place.clauses)
        weakest = min(_told(clause.text, (place if clause in asserted else both).text) for clause in clauses)
        near = self._near(statement or text, (place if asserted else both).text) if self._nearness is not None else 0.0
        verdict = Verdict(None, False, shares[best], weakest, near)
        if any(_denied(one, place.clauses, () if one in asserted else named.clauses) for one in clauses):
            return replace(verdict, reason=StrikeReason.NEGATION)
        if _new_words(text, _everything(source)):
            return replace(verdict, reason=StrikeReason.UNSUPPORTED)
        return verdict if self.thresholds.allow(verdict) else replace(verdict, reason=StrikeReason.UNSUPPORTED)

    def _near(self, text: str, place: str) -> float:
        assert self._nearness is not None
        return float(self._nearness.of([text], [place, *sentences_of(place)]).max())


def products_among(knowledge: Sequence[KnowledgeItem]) -> tuple[str, ...]:
    """The product names of knowledge items, each once."""
    return tuple(sorted({item.product for item in knowledge if item.product}))


def refused(text: str) -> StrikeReason | None:
    """The rules that hold whatever a source says: no promise, no orders, plain words only, no monsters."""
    if len(text) > LONGEST:
        return StrikeReason.TOO_LONG
    if has_markup(text):
        return StrikeReason.MARKUP
    if promises(text):
        return StrikeReason.PROMISE
    if tries_to_steer(text):
        return StrikeReason.STEERED
    return None


def strike(sentence: Sentence, reason: StrikeReason) -> Sentence:
    """The sentence as it is shown: struck, on one line, no longer than a quotation may be."""
    return Sentence(quoted(sentence.text), SentenceKind.STRUCK, sentence.sources, reason)


def _everything(source: KnowledgeItem) -> str:
    return f"{source.title}\n{source.body}\n{source.product}\n{source.version}"


def _untitled(text: str, title: str) -> str:
    """A statement without its source's title, where that stands before it with a colon."""
    claim, named = folded(text), folded(title).strip()
    rest = claim.removeprefix(named).lstrip() if named else claim
    return rest[1:] if named and claim.startswith(named) and rest[:1] == ":" else text


def _states_nothing(clause: Clause, *, last: bool) -> bool:
    """Whether a clause only says what the next is about, or asks."""
    return (clause.asks and clause.ends) or (not last and bool(_TOPIC.search(clause.text)))


@lru_cache(maxsize=4096)
def _named(source: KnowledgeItem) -> _Place:
    """What a source speaks of without stating it: its title and the questions in its body."""
    asked = [clause for clause in clauses_of(source.body) if clause.asks]
    return _Place(f"{source.title}\n{_sentence(asked)}", (*clauses_of(source.title), *asked))


@lru_cache(maxsize=4096)
def _places(source: KnowledgeItem) -> tuple[_Place, ...]:
    """Up to three sentences in a row, each time with the product. The title and questions state nothing: what they
    ask, a body may deny."""
    stated = [
        [clause for clause in clauses_of(piece) if not clause.asks] for piece in sentences_of(source.body)[:_MOST_READ]
    ]
    rows = [row for row in stated if row]
    product = clauses_of(source.product)
    return tuple(
        _Place(
            "\n".join((source.product, "".join(_sentence(row) for row in rows[at : at + size]))),
            (*product, *(clause for row in rows[at : at + size] for clause in row)),
        )
        for size in range(1, _WINDOW + 1)
        for at in range(max(len(rows) - size + 1, 0))
    )


def _sentence(clauses: Sequence[Clause]) -> str:
    return "，".join(clause.text for clause in clauses) + "。"


def _clauses(text: str) -> list[Clause]:
    """The clauses of a sentence; very short ones go with the one before."""
    found: list[Clause] = []
    for clause in clauses_of(text):
        if found and min(len(_squeezed(clause.text)), len(_squeezed(found[-1].text))) < _SHORT_CLAUSE:
            found[-1] = replace(
                clause, text=f"{found[-1].text}，{clause.text}", under=found[-1].under, before=found[-1].before
            )
        else:
            found.append(clause)
    return found


def _told(claim: str, window: str) -> float:
    """How much of a claim a place says: the mean of the share of its character pairs and of its words by weight."""
    whole = _squeezed(window)
    letters = _squeezed(claim)
    pairs = {letters[at : at + 2] for at in range(len(letters) - 1)} or {letters}
    of_pairs = sum(pair in whole for pair in pairs) / len(pairs)
    weights = {word: rarity(word) for word in set(words(folded(claim)))}
    total = sum(weights.values())
    of_words = sum(weight for word, weight in weights.items() if word in whole) / total if total else of_pairs
    return (of_pairs + of_words) / 2


def _new_words(claim: str, source: str) -> list[str]:
    """Telling words of a claim that its source has nowhere: where one is new, so is what it tells."""
    whole = _squeezed(source)
    return [word for word in telling_words(folded(claim)) if word not in whole]


def _denied(claim: Clause, told: Sequence[Clause], named: Sequence[Clause]) -> bool:
    """Whether the clauses that a claim speaks of say the opposite, or a denial speaks of no clause.

    Those of the place come first; where it has none, `named` may have it. A run a little less like the claim that
    takes in one clause more or less counts too: a short denial changes few letters.
    """
    for clauses in (told, named):
        runs = [(at, size) for size in (1, 2) for at in range(len(clauses) - size + 1)]
        likeness = {run: _alike(claim.text, _joined(clauses, *run, effective=False)) for run in runs}
        best = max(runs, key=lambda run: likeness[run], default=None)
        if best is not None and likeness[best] >= _ALIGNED:
            least = max(likeness[best] * _AS_ALIKE, _ALIGNED)
            over = [run for run in runs if likeness[run] >= least and _overlap(run, best)]
            return any(contradicts(claim.effective, _joined(clauses, *run, effective=True)) for run in over)
    return contradicts(claim.effective, "")


def _joined(clauses: Sequence[Clause], at: int, size: int, *, effective: bool) -> str:
    first, *rest = clauses[at : at + size]
    return "，".join((first.effective if effective else first.text, *(clause.text for clause in rest)))


def _overlap(left: tuple[int, int], right: tuple[int, int]) -> bool:
    return left[0] < right[0] + right[1] and right[0] < left[0] + left[1]


def _alike(left: str, right: str) -> float:
    """Dice's coefficient of the character pairs of what is said, be it allowed or denied."""
    a, b = _pairs(_UNSAID.sub("", left) or left), _pairs(_UNSAID.sub("", right) or right)
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


@lru_cache(maxsize=8192)
def _pairs(text: str) -> frozenset[str]:
    letters = _squeezed(text)
    return frozenset(letters[at : at + 2] for at in range(len(letters) - 1))


@lru_cache(maxsize=16384)
def _squeezed(text: str) -> str:
    """Letters and figures only, folded, numbers in digits."""
    return "".join(character for character in with_digits(folded(text)) if character.isalnum())
