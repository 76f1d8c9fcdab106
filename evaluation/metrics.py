"""How well found themes agree with given labels, over all posts."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nlp.types import MinedMention

NO_THEME = ""
LEAST_SCORE = 0.001  # in geometric means, where a zero would swallow every other score


@dataclass(frozen=True, slots=True)
class Agreement:
    """Scores of one partition of posts against another."""

    posts: int
    labels: int  # distinct labels given
    found: int  # distinct themes found
    coverage: float  # share of posts in a theme
    ami: float  # adjusted mutual information, posts without theme as one cluster
    ari: float  # adjusted Rand index, the same
    labelled_ami: float  # AMI over the posts that have a label (the same where all have)


def theme_of_posts(mentions: Iterable[MinedMention], post_ids: Sequence[str]) -> list[str]:
    """Each post's theme: that of most of its mentions by summed strength; "" where none has one."""
    votes: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for mined in mentions:
        if mined.theme_id is not None:
            votes[mined.mention.post_id][mined.theme_id] += mined.strength + 1e-6  # a strength of 0 is still a theme
    return [_leading(votes[post]) if post in votes else NO_THEME for post in post_ids]


def _leading(votes: dict[str, float]) -> str:
    return max(votes, key=lambda theme: votes[theme])  # the first of equals


def agreement(labels: Sequence[str], themes: Sequence[str]) -> Agreement:
    """Compare given labels and found themes of the same posts, in the same order; "" is no label or no theme.

    AMI and ARI after Vinh, Epps, Bailey 2010 and Hubert, Arabie 1985, as scikit-learn computes them.
    """
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    if len(labels) != len(themes) or not labels:
        raise ValueError(f"{len(labels)} labels and {len(themes)} themes cannot be compared")
    labelled = [i for i, label in enumerate(labels) if label != NO_THEME]
    return Agreement(
        posts=len(labels),
        labels=len(set(labels) - {NO_THEME}),
        found=len(set(themes) - {NO_THEME}),
        coverage=sum(theme != NO_THEME for theme in themes) / len(themes),
        ami=float(adjusted_mutual_info_score(labels, themes)),
        ari=float(adjusted_rand_score(labels, themes)),
        labelled_ami=float(adjusted_mutual_info_score([labels[i] for i in labelled], [themes[i] for i in labelled]))
        if labelled
        else 0.0,
    )


def geometric_mean(values: Sequence[float]) -> float:
    """The geometric mean of scores; one of zero or less (as chance gives) counts as `LEAST_SCORE`. 0 of none."""
    if not values:
        return 0.0
    return math.exp(sum(math.log(max(value, LEAST_SCORE)) for value in values) / len(values))
