"""The grounding check: a sentence stays in a draft only if its source says it. Every drafter passes it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace

from models.drafters.rules import asks_back, is_courtesy, promises
from models.drafters.types import Draft, KnowledgeItem, Sentence, SentenceKind

_SUPPORT = 0.75  # share of a sentence's character pairs its sources must have
_SENTENCE = re.compile(r"(?<=[。！？!?；;])|\n+|(?<=[a-z0-9)]\.)\s+(?=[A-Z])")
_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_NEGATION = re.compile(r"不|没|无|未|勿|别|禁|否|\b(?:not|never|no|cannot|can't|don't|doesn't|isn't)\b", re.IGNORECASE)
_NEAR = 0.55  # a source sentence this alike is the one a claim rests on


def sentences_of(body: str) -> list[str]:
    """The sentences of a knowledge body, each with its closing mark."""
    return [piece.strip() for piece in _SENTENCE.split(body) if piece and piece.strip()]


def supported(text: str, sources: Sequence[KnowledgeItem]) -> bool:
    """Whether the sources say it: contained in one of them, or close to it with the same numbers and negations.

    Closeness is the share of the sentence's character pairs found in one source; every number must be there, and
    the nearest source sentence must negate exactly when the sentence does.
    """
    claim = _folded(text)
    if not claim:
        return False
    for source in sources:
        whole = _folded(f"{source.title}\n{source.body}\n{source.version}")
        if claim in whole:
            return True
        numbers = set(_NUMBER.findall(text)) <= set(_NUMBER.findall(f"{source.title} {source.body} {source.version}"))
        if numbers and _share(claim, whole) >= _SUPPORT and _agrees(text, source):
            return True
    return False


def check(draft: Draft, knowledge: Sequence[KnowledgeItem]) -> Draft:
    """The draft without what may not stand: unsupported claims, promises, courtesy in unknown words.

    A draft that loses all its grounded sentences needs a person; what was struck is named in `gaps`.
    """
    by_id = {item.id: item for item in knowledge}
    kept = [sentence for sentence in draft.sentences if _may_stand(sentence, by_id)]
    struck = len(draft.sentences) - len(kept)
    if not struck:
        return draft
    grounded = [sentence for sentence in kept if sentence.kind is SentenceKind.GROUNDED]
    return replace(
        draft,
        sentences=tuple(kept),
        gaps=(*draft.gaps, f"有 {struck} 句没有依据或含有承诺，已删去"),
        confidence=draft.confidence * len(grounded) / max(len(grounded) + struck, 1),
        needs_person=draft.needs_person or not grounded,
    )


def _may_stand(sentence: Sentence, by_id: Mapping[str, KnowledgeItem]) -> bool:
    if promises(sentence.text):
        return False
    if sentence.kind is SentenceKind.COURTESY:
        return is_courtesy(sentence.text)
    if sentence.kind is SentenceKind.ASK_BACK:
        return asks_back(sentence.text)
    sources = [by_id[source] for source in sentence.sources if source in by_id]
    return bool(sentence.sources) and len(sources) == len(sentence.sources) and supported(sentence.text, sources)


def _agrees(text: str, source: KnowledgeItem) -> bool:
    claim = _folded(text)
    near = max(sentences_of(source.body) or [source.body], key=lambda piece: _share(claim, _folded(piece)))
    if _share(claim, _folded(near)) < _NEAR:
        return not _NEGATION.search(text)
    return bool(_NEGATION.search(text)) == bool(_NEGATION.search(near))


def _share(claim: str, whole: str) -> float:
    pairs = {claim[i : i + 2] for i in range(len(claim) - 1)} or {claim}
    return sum(pair in whole for pair in pairs) / len(pairs)


def _folded(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if unicodedata.category(c)[0] in "LN")
