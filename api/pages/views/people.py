"""What people are called on the pages: pseudonyms for authors, display names for those who sign in."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from api.pages.language import Translator
from store.aliases import UNKNOWN, alias_of
from store.repositories import users
from store.repositories.names import names_of

_PREFIX = "用户"


def alias(t: Translator, author_id: str | None) -> str:
    """The author's pseudonym in the reader's language."""
    name = alias_of(author_id)
    return t("alias.unknown") if name == UNKNOWN else t("alias.user", code=name.removeprefix(_PREFIX))


def actor_names(session: Session, t: Translator, actor_ids: Iterable[str]) -> dict[str, str]:
    """Actor id -> what to call them: a person's name, a contributor, the system, or another system's token."""
    wanted = set(actor_ids)
    names = users.names(session, wanted)
    tokens = names_of(session, "token", (actor for actor in wanted if actor.startswith("tok_")))
    return {actor: names.get(actor) or _machine(t, actor, tokens.get(actor, "")) for actor in wanted}


def _machine(t: Translator, actor_id: str, token_name: str) -> str:
    if actor_id.startswith("tok_"):
        return t("actor.token_named", name=token_name) if token_name else t("actor.token")
    if actor_id.startswith("ctr_"):
        return t("actor.contributor")
    return alias(t, actor_id) if actor_id.startswith("aut_") else t("actor.system")
