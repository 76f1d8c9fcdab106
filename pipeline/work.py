"""What a step of a job works with: settings, database, spool, encoder, and a way to report and to be stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from models.drafters.grounded import GroundedDrafter
from models.drafters.guard import Breaker
from models.drafters.text_model import TextModel
from models.drafters.types import Drafter
from models.encoders.protocol import Encoder
from models.encoders.sizes import AUTO
from pipeline.drafter_choice import breaker_of, language_drafter, open_text_model
from pipeline.encoder_choice import FOLDER, choose_encoder, mentions_of_texts, name_of_kept, serves_on
from pipeline.mining import open_encoder
from pipeline.progress import Progress, Throttled
from pipeline.settings import Settings
from pipeline.spool import Spool
from store.database import Database
from store.repositories import job_progress

LastRun = tuple[Mapping[str, Any], int]  # identity of its encoder, its posts


class JobCancelledError(Exception):
    """Somebody asked for the job to be cancelled."""


@dataclass(slots=True)
class Workshop:
    """What the jobs of one worker share. Encoders are loaded when first needed and kept."""

    settings: Settings
    database: Database
    load: Callable[[Settings], Encoder] = open_encoder
    _encoders: dict[str, Encoder] = field(default_factory=dict)
    _text_models: dict[str, tuple[TextModel | None, Breaker]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def spool(self) -> Spool:
        return Spool(self.settings.spool)

    @property
    def fitted_encoders(self) -> Path:
        """Folder of the encoders that were fitted to this installation's corpus."""
        return self.settings.state / FOLDER

    def encoder_for(self, texts: Sequence[str], last: LastRun | None) -> Encoder:
        """The encoder to mine cleaned texts with, `last` being the run before."""
        if self.settings.encoder == AUTO and last is not None:
            identity, posts = last
            if serves_on(identity, posts, len(texts), self.fitted_encoders):
                return self._loaded(name_of_kept(identity, self.fitted_encoders))
        return choose_encoder(
            self.settings, len(texts), lambda: mentions_of_texts(texts), self.fitted_encoders, self._load_kept
        ).encoder

    def encoder_of(self, identity: Mapping[str, Any]) -> Encoder:
        """The encoder of an earlier run, or the nearest there is: its identity tells."""
        automatic = self.settings.encoder == AUTO
        return self._loaded(name_of_kept(identity, self.fitted_encoders) if automatic else self.settings.encoder)

    def draft_encoder(self) -> Encoder:
        """The encoder to find knowledge with."""
        return self._loaded(self.settings.draft_encoder or self.settings.encoder)

    def drafter(self, grounded: GroundedDrafter) -> Drafter:
        """Who words the replies of one run: the grounded drafter, or a model behind it with a new budget."""
        with self._lock:
            name = self.settings.drafter
            if name not in self._text_models:
                self._text_models[name] = (open_text_model(self.settings), breaker_of(self.settings))
            model, breaker = self._text_models[name]
        return grounded if model is None else language_drafter(self.settings, grounded, model, breaker)

    def _load_kept(self, settings: Settings) -> Encoder:
        return self._loaded(settings.encoder)

    def _loaded(self, name: str) -> Encoder:
        with self._lock:
            if name not in self._encoders:
                self._encoders[name] = self.load(self.settings.model_copy(update={"encoder": name}))
            return self._encoders[name]


@dataclass(frozen=True, slots=True)
class Task:
    """One job as its steps see it."""

    job_id: str
    arguments: Mapping[str, Any]
    shop: Workshop

    @property
    def suffix(self) -> str:
        """The part of the job's id after its prefix: things made once a job take it into their own id."""
        return self.job_id.partition("_")[2]

    def reporter(self) -> Progress:
        """Writes progress into the job's row. Never call it inside a transaction: it opens one of its own.

        Raises JobCancelledError where somebody asked for that.
        """
        database, job_id = self.shop.database, self.job_id

        def report(step: str, done: int, total: int) -> None:
            with database.session() as session:
                cancelled = job_progress.report(session, job_id, step=step, done=done, total=total)
            if cancelled:
                raise JobCancelledError

        return Throttled(report)


Result = dict[str, Any]  # JSON: goes into the job's row and the workflow's checkpoint
Step = Callable[[Task], Result]
