"""A real server over a filled database, and real browsers that report what they should not have to."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect, sync_playwright

from api.app import attach
from api.security import SESSION_COOKIE
from pipeline.settings import Settings
from review import accounts
from store.database import Database
from store.tables import User
from tests.pages.town import Town, build

expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(slots=True)
class Site:
    """A running service and what is in it."""

    address: str
    town: Town
    database: Database
    sessions: dict[str, str]  # username -> the secret of a session


@dataclass(slots=True)
class Visitor:
    """A browser of its own, signed in or not."""

    page: Page
    complaints: list[str] = field(default_factory=list)  # what the console and the page itself complained of


Visit = Callable[..., Visitor]
Filled = tuple[Path, Town, dict[str, str]]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, or the one CHROMIUM names; ended with the file, for its event loop refuses every other."""
    path = os.environ.get("CHROMIUM") or next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("no Chromium: install it (Debian: apt-get install chromium) or name it in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """A migrated and filled database file to copy, so that passwords are hashed once."""
    path = tmp_path_factory.mktemp("town") / "town.sqlite"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    with database.session() as session:
        town = build(session)
        sessions = {
            username: accounts.open_session(session, session.get_one(User, user_id))
            for username, user_id in town.users.items()
        }
    database.dispose()
    return path, town, sessions


@pytest.fixture
def extra_settings() -> dict[str, Any]:
    """What a module sets beside the usual settings; override it there."""
    return {}


@pytest.fixture
def site(built_app: FastAPI, filled: Filled, tmp_path: Path, extra_settings: dict[str, Any]) -> Iterator[Site]:
    """The service on a free port, over a fresh copy of the town."""
    path = tmp_path / "zhongsheng.sqlite"
    shutil.copy(filled[0], path)
    usual = {"state": tmp_path / "state", "database_url": f"sqlite:///{path}", "secret": "x" * 32}
    settings = Settings(_env_file=None, **usual | extra_settings)
    attach(built_app, settings)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(built_app, log_level="error", lifespan="off", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.started
    yield Site(f"http://127.0.0.1:{listening.getsockname()[1]}", filled[1], built_app.state.database, filled[2])
    server.should_exit = True
    thread.join(timeout=20)
    listening.close()
    built_app.state.database.dispose()


@pytest.fixture
def visit(site: Site, chromium: Browser) -> Iterator[Visit]:
    """Opens a browser, signs in, goes to a path. Whatever the console complains of fails the test at its end."""
    visitors: list[Visitor] = []
    with ExitStack() as opened:

        def open_browser(who: str = "", path: str = "/", *, width: int = 1280, height: int = 900) -> Visitor:
            context = chromium.new_context(
                viewport={"width": width, "height": height}, locale="zh-CN", base_url=site.address
            )
            opened.callback(context.close)
            context.set_default_timeout(15_000)
            visitor = Visitor(context.new_page())
            visitors.append(visitor)
            page = visitor.page
            page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
            page.on(
                "console",
                lambda said: visitor.complaints.append(said.text) if said.type == "error" else None,
            )
            if who:
                cookie = {"name": SESSION_COOKIE, "value": site.sessions[who], "url": site.address}
                context.add_cookies([cookie])
            page.goto(path)
            return visitor

        yield open_browser
        complaints = [text for visitor in visitors for text in visitor.complaints if not _expected(text)]
    assert complaints == []


def _expected(complaint: str) -> bool:
    """The browser and HTMX log every refused request as an error; refusals are part of the stories."""
    logged = complaint.startswith(("Failed to load resource", "Response Status Error Code"))
    return logged and any(code in complaint for code in ("401", "409", "422"))
