"""Mine all posts of the store and keep what was found, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import numpy as np
from sqlalchemy.orm import Session

from ingest.duplicates import Candidate, group_duplicates
from nlp.types import Document, EdgeKind, MinedMention, MinedTheme, MiningResult
from pipeline.mining import mine_documents
from pipeline.run_event import record_run, states
from pipeline.theme_map import keep_map, remembered_map
from pipeline.work import Result, Task
from review import theme_digests
from review.theme_counts import recount_alone
from review.theme_status import living
from review.themes import previous_themes
from store.repositories import insights, mentions, mining_results, runs, votes
from store.tables import Run, Theme


def mine_posts(task: Task) -> Result:
    """Mine and keep. A job that has kept its run before does nothing again."""
    database = task.shop.database
    with database.session(readonly=True) as session:
        done = runs.of_job(session, task.job_id)
        if done is not None:
            return _result(session, done)
    report = task.reporter()
    report("loading encoder", 0, 1)
    with database.session(readonly=True) as session:
        documents = _documents(mining_results.posts(session))
        last = runs.latest(session)
        before = (last.encoder, last.posts) if last is not None else None
    encoder = task.shop.encoder_for([document.text for document in documents], before)
    with database.session(readonly=True) as session:
        previous, constraints = previous_themes(session, encoder.identity)
        unplaced = mentions.unplaced(session)
        counted = votes_by_theme(session, [theme.id for theme in previous])
        mapped = remembered_map(session)
    mined = mine_documents(
        documents,
        encoder,
        demand=task.shop.settings.demand,
        previous=previous,
        constraints=constraints,
        unplaced=unplaced,
        votes=counted,
        progress=report,
        mapped=mapped,
    )
    report("keeping", 0, 1)
    put_away = {theme.id for theme in previous if theme.merged_into or theme.not_a_theme}
    with database.session() as session:
        run = keep(
            session, mined, run_id=f"run_{task.suffix}", job_id=task.job_id, posts=len(documents), put_away=put_away
        )
        return _result(session, run)


def votes_by_theme(session: Session, theme_ids: Sequence[str]) -> dict[str, int]:
    """Votes of each theme's proposal; themes that are not on the ballot are left out."""
    proposal_of = mining_results.proposals_of_themes(session, theme_ids)
    tally = votes.counts(session, proposal_of.values())
    return {theme: tally[proposal] for theme, proposal in proposal_of.items()}


def keep(
    session: Session,
    mined: MiningResult,
    *,
    run_id: str,
    job_id: str | None,
    posts: int,
    put_away: Collection[str] = (),
) -> Run:
    """Write run, themes, mentions and lineage. What people decided while the run was mining is respected.

    put_away: the themes that were merged or dismissed when the run began.
    """
    now = datetime.now(UTC)
    run = Run(
        id=run_id,
        job_id=job_id,
        encoder=asdict(mined.encoder),
        parameters=mined.parameters,
        timings={name: round(seconds, 3) for name, seconds in mined.timings.items()},
        posts=posts,
        mentions=len(mined.mentions),
        themes=len(mined.themes),
        created_at=now,
    )
    session.add(run)
    session.flush()
    known = mining_results.themes_for_update(session)
    before = states(known)
    speaking = mining_results.speaking_posts(session)  # posts may have been recalled meanwhile
    for theme in mined.themes:
        row = _keep_theme(session, known, theme, run_id, now)
        row.quotes = [quote for quote in row.quotes if quote["post_id"] in speaking]
    session.flush()
    found = {theme.id for theme in mined.themes}
    for theme in mined.themes:  # parents in a second pass: all themes are there now
        row = known[theme.id]
        row.parent_id = theme.parent if theme.parent in found else None
    # By the lineage, not by absence: a person may have split a theme off while the run was mining.
    restored = frozenset(theme_id for theme_id in put_away if known[theme_id].status == "active")
    lineage = [edge for edge in mined.lineage if edge.source not in restored]
    gone = {edge.source for edge in lineage if edge.kind in (EdgeKind.RETIRE, EdgeKind.MERGE)} - found
    for theme_id in gone:
        row = known[theme_id or ""]
        if row.status == "active":
            row.status = "retired"
            row.updated_at = now
    session.flush()
    entries = [entry for entry in mined.mentions if entry.mention.post_id in speaking]
    silent = {entry.theme_id for entry in mined.mentions if entry.mention.post_id not in speaking}
    moved = _keep_mentions(session, entries, known, restored=restored, run_id=run_id)
    if mined.layout is not None:
        keep_map(session, mined.layout)
    arrived = mining_results.of_assignment(session, retired=[theme_id for theme_id in gone if theme_id])
    for theme_id in sorted(one for one in restored.union(silent, moved, arrived) if one):
        recount_alone(session, known[theme_id])
    mining_results.add_lineage(
        session,
        [
            {
                "run_id": run_id, "kind": edge.kind.value, "from_theme": edge.source, "to_theme": edge.target,
                "overlap": edge.overlap, "created_at": now,
            }
            for edge in lineage
        ],
    )  # fmt: skip
    theme_digests.after_run(session, run_id, now=now)
    record_run(session, run, before=before, known=known, lineage=lineage)
    return run


