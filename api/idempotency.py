"""A write happens once: with an `Idempotency-Key` its answer is stored in the same transaction and replayed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from api.dependencies import DbSession, SignedIn
from api.errors import ApiError
from review.principals import Principal
from store.repositories import idempotency

_FORMS = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})
REPLAYED = {"Idempotency-Replayed": "true"}


@dataclass(frozen=True, slots=True)
class Write:
    """One write request: its transaction, who makes it, and how to recognise it if it comes again."""

    session: Session
    principal: Principal
    key: str | None
    fingerprint: str  # sha256 of method, path, query and body

    def covering(self, content: str) -> Write:
        """The same write with more content in its fingerprint (the digest of an uploaded file)."""
        return replace(self, fingerprint=_digest(self.fingerprint.encode(), content.encode()))

    def unkept(self) -> Write:
        """The same write without its key: for an answer that must not be stored."""
        return replace(self, key=None)

    def once(
        self,
        act: Callable[[], BaseModel],
        *,
        status: int = 200,
        headers: Callable[[Any], Mapping[str, str]] | None = None,
    ) -> Response:
        """Act and answer, or replay the answer of the first time. Raises ApiError 422 for a key used otherwise."""
        if self.key is not None:
            stored = idempotency.claim(self.session, self.principal.id, self.key, self.fingerprint)
            if stored is not None:
                return self._replay(stored)
        answer = act()
        body = answer.model_dump(mode="json")
        sent = dict(headers(answer)) if headers else {}
        if self.key is not None:
            idempotency.complete(self.session, self.principal.id, self.key, status=status, body=body, headers=sent)
        return JSONResponse(body, status_code=status, headers=sent)

    def _replay(self, stored: idempotency.StoredAnswer) -> Response:
        if stored.request_hash != self.fingerprint:
            raise ApiError(
                422,
                "idempotency_key_reused",
                "This Idempotency-Key was sent before with a different request; use a fresh key for a new request.",
                "该请求编号已用于其他内容，请更换编号。",
            )
        return JSONResponse(stored.body, status_code=stored.status, headers={**stored.headers, **REPLAYED})


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


async def _fingerprint(request: Request) -> str:
    # a form has been read already, its files to disk; its route adds their digest by `covering`
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = b"" if media_type in _FORMS else await request.body()
    return _digest(request.method.encode(), request.url.path.encode(), request.url.query.encode(), body)


def _write(
    session: DbSession,
    principal: SignedIn,
    fingerprint: Annotated[str, Depends(_fingerprint)],
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Any unique text; the same key with the same request gets the first answer again",
            pattern=r"^[!-~]{1,200}$",
        ),
    ] = None,
) -> Write:
    return Write(session=session, principal=principal, key=idempotency_key, fingerprint=fingerprint)


Writing = Annotated[Write, Depends(_write)]
