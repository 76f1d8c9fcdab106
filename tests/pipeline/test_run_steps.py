"""The steps of a run on the store: people's edits stand, votes count, drafts and routing happen once."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from ingest.reading import read_bytes
from pipeline.intake import Origin, take_in
from pipeline.settings import Settings
from pipeline.steps.draft import draft_replies
from pipeline.steps.mine import mine_posts
from pipeline.steps.rank import rank_themes
from pipeline.steps.route import route_leading
from pipeline.work import JobCancelledError, Result, Task, Workshop
from review import ballot, themes, votes
from review.principals import SYSTEM
from review.recalls import withdraw
from store.database import Database
from store.ids import new_id
from store.repositories import job_progress
from store.tables import Draft, Knowledge, Mention, Post, Proposal, Run, Theme
from tests.builders import START as NOW
from tests.builders import author
from tests.corpus_maker import native_export
from tests.hashing_encoder import HashingEncoder


class Shop:
    """A store with posts, and runs on it."""

    def __init__(self, database: Database, state: Path, **settings: object) -> None:
        self.database = database
        self.workshop = Workshop(
            Settings(state=state, ballot_people=2, **settings),  # type: ignore[arg-type]
            database,
            load=lambda _: HashingEncoder(),
        )

    def task(self) -> Task:
        """A begun job of the kind run."""
        job_id = new_id("job")
        with self.database.session() as session:
            job_progress.add(session, job_id, kind="run", arguments={}, created_by="system", now=NOW)
            job_progress.begin(session, job_id, now=NOW)
        return Task(job_id, {}, self.workshop)

    def mine(self) -> Result:
        return mine_posts(self.task())

    def mined_task(self) -> Task:
        """A job whose mining is done."""
        task = self.task()
        mine_posts(task)
        return task

    def board(self) -> list[Theme]:
        with self.database.session(readonly=True) as session:
            return list(session.scalars(select(Theme).where(Theme.status == "active").order_by(Theme.score.desc())))


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Shop:
    _add_posts(database, 90)
    return Shop(database, tmp_path)


def _add_posts(database: Database, posts: int) -> None:
    origin = Origin("export.jsonl", "社区", "jsonl", str(posts), "Asia/Shanghai")
    with database.session() as session:
        take_in(session, read_bytes(native_export(posts), name="export.jsonl"), origin, secret=b"a secret of tests")


def test_mining_keeps_themes_mentions_and_a_run_once_a_job(shop: Shop) -> None:
    task = shop.task()
    result = mine_posts(task)
    assert mine_posts(task) == result
    with shop.database.session(readonly=True) as session:
        assert session.scalars(select(Run)).one().job_id == task.job_id
        assert session.scalar(select(func.count()).select_from(Mention)) == result["mentions"]
        theme = shop.board()[0]
        assert theme.prototype
        assert theme.quotes
        assert theme.weekly
        held = session.scalar(select(func.count()).select_from(Mention).where(Mention.theme_id == theme.id))
        assert held == theme.size


def test_a_second_run_over_the_same_posts_changes_no_id(shop: Shop) -> None:
    shop.mine()
    with shop.database.session(readonly=True) as session:
        before = {row.key: (row.id, row.theme_id) for row in session.scalars(select(Mention))}
    shop.mine()
    with shop.database.session(readonly=True) as session:
        assert {row.key: (row.id, row.theme_id) for row in session.scalars(select(Mention))} == before


def test_a_name_given_by_a_person_survives_more_posts(shop: Shop) -> None:
    shop.mine()
    theme = shop.board()[0]
    with shop.database.session() as session:
        themes.rename(session, SYSTEM, theme.id, name="充电时过热", version=theme.version)
    _add_posts(shop.database, 120)
    shop.mine()
    assert [row.name for row in shop.board() if row.id == theme.id] == ["充电时过热"]


def test_merged_and_dismissed_themes_stay_so(shop: Shop) -> None:
    shop.mine()
    first, second, third = shop.board()[:3]
    with shop.database.session() as session:
        themes.merge(session, SYSTEM, second.id, into=first.id, version=second.version)
        themes.mark_not_a_theme(session, SYSTEM, third.id, version=third.version)
    shop.mine()
    with shop.database.session(readonly=True) as session:
        assert session.get_one(Theme, second.id).merged_into == first.id
        assert session.get_one(Theme, third.id).status == "not_a_theme"
        gone = select(func.count()).select_from(Mention).where(Mention.theme_id.in_([second.id, third.id]))
        assert session.scalar(gone) == 0


def test_an_edit_made_while_a_run_is_mining_is_respected(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.mine()
    first, second, third = shop.board()[:3]
    with shop.database.session() as session:
        themes.mark_not_a_theme(session, SYSTEM, third.id, version=third.version)
        version_of_third = session.get_one(Theme, third.id).version
    from pipeline.steps import mine as step

    real = step.mine_documents

    def interrupted(*args: object, **kwargs: object) -> object:
        mined = real(*args, **kwargs)  # type: ignore[arg-type]
        with shop.database.session() as session:
            themes.merge(session, SYSTEM, second.id, into=first.id, version=second.version)
            said = session.scalars(select(Mention.id).where(Mention.theme_id == first.id).limit(3)).all()
            version = session.get_one(Theme, first.id).version
            split.append(
                themes.split_off(session, SYSTEM, first.id, mention_ids=said, name="分出来的", version=version).id
            )
            moved.extend(said)
            themes.restore(session, SYSTEM, third.id, version=version_of_third)
            post = session.scalars(select(Post).where(Post.id == first.quotes[0]["post_id"])).one()
            withdraw(session, post.channel_id, [post.key])
            recalled.append(post.id)
        return mined

    split: list[str] = []
    moved: list[str] = []
    recalled: list[str] = []
    monkeypatch.setattr(step, "mine_documents", interrupted)
    shop.mine()
    with shop.database.session(readonly=True) as session:
        assert session.get_one(Theme, second.id).status == "merged"
        assert session.get_one(Theme, split[0]).status == "active", "a theme younger than the run is not retired by it"
        assert {session.get_one(Mention, mention).theme_id for mention in moved} == {split[0]}
        held = dict(session.execute(select(Mention.theme_id, func.count()).group_by(Mention.theme_id)).all())
        assert second.id not in held
        assert held[third.id] == third.size, "a theme restored while the run was mining keeps what it got back"
        assert {row.id: row.size for row in session.scalars(select(Theme)) if row.size} == {
            theme_id: count for theme_id, count in held.items() if theme_id
        }, "sizes are of what themes hold after all"
        assert not session.scalars(select(Mention).where(Mention.post_id.in_(recalled))).all()
        assert first.quotes[0]["text"] not in [quote["text"] for quote in session.get_one(Theme, first.id).quotes]


def test_leading_needs_go_to_the_ballot_once(shop: Shop) -> None:
    shop.mine()
    shop.workshop.settings.ballot_top = 2
    assert route_leading(shop.task()) == {"routed": 2}
    assert route_leading(shop.task()) == {"routed": 0}
    with shop.database.session(readonly=True) as session:
        proposals = session.scalars(select(Proposal)).all()
        assert {proposal.theme_id for proposal in proposals} == {theme.id for theme in shop.board()[:2]}
        assert {proposal.status for proposal in proposals} == {"received"}


def test_a_theme_of_too_few_people_is_left_to_a_person(shop: Shop) -> None:
    shop.mine()
    shop.workshop.settings.ballot_people = 1_000
    assert route_leading(shop.task()) == {"routed": 0}


def test_votes_lift_a_theme_as_much_as_mining_it_again_would(shop: Shop) -> None:
    shop.mine()
    route_leading(shop.task())
    theme = shop.board()[1]
    with shop.database.session() as session:
        proposal = session.scalars(select(Proposal).where(Proposal.theme_id == theme.id)).one()
        for status in ("under_review", "voting"):
            ballot.change_status(session, SYSTEM, proposal.id, status=status, version=proposal.version)
        for _ in range(12):
            votes.cast_vote(session, SYSTEM, proposal.id, voter=author(session).id, provenance="电话回访")
    assert rank_themes(shop.task())["rescored"] == 1
    ranked = next(row for row in shop.board() if row.id == theme.id)
    assert ranked.score > theme.score
    assert ranked.evidence["votes"] == 12
    assert rank_themes(shop.task())["rescored"] == 0
    shop.mine()
    mined = next(row for row in shop.board() if row.id == theme.id)
    assert mined.score == pytest.approx(ranked.score, abs=0.02)


def test_a_run_drafts_once_and_complaints_of_a_theme_share_a_few_drafts(shop: Shop) -> None:
    with shop.database.session() as session:
        session.add(
            Knowledge(
                id=new_id("knowledge"), key="K1", kind="faq", title="蓝牙耳机频繁断连怎么办",
                body="请在蓝牙设置里忽略该耳机后重新配对。", created_at=NOW, updated_at=NOW,
            )
        )  # fmt: skip
    first = draft_replies(shop.mined_task())
    again = draft_replies(shop.mined_task())
    assert first["drafts"] > 3
    assert again["drafts"] == 0
    limits = shop.workshop.settings
    with shop.database.session(readonly=True) as session:
        drafts = session.scalars(select(Draft).order_by(Draft.priority.desc())).all()
        assert len({draft.post_id for draft in drafts}) == len(drafts) == first["drafts"]
        assert {draft.status for draft in drafts} == {"proposed"}
        intents = select(Mention.intent).where(Mention.post_id.in_([draft.post_id for draft in drafts]))
        assert set(session.scalars(intents)) <= {"question", "pain_point", "request"}
        waiting = [draft.needs_person for draft in drafts]
        assert waiting == sorted(waiting), "what has an answer comes before what has none"
        for theme in {draft.theme_id for draft in drafts}:
            own = [draft for draft in drafts if draft.theme_id == theme]
            asked = select(Mention.post_id).where(Mention.intent == "question")
            pains = [draft for draft in own if draft.post_id not in set(session.scalars(asked))]
            assert sum(not draft.needs_person for draft in pains) <= limits.draft_pains_per_theme
            assert sum(draft.needs_person for draft in pains) <= limits.draft_people_per_theme


def test_no_more_replies_are_drafted_than_the_settings_allow(shop: Shop) -> None:
    shop.workshop.settings.draft_top = 2
    task = shop.mined_task()
    assert draft_replies(task)["drafts"] == 2
    assert draft_replies(task)["drafts"] == 2, "the same job does not draft more when it runs again"


def test_a_cancelled_job_stops_at_its_next_report_and_keeps_nothing(shop: Shop) -> None:
    task = shop.task()
    with shop.database.session() as session:
        assert job_progress.request_cancel(session, task.job_id)
    with pytest.raises(JobCancelledError):
        mine_posts(task)
    assert shop.board() == []
