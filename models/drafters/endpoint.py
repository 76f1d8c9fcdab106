"""Any OpenAI-compatible chat endpoint (POST {base}/chat/completions): streamed, with retries and one deadline."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx

from models.drafters.text_model import (
    AnswerLimits,
    Clock,
    Conversation,
    Deadline,
    ModelError,
    ModelErrorKind,
    Written,
    estimated_tokens,
)

KEY_VARIABLE = "ZHONGSHENG_DRAFTER_API_KEY"
_RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_LONGEST_ANSWER = 256 * 1024  # bytes
_LONGEST_WAIT = 10.0  # seconds between attempts
_CONNECT = 5.0  # seconds
_CUT_OFF = "length"  # the finish reason of an answer that came to the limit of tokens


@dataclass(slots=True)
class _Answer:
    """What has come of one answer."""

    text: list[str] = field(default_factory=list)
    tokens: int | None = None
    whole: bool = False
    cut_off: bool = False


class EndpointModel:
    """A model behind `{base_url}/chat/completions`. The key comes from the argument or $ZHONGSHENG_DRAFTER_API_KEY.

    Redirects are not followed: the text goes where the settings say and nowhere else.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str | None = None,
        at_once: int = 4,
        attempts: int = 3,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Clock = time.monotonic,
    ) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise ValueError(f"an endpoint begins with http:// or https://, not {base_url!r}")
        key = api_key or os.environ.get(KEY_VARIABLE)
        self._model = model
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._at_once = at_once
        self._attempts = attempts
        self._sleep = sleep
        self._clock = clock
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._transport = transport

    @property
    def name(self) -> str:
        return f"openai:{self._model}"

    @property
    def at_once(self) -> int:
        return self._at_once

    def stream(self, conversation: Conversation, limits: AnswerLimits) -> Iterator[str]:
        """The answer piece by piece. Raises ModelError, also in the middle; a failure before the first piece is
        retried where that can help."""
        yield from self._streamed(conversation, limits, _Answer())

    def write_all(self, conversations: Sequence[Conversation], limits: AnswerLimits) -> list[Written | ModelError]:
        """An answer or an error for each, in order; `at_once` of them side by side."""
        with ThreadPoolExecutor(max_workers=max(self._at_once, 1)) as pool:
            return list(pool.map(lambda one: self._write(one, limits), conversations))

    def _write(self, conversation: Conversation, limits: AnswerLimits) -> Written | ModelError:
        answer = _Answer()
        try:
            text = "".join(self._streamed(conversation, limits, answer))
        except ModelError as error:
            return error
        if not text.strip():
            return ModelError(ModelErrorKind.EMPTY, f"{self._url} gave no text")
        prompt = "".join(message.content for message in conversation)
        tokens = answer.tokens if answer.tokens is not None else estimated_tokens(prompt + text)
        return Written(text, tokens, answer.cut_off)

    def _streamed(self, conversation: Conversation, limits: AnswerLimits, answer: _Answer) -> Iterator[str]:
        deadline = Deadline(limits.seconds, self._clock)
        for attempt in range(1, self._attempts + 1):
            try:
                yield from self._attempt(conversation, limits, deadline, answer)
            except _AgainError as again:
                pause = again.pause if again.pause is not None else min(0.5 * 2 ** (attempt - 1), _LONGEST_WAIT)
                if attempt == self._attempts or answer.text or pause >= deadline.left:
                    raise again.error from again
                self._sleep(pause)
            else:
                return

    def _attempt(
        self, conversation: Conversation, limits: AnswerLimits, deadline: Deadline, answer: _Answer
    ) -> Iterator[str]:
        """Every wait, for a connection, headers or a piece, ends at the deadline: timeouts of single reads would begin
        anew with each byte."""
        with asyncio.Runner() as runner:
            pieces = self._pieces(conversation, limits, deadline, answer)
            try:
                while (piece := runner.run(_next(pieces, deadline))) is not None:
                    yield piece
            except TimeoutError as error:
                raise ModelError(ModelErrorKind.TIMEOUT, f"{self._url}: no whole answer in time") from error
            finally:
                runner.run(pieces.aclose())

    async def _pieces(
        self, conversation: Conversation, limits: AnswerLimits, deadline: Deadline, answer: _Answer
    ) -> AsyncGenerator[str, None]:
        body = {
            "model": self._model,
            "messages": [{"role": message.role, "content": message.content} for message in conversation],
            "max_tokens": limits.tokens,
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        left = max(deadline.left, 0.001)
        timeout = httpx.Timeout(left, connect=min(_CONNECT, left))
        try:
            async with (
                self._client(timeout) as client,
                client.stream("POST", self._url, json=body) as response,
            ):
                if response.status_code != httpx.codes.OK:
                    raise await self._refusal(response)
                streaming = "event-stream" in response.headers.get("content-type", "")
                chunks = _chunks(response)
                async for piece in _read_events(chunks, answer) if streaming else _read_whole(chunks, answer):
                    yield piece
        except httpx.TimeoutException as error:
            raise ModelError(ModelErrorKind.TIMEOUT, f"{self._url}: {type(error).__name__}") from error
        except httpx.ConnectError as error:
            raise _AgainError(ModelError(ModelErrorKind.UNREACHABLE, f"{self._url}: {error}")) from error
        except httpx.HTTPError as error:
            raise _AgainError(ModelError(ModelErrorKind.BROKEN, f"{self._url}: {error}")) from error

    def _client(self, timeout: httpx.Timeout) -> httpx.AsyncClient:
        """One for each attempt: it belongs to the attempt's event loop."""
        return httpx.AsyncClient(
            headers=self._headers,
            transport=self._transport,
            verify=self._trust,
            follow_redirects=False,
            timeout=timeout,
        )

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """Reading the certificates takes longer than a request: once."""
        return httpx.create_ssl_context()

    async def _refusal(self, response: httpx.Response) -> Exception:
        status = response.status_code
        said = b"".join([chunk async for chunk in _chunks(response)])[:200].decode("utf-8", "replace")
        kind = (
            ModelErrorKind.BUSY
            if status == httpx.codes.TOO_MANY_REQUESTS
            else ModelErrorKind.BROKEN
            if status >= 500
            else ModelErrorKind.REFUSED
        )
        error = ModelError(kind, f"{self._url} answered {status}: {said}")
        if status not in _RETRIED:
            return error
        asked = response.headers.get("retry-after", "")
        return _AgainError(error, float(asked) if asked.isascii() and asked.isdigit() else None)


class _AgainError(Exception):
    """A failure that another attempt may get over; `pause` is what the server asks for, in seconds."""

    def __init__(self, error: ModelError, pause: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.pause = pause


async def _next(pieces: AsyncIterator[str], deadline: Deadline) -> str | None:
    """The next piece, None after the last. Raises TimeoutError at the deadline."""
    async with asyncio.timeout(deadline.left):
        return await anext(pieces, None)


async def _chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    """The body as it comes. One without end is stopped at the limit."""
    size = 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > _LONGEST_ANSWER:
            raise ModelError(ModelErrorKind.TOO_LONG, f"more than {_LONGEST_ANSWER} bytes")
        yield chunk


async def _read_whole(chunks: AsyncIterator[bytes], answer: _Answer) -> AsyncIterator[str]:
    """An answer that is one JSON document: some servers ignore `stream`."""
    read = _json(b"".join([chunk async for chunk in chunks]))
    try:
        choice = read["choices"][0]
        text = choice["message"]["content"]
    except (KeyError, IndexError, TypeError) as error:
        raise ModelError(ModelErrorKind.MALFORMED, "no choices[0].message.content") from error
    answer.tokens = _tokens(read)
    answer.cut_off = choice.get("finish_reason") == _CUT_OFF
    if isinstance(text, str) and text:
        answer.text.append(text)
        yield text


async def _read_events(chunks: AsyncIterator[bytes], answer: _Answer) -> AsyncIterator[str]:
    """Server-sent events: `data: {json}` lines up to `data: [DONE]`."""
    async for line in _lines(chunks):
        if not line.startswith(b"data:"):
            continue
        data = line[5:].strip()
        if data == b"[DONE]":
            answer.whole = True
            break
        text = _delta(_json(data), answer)
        if text:
            answer.text.append(text)
            yield text
    if not answer.whole:
        raise ModelError(ModelErrorKind.BROKEN, "the answer breaks off")


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.rstrip(b"\r")
    if rest:
        yield rest.rstrip(b"\r")


def _delta(event: dict[str, Any], answer: _Answer) -> str:
    """The text of one event. A finish reason makes the answer whole even where [DONE] never comes."""
    if event.get("error"):
        raise ModelError(ModelErrorKind.BROKEN, f"the stream says: {str(event['error'])[:200]}")
    tokens = _tokens(event)
    answer.tokens = tokens if tokens is not None else answer.tokens
    choices = event.get("choices")
    if not isinstance(choices, list):
        raise ModelError(ModelErrorKind.MALFORMED, "an event without choices")
    if not choices:  # the event that carries the usage
        return ""
    try:
        reason = choices[0].get("finish_reason")
        answer.whole = answer.whole or bool(reason)
        answer.cut_off = answer.cut_off or reason == _CUT_OFF
        text = (choices[0].get("delta") or {}).get("content")
    except AttributeError as error:
        raise ModelError(ModelErrorKind.MALFORMED, "choices[0] is no object") from error
    return text if isinstance(text, str) else ""


def _tokens(read: dict[str, Any]) -> int | None:
    usage = read.get("usage")
    total = usage.get("total_tokens") if isinstance(usage, dict) else None
    return total if isinstance(total, int) and total >= 0 else None


def _json(data: bytes) -> dict[str, Any]:
    try:
        read = json.loads(data)
    except ValueError as error:
        raise ModelError(ModelErrorKind.MALFORMED, f"no JSON: {data[:80]!r}") from error
    if not isinstance(read, dict):
        raise ModelError(ModelErrorKind.MALFORMED, f"no object: {data[:80]!r}")
    return read
