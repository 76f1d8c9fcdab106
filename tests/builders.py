"""Invented rows for tests of the store, the review and whatever stands on them. Nothing here commits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from review.principals import Principal, Role
from store.ids import new_id
from store.tables import Author, Channel, Draft, Knowledge, Mention, Post, Proposal, Theme, User

START = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)  # a Monday
_numbers = count(1)


def person(session: Session, role: Role = Role.ADMIN, name: str = "") -> Principal:
    """A signed-in user of this role (whose password nobody knows)."""
    user = User(
        id=new_id("user"), username=f"user{next(_numbers)}", display_name=name or str(role), password_hash="-",
        role=str(role), active=True, created_at=START,
    )  # fmt: skip
    session.add(user)
    session.flush()
    return Principal(id=user.id, name=user.display_name, kind="user", role=role)


def channel(session: Session, name: str = "") -> Channel:
    made = Channel(
        id=new_id("channel"), name=name or f"渠道{next(_numbers)}", timezone="Asia/Shanghai", created_at=START
    )
    session.add(made)
    session.flush()
    return made


def author(session: Session, author_id: str = "", **fields: Any) -> Author:
    values: dict[str, Any] = {
        "id": author_id or f"aut_{next(_numbers):026d}", "platform": "native", "tier": "regular", "first_seen": START,
    }  # fmt: skip
    made = Author(**values | fields)
    session.add(made)
    session.flush()
    return made


def post(session: Session, where: Channel, who: Author | None = None, text: str = "充电很慢", **fields: Any) -> Post:
    """A post; without `posted_at` it is a minute later than the one made before."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "id": new_id("post"), "channel_id": where.id, "source_id": None, "key": f"k{number}",
        "author_id": who.id if who else None, "posted_at": START + timedelta(minutes=number), "raw": f"原文：{text}",
        "text": text, "masks": {}, "created_at": START,
    }  # fmt: skip
    made = Post(**values | fields)
    session.add(made)
    session.flush()
    return made


def theme(session: Session, name: str = "充电很慢", **fields: Any) -> Theme:
    values: dict[str, Any] = {
        "id": new_id("theme"), "name": name, "intent": "pain_point", "keyphrases": ["充电"], "score": 50.0,
        "created_at": START, "updated_at": START,
    }  # fmt: skip
    made = Theme(**values | fields)
    session.add(made)
    session.flush()
    return made


def mention(session: Session, said_in: Post, of: Theme | None = None, text: str = "", **fields: Any) -> Mention:
    number = next(_numbers)
    values: dict[str, Any] = {
        "id": new_id("mention"), "post_id": said_in.id, "ordinal": number, "key": f"key{number}",
        "text": text or said_in.text, "intent": "pain_point", "intent_confidence": 0.9, "severity": 0.5,
        "products": [], "theme_id": of.id if of else None, "strength": 0.8,
    }  # fmt: skip
    made = Mention(**values | fields)
    session.add(made)
    session.flush()
    return made


def knowledge(session: Session, **fields: Any) -> Knowledge:
    number = next(_numbers)
    values: dict[str, Any] = {
        "id": new_id("knowledge"), "key": f"faq-{number}", "kind": "faq", "title": "如何快充？", "body": "使用原装充电器。",
        "created_at": START, "updated_at": START,
    }  # fmt: skip
    made = Knowledge(**values | fields)
    session.add(made)
    session.flush()
    return made


def draft(session: Session, answers: Post, of: Theme | None = None, **fields: Any) -> Draft:
    values: dict[str, Any] = {
        "id": new_id("draft"), "post_id": answers.id, "theme_id": of.id if of else None, "drafter": "grounded",
        "sentences": [
            {"text": "感谢反馈。", "kind": "courtesy", "sources": []},
            {"text": "请使用原装充电器。", "kind": "grounded", "sources": []},
        ],
        "gaps": [], "confidence": 0.7, "needs_person": False, "priority": 1.0, "created_at": START,
        "updated_at": START,
    }  # fmt: skip
    made = Draft(**values | fields)
    session.add(made)
    session.flush()
    return made


def proposal(session: Session, of: Theme, **fields: Any) -> Proposal:
    values: dict[str, Any] = {
        "id": new_id("proposal"), "theme_id": of.id, "title": of.name, "problem": "“充电很慢”", "status": "voting",
        "created_at": START, "updated_at": START,
    }  # fmt: skip
    made = Proposal(**values | fields)
    session.add(made)
    session.flush()
    return made
