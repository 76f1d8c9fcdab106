"""Credit: those who said it first are thanked by pseudonym, and by name once they agree; they may take that back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from review.audit import record
from review.errors import Conflict, Invalid
from review.permissions import Permission, require
from review.principals import Principal
from review.votes import own_id, own_or_known
from review.wording import legible, optional, required
from store.repositories import credit as stored
from store.tables import Credit

NAME_LIMIT = 30
PROVENANCE_LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class Thanks:
    """Whom to thank for a proposal or a release."""

    first: tuple[str, ...]  # author ids of those who said it first, earliest first
    names: dict[str, str]  # author id -> the name they agreed to
    others: int  # more people who voiced the need

    @property
    def people(self) -> int:
        return len(self.first) + self.others


def agree(
    session: Session, principal: Principal, *, display_name: str, author_id: str | None = None, provenance: str = ""
) -> Credit:
    """The person agrees to be thanked by this name, from now on and for what they said before.

    Recorded on somebody's behalf it needs a provenance: where they said so. A second time changes the name.
    """
    require(principal, Permission.CREDIT_RECORD)
    author_id = own_or_known(session, principal, author_id, authors_only=True)
    name = _name(display_name)
    provenance = optional(provenance, "provenance", "来源", limit=PROVENANCE_LIMIT)
    if author_id != own_id(principal) and not provenance:
        raise Invalid("provenance_required", "Say where this person agreed to be named.", "请注明对方在何处同意署名。")
    consent = stored.get(session, author_id)
    if consent is None:
        consent = Credit(author_id=author_id)
        session.add(consent)
    consent.display_name, consent.provenance = name, provenance
    consent.recorded_by = author_id if author_id == own_id(principal) else principal.id
    consent.agreed_at = datetime.now(UTC)
    # the name, and where it was agreed to, stay out of the log, which cannot be erased
    record(session, principal, "credit.agreed", *_subject(principal, author_id))
    session.flush()
    return consent


def withdraw(session: Session, principal: Principal, *, author_id: str | None = None) -> None:
    """The person is thanked by pseudonym again, everywhere, at once. Conflict where there is no consent."""
    require(principal, Permission.CREDIT_RECORD)
    author_id = own_or_known(session, principal, author_id, authors_only=True)
    if not stored.remove(session, author_id):
        raise Conflict("no_consent", "This person has not agreed to be named.", "该用户未同意署名。")
    record(session, principal, "credit.withdrawn", *_subject(principal, author_id))
    session.expire_all()
    session.flush()


def thanks_for(session: Session, proposal_ids: Iterable[str]) -> dict[str, Thanks]:
    """Proposal id -> whom to thank for it, proposals merged into it included."""
    wanted = sorted(set(proposal_ids))
    reporters = stored.first_reporters(session, wanted)
    firsts = {author for found in reporters.values() for author in found}
    everybody = stored.voice_counts(session, wanted)
    among_first = stored.voices(session, wanted, of=firsts)  # a board's crowd is counted, not read
    named = stored.names(session, firsts)
    return {
        proposal_id: Thanks(
            first=first,
            names={author: named[author] for author in first if author in named},
            others=everybody[proposal_id] - len(among_first[proposal_id].intersection(first)),
        )
        for proposal_id, first in reporters.items()
    }


def people_counts(session: Session, proposal_ids: Iterable[str]) -> dict[str, int]:
    """Proposal id -> how many people asked for it, as contributors are told: those who are thanked for it."""
    return {proposal_id: thanks.people for proposal_id, thanks in thanks_for(session, proposal_ids).items()}


def _subject(principal: Principal, author_id: str) -> tuple[str, str]:
    """Whom the log names: of contributors who act for themselves no more than the session, which also votes. Nothing
    may lead from its votes to the person once they are erased."""
    return ("contributor", principal.id) if principal.kind == "contributor" else ("author", author_id)


def _name(text: str) -> str:
    """A name on one line, without characters that change how the text around it reads."""
    name = " ".join(required(text, "display_name", "署名", limit=NAME_LIMIT).split())
    return legible(name, "display_name", "署名")
