"""The store that measurements are made on can be built, and is of the size that was asked for."""

from __future__ import annotations

import runpy
from pathlib import Path

from sqlalchemy import func, select

from store.database import Database
from store.repositories import themes
from store.repositories.theme_filters import ThemeFilter
from store.tables import Mention, Post, Theme, ThemeFacet
from tests.hashing_encoder import HashingEncoder

SCRIPT = Path(__file__).parents[2] / "scripts" / "big_store.py"


def test_a_small_big_store_has_what_was_asked_for(sqlite_database: Database) -> None:
    script = runpy.run_path(str(SCRIPT))
    script["build"](sqlite_database, script["Size"](themes=30, posts=300, people=80), HashingEncoder())
    with sqlite_database.session(readonly=True) as session:
        assert session.scalar(select(func.count(Theme.id))) == 30
        posts = session.scalar(select(func.count(Post.id))) or 0
        assert 250 <= posts <= 350
        assert session.scalar(select(func.count(Mention.id))) == posts
        assert session.scalar(select(func.sum(ThemeFacet.mentions)).where(ThemeFacet.kind == "channel")) == posts
        assert themes.ranked(session, ThemeFilter(product="拾光 S1")).items
