"""Measures the first paint of every page of the desk on a large store, and writes a table.

    python scripts/first_paint.py big/ [--posts 100000] [--themes 5000] [--looks 3] [--only /map,/reports]

The store is made in the folder where there is none yet (scripts/big_store.py). A page is looked at first with a service
that has just started and a browser that keeps nothing yet ("first"), then again as people do all day ("again": the
median of the looks). Milliseconds from pressing the link: until the answer began, and until anything was painted.
Exits with 1 where a page took longer than --limit. Needs a Chromium (CHROMIUM names another than the system's).
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final
from urllib.error import URLError

from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.security import SESSION_COOKIE
from review import accounts
from store.database import Database
from store.tables import Draft, Knowledge, Proposal, Release, Theme, User

_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PATIENCE: Final = 60.0  # seconds for a service to come up, and for a paint
_NAVIGATION: Final = """() => {
  const way = performance.getEntriesByType('navigation')[0];
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  return paint ? [way.responseStart - way.requestStart, paint.startTime, way.encodedBodySize] : null;
}"""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a page, in milliseconds."""

    status: int
    answer: float  # until the first byte
    paint: float
    kilobytes: float


@dataclass(frozen=True, slots=True)
class Row:
    """A page with its looks."""

    page: str
    first: Look
    again: tuple[Look, ...]

    @property
    def worst(self) -> float:
        return max(self.first.paint, median(look.paint for look in self.again))

    def __str__(self) -> str:
        answer, paint = (median(getattr(look, of) for look in self.again) for of in ("answer", "paint"))
        return (
            f"| {self.page} | {self.first.answer:.0f} | {self.first.paint:.0f} | {answer:.0f} | {paint:.0f} "
            f"| {self.first.kilobytes:.0f} |"
        )


def paths(session: Session) -> dict[str, str]:
    """What a page is called in the table -> its address in this store."""
    theme = _first(session, Theme.id, Theme.score)
    draft = session.scalar(select(Draft.id).where(Draft.status == "proposed").order_by(Draft.priority.desc()))
    named = {
        "<theme>": theme,
        "<draft>": draft or "",
        "<proposal>": _first(session, Proposal.id, Proposal.people),
        "<public>": session.scalar(select(Proposal.id).where(Proposal.status == "voting")) or "",
        "<release>": _first(session, Release.id, Release.released_at),
        "<knowledge>": _first(session, Knowledge.id, Knowledge.id),
    }
    return {page: _put_in(page, named) for page in PAGES}


PAGES: Final = (
    "/themes",
    "/themes?q=充电",
    "/themes/<theme>",
    "/map",
    "/drafts",
    "/drafts/<draft>",
    "/drafts/decided",
    "/drafts/groups",
    "/ballot",
    "/ballot/<proposal>",
    "/ballot/<proposal>/votes",
    "/changelog",
    "/changelog/<release>",
    "/reports/2026-08",
    "/insights",
    "/insights?weeks=26",
    "/insights/digest.html",
    "/insights/digest.html?week=2026-08-12",
    "/posts",
    "/posts?q=充电",
    "/posts?theme=<theme>&intent=need",
    "/jobs",
    "/knowledge",
    "/knowledge/<knowledge>",
    "/integrations",
    "/people",
    "/account",
    "/events",
    "/public",
    "/public/boards/拾光 S1",
    "/public/proposals/<public>",
    "/public/changelog",
)


def _first(session: Session, column: InstrumentedAttribute[str], order: InstrumentedAttribute[object]) -> str:
    return session.scalar(select(column).order_by(order.desc()).limit(1)) or ""


def _put_in(page: str, named: Mapping[str, str]) -> str:
    for name, value in named.items():
        page = page.replace(name, value)
    return page


