"""The data that passes between the steps of mining, and from mining to whoever called it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from models.encoders.protocol import EncoderIdentity
from nlp.map_layout import MapLayout


class Intent(StrEnum):
    """What a mention does."""

    PAIN_POINT = "pain_point"
    REQUEST = "request"
    QUESTION = "question"
    PRAISE = "praise"
    CHATTER = "chatter"


NEEDS = frozenset({Intent.PAIN_POINT, Intent.REQUEST, Intent.QUESTION})  # the intents that carry demand


@dataclass(frozen=True, slots=True)
class Document:
    """One cleaned and masked post, as mining sees it."""

    id: str
    text: str
    author: str = ""  # "" where unknown: such a post counts as one person per post
    time: datetime | None = None
    channel: str = ""
    product: str = ""
    region: str = ""
    tier: str = "regular"
    likes: int = 0
    replies: int = 0
    duplicate_of: str | None = None  # id of the first document of its exact or near-duplicate group


@dataclass(frozen=True, slots=True)
class Mention:
    """One clause or sentence of a post that says one thing: the unit of mining."""

    post_id: str
    ordinal: int  # 0-based within the post
    text: str  # as written (cleaned, masked)
    normalised: str  # for the encoder: simplified, half-width, products and versions masked, templates stripped
    products: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MinedMention:
    """A mention with what mining found out about it."""

    mention: Mention
    key: str  # stable: hash of post id and text; two runs give the same mention the same key
    intent: Intent
    intent_confidence: float  # 0..1
    severity: float  # 0 (mild) .. 1 (unusable, dangerous)
    theme_id: str | None
    strength: float  # 0..1, membership; 0 where theme_id is None


@dataclass(frozen=True, slots=True)
class Quote:
    """A theme in somebody's words."""

    post_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Demand:
    """Why a theme ranks where it does. `score` is 0..100; `parts` are 0..1 each, by name."""

    score: float
    parts: dict[str, float]
    evidence: dict[str, float] = field(default_factory=dict)  # the counts behind the parts (people, posts, …)


@dataclass(frozen=True, slots=True)
class MinedTheme:
    """A recurring need: a set of mentions with a stable id, a name and its demand."""

    id: str  # "thm_…"
    name: str
    keyphrases: tuple[str, ...]
    intent: Intent  # what most of its mentions do
    demand: Demand
    size: int  # mentions, outliers brought home included
    posts: int
    authors: int  # distinct people
    parent: str | None  # id of the broader theme, if any
    quotes: tuple[Quote, ...]
    first_seen: datetime | None
    last_seen: datetime | None
    weekly: tuple[tuple[str, int], ...]  # (ISO date of the week's Monday, distinct people), oldest first
    severity: float  # mean over its needing mentions, 0..1
    growth: float  # rate against own baseline, shrunk: 0 flat, >0 growing, <0 fading (natural log of the ratio)
    prototype: npt.NDArray[np.float32]  # L2-normalised mean vector
    threshold: float  # least similarity to the prototype at which a new mention is assigned
    settled_size: int = 0  # mentions it had when its structure was settled
    changed: int = 0  # mentions that have come or gone since


class EdgeKind(StrEnum):
    """How the themes of one run came from those of the run before."""

    SURVIVE = "survive"
    MINT = "mint"
    RETIRE = "retire"
    SPLIT = "split"
    MERGE = "merge"


@dataclass(frozen=True, slots=True)
class LineageEdge:
    kind: EdgeKind
    source: str | None  # previous theme id; None for mint
    target: str | None  # theme id now; None for retire
    overlap: float  # Jaccard of mention keys, 0..1


@dataclass(frozen=True, slots=True)
class PreviousTheme:
    """What a later run must know of an earlier theme: whom it held and what people decided about it."""

    id: str
    mention_keys: frozenset[str]
    name: str | None = None  # set where a person named it
    merged_into: str | None = None
    not_a_theme: bool = False
    retired: bool = False
    prototype: npt.NDArray[np.float32] | None = None  # only where the same encoder made it
    threshold: float | None = None
    settled_size: int | None = None  # mentions it had when its structure was settled; None: as many as it holds
    changed: int = 0  # mentions that have come or gone since, up to the run before


@dataclass(frozen=True, slots=True)
class Constraints:
    """People's edits that every later run obeys."""

    pinned: dict[str, str | None] = field(default_factory=dict)  # mention key -> theme id (None: no theme)


@dataclass(frozen=True, slots=True)
class MiningResult:
    mentions: tuple[MinedMention, ...]
    themes: tuple[MinedTheme, ...]  # best demand first
    lineage: tuple[LineageEdge, ...]
    encoder: EncoderIdentity
    parameters: dict[str, float | int | str]
    timings: dict[str, float]  # seconds by step
    layout: MapLayout | None = None  # where mentions lie on the theme map, if that was asked for
