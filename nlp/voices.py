"""What demand looks at: who said something of a theme, when, how bad it is, and the crowd it is measured against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

DAY = 86_400.0  # seconds


@dataclass(frozen=True, slots=True)
class Voice:
    """One mention of a theme, reduced to what demand looks at."""

    author: str  # never empty: a post without author is its own person
    post_id: str
    time: datetime | None
    severity: float  # 0..1
    needs: bool = True  # it complains, asks for or asks; praise and chatter do not
    tier: str = "regular"
    channel: str = ""
    product: str = ""
    region: str = ""
    engagement: float = 0.0  # likes + replies of the post
    duplicate_group: str = ""  # same for near-identical texts; "" where the text is its own
    fresh: bool = False  # the author has no words of their own in the corpus, or says nothing else there


@dataclass(frozen=True, slots=True)
class Crowd:
    """What the whole corpus looks like: the yardstick for every theme."""

    people: int
    start: datetime | None
    latest: datetime | None  # "now" of the ranking: the latest post, not the wall clock
    engagement_cap: float  # winsorising limit for one post
    facet_values: Mapping[str, int]  # number of distinct non-empty values of channel, product, region
    tide: float = 1.0  # people of the last growth window over those of a usual one before it

    def window_days(self, most: float) -> float:
        """The days that count as recent: `most`, but at most a third of the corpus's span; 0 where none can be told."""
        if self.latest is None or self.start is None:
            return 0.0
        window = min(most, (self.latest - self.start).total_seconds() / DAY / 3)
        return window if window >= 1.0 else 0.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the demand of one theme rests on."""

    voices: Sequence[Voice]  # of every mention of the theme, those of praise and chatter too
    votes: int
    crowd: Crowd
