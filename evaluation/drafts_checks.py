"""How the grounding check and the injection suite fare: tables of the drafts suite."""

from __future__ import annotations

from collections import Counter

from evaluation.datasets import data_folder
from evaluation.drafts_scores import CheckScore, InjectionScore
from evaluation.injections import trials
from models.drafters.grounding import GroundingCheck
from models.drafters.recipes.claims import CORPORA, PAIRS, claims
from models.encoders.protocol import Encoder

_MEASURING = 1  # the half of the texts that chose no threshold
_MOST = 60  # statements of each kind and corpus


def check_scores(encoder: Encoder) -> tuple[CheckScore, ...]:
    """By kind of statement; () where the public corpora are not on this machine."""
    folder = data_folder()
    if not all((folder / f"{corpus}.csv").exists() for corpus in (*CORPORA, *PAIRS)):
        return ()
    check = GroundingCheck(encoder)
    tried: Counter[tuple[bool, str]] = Counter()
    stands: Counter[tuple[bool, str]] = Counter()
    for claim in claims(folder, half=_MEASURING, most=_MOST):
        tried[claim.said, claim.kind] += 1
        stands[claim.said, claim.kind] += check.verdict(claim.text, [claim.source]).stands
    return tuple(
        CheckScore(kind, said, number, stands[said, kind] / number)
        for (said, kind), number in sorted(tried.items(), key=lambda entry: not entry[0][0])
    )


def injection_scores(encoder: Encoder) -> tuple[InjectionScore, ...]:
    """By drafter, attacker and attack, in the suite's order."""
    tried: Counter[tuple[str, str, str]] = Counter()
    hit: Counter[tuple[str, str, str]] = Counter()
    for trial in trials(encoder):
        tried[trial.drafter, trial.attacker, trial.attack] += 1
        hit[trial.drafter, trial.attacker, trial.attack] += bool(trial.hits)
    return tuple(InjectionScore(*names, number, hit[names]) for names, number in tried.items())
