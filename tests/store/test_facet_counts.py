"""Facets as the database counts them are what one counts by hand, for all themes and for some."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime

import pytest
from sqlalchemy import select, update

from store.database import Database
from store.repositories import theme_digests
from store.tables import Mention, Post, ThemeFacet
from tests import builders

Facets = dict[tuple[str, str, str], tuple[int, datetime | None, datetime | None]]
LONG = "很长的产品名" * 40


def _by_hand(said: list[tuple[Mention, Post]]) -> Facets:
    times: dict[tuple[str, str, str], list[datetime | None]] = defaultdict(list)
    for mention, post in said:
        values = {("channel", post.channel_id), ("region", post.region), ("intent", mention.intent)}
        values |= {("product", product[:200]) for product in (post.product, *mention.products)}
        for kind, value in values:
            if mention.theme_id and value:
                times[mention.theme_id, kind, value].append(post.posted_at)
    known = {key: [at for at in moments if at] for key, moments in times.items()}
    return {
        key: (len(moments), min(known[key], default=None), max(known[key], default=None))
        for key, moments in times.items()
    }


@pytest.mark.parametrize("some", [False, True])
def test_facets_are_those_counted_by_hand(database: Database, some: bool) -> None:
    draw = random.Random(5)
    with database.session() as session:
        channels, themes = [builders.channel(session) for _ in range(2)], [builders.theme(session) for _ in range(3)]
        said = []
        for number in range(40):
            post = builders.post(
                session, draw.choice(channels), product=draw.choice(("", "X1", "X2")),
                region=draw.choice(("", "北京", "四川")), **({"posted_at": None} if number % 7 == 0 else {}),
            )  # fmt: skip
            for _ in range(draw.randrange(3)):
                products = draw.sample(["X1", "X2", "充电器", LONG, ""], draw.randrange(3))
                where, intent = draw.choice([*themes, None]), draw.choice(("request", "praise"))
                said.append((builders.mention(session, post, where, products=products, intent=intent), post))
        theme_digests.count_facets(session, None)
        chosen = [theme.id for theme in themes[:2]]
        if some:  # what was counted of the others stays
            session.execute(update(Post).values(region="广东"))
            session.expire_all()
            theme_digests.count_facets(session, chosen)
        expected = _by_hand(said)
        rows = session.execute(
            select(ThemeFacet.theme_id, ThemeFacet.kind, ThemeFacet.value, ThemeFacet.mentions, ThemeFacet.first_at,
                   ThemeFacet.last_at)
        )  # fmt: skip
        found = {(row[0], row[1], row[2]): (row[3], row[4], row[5]) for row in rows}
        if some:
            assert {key for key in found if key[1] == "region" and key[0] not in chosen} != {
                key for key in expected if key[1] == "region" and key[0] not in chosen
            }
            expected = {key: value for key, value in expected.items() if key[0] in chosen}
            found = {key: value for key, value in found.items() if key[0] in chosen}
        assert found == expected
