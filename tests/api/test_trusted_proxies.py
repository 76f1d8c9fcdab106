"""Whose word is taken for who calls: limits by address must tell visitors behind a proxy apart, and believe no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from pydantic import ValidationError

from api.server import server_config
from pipeline.settings import Settings


@pytest.mark.parametrize(
    ("trusted", "caller", "counted"),
    [
        ("10.0.0.0/8, 192.168.1.1", "10.2.3.4", "203.0.113.9"),
        ("10.0.0.0/8", "198.51.100.1", "198.51.100.1"),
        ("", "127.0.0.1", "127.0.0.1"),
    ],
)
def test_the_word_of_a_trusted_proxy_and_of_nobody_else_says_who_calls(
    trusted: str, caller: str, counted: str, tmp_path: Path
) -> None:
    app = FastAPI()

    @app.get("/")
    def caller_of(request: Request) -> str:
        return request.client.host if request.client else ""

    config = server_config(app, Settings(_env_file=None, state=tmp_path, trusted_proxies=trusted))
    config.load()
    client = TestClient(config.loaded_app, client=(caller, 5000))
    assert client.get("/", headers={"X-Forwarded-For": "203.0.113.9"}).json() == counted


def test_a_proxy_is_named_by_an_address_or_a_network() -> None:
    with pytest.raises(ValidationError, match="proxy"):
        Settings(_env_file=None, trusted_proxies="proxy")
