"""Contributors: consent to be thanked by name, and links that let one of them in on the public pages."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.dependencies import DbSession, GuardedRoute, Id, allowed, settings_of
from api.envelopes import Cursor, Limit, Many, One, many
from api.errors import documented
from api.idempotency import Writing
from api.public_access import base_url
from api.schemas.loop import CreditGone, CreditIn, CreditOut, LinkIn, LinkOut, LinksGone
from ingest.pseudonyms import pseudonym
from review import contributors, credit
from review.permissions import Permission
from store.repositories import credit as consents

router = APIRouter(tags=["contributors"], route_class=GuardedRoute)

_CREDIT = [Depends(allowed(Permission.CREDIT_RECORD))]
_INVITE = [Depends(allowed(Permission.CONTRIBUTOR_INVITE))]


@router.get("/credits", summary="Who agreed to be named", dependencies=_CREDIT, responses=documented(422))
def listed(session: DbSession, cursor: Cursor = None, limit: Limit = 50) -> Many[CreditOut]:
    """Latest consent first."""
    return many(consents.listed(session, cursor=cursor, limit=limit), CreditOut.model_validate)


@router.post(
    "/authors/{author_id}/credit",
    summary="Record a consent to be named",
    response_model=One[CreditOut],
    dependencies=_CREDIT,
    responses=documented(404, 409, 413, 422),
)
def agree(write: Writing, author_id: Id, body: CreditIn) -> Response:
    """A second one changes the name."""

    def act() -> One[CreditOut]:
        consent = credit.agree(
            write.session, write.principal, author_id=author_id, display_name=body.display_name,
            provenance=body.provenance,
        )  # fmt: skip
        return One(data=CreditOut.model_validate(consent))

    return write.unkept().once(act)  # a kept answer would outlive the consent


@router.delete(
    "/authors/{author_id}/credit",
    summary="Take a consent back",
    response_model=One[CreditGone],
    dependencies=_CREDIT,
    responses=documented(404, 409, 422),
)
def disagree(write: Writing, author_id: Id) -> Response:
    """The person is thanked by pseudonym everywhere, at once."""

    def act() -> One[CreditGone]:
        credit.withdraw(write.session, write.principal, author_id=author_id)
        return One(data=CreditGone(author_id=author_id))

    return write.once(act)


@router.post(
    "/contributor-links",
    summary="Let one contributor in",
    status_code=201,
    response_model=One[LinkOut],
    dependencies=_INVITE,
    responses=documented(404, 409, 413, 422),
)
def invite(request: Request, write: Writing, body: LinkIn) -> Response:
    """For the system where the person is signed in: ask for a link and show it to nobody but them. Works once, soon."""
    author_id = body.author_id or _pseudonym(request, body)

    def act() -> One[LinkOut]:
        made = contributors.invite(
            write.session, write.principal, author_id, platform=None if body.author_id else body.platform
        )
        url = f"{base_url(request)}/public/enter?link={made.secret}"
        return One(data=LinkOut(author_id=made.author_id, url=url, expires_at=made.expires_at))

    return write.unkept().once(act, status=201)  # the secret is not stored


def _pseudonym(request: Request, body: LinkIn) -> str:
    return pseudonym(body.platform, body.user, secret=settings_of(request).secret_key())


@router.delete(
    "/authors/{author_id}/contributor-links",
    summary="End a contributor's links and sessions",
    response_model=One[LinksGone],
    dependencies=_INVITE,
    responses=documented(404, 422),
)
def revoke(write: Writing, author_id: Id) -> Response:
    """They come in again by a new link only."""

    def act() -> One[LinksGone]:
        ended = contributors.revoke(write.session, write.principal, author_id)
        return One(data=LinksGone(author_id=author_id, ended=ended))

    return write.once(act)
