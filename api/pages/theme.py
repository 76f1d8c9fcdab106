"""One theme: its page, what comes a moment later on it, and its name."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from api.dependencies import DbSession, Id, SignedIn, allowed, finder_of, settings_of
from api.found import found
from api.pages.flash import Flash
from api.pages.rendering import go, is_partial, render, translator
from api.pages.views.story import name_undo
from api.pages.views.theme import NameView, mention_list, theme_view
from api.pages.views.theme_company import alike_view, knowledge_view, talk_view
from review import themes as review
from review.permissions import Permission
from store.repositories import themes

router = APIRouter(prefix="/themes/{theme_id}", include_in_schema=False)

_READ = [Depends(allowed(Permission.THEME_READ))]
_EDIT = [Depends(allowed(Permission.THEME_EDIT))]
_WORDS = [*_READ, Depends(allowed(Permission.POST_READ))]  # what people wrote is shown
_KNOWLEDGE = [*_READ, Depends(allowed(Permission.KNOWLEDGE_READ))]
Seen = Annotated[int | None, Query(alias="version", ge=1)]
Version = Annotated[int | None, Form(ge=1)]


@router.get("", dependencies=_WORDS)
def page(request: Request, session: DbSession, principal: SignedIn, theme_id: Id) -> Response:
    """Everything about the theme."""
    theme = found(themes.get(session, theme_id), "theme", theme_id)
    view = theme_view(session, translator(request), principal, theme, settings_of(request).demand)
    return render(request, "theme.html", principal=principal, view=view)


@router.get("/mentions", dependencies=_WORDS)
def more_mentions(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    theme_id: Id,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> Response:
    """Further mentions."""
    view = mention_list(
        session, translator(request), found(themes.get(session, theme_id), "theme", theme_id), cursor=cursor
    )
    return render(request, "parts/mention_more.html", principal=principal, view=view)


@router.get("/similar", dependencies=_READ)
def similar(request: Request, session: DbSession, principal: SignedIn, theme_id: Id) -> Response:
    """Themes like this one."""
    view = alike_view(session, finder_of(request), found(themes.get(session, theme_id), "theme", theme_id))
    return render(request, "parts/theme_similar.html", principal=principal, view=view)


@router.get("/knowledge", dependencies=_KNOWLEDGE)
def knowledge(request: Request, session: DbSession, principal: SignedIn, theme_id: Id) -> Response:
    """Knowledge that has to do with it."""
    view = knowledge_view(session, finder_of(request), found(themes.get(session, theme_id), "theme", theme_id))
    return render(request, "parts/theme_knowledge.html", principal=principal, view=view)


@router.get("/talk/{post_id}", dependencies=_WORDS)
def talk(request: Request, session: DbSession, principal: SignedIn, theme_id: Id, post_id: Id) -> Response:
    """What was said around a quote or a mention."""
    found(themes.get(session, theme_id), "theme", theme_id)
    view = talk_view(session, translator(request), post_id)
    return render(request, "parts/theme_talk.html", principal=principal, view=found(view, "post", post_id))


@router.get("/name", dependencies=_EDIT)
def name_form(
    request: Request, session: DbSession, principal: SignedIn, theme_id: Id, version: Seen = None, cancel: bool = False
) -> Response:
    """The name as a field, or as it was."""
    theme = found(themes.get(session, theme_id), "theme", theme_id)
    template = "parts/theme_name.html" if cancel else "parts/theme_name_form.html"
    return render(request, template, principal=principal, view=NameView.of(theme, version))


@router.post("/name", dependencies=_EDIT)
def rename(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    theme_id: Id,
    name: Annotated[str, Form(max_length=500)],
    version: Version = None,
) -> Response:
    """Give the theme a name."""
    theme = found(themes.get(session, theme_id), "theme", theme_id)
    before, by_person = theme.name, theme.named_by_person
    theme = review.rename(session, principal, theme_id, name=name, version=version)
    undo = name_undo(theme, before, by_person=by_person)
    flash = Flash("done.renamed", {"name": theme.name}, undo)
    if not is_partial(request):
        return go(request, f"/themes/{theme_id}", flash)
    view = NameView.of(theme, theme.version)
    return render(request, "parts/theme_named.html", principal=principal, view=view, flash=flash)


@router.post("/unname", dependencies=_EDIT)
def unname(
    request: Request, session: DbSession, principal: SignedIn, theme_id: Id, version: Version = None
) -> Response:
    """Call it as mining does."""
    theme = review.unname(session, principal, theme_id, version=version)
    return go(request, f"/themes/{theme_id}", Flash("done.unnamed", {"name": theme.name}))
