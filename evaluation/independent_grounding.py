"""Whether a text says a sentence, measured without the drafters' own check: by the longest common subsequence, and by
the numbers and denials of the run that it is found in."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

_LEAST = 0.8  # of a sentence's characters, in order, in one run of the source
_STRETCH = 1.5  # the run may be this much longer than the sentence
_NUMBER = re.compile(r"[-\u2212]?\d+(?:[.:,\-~/]\d+)*\s*(?:[a-z%°]+|[\u4e00-\u9fff])?")
_DENIAL = re.compile(r"不|没|未|勿|禁|无法|\bnot?\b|n't")
_CLAUSE_END = frozenset("，。；：！？,:;!?\n")


def is_quoted(sentence: str, source: str) -> bool:
    """Whether a run of the source has four fifths of a sentence, its numbers (with decimals and units) and as many
    denials."""
    said, whole = _plain(sentence), _plain(source)
    return quoted_share(sentence, source) >= _LEAST and any(_agrees(said, run) for run in _found_in(said, whole))


def quoted_share(sentence: str, source: str) -> float:
    """0..1: how many of a sentence's characters stand in a run of the source, in the same order: ROUGE-L precision
    (Lin 2004) against the best run of about the sentence's length."""
    claim, whole = _letters(_plain(sentence)), _letters(_plain(source))
    return max((share for share, _, _ in _runs(claim, whole)), default=0.0)


def _runs(claim: str, whole: str) -> Iterator[tuple[float, int, int]]:
    """Runs of a source's letters: share of the claim's letters in it, first and last of those letters."""
    from rapidfuzz.distance import LCSseq

    if not claim:
        return
    exact = whole.find(claim)
    if exact >= 0:
        yield 1.0, exact, exact + len(claim) - 1
        return
    width = round(len(claim) * _STRETCH)
    last = max(len(whole) - width, 0)
    for start in sorted({*range(0, last + 1, max(len(claim) // 4, 1)), last}):
        same = [block for block in LCSseq.opcodes(claim, whole[start : start + width]) if block.tag == "equal"]
        if same:
            share = sum(block.src_end - block.src_start for block in same) / len(claim)
            yield share, start + same[0].dest_start, start + same[-1].dest_end - 1


def _found_in(said: str, whole: str) -> Iterator[str]:
    """The runs that have enough of a sentence, as they are written, each widened to whole clauses."""
    places = [at for at, character in enumerate(whole) if character.isalnum()]
    for share, first, last in _runs(_letters(said), _letters(whole)):
        if share >= _LEAST:
            start, end = places[first], places[last] + 1
            while start > 0 and not _is_end(whole, start - 1):
                start -= 1
            while end < len(whole) and not _is_end(whole, end):
                end += 1
            yield whole[start:end]


def _is_end(text: str, at: int) -> bool:
    """Whether a clause ends here; 1,200 and 12:30 do not."""
    within = text[at - 1 : at].isdigit() and text[at + 1 : at + 2].isdigit()
    return text[at] in _CLAUSE_END and not within


def _agrees(said: str, run: str) -> bool:
    numbers = [Counter(re.sub(r"\s", "", number) for number in _NUMBER.findall(text)) for text in (said, run)]
    denials = [len(_DENIAL.findall(text)) for text in (said, run)]
    return not numbers[0] - numbers[1] and denials[0] == denials[1]


def best_quoted(sentence: str, sources: Sequence[str]) -> float:
    """The highest share over several sources; 0 without any."""
    return max((quoted_share(sentence, source) for source in sources), default=0.0)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _letters(plain: str) -> str:
    return "".join(character for character in plain if character.isalnum())
