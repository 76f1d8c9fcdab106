"""Finds themes by meaning and knowledge for a theme, in the process that answers people: no query waits for an encoder
to load. It is loaded in the background when first asked for; until then words have to do."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from threading import Lock, Thread
from typing import Any, Final, Literal

import numpy as np
import structlog
from sqlalchemy.orm import Session

from models.drafters.retrieval import Hit as KnowledgeHit
from models.drafters.retrieval import KnowledgeIndex
from models.drafters.types import Question
from models.encoders.protocol import Encoder
from nlp.normalisation import normalise
from pipeline.knowledge_items import knowledge_item
from pipeline.work import Workshop
from review.theme_search import Hit, Prototypes, Vector, search
from review.theme_status import living
from store.repositories import knowledge, runs, themes
from store.tables import Knowledge, Theme

log = structlog.get_logger("zhongsheng.finder")

_PAUSE: Final = 30.0  # seconds from a failure to load to the next try
_REMEMBERED: Final = 256  # queries whose vectors are kept

Readiness = Literal["ready", "loading", "absent"]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brought, and whether meaning could be asked too."""

    hits: tuple[Hit, ...]
    meaning: Readiness


@dataclass(frozen=True, slots=True)
class Related:
    """Knowledge that has to do with a theme, and whether it could be asked for yet."""

    hits: tuple[KnowledgeHit, ...]
    state: Readiness


@dataclass(slots=True)
class _Loaded:
    """Something that takes seconds to make: made once a key, by a thread of its own; after a failure again later."""

    key: object = None
    value: Any = None
    again_at: float = math.inf  # by the monotonic clock: when what could not be made is tried anew
    making: object = None
    lock: Lock = field(default_factory=Lock)

    def get(self, key: object, make: Callable[[], Any]) -> Any | None:
        """The value for the key; None where it is not there yet, with the making under way or a failure just past."""
        with self.lock:
            if self.key == key and time.monotonic() < self.again_at:
                return self.value
            if self.making != key:
                self.making = key
                Thread(target=self._make, args=(key, make), daemon=True, name="finder").start()
            return None

    def _make(self, key: object, make: Callable[[], Any]) -> None:
        try:
            value, again_at = make(), math.inf
        except Exception:
            log.exception("finder.not_loaded", key=str(key)[:200])
            value, again_at = None, time.monotonic() + _PAUSE
        with self.lock:
            self.key, self.value, self.again_at = key, value, again_at
            if self.making == key:
                self.making = None


class Finder:
    """One a process; safe to share between threads."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._encoder = _Loaded()
        self._index = _Loaded()
        self._vectors: OrderedDict[tuple[str, str], Vector] = OrderedDict()
        self._encoding = Lock()
        self._shapes: tuple[str, Prototypes] | None = None

    def themes(self, session: Session, text: str) -> Found:
        """Themes of every status for a query, best first; by words alone while the encoder loads."""
        run = runs.latest(session)
        among = self.prototypes(session) if run else None
        if run is None or among is None or not among.ids:
            return Found(search(session, text, meaning=None, among=None), "absent")
        vector, state = self._vector(run.encoder, text)
        return Found(search(session, text, meaning=vector, among=among), state)

    def prototypes(self, session: Session) -> Prototypes | None:
        """The themes that the last run's encoder shaped, by where their mentions belong now; None before any run."""
        run = runs.latest(session)
        if run is None:
            return None
        if self._shapes is None or self._shapes[0] != run.id:
            rows = [row for row in themes.shapes(session) if row.encoder == run.encoder]
            self._shapes = (
                run.id,
                Prototypes(
                    tuple(row.id for row in rows),
                    np.stack([np.frombuffer(row.prototype, dtype="<f4") for row in rows]).astype(np.float32)
                    if rows
                    else np.zeros((0, 1), np.float32),
                    np.array([row.threshold for row in rows], dtype=np.float32),
                ),
            )
        known = self._shapes[1]
        states = {state.id: state for state in themes.every(session)}
        return Prototypes(tuple(living(one, states) or one for one in known.ids), known.vectors, known.thresholds)

    def related(self, session: Session, theme: Theme, *, limit: int = 4) -> Related:
        """Knowledge for what a theme's people say, best first."""
        items = knowledge.active(session)
        if not items:
            return Related((), "absent")
        key = tuple((item.id, item.version) for item in items)
        index = self._index.get(key, lambda: self._indexed(items))
        if index is None:
            return Related((), "absent" if self._index.key == key else "loading")
        question = _question(theme)
        with self._encoding:
            return Related(tuple(index.search(question, limit=limit)), "ready")

    def _indexed(self, items: tuple[Knowledge, ...]) -> KnowledgeIndex:
        return KnowledgeIndex([knowledge_item(item) for item in items], self._shop.draft_encoder())

    def _vector(self, identity: Mapping[str, Any], text: str) -> tuple[Vector | None, Readiness]:
        key = str(sorted(identity.items()))
        with self._encoding:
            known = self._vectors.get((key, text))
            if known is not None:
                self._vectors.move_to_end((key, text))
                return known, "ready"
        encoder: Encoder | None = self._encoder.get(key, lambda: self._fitting(identity))
        if encoder is None:
            return None, "absent" if self._encoder.key == key else "loading"
        with self._encoding:
            vector = encoder.encode([normalise(text)])[0]
            self._vectors[key, text] = vector
            while len(self._vectors) > _REMEMBERED:
                self._vectors.popitem(last=False)
        return vector, "ready"

    def _fitting(self, identity: Mapping[str, Any]) -> Encoder | None:
        """The encoder of that identity, warm; None where it is not to be had any more."""
        encoder = self._shop.encoder_of(identity)
        if asdict(encoder.identity) != dict(identity):
            log.warning("finder.other_encoder", wanted=identity.get("name"), have=encoder.identity.name)
            return None
        encoder.encode(["预热"])
        return encoder


def _question(theme: Theme) -> Question:
    quotes = "。".join(quote["text"] for quote in theme.quotes[:3])
    return Question(text=f"{theme.name}。{quotes}" if quotes else theme.name, theme_name=theme.name)
