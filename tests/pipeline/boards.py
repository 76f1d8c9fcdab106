"""Small boards over HTTP that keep what they are given, with the habits of the real ones."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.receivers import Received, Reply


def answer(value: Any, code: int = 200) -> Reply:
    return Reply(code, json.dumps(value, ensure_ascii=False).encode(), {"Content-Type": "application/json"})


@dataclass
class Fider:
    """The parts of Fider's API that the connector uses: unique titles of 10 to 100 bytes, a search, statuses."""

    key: str = "fider-key"
    posts: dict[int, dict[str, Any]] = field(default_factory=dict)
    search_works: bool = True
    lose_answers: int = 0  # of the next creations the post is made, and the answer lost
    status_changes: list[tuple[int, str]] = field(default_factory=list)

    def __call__(self, came: Received) -> Reply:
        if came.headers.get("authorization") != f"Bearer {self.key}":
            return answer({}, 401)
        url = urlsplit(came.path)
        if url.path == "/api/v1/posts":
            return self._create(came) if came.method == "POST" else self._search(parse_qs(url.query))
        found = re.fullmatch(r"/api/v1/posts/(\d+)(/status)?", url.path)
        post = self.posts.get(int(found.group(1))) if found else None
        if found is None or post is None:
            return answer({}, 404)
        if came.method == "GET":
            return answer(post)
        return self._respond(post, came.json) if found.group(2) else self._edit(post, came.json)

    def _create(self, came: Received) -> Reply:
        given = came.json
        if refusal := self._refused_title(given["title"], own=None):
            return refusal
        number = len(self.posts) + 1
        self.posts[number] = {
            "id": 100 + number, "number": number, "title": given["title"], "description": given["description"],
            "status": "open", "response": None,
        }  # fmt: skip
        if self.lose_answers:
            self.lose_answers -= 1
            return answer({}, 502)
        return answer({"id": 100 + number, "number": number, "title": given["title"], "slug": "x"})

    def _edit(self, post: dict[str, Any], given: dict[str, Any]) -> Reply:
        if refusal := self._refused_title(given["title"], own=post["number"]):
            return refusal
        post.update(title=given["title"], description=given["description"])
        return answer({})

    def _respond(self, post: dict[str, Any], given: dict[str, Any]) -> Reply:
        if given["status"] == "duplicate" and given["originalNumber"] not in self.posts:
            return answer({"errors": [{"field": "originalNumber", "message": "not found"}]}, 400)
        post.update(status=given["status"], response={"text": given["text"]})
        self.status_changes.append((post["number"], given["status"]))
        return answer({})

    def _search(self, query: dict[str, list[str]]) -> Reply:
        posts = sorted(self.posts.values(), key=lambda post: -post["number"])
        if words := query.get("query"):
            posts = [post for post in posts if self.search_works and words[0] in post["description"]]
        return answer(posts[: int(query.get("limit", ["30"])[0])])

    def _refused_title(self, title: str, *, own: int | None) -> Reply | None:
        taken = any(post["title"] == title and post["number"] != own for post in self.posts.values())
        if taken or not 10 <= len(title.encode()) <= 100:
            return answer({"errors": [{"field": "title", "message": "This title cannot be used."}]}, 400)
        return None


@dataclass
class Cards:
    """A generic board: cards under /cards, a list under /cards?ref=…, the key in a header of its own."""

    key: str = "board-key"
    cards: dict[str, dict[str, Any]] = field(default_factory=dict)
    lose_answers: int = 0

    def __call__(self, came: Received) -> Reply:
        if came.headers.get("x-api-key") != self.key:
            return answer({"error": "key"}, 403)
        url = urlsplit(came.path)
        if came.method == "GET":
            wanted = parse_qs(url.query).get("ref", [""])[0]
            return answer({"data": [card for card in self.cards.values() if card["ref"] == wanted]})
        if came.method == "POST":
            card_id = f"c{len(self.cards) + 1}"
            self.cards[card_id] = came.json | {"id": card_id}
            if self.lose_answers:
                self.lose_answers -= 1
                return answer({}, 500)
            return answer({"data": {"id": card_id}}, 201)
        card_id = url.path.rpartition("/")[2]
        if card_id not in self.cards:
            return answer({}, 404)
        self.cards[card_id] = came.json | {"id": card_id}
        return Reply(204, b"")
