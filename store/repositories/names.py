"""What things are called, by id: the names that people know them by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from store.tables import (
    Connector,
    Draft,
    Job,
    Knowledge,
    Post,
    Proposal,
    Release,
    SavedView,
    Source,
    Theme,
    Token,
    User,
    WebhookEndpoint,
)

_Column = InstrumentedAttribute[str] | ColumnElement[str]
_NAMES: Final[Mapping[str, tuple[_Column, _Column]]] = {  # kind -> id, name
    "theme": (Theme.id, Theme.name),
    "proposal": (Proposal.id, Proposal.title),
    "release": (Release.id, Release.title),
    "knowledge": (Knowledge.id, Knowledge.title),
    "user": (User.id, User.username),
    "token": (Token.id, Token.name),
    "connector": (Connector.id, Connector.name),
    "webhook": (WebhookEndpoint.id, WebhookEndpoint.description),
    "job": (Job.id, Job.kind),
    "post": (Post.id, Post.text),
    "source": (Source.id, Source.name),
    "view": (SavedView.id, SavedView.name),
}


def names_of(session: Session, kind: str, ids: Iterable[str]) -> dict[str, str]:
    """Id -> the name of a theme, proposal, release, knowledge, connector, webhook, token, source, view; the
    sign-in name of a user, the kind of a job, the text of a post and of the post a draft answers. What is gone or
    nameless is left out."""
    wanted = sorted(set(ids))
    if not wanted or kind not in {*_NAMES, "draft"}:
        return {}
    if kind == "draft":
        statement = select(Draft.id, Post.text).join(Post, Post.id == Draft.post_id).where(Draft.id.in_(wanted))
    else:
        id_, name = _NAMES[kind]
        statement = select(id_, name).where(id_.in_(wanted))
    return {row[0]: row[1] for row in session.execute(statement) if row[1]}
