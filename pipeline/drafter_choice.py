"""The drafter that the settings name, with its limits. Budgets are a run's, breakers outlive it."""

from __future__ import annotations

from models.drafters.catalogue import load_text_model
from models.drafters.grounded import GroundedDrafter
from models.drafters.guard import Allowance, Breaker
from models.drafters.language import LanguageDrafter
from models.drafters.text_model import AnswerLimits, TextModel
from pipeline.settings import Settings


def open_text_model(settings: Settings) -> TextModel | None:
    """The language model that words replies; None where the knowledge's own sentences do."""
    key = settings.drafter_api_key
    return load_text_model(
        settings.drafter,
        allow_download=settings.allow_download,
        api_key=key.get_secret_value() if key else None,
        at_once=settings.drafter_at_once,
    )


def breaker_of(settings: Settings) -> Breaker:
    """A closed breaker as the settings want it."""
    return Breaker(settings.drafter_failures, settings.drafter_pause)


def language_drafter(
    settings: Settings, grounded: GroundedDrafter, model: TextModel, breaker: Breaker
) -> LanguageDrafter:
    """A drafter for one run, its budget untouched."""
    return LanguageDrafter(
        model,
        grounded,
        limits=AnswerLimits(settings.drafter_answer_tokens, settings.drafter_timeout),
        allowance=Allowance(settings.drafter_requests, settings.drafter_tokens, settings.drafter_seconds),
        breaker=breaker,
    )
