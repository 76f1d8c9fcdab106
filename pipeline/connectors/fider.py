"""Fider (fider.io): posts by its REST API, the status with the note that contributors read.

The API: POST /api/v1/posts, GET /api/v1/posts?query=, PUT /api/v1/posts/{number} and /api/v1/posts/{number}/status,
with `Authorization: Bearer` and the key of a collaborator.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pipeline.connectors.board import Card, JsonCaller, PushError, Shown, content_of, refused
from pipeline.outgoing import Answer

# Ours -> Fider's. Before a decision everything is open: people vote there as well as here.
_STATUS: Final[Mapping[str, str]] = {
    "received": "open", "under_review": "open", "voting": "open", "accepted": "planned", "in_progress": "started",
    "shipped": "completed", "declined": "declined", "merged": "duplicate",
}  # fmt: skip
_TITLE_BYTES: Final = (10, 100)  # Fider counts bytes, and a Chinese character has three
_RECENT: Final = 100  # posts that are looked through where the search finds nothing


class FiderBoard:
    """One Fider board."""

    def __init__(self, caller: JsonCaller, url: str) -> None:
        self._caller = caller
        self._posts = f"{url.rstrip('/')}/api/v1/posts"

    def shown(self, card: Card) -> Shown:
        """Title, description and the response of the team."""
        shown: Shown = {"title": fitting_title(card.title), "description": _description(card)}
        status = _STATUS[card.status]
        if status == "duplicate":
            if card.merged_remote_id is None:
                raise PushError("target_missing")
            return shown | {"status": status, "text": "", "originalNumber": int(card.merged_remote_id)}
        return shown | {"status": status, "text": card.reason if card.status == "declined" else card.note}

    def find(self, card: Card) -> str | None:
        """By the mark in the description: first searched for, then among the recent posts."""
        word = card.proposal_id.rpartition("_")[2]
        for params in (f"query={word}&limit={_RECENT}", f"view=recent&limit={_RECENT}"):
            for post in self._caller.call("GET", f"{self._posts}?{params}") or ():
                if card.marker in str(post.get("description", "")):
                    return str(post["number"])
        return None

    def create(self, card: Card) -> tuple[str, Shown]:
        """A post, open at first and without a response; `update` gives it its status."""
        shown = self.shown(card)
        answer = self._write("POST", self._posts, card, {"title": shown["title"], "description": shown["description"]})
        made = content_of(answer)
        try:
            return str(int(made["number"])), shown | {"status": "open", "text": ""}
        except (TypeError, KeyError, ValueError) as error:
            raise PushError("no_id", answer=answer) from error

    def update(self, remote_id: str, card: Card, before: Mapping[str, Any] | None) -> None:
        """Only what changed, so that nobody is told twice: Fider writes to followers at each new status."""
        shown = self.shown(card)
        known = before if before is not None else self._on_board(remote_id, card)
        post = f"{self._posts}/{remote_id}"
        if known.get("title") != shown["title"] or known.get("description") != shown["description"]:
            body = {name: shown[name] for name in ("title", "description")}
            _still_there(self._write("PUT", post, card, body))
        response = {name: shown[name] for name in ("status", "text", "originalNumber") if name in shown}
        if any(known.get(name) != value for name, value in response.items()):
            _still_there(self._caller.ask("PUT", f"{post}/status", response))

    def _write(self, method: str, url: str, card: Card, body: dict[str, Any]) -> Answer:
        """Fider has no two posts of one title: where it is taken, the end of our id tells them apart."""
        answer = self._caller.ask(method, url, body)
        if answer.code == 400 and b'"title"' in answer.body:
            answer = self._caller.ask(method, url, body | {"title": _distinct_title(card)})
        return answer

    def _on_board(self, remote_id: str, card: Card) -> Shown:
        """What the board shows of a post, as `shown` would say it."""
        answer = self._caller.ask("GET", f"{self._posts}/{remote_id}")
        _still_there(answer)
        post = content_of(answer) or {}
        title = post.get("title")
        return {
            "title": fitting_title(card.title) if title == _distinct_title(card) else title,
            "description": post.get("description"),
            "status": post.get("status"),
            "text": (post.get("response") or {}).get("text") or "",
        }


def _still_there(answer: Answer) -> None:
    """PushError for anything but a 2xx; a final one where the post is gone: who deleted it wanted it gone."""
    if not answer.good:
        raise refused(answer, final=answer.code in (404, 410))


def _distinct_title(card: Card) -> str:
    return fitting_title(card.title, ending=f" · {card.proposal_id[-6:]}")


def fitting_title(title: str, *, ending: str = "") -> str:
    """The title within Fider's limits, cut at a character and marked, or made longer where it is too short."""
    least, most = _TITLE_BYTES
    whole = title + ending
    if len(whole.encode()) < least:
        whole = f"{title}（用户需求）{ending}"
    if len(whole.encode()) <= most:
        return whole
    room = most - len(f"…{ending}".encode())
    return title.encode()[:room].decode(errors="ignore") + "…" + ending


def _description(card: Card) -> str:
    return f"{card.problem}\n\n{card.marker}"
