"""Choose the thresholds of the grounding check: `python -m models.drafters.recipes.grounding FOLDER` (public corpora).

On half 0 of the texts (by hash): of all thresholds that let at most `_WRONGLY` of the statements stand that their
source does not say (the mean over the ways they were made), the strictest that keep
most of the others. Half 1 is for
`zhongsheng evaluate drafts`.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path

from models.drafters.grounding import GroundingCheck, Thresholds, Verdict
from models.drafters.recipes.claims import Claim, claims
from models.encoders.catalogue import load_encoder

_WRONGLY = 0.05
_GAIN = 0.005  # looser thresholds must keep this much more
_STEPS = tuple(step / 20 for step in range(19, 7, -1))


def judged(folder: Path, check: GroundingCheck, *, half: int, most: int = 60) -> list[tuple[Claim, Verdict]]:
    """Every claim of a half with its verdict."""
    return [(claim, check.verdict(claim.text, [claim.source])) for claim in claims(folder, half=half, most=most)]


def shares_standing(found: Iterable[tuple[Claim, bool]]) -> dict[tuple[bool, str], float]:
    """Of each kind of claim, said or not, the share that stands."""
    kinds: dict[tuple[bool, str], list[bool]] = defaultdict(list)
    for claim, stands in found:
        kinds[claim.said, claim.kind].append(stands)
    return {kind: sum(each) / len(each) for kind, each in kinds.items()}


def choose(found: Sequence[tuple[Claim, Verdict]]) -> Thresholds:
    """The thresholds; `found` must come from a check whose thresholds are all 0."""
    best, most = Thresholds(1.0, 1.0, 1.0, 1.0), -1.0
    for told, told_near, near, weakest in product(_STEPS, repeat=4):
        if told_near > told:
            continue
        tried = Thresholds(told, told_near, near, weakest)
        shares = shares_standing((claim, verdict.stands and tried.allow(verdict)) for claim, verdict in found)
        if _mean(shares, said=False) <= _WRONGLY and _mean(shares, said=True) > most + _GAIN:
            best, most = tried, _mean(shares, said=True)
    return best


def _mean(shares: dict[tuple[bool, str], float], *, said: bool) -> float:
    chosen = [share for (was_said, _), share in shares.items() if was_said is said]
    return sum(chosen) / len(chosen)


def main(folder: Path, encoder_name: str = "e5") -> None:
    """Print the thresholds and what they do on the half they were chosen on."""
    found = judged(folder, GroundingCheck(load_encoder(encoder_name), Thresholds(0, 0, 0, 0)), half=0)
    best = choose(found)
    sys.stdout.write(f"{best}\n")
    shares = shares_standing((claim, verdict.stands and best.allow(verdict)) for claim, verdict in found)
    for (said, kind), share in sorted(shares.items(), reverse=True):
        sys.stdout.write(f"{'said' if said else 'not said':9} {kind:28} {share:.2f}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
