"""What a board of another system must be able to do, and a proposal as a board sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.outgoing import Answer, Outgoing

Shown = dict[str, Any]  # what a board is told of a proposal, as JSON; two that are equal need no push


@dataclass(frozen=True, slots=True)
class Card:
    """A proposal, as it is now."""

    proposal_id: str
    theme_id: str
    title: str
    problem: str  # in people's words, masked
    status: str
    reason: str
    note: str
    votes: int
    people: int
    demand_score: float
    merged_into: str | None
    merged_remote_id: str | None  # the id of that one on this board
    updated_at: str

    @property
    def marker(self) -> str:
        """What the card is found again by on the board, whatever became of our own memory."""
        return f"zhongsheng:{self.proposal_id}"


class PushError(Exception):
    """The board did not do what was asked; the message is a word such as ``no_id``, or what the board said.

    `final`: trying again would not help.
    """

    def __init__(self, message: str, *, answer: Answer | None = None, final: bool = False) -> None:
        super().__init__(message)
        self.answer = answer
        self.final = final


class Board(Protocol):
    """One kind of board."""

    def shown(self, card: Card) -> Shown:
        """What the board would be told. Raises PushError where it cannot be told yet."""
        ...

    def find(self, card: Card) -> str | None:
        """The id of the card that was created before, found by its mark."""
        ...

    def create(self, card: Card) -> tuple[str, Shown]:
        """Make a card; its id on the board, and what the board has been told with it."""
        ...

    def update(self, remote_id: str, card: Card, before: Mapping[str, Any] | None) -> None:
        """Bring a card up to date. `before` is what the board was told last; None: nobody knows."""
        ...


@dataclass(frozen=True, slots=True)
class JsonCaller:
    """Requests with JSON in and out."""

    outgoing: Outgoing
    headers: Mapping[str, str]

    def call(self, method: str, url: str, body: Any = None) -> Any:
        """The JSON that is answered, None for none. Raises PushError for anything but a 2xx."""
        return content_of(self.ask(method, url, body))

    def ask(self, method: str, url: str, body: Any = None) -> Answer:
        """The answer, whatever it is."""
        headers = {"Accept": "application/json", **self.headers}
        content = b""
        if body is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
            content = json.dumps(body, ensure_ascii=False).encode()
        return self.outgoing.send(method, url, headers=headers, content=content)


def content_of(answer: Answer) -> Any:
    """The JSON of an answer, None for none. Raises PushError for anything but a 2xx."""
    if not answer.good:
        raise refused(answer)
    try:
        return json.loads(answer.body) if answer.body.strip() else None
    except ValueError as error:
        raise PushError("not_json", answer=answer) from error


def refused(answer: Answer, *, final: bool = False) -> PushError:
    """The error for an answer that is no 2xx, with the beginning of what the board said."""
    return PushError(answer.error or answer.text[:200], answer=answer, final=final)
