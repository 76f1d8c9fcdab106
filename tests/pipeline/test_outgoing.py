"""Requests to other systems cannot be turned inwards, last only so long and read only so much."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.outgoing import Answer, Outgoing
from review.errors import Invalid
from review.outgoing_urls import checked_url, is_public, origin
from tests.receivers import Reply, receiver

PUBLIC = Outgoing()
ANYWHERE = Outgoing(allow_private=True, timeout=2)

INSIDE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1",
)  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside_and_reserved_ones_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "223.5.5.5", "2400:3200::1", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.1", "2130706433", "0x7f000001"])
def test_nothing_is_sent_to_this_machine_however_it_is_spelt(host: str) -> None:
    with receiver() as other:
        answer = PUBLIC.send("POST", other.url.replace("127.0.0.1", host), content=b"x")
    assert answer.code is None
    assert answer.error in {"private_address", "name_not_found"}
    assert other.received == []


def _resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Names resolve to these addresses, one list a question. The names that were asked for."""
    asked: list[str] = []
    left = iter(answers)

    def getaddrinfo(host: str, port: int, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in next(left)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolving(monkeypatch, ["10.0.0.7"])
    assert PUBLIC.send("POST", "https://hooks.example.com/").error == "private_address"


def test_a_name_that_leads_both_ways_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolving(monkeypatch, ["1.1.1.1", "127.0.0.1"])
    assert PUBLIC.send("POST", "https://hooks.example.com/").error == "private_address"


def test_the_name_is_resolved_once_and_the_connection_goes_to_what_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with receiver() as other:
        port = int(other.url.rpartition(":")[2])
        asked = _resolving(monkeypatch, ["127.0.0.1"])  # a second question would find no answer
        answer = ANYWHERE.send("POST", f"http://rebinding.example:{port}/hooks?a=1", content=b"x")
    assert (answer.code, asked) == (200, ["rebinding.example"])
    assert other.received[0].headers["host"] == f"rebinding.example:{port}"
    assert other.received[0].path == "/hooks?a=1"


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    enough, answered = threading.Event(), threading.Event()

    def getaddrinfo(*_: Any, **__: Any) -> list[tuple[Any, ...]]:
        enough.wait(timeout=5)
        answered.set()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert Outgoing(timeout=0.05).send("POST", "https://hooks.example.com/").error == "timeout"
    assert not answered.is_set()
    enough.set()


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("120", 120.0), ("Sun, 22 Nov 2026 10:01:00 GMT", 60.0), ("soon", None),
        ("Sun, 22 Nov 99999999999999999999 10:00:00 GMT", None), ("9" * 400, 999_999_999.0),
    ],
)  # fmt: skip
def test_a_wish_to_wait_is_understood_or_passed_over(asked: str, seconds: float | None) -> None:
    answer = Answer(503, "", 1, headers={"retry-after": asked})
    assert answer.asked_to_wait(now=datetime(2026, 11, 22, 10, tzinfo=UTC)) == seconds


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with receiver() as inside:
        with receiver(lambda _: Reply(302, b"", {"Location": inside.url})) as other:
            assert ANYWHERE.send("POST", other.url).code == 302
        assert inside.received == []


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with receiver() as other:
        assert ANYWHERE.send("POST", other.url).code == 200


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server that sends a byte of its head now and then, for ever."""
    listening = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def drip() -> None:
        connection, _ = listening.accept()
        with connection:
            for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000:
                if ended.wait(0.05):
                    return
                try:
                    connection.send(bytes([byte]))
                except OSError:
                    return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    ended.set()
    listening.close()
    thread.join()


def test_a_receiver_that_drips_is_given_up_in_time(dripping: str) -> None:
    began = time.monotonic()
    answer = Outgoing(allow_private=True, timeout=0.5).send("POST", dripping)
    assert (answer.code, answer.error) == (None, "timeout")
    assert time.monotonic() - began < 5, "every byte restarts no clock"


def test_no_more_of_an_answer_is_read_than_is_needed() -> None:
    with receiver(lambda _: Reply(200, b"x" * 3_000_000)) as other:
        answer = Outgoing(allow_private=True, answer_limit=1000).send("GET", other.url)
    assert (answer.code, len(answer.body)) == (200, 1000)


def test_what_goes_wrong_has_a_name() -> None:
    with receiver() as other:
        gone = other.url
    assert ANYWHERE.send("POST", gone).error == "no_connection"
    assert ANYWHERE.send("POST", "http://no-such-host.invalid/").error == "name_not_found"
    with receiver() as other:
        assert ANYWHERE.send("POST", other.url.replace("http:", "https:")).error == "certificate"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1/", "url_private"),
        ("http://[::ffff:10.0.0.1]/", "url_private"),
        ("http://api.localhost/", "url_private"),
        ("https://user:password@example.com/", "url_unfit"),
        ("https://example.com/#top", "url_unfit"),
        ("file:///etc/passwd", "url_unfit"),
        ("gopher://example.com/", "url_unfit"),
        ("https:///nohost", "url_unfit"),
        ("https://exa mple.com", "url_unfit"),
        ("https://" + "a" * 3000, "url_too_long"),
        (" ", "url_required"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_before_anything_is_sent(url: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_url(url, allow_private=False)
    assert refused.value.code == code


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_is_refused(text: str) -> None:
    try:
        url = checked_url(text, allow_private=False)
    except Invalid:
        return
    assert origin(url).startswith(("http://", "https://"))
