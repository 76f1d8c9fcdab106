"""Counts over time: each stretch as counting by hand has it, and a stamp that moves with whatever they rest on."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from review.audit import record
from review.principals import SYSTEM
from store.database import Database
from store.ids import new_id
from store.repositories import heard, insights
from store.tables import Job, Mention, Post, Run, Theme
from tests import builders

DAY = timedelta(days=1)
SINCE = datetime(2026, 3, 2, tzinfo=ZoneInfo("Asia/Shanghai"))
UNTIL = SINCE + 24 * DAY  # three weeks and three days
WEEK = 7 * 86_400
NEEDS = ("pain_point", "request", "question")


@dataclass(frozen=True)
class Town:
    posts: list[Post]
    mentions: list[Mention]
    themes: list[Theme]


@pytest.fixture
def town(database: Database) -> Town:
    """Sixty posts by five people and some strangers, in two channels, from before the span to behind it."""
    draw = random.Random(3)
    with database.session() as session:
        channels = [builders.channel(session) for _ in range(2)]
        people = [builders.author(session) for _ in range(5)]
        themes = [builders.theme(session) for _ in range(3)] + [builders.theme(session, status="retired")]
        posts, mentions = [], []
        edges = [SINCE, SINCE + 7 * DAY, SINCE + 7 * DAY - timedelta(microseconds=1), UNTIL, UNTIL - DAY / 86_400]
        for number in range(60):
            at = edges[number] if number < len(edges) else SINCE + timedelta(hours=draw.randrange(-90, 24 * 27))
            who = draw.choice([*people, None])
            posts.append(builders.post(session, draw.choice(channels), who, posted_at=at.astimezone(UTC)))
            for _ in range(draw.randrange(3)):
                where = draw.choice([*themes, None])
                kind = draw.choice((*NEEDS, "praise"))
                mentions.append(builders.mention(session, posts[-1], where, intent=kind, strength=draw.random()))
    return Town(posts, mentions, themes)


def _stretch(post: Post) -> int | None:
    assert post.posted_at is not None
    return int((post.posted_at - SINCE) // timedelta(weeks=1)) if SINCE <= post.posted_at < UNTIL else None


def _person(post: Post) -> str:
    return post.author_id or post.id


def test_posts_and_people_of_every_stretch(database: Database, town: Town) -> None:
    people: dict[int, list[str]] = defaultdict(list)
    for post in town.posts:
        if (number := _stretch(post)) is not None:
            people[number].append(_person(post))
    with database.session(readonly=True) as session:
        found = insights.posts_by_stretch(session, SINCE, UNTIL, seconds=WEEK)
    assert {number: (one.posts, one.people) for number, one in found.items()} == {
        number: (len(spoke), len(set(spoke))) for number, spoke in people.items()
    }
    assert set(found) == {0, 1, 2, 3}


def test_intents_of_every_stretch_and_how_well_they_fit(database: Database, town: Town) -> None:
    posts = {post.id: post for post in town.posts}
    held: dict[tuple[int, str], list[Mention]] = defaultdict(list)
    for mention in town.mentions:
        if (number := _stretch(posts[mention.post_id])) is not None:
            held[number, mention.intent].append(mention)
    with database.session(readonly=True) as session:
        found = insights.intents_by_stretch(session, SINCE, UNTIL, seconds=WEEK)
    assert [(one.stretch, one.intent) for one in found] == sorted(held)
    for one in found:
        strengths = [mention.strength for mention in held[one.stretch, one.intent] if mention.theme_id]
        assert (one.mentions, one.placed) == (len(held[one.stretch, one.intent]), len(strengths))
        assert one.strength == (pytest.approx(sum(strengths) / len(strengths)) if strengths else None)


def test_channels_of_every_stretch(database: Database, town: Town) -> None:
    needing = {mention.post_id for mention in town.mentions if mention.intent in NEEDS}
    held: dict[tuple[int, str], list[Post]] = defaultdict(list)
    for post in town.posts:
        if (number := _stretch(post)) is not None:
            held[number, post.channel_id].append(post)
    with database.session(readonly=True) as session:
        found = insights.channels_by_stretch(session, SINCE, UNTIL, seconds=WEEK)
    assert {(one.stretch, one.channel_id): (one.posts, one.people, one.posts_with_needs) for one in found} == {
        key: (len(posts), len({_person(post) for post in posts}), len({post.id for post in posts} & needing))
        for key, posts in held.items()
    }
    assert [one.stretch for one in found] == sorted(one.stretch for one in found)


def test_people_of_themes_whether_all_are_asked_for_or_some(database: Database, town: Town) -> None:
    posts = {post.id: post for post in town.posts}
    voiced: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for mention in town.mentions:
        number = _stretch(posts[mention.post_id])
        if number is not None and mention.theme_id and mention.intent in NEEDS:
            voiced[mention.theme_id][number].add(_person(posts[mention.post_id]))
    counted = {
        theme_id: {number: len(people) for number, people in weeks.items()} for theme_id, weeks in voiced.items()
    }
    retired = town.themes[3].id
    with database.session(readonly=True) as session:
        every = insights.theme_people(session, SINCE, UNTIL, seconds=WEEK)
        some = insights.people_of_themes(session, SINCE, UNTIL, seconds=WEEK, theme_ids=[town.themes[0].id, retired])
    assert every == {theme_id: weeks for theme_id, weeks in counted.items() if theme_id != retired}
    assert some == {theme_id: counted[theme_id] for theme_id in (town.themes[0].id, retired)}


def test_what_was_voiced_in_a_span(database: Database, town: Town) -> None:
    posts = {post.id: post for post in town.posts}
    needs = [
        mention for mention in town.mentions if mention.intent in NEEDS and _stretch(posts[mention.post_id]) is not None
    ]
    people = {(mention.theme_id, _person(posts[mention.post_id])) for mention in needs if mention.theme_id}
    with database.session(readonly=True) as session:
        said = heard.voiced(session, SINCE, UNTIL)
    assert said.mentions == len(needs)
    assert said.people == Counter(theme_id for theme_id, _ in people)


def _placed_by_assignment(session: Session, town: Town) -> None:
    builders.mention(session, town.posts[0])


def _run_began(session: Session, _town: Town) -> None:
    session.add(Run(id=new_id("run"), encoder={}, parameters={}, timings={}, posts=0, mentions=0, themes=0,
                    created_at=builders.START))  # fmt: skip


def _job_ended(session: Session, _town: Town) -> None:
    values: dict[str, Any] = {"id": new_id("job"), "kind": "run", "status": "succeeded", "created_by": "system"}
    session.add(Job(**values, created_at=builders.START, finished_at=builders.START))


def _reply_drafted(session: Session, town: Town) -> None:
    builders.draft(session, town.posts[0])


def _post_of_long_ago(session: Session, _town: Town) -> None:
    builders.post(session, builders.channel(session), created_at=builders.START - 900 * DAY)


def _somebody_acted(session: Session, town: Town) -> None:
    record(session, SYSTEM, "theme.renamed", "theme", town.themes[0].id)


@pytest.mark.parametrize(
    "happens",
    [_placed_by_assignment, _run_began, _job_ended, _reply_drafted, _post_of_long_ago, _somebody_acted],
)
def test_the_stamp_moves_with_whatever_the_figures_rest_on(database: Database, town: Town, happens: Any) -> None:
    with database.session() as session:
        before = insights.stamp(session)
        assert insights.stamp(session) == before
        happens(session, town)
        session.flush()
        assert insights.stamp(session) != before
