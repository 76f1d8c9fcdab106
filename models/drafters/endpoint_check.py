"""Whether an OpenAI-compatible endpoint can be reached with its key: it is asked for its list of models, and nothing is
sent to it."""

from __future__ import annotations

import os

import httpx

from models.drafters.endpoint import KEY_VARIABLE
from models.drafters.text_model import ModelError, ModelErrorKind

_NO_SUCH_LIST = frozenset({404, 405, 501})


def offered_models(
    base_url: str, *, api_key: str | None = None, seconds: float = 5.0, transport: httpx.BaseTransport | None = None
) -> frozenset[str] | None:
    """The models of `GET {base_url}/models`; None where the endpoint answers but keeps no such list.

    Raises ModelError: unreachable, timeout, refused (the key), busy, broken.
    """
    key = api_key or os.environ.get(KEY_VARIABLE)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    url = base_url.rstrip("/") + "/models"
    try:
        with httpx.Client(headers=headers, transport=transport, follow_redirects=False, timeout=seconds) as client:
            answer = client.get(url)
    except httpx.TimeoutException as error:
        raise ModelError(ModelErrorKind.TIMEOUT, type(error).__name__) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ModelError(ModelErrorKind.UNREACHABLE, str(error)) from error
    if answer.status_code in _NO_SUCH_LIST:
        return None
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise ModelError(ModelErrorKind.BUSY, "429")
    if not answer.is_success:
        kind = ModelErrorKind.BROKEN if answer.is_server_error else ModelErrorKind.REFUSED
        raise ModelError(kind, str(answer.status_code))
    return _listed(answer)


def _listed(answer: httpx.Response) -> frozenset[str] | None:
    try:
        return frozenset(str(model["id"]) for model in answer.json()["data"])
    except (ValueError, KeyError, TypeError):
        return None