def _keep_theme(session: Session, known: dict[str, Theme], theme: MinedTheme, run_id: str, now: datetime) -> Theme:
    row = known.get(theme.id)
    if row is None:
        row = Theme(id=theme.id, name=theme.name[:200], status="active", version=1, created_at=now)
        session.add(row)
        known[theme.id] = row
    elif row.status == "retired":
        row.status = "active"
    if not row.named_by_person:
        row.name = theme.name[:200]
        row.mined_name = theme.name[:200]
    row.intent = theme.intent.value
    row.keyphrases = list(theme.keyphrases)
    row.quotes = [{"post_id": quote.post_id, "text": quote.text} for quote in theme.quotes]
    row.score = theme.demand.score
    row.parts = theme.demand.parts
    row.evidence = theme.demand.evidence
    row.size = theme.size
    row.posts = theme.posts
    row.authors = theme.authors
    row.severity = theme.severity
    row.growth = theme.growth
    row.weekly = [[week, people] for week, people in theme.weekly]
    row.first_seen = theme.first_seen
    row.last_seen = theme.last_seen
    row.prototype = np.asarray(theme.prototype, dtype="<f4").tobytes()
    row.threshold = theme.threshold
    row.settled_size = theme.settled_size
    row.changed = theme.changed
    row.run_id = run_id
    row.updated_at = now
    return row


def _keep_mentions(
    session: Session,
    mined: Sequence[MinedMention],
    known: Mapping[str, Theme],
    *,
    restored: Collection[str],
    run_id: str,
) -> set[str | None]:
    """Keep the mentions where people want them. The themes that hold others than were mined for that."""
    # Once more: some pins may be younger than the run's beginning. What a restored theme got back stays with it.
    decided = mentions.held_by(session, restored) | mentions.pins(session)
    found = [found_mention(entry, known, decided) for entry in mined]
    mining_results.keep_mentions(session, found, run_id=run_id)
    differing = [(kept, entry) for kept, entry in zip(found, mined, strict=True) if kept.theme_id != entry.theme_id]
    return {theme_id for pair in differing for theme_id in (pair[0].theme_id, pair[1].theme_id)}


def found_mention(
    entry: MinedMention, known: Mapping[str, Theme], pins: Mapping[str, str | None]
) -> mining_results.FoundMention:
    """A mention as it is kept: where people's merges, dismissals and pins put it."""
    theme_id = living(pins.get(entry.key, entry.theme_id), known)
    strength = entry.strength if theme_id == entry.theme_id else 1.0
    mention = entry.mention
    return mining_results.FoundMention(
        post_id=mention.post_id,
        ordinal=mention.ordinal,
        key=entry.key,
        text=mention.text,
        intent=entry.intent.value,
        intent_confidence=entry.intent_confidence,
        severity=entry.severity,
        products=mention.products,
        theme_id=theme_id,
        strength=strength if theme_id else 0.0,
    )


def _documents(posts: Sequence[mining_results.MinedPost]) -> list[Document]:
    """The posts as mining takes them, with near-duplicates grouped over all channels and files."""
    first_of = group_duplicates([Candidate(key=post.id, text=post.text, time=post.posted_at) for post in posts])
    return [document_of(post, duplicate_of=first_of.get(post.id)) for post in posts]


def document_of(post: mining_results.MinedPost, *, duplicate_of: str | None = None) -> Document:
    """The post as mining takes it."""
    return Document(
        id=post.id,
        text=post.text,
        author=post.author_id or "",
        time=post.posted_at,
        channel=post.channel,
        product=post.product,
        region=post.region,
        tier=post.tier,
        likes=post.likes,
        replies=post.replies,
        duplicate_of=duplicate_of,
    )


def _result(session: Session, run: Run) -> Result:
    session.flush()
    fit = insights.fit_of_run(session, run.id)  # kept with the job: how well themes fit, run by run
    return {
        "run_id": run.id,
        "posts": run.posts,
        "mentions": run.mentions,
        "themes": run.themes,
        "needs_placed_share": round(fit.placed / fit.mentions, 4) if fit.mentions else None,
        "mean_strength": round(fit.strength, 4) if fit.strength is not None else None,
    }
