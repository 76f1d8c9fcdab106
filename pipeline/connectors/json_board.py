"""Any board with a JSON API: addresses and templates are settings, a mark in every card finds it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pipeline.connectors.board import Card, JsonCaller, PushError, Shown, content_of, refused
from pipeline.connectors.mapping import Value, at_path, filled, filled_url
from review.connector_settings import JsonBoardSettings


class JsonBoard:
    """One board."""

    def __init__(self, caller: JsonCaller, settings: JsonBoardSettings) -> None:
        self._caller = caller
        self._settings = settings

    def shown(self, card: Card) -> Shown:
        """The template, filled."""
        shown: Shown = filled(self._settings.template, self._fields(card))
        return shown

    def find(self, card: Card) -> str | None:
        """The card whose JSON holds the mark, among those the board answers."""
        found = self._caller.call("GET", filled_url(self._settings.find_url, self._fields(card)))
        cards = at_path(found, self._settings.find_path)
        if cards is None:
            return None
        if not isinstance(cards, list):
            raise PushError("no_list")
        quoted = json.dumps(card.marker)[1:-1]
        for one in cards:
            if quoted in json.dumps(one, ensure_ascii=False):
                return self._id_of(one, self._settings.id_path.rpartition(".")[2])
        return None

    def create(self, card: Card) -> tuple[str, Shown]:
        """A card; its id is where `id_path` says."""
        shown = self.shown(card)
        made = self._caller.call(self._settings.method, self._settings.url, shown)
        return self._id_of(made, self._settings.id_path), shown

    def update(self, remote_id: str, card: Card, before: Mapping[str, Any] | None) -> None:
        """The whole template again, where it says something else than before."""
        shown = self.shown(card)
        if before is not None and dict(before) == shown:
            return
        url = filled_url(self._settings.update_url, {"remote_id": remote_id, "proposal_id": card.proposal_id})
        answer = self._caller.ask(self._settings.update_method, url, shown)
        if not answer.good:
            raise refused(answer, final=answer.code in (404, 410))
        content_of(answer)

    def _fields(self, card: Card) -> dict[str, Value]:
        return {
            "proposal_id": card.proposal_id,
            "theme_id": card.theme_id,
            "title": card.title,
            "problem": card.problem,
            "status": self._settings.statuses.get(card.status, card.status),
            "reason": card.reason,
            "note": card.note,
            "votes": card.votes,
            "people": card.people,
            "demand_score": card.demand_score,
            "merged_into": card.merged_remote_id or card.merged_into,
            "marker": card.marker,
            "updated_at": card.updated_at,
        }

    @staticmethod
    def _id_of(value: Any, path: str) -> str:
        found = at_path(value, path)
        if isinstance(found, bool) or not isinstance(found, str | int) or not str(found) or len(str(found)) > 200:
            raise PushError("no_id")
        return str(found)