@contextmanager
def service(folder: Path) -> Iterator[str]:
    """The desk over the store of a folder, just started; its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = os.environ | {
        "ZHONGSHENG_STATE": str(folder), "ZHONGSHENG_PUBLIC_BOARDS": "all,拾光 S1", "ZHONGSHENG_LOG_LEVEL": "WARNING",
    }  # fmt: skip
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port), "--no-worker"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/healthz", process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=_PATIENCE)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=1):  # noqa: S310 - our own address
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise SystemExit("the service did not come up; try `zhongsheng doctor` on the folder")


def measure(browser: Browser, folder: Path, *, page: str, path: str, session: str, looks: int) -> Row:
    """One page: a fresh service and a fresh browser profile, then further looks."""
    with service(folder) as address:
        context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": SESSION_COOKIE, "value": session, "url": address}])
        tab = context.new_page()
        tab.goto("data:text/html,<p>众声")  # so that it is not the browser that is new
        first, *again = [look(tab, address + path) for _ in range(looks + 1)]
        context.close()
    return Row(page, first, tuple(again))


def look(tab: Page, address: str) -> Look:
    """Go there and wait until something is painted."""
    answer = tab.goto(address)
    deadline = time.monotonic() + _PATIENCE
    while (timing := tab.evaluate(_NAVIGATION)) is None:
        if time.monotonic() > deadline:
            raise SystemExit(f"{address} painted nothing")
        tab.wait_for_timeout(20)
    tab.wait_for_timeout(1_000)  # what the page fetches afterwards must not slow down the next look
    return Look(answer.status if answer else 0, timing[0], timing[1], timing[2] / 1024)


def prepared(folder: Path, posts: int, themes: int) -> tuple[dict[str, str], str]:
    """The pages of the folder's store, made where there is none, and the secret of a session of its administrator."""
    url = f"sqlite:///{folder / 'zhongsheng.sqlite'}"
    if not (folder / "zhongsheng.sqlite").exists():
        script = str(Path(__file__).with_name("big_store.py"))
        subprocess.run([sys.executable, script, url, "--posts", str(posts), "--themes", str(themes)], check=True)
    database = Database(url)
    database.migrate()
    with database.session() as session:
        found = paths(session)
        admin = session.scalars(select(User).where(User.username == "admin")).one()
        secret = accounts.open_session(session, admin)
    database.dispose()
    return found, secret


def main() -> int:
    """Read the wishes, measure, print the table; 1 where a page was too slow."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--posts", type=int, default=100_000)
    asked.add_argument("--themes", type=int, default=5_000)
    asked.add_argument("--looks", type=int, default=3)
    asked.add_argument("--limit", type=float, default=300)
    asked.add_argument("--only", default="", help="beginnings of pages, separated by commas")
    wishes = asked.parse_args()
    folder: Path = wishes.folder.resolve()
    found, secret = prepared(folder, wishes.posts, wishes.themes)
    chosen = [page for page in found if page.startswith(tuple(wishes.only.split(",")))]
    rows: list[Row] = []
    print("| Page | first: answer | first: paint | again: answer | again: paint | KB |\n|---|---|---|---|---|---|")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox", "--disable-gpu"])
        for page in chosen:
            rows.append(measure(browser, folder, page=page, path=found[page], session=secret, looks=wishes.looks))
            print(rows[-1], "" if rows[-1].first.status == 200 else f"status {rows[-1].first.status}", flush=True)
        browser.close()
    return _judged(rows, wishes.limit)


def _judged(rows: Sequence[Row], limit: float) -> int:
    slow = [row.page for row in rows if row.worst > limit]
    print(f"\n{len(rows) - len(slow)} of {len(rows)} pages within {limit:.0f} ms; load {os.getloadavg()[0]:.1f} on "
          f"{os.cpu_count()} cores", *(f"slow: {page}" for page in slow), sep="\n")  # fmt: skip
    return 1 if slow else 0


def _chromium() -> str:
    found = os.environ.get("CHROMIUM") or next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise SystemExit("no Chromium: install it (scripts/install_chromium.sh) or name it in CHROMIUM")
    return found


if __name__ == "__main__":
    sys.exit(main())
