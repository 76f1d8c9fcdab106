"""An OpenAI-compatible embedding endpoint (POST {base}/embeddings), with batches, retries and a time limit."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from types import TracebackType
from typing import Self

import httpx
import numpy as np
from pydantic import BaseModel, ValidationError

from models.encoders.batching import Vectors, encode_in_batches
from models.encoders.protocol import EncoderIdentity, Progress

KEY_VARIABLE = "ZHONGSHENG_EMBEDDING_API_KEY"
_RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_PROBE = "众声"  # its vector tells two models behind one name apart
_LONGEST_WAIT = 30.0  # seconds


class EndpointError(RuntimeError):
    """The endpoint did not give usable vectors; the message says what it did."""


class _Item(BaseModel):
    index: int
    embedding: list[float]


class _Answer(BaseModel):
    data: list[_Item]


class OpenAICompatibleEncoder:
    """Vectors from `{base_url}/embeddings`. The key comes from the argument or $ZHONGSHENG_EMBEDDING_API_KEY."""

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str | None = None,
        batch_size: int = 64,
        timeout: float = 30.0,
        attempts: int = 4,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise ValueError(f"an endpoint begins with http:// or https://, not {base_url!r}")
        key = api_key or os.environ.get(KEY_VARIABLE)
        self.model = model
        self._url = base_url.rstrip("/") + "/embeddings"
        self._batch_size = batch_size
        self._attempts = attempts
        self._sleep = sleep
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=timeout,
            transport=transport,
            follow_redirects=False,
        )

    @property
    def identity(self) -> EncoderIdentity:
        return self._identity

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        return encode_in_batches(
            texts, self._request, dimension=self.identity.dimension, batch_size=self._batch_size, progress=progress
        )

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @cached_property
    def _identity(self) -> EncoderIdentity:
        """Weights are out of sight: the digest is that of a probe's vector, rounded against noise."""
        probe = self._request([_PROBE])[0]
        rounded = np.round(probe / max(float(np.linalg.norm(probe)), 1e-12), 2) + 0.0
        digest = hashlib.sha256(self.model.encode("utf-8") + rounded.astype(np.float32).tobytes()).hexdigest()
        return EncoderIdentity(f"openai:{self.model}", digest[:12], len(probe), digest)

    def _request(self, texts: list[str]) -> Vectors:
        for attempt in range(1, self._attempts + 1):
            last = attempt == self._attempts
            try:
                response = self._client.post(
                    self._url, json={"model": self.model, "input": texts, "encoding_format": "float"}
                )
            except httpx.TransportError as error:
                if last:
                    raise EndpointError(f"{self._url} cannot be reached after {attempt} attempts: {error}") from error
                self._sleep(_pause(attempt, None))
                continue
            if response.status_code == httpx.codes.OK:
                return self._vectors(response, len(texts))
            if last or response.status_code not in _RETRIED:
                raise EndpointError(f"{self._url} answered {response.status_code}: {response.text[:200]}")
            self._sleep(_pause(attempt, response.headers.get("Retry-After")))
        raise EndpointError(f"{self._url} was asked no times; attempts must be at least 1")

    def _vectors(self, response: httpx.Response, expected: int) -> Vectors:
        try:
            items = sorted(_Answer.model_validate_json(response.content).data, key=lambda item: item.index)
            vectors = np.array([item.embedding for item in items], dtype=np.float32)
        except (ValidationError, ValueError) as error:
            raise EndpointError(f"{self._url} gave an answer that is not embeddings: {response.text[:200]}") from error
        if [item.index for item in items] != list(range(expected)) or vectors.ndim != 2:
            raise EndpointError(f"{self._url} gave {len(items)} vectors for {expected} texts")
        if not np.isfinite(vectors).all():
            raise EndpointError(f"{self._url} gave vectors with infinite or undefined numbers")
        return vectors


def _pause(attempt: int, retry_after: str | None) -> float:
    """Seconds before the next attempt: what the server asks, else doubling from half a second."""
    asked = float(retry_after) if retry_after and retry_after.isdigit() else 0.5 * 2 ** (attempt - 1)
    return min(asked, _LONGEST_WAIT)
