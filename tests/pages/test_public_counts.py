"""What is told about a proposal in public is one count, wherever it is told."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from api.pages.language import Translator
from api.pages.views.changelog import entries_of
from api.pages.views.public import proposal_view
from review import releases
from review.credit import thanks_for
from review.principals import SYSTEM
from review.voting_rules import VotingRules
from store.database import Database
from store.tables import Proposal, Theme
from tests import builders
from tests.builders import START
from tests.pages.town import Town


def test_a_proposal_was_asked_for_by_as_many_as_are_thanked_for_it(database: Database, town: Town) -> None:
    t = Translator("zh", ZoneInfo("UTC"), START)
    with database.session() as session:
        proposal = session.get_one(Proposal, town.proposals[0])
        proposal.people, proposal.status = 54, "accepted"  # as counted when it was routed
        theme, channel = session.get_one(Theme, proposal.theme_id), builders.channel(session)
        known = thanks_for(session, [proposal.id])[proposal.id].people
        for _ in range(3):  # of whom nobody knows who they are: each a person of its own
            builders.mention(session, builders.post(session, channel, None), theme)
        session.flush()
        release = releases.create(session, SYSTEM, title="3.2", released_at=START, proposal_ids=[proposal.id])
        page = proposal_view(session, None, t, VotingRules(), proposal, products=None)
        shipped = entries_of(session, t, [release])[0].shipped[0]
    assert page.item.people == shipped.people == known + 3 != 54
    assert page.item.people == len(page.thanks.people) + page.thanks.others
