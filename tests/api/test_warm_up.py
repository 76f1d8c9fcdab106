"""What is made ready before the door opens is not made again by the first visitor."""

from __future__ import annotations

import pytest
from fastapi import routing
from fastapi.testclient import TestClient
from jinja2 import Environment

from api.app import create_app
from api.warm_up import warm_up
from pipeline.settings import Settings


def test_the_first_visitor_waits_for_no_route_and_no_template(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(settings)
    warm_up(app)

    def made_again(*_: object, **__: object) -> None:
        pytest.fail("made at the first request")

    monkeypatch.setattr(Environment, "compile", made_again)
    monkeypatch.setattr(routing, "get_dependant", made_again)
    assert TestClient(app).get("/signin").status_code == 200
    app.state.database.dispose()
