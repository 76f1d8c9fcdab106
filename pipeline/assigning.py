"""Posts that came since the last run get their themes at once, without a mining run.

What is to be done is in the store (posts that nothing has read), so dying anywhere loses nothing, and what two workers
both find is kept once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from sqlalchemy.orm import Session

from models.encoders.protocol import EncoderIdentity
from nlp.arrivals import KnownThemes, place
from nlp.intents import IntentDials, of_reviews
from nlp.types import Intent, MinedMention
from pipeline.jobs import JobKind
from pipeline.steps.mine import document_of, found_mention
from pipeline.theme_map import map_arrivals
from pipeline.work import Workshop
from review.theme_counts import recount
from review.theme_status import living
from store.repositories import job_progress, mentions, mining_results, runs, themes
from store.repositories.theme_filters import NEED_INTENTS

_SETTLING: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Assigned:
    """What became of the posts that were waiting."""

    posts: int = 0
    mentions: int = 0
    pending: int = 0  # mentions among them that fit no theme; the next run mines them
    left: bool = False  # posts are left that assignment does not take: a run is due, or under way


class Arrivals:
    """Looks for new posts again and again, at the price of one indexed query while nothing comes."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._read_until: datetime | None = None

    def look(self) -> Assigned:
        """Place what has come since the last look."""
        with self._shop.database.session(readonly=True) as session:
            newest = mining_results.newest_post(session)
        # A post may be committed after one that came later: for a while every look is a thorough one.
        settled = newest is None or (newest == self._read_until and newest < datetime.now(UTC) - _SETTLING)
        if settled:
            return Assigned()
        done = assign_arrivals(self._shop)
        self._read_until = None if done.left else newest
        return done


def assign_arrivals(shop: Workshop) -> Assigned:
    """Read posts that nothing has read and place their mentions, in one transaction.

    Nothing is done before a first run, with another encoder than the last run's, while a run is under way (it reads
    them), or where more than `assign_at_most` posts wait: that many are a run's work.
    """
    limit = shop.settings.assign_at_most
    with shop.database.session(readonly=True) as session:
        arrivals = mining_results.unread_posts(session, limit=limit + 1)
        if not arrivals:
            return Assigned()
        busy = any(job.kind == JobKind.RUN for job in job_progress.open_jobs(session))
        if busy or len(arrivals) > limit or not themes.shaped(session):
            return Assigned(left=True)
    with shop.database.session(readonly=True) as session:
        last = runs.latest(session)
    if last is None:
        return Assigned(left=True)
    encoder = shop.encoder_of(last.encoder)
    with shop.database.session(readonly=True) as session:
        known = known_themes(session, encoder.identity)
    if known is None:
        return Assigned(left=True)
    placed = place([document_of(post) for post in arrivals], known, encoder)
    with shop.database.session() as session:
        return _keep(session, placed)


def known_themes(session: Session, encoder: EncoderIdentity) -> KnownThemes | None:
    """Every theme that this encoder shaped, by where its mentions belong now; None where there is none."""
    by_id = {theme.id: theme for theme in themes.every(session)}
    rows = [
        row for row in themes.shapes(session) if row.encoder == asdict(encoder) and by_id[row.id].status != "retired"
    ]
    if not rows:
        return None
    return KnownThemes(
        ids=tuple(living(row.id, by_id) for row in rows),
        prototypes=np.stack([np.frombuffer(row.prototype, dtype="<f4") for row in rows]).astype(np.float32),
        thresholds=np.array([row.threshold for row in rows], dtype=np.float32),
        of_reviews=of_reviews(
            {Intent(name): count for name, count in mentions.by_intent(session).items()}, IntentDials()
        ),
    )


def _keep(session: Session, placed: Sequence[MinedMention]) -> Assigned:
    known = mining_results.themes_for_update(session)  # people may have merged or dismissed meanwhile, a run retired
    pins = mentions.pins(session)
    there = mining_results.unread_of(session, {entry.mention.post_id for entry in placed})
    found = [found_mention(entry, known, pins) for entry in placed if entry.mention.post_id in there]
    mining_results.add_mentions(session, found)
    map_arrivals(session, found)
    session.flush()
    for theme_id in sorted({entry.theme_id for entry in found if entry.theme_id}):
        recount(session, known[theme_id])
    return Assigned(
        posts=len(there),
        mentions=len(found),
        pending=sum(entry.theme_id is None and entry.intent in NEED_INTENTS for entry in found),
    )
