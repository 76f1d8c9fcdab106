"""Requests to other systems that cannot be turned inwards: the name is resolved once, what it leads to is checked, and
the connection goes to just that address. No redirects, one deadline over all, no more of the answer than is needed."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final

import httpx

from review.outgoing_urls import is_public

_USER_AGENT: Final = "Zhongsheng (webhooks; https://www.standardwebhooks.com)"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, or why nothing did: then `code` is None and `error` names it, such as ``timeout``."""

    code: int | None
    error: str
    milliseconds: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether it is a 2xx."""
        return self.code is not None and 200 <= self.code < 300

    @property
    def text(self) -> str:
        """The beginning of the body that can be stored and shown."""
        return self.body.decode("utf-8", "replace").replace("\x00", "\ufffd")

    def asked_to_wait(self, *, now: datetime) -> float | None:
        """Seconds that the Retry-After header asks for."""
        value = self.headers.get("retry-after", "").strip()
        if value.isdecimal():
            return float(value[:9])
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, OverflowError):  # no date, or a number that no date holds
            return None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max((aware - now).total_seconds(), 0.0)


class PrivateAddressError(httpx.ConnectError):
    """The name leads into a private network."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Sends requests of other rooms' making. Safe to share between threads."""

    allow_private: bool = False
    timeout: float = 5.0  # seconds for everything: resolving, connecting, sending, reading
    answer_limit: int = 64 * 1024  # bytes of an answer that are read

    def send(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes = b"") -> Answer:
        """One request. Whatever goes wrong is an answer too; nothing is raised."""
        began = time.monotonic()
        try:
            return asyncio.run(self._send(method, url, dict(headers or {}), content, began))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return Answer(None, _named(error), _since(began))

    async def _send(self, method: str, url: str, headers: dict[str, str], content: bytes, began: float) -> Answer:
        async with asyncio.timeout(self.timeout):
            pinned, extensions = await self._pinned(httpx.URL(url))
            async with (
                httpx.AsyncClient(
                    verify=_trust(), trust_env=False, follow_redirects=False, timeout=self.timeout
                ) as client,
                client.stream(
                    method,
                    pinned,
                    headers={"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"}
                    | headers
                    | {"Host": httpx.URL(url).netloc.decode("ascii")},
                    content=content,
                    extensions=extensions,
                ) as response,
            ):
                body = b""
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) >= self.answer_limit:
                        break
                given = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, "", _since(began), body[: self.answer_limit], given)

    async def _pinned(self, url: httpx.URL) -> tuple[httpx.URL, dict[str, str]]:
        """The same address with the checked IP address in place of the name; the name goes to TLS and Host."""
        host = url.raw_host.decode("ascii").strip("[]")
        port = url.port or (443 if url.scheme == "https" else 80)
        found = await _resolved(host, port)
        addresses = [ipaddress.ip_address(address.partition("%")[0]) for address in found]
        # All of them, not only the one we take: a name that leads both ways is set up to deceive.
        if not addresses or (not self.allow_private and not all(is_public(address) for address in addresses)):
            raise PrivateAddressError(f"{host} leads to a private address; sending there is not allowed")
        return url.copy_with(host=str(addresses[0])), {"sni_hostname": host}


async def _resolved(host: str, port: int) -> list[str]:
    """The IP addresses that the name leads to. Asked in a thread of its own that nobody waits for once the time is
    over: the event loop's own pool would be waited for, and a resolver may take minutes.
    """
    answer: Future[list[str]] = Future()
    answer.set_running_or_notify_cancel()  # from now on it is answered, whether or not anybody waits

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.set_result([str(entry[4][0]) for entry in found])
        except Exception as error:
            answer.set_exception(error)

    threading.Thread(target=ask, name="resolver", daemon=True).start()
    return await asyncio.wrap_future(answer)


def _named(error: Exception) -> str:
    """One word for what went wrong, which pages put into the reader's language."""
    cause: BaseException | None = error
    while cause is not None:
        for kind, name in _NAMES:
            if isinstance(cause, kind):
                return name
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__


# The first that fits; an error is looked at before what caused it.
_NAMES: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (TimeoutError, "timeout"),
    (httpx.TimeoutException, "timeout"),
    (PrivateAddressError, "private_address"),
    (socket.gaierror, "name_not_found"),
    (ssl.SSLError, "certificate"),
    (ConnectionRefusedError, "no_connection"),
    (httpx.RemoteProtocolError, "broken_answer"),
    (httpx.ReadError, "broken_answer"),
)


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
