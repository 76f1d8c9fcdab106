"""Nothing a post says about itself is lost on its way to mining."""

from __future__ import annotations

from datetime import UTC, datetime

from ingest.posts import Post, PreparedPost, Tier
from nlp.documents import document_of
from nlp.types import Document


def test_every_fact_of_a_prepared_post_reaches_mining() -> None:
    when = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    post = Post(
        id="17",
        platform="forum",
        author="42",
        time=when,
        text="raw",
        channel="board",
        product="P30",
        region="north",
        tier=Tier.CORE,
        likes=3,
        replies=2,
    )
    prepared = PreparedPost(post=post, key="k17", author="aut_x", text="clean", duplicate_of="k1")
    assert document_of(prepared) == Document(
        id="k17",
        text="clean",
        author="aut_x",
        time=when,
        channel="board",
        product="P30",
        region="north",
        tier="core",
        likes=3,
        replies=2,
        duplicate_of="k1",
    )
    assert type(document_of(prepared).tier) is str
