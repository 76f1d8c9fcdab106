"""From a prepared post to what mining reads. The preparing room is not known here; its shape is stated."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from nlp.types import Document


class ReceivedFacts(Protocol):
    """What a post says about itself beside its text."""

    @property
    def time(self) -> datetime | None: ...
    @property
    def channel(self) -> str: ...
    @property
    def product(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def tier(self) -> str: ...
    @property
    def likes(self) -> int: ...
    @property
    def replies(self) -> int: ...


class Prepared(Protocol):
    """A post cleaned, masked and pseudonymous, its duplicate group known."""

    @property
    def post(self) -> ReceivedFacts: ...
    @property
    def key(self) -> str: ...
    @property
    def author(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def duplicate_of(self) -> str | None: ...


def document_of(prepared: Prepared) -> Document:
    """The post as mining sees it."""
    facts = prepared.post
    return Document(
        id=prepared.key,
        text=prepared.text,
        author=prepared.author,
        time=facts.time,
        channel=facts.channel,
        product=facts.product,
        region=facts.region,
        tier=str(facts.tier),
        likes=facts.likes,
        replies=facts.replies,
        duplicate_of=prepared.duplicate_of,
    )
