"""What messages to other systems say: ids, names, numbers and decisions. Of people no more than pseudonyms, and of what
they wrote nothing but the approved reply itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from review.outbound_events import RECALL, REPLY_ACTIONS, RUN_KEPT, TYPE_OF_ACTION, rfc3339
from store.repositories import count_changes, drafts, events, lineage, proposals, themes, votes
from store.repositories.drafts import DraftRow
from store.tables import Event, Proposal, Theme

Data = dict[str, Any]

_TO_LEAVE: Final = frozenset({"approved", "edited"})  # a published one a person has put there: it must not come twice
# Who voted stays inside, also as the key of a session: a vote can be erased, a message that has left cannot.
_NOBODYS: Final = frozenset({"vote.cast"})
_TOLD_EDGES: Final = frozenset({"mint", "split", "merge"})  # retired themes are among the changed ones


@dataclass(frozen=True, slots=True)
class Told:
    """One message: of which type, about what, saying what."""

    type: str
    subject_id: str
    data: Data


def messages_of(session: Session, event: Event) -> Iterator[Told]:
    """What other systems are told of an event; nothing where the thing it is about has no meaning outside."""
    if event.action == RUN_KEPT:
        yield from _of_run(session, event)
        return
    type_ = TYPE_OF_ACTION.get(event.action)
    if type_ is None:
        return
    build = _BUILDERS[event.subject_type]
    data = build(session, event)
    if data is not None:
        actor = {} if type_ in _NOBODYS else {"actor": event.actor}
        yield Told(type_, event.subject_id, {"event_id": event.id} | actor | data)


def theme_data(theme: Theme) -> Data:
    """A theme as messages show it."""
    return {
        "id": theme.id,
        "name": theme.name,
        "status": theme.status,
        "intent": theme.intent,
        "parent_id": theme.parent_id,
        "merged_into": theme.merged_into,
        "demand_score": theme.score,
        "mentions": theme.size,
        "people": theme.authors,
        "version": theme.version,
    }


def proposal_data(proposal: Proposal, *, counted: int, changed_at: datetime) -> Data:
    """A proposal as messages show it."""
    return {
        "id": proposal.id,
        "theme_id": proposal.theme_id,
        "title": proposal.title,
        "status": proposal.status,
        "reason": proposal.reason,
        "note": proposal.note,
        "merged_into": proposal.merged_into,
        "people": proposal.people,
        "demand_score": proposal.demand_score,
        "votes": counted,
        "version": proposal.version,
        "updated_at": rfc3339(changed_at),
    }


def _of_theme(session: Session, event: Event) -> Data | None:
    theme = themes.get(session, event.subject_id)
    if theme is None:
        return None
    before, after = event.before or {}, event.after or {}
    data: Data = {"theme": theme_data(theme), "by": "person"}
    match event.action:
        case "theme.merged":
            data |= {"into": after.get("merged_into"), "mentions": after.get("mentions")}
        case "theme.split":
            data |= {"new_theme": after.get("new_theme"), "mentions": after.get("mentions")}
        case "theme.split_off":
            origins = after.get("from")
            data |= {"from": origins if isinstance(origins, list) else [origins]}
        case _:
            data |= {"changes": _changes(before, after)}
    return data


def _of_proposal(session: Session, event: Event) -> Data | None:
    proposal = proposals.get(session, event.subject_id)
    if proposal is None:
        return None
    before, after = event.before or {}, event.after or {}
    counted = votes.counts(session, [proposal.id])[proposal.id]
    changed_at = count_changes.changed_at_of(session, [proposal.id])[proposal.id]
    data: Data = {"proposal": proposal_data(proposal, counted=counted, changed_at=changed_at)}
    match event.action:
        case "proposal.status_changed" | "proposal.unmerged":
            data |= {
                "from": before.get("status"), "to": after.get("status"), "reason": after.get("reason", ""),
                "note": event.note,
            }  # fmt: skip
        case "proposal.merged":
            data |= {"into": after.get("merged_into"), "votes_of_both": after.get("votes")}
        case "proposal.threshold_reached":
            data |= {"threshold": after.get("threshold"), "votes": after.get("votes")}
        case "vote.cast":
            data |= {"vote_id": after.get("vote")}
    return data


def _of_draft(session: Session, event: Event) -> Data | None:
    """The approved reply itself, and where it belongs on the platform that the post came from.

    None where the decision was taken back meanwhile, or taken anew: then that event tells of it. None too where a
    person has marked the reply as published before it left: a receiver that posts would answer a second time.
    """
    # read under the lock: whoever takes it back or publishes it at this moment comes before, or after it has left
    drafts.locked(session, event.subject_id)
    found = drafts.details(session, event.subject_id)
    if event.action == RECALL:
        return _of_recall(found, event)
    last = events.latest_of(session, "draft", event.subject_id, actions=REPLY_ACTIONS)
    if found is None or last is None or last.id != event.id or found.draft.status not in _TO_LEAVE:
        return None
    text = found.draft.final_text
    return {
        "draft": {
            "id": found.draft.id,
            "theme_id": found.draft.theme_id,
            "edited": event.action == "draft.edited",
            "text": text,
        },
        "post": _place(found),
    }


def _of_recall(found: DraftRow | None, event: Event) -> Data | None:
    """The reply that left and no longer stands; None where nothing had left."""
    recalls = (event.after or {}).get("recalls")
    if found is None or recalls is None:
        return None
    text = (event.before or {}).get("final_text")
    draft = {"id": found.draft.id, "theme_id": found.draft.theme_id, "text": text}
    return {"recalls": recalls, "draft": draft, "post": _place(found)}


def _place(found: DraftRow) -> Data:
    """Where a reply belongs on the platform that its post came from."""
    return {
        "id": found.post.id,
        "external_id": found.post.key,
        "thread": found.post.thread,
        "channel": {"id": found.post.channel_id, "name": found.channel_name},
    }


def _of_run(session: Session, event: Event) -> Iterator[Told]:
    """A run is one event and a message for each theme it made, retired, merged, split or named anew."""
    shared = {"event_id": event.id, "actor": event.actor, "by": "run", "run_id": event.subject_id}
    edges = [edge for edge in lineage.of_run(session, event.subject_id) if edge.kind in _TOLD_EDGES]
    changed: dict[str, dict[str, Data]] = (event.after or {}).get("changed") or {}
    wanted = {theme for edge in edges for theme in (edge.from_theme, edge.to_theme) if theme} | set(changed)
    found = {theme_id: theme_data(theme) for theme_id, theme in themes.by_ids(session, wanted).items()}
    born: dict[str, list[str]] = {}  # theme that was split -> what came of it
    for edge in edges:
        source, target = edge.from_theme or "", edge.to_theme or ""
        if edge.kind in ("mint", "split") and target in found:
            origin = {"from": [source]} if source else {}
            yield Told("theme.created", target, shared | {"theme": found[target]} | origin)
        if edge.kind == "split" and source in found:
            born.setdefault(source, []).append(target)
        if edge.kind == "merge" and source in found:
            yield Told("theme.merged", source, shared | {"theme": found[source], "into": target})
    for theme_id, new in born.items():
        yield Told("theme.split", theme_id, shared | {"theme": found[theme_id], "new_themes": new})
    for theme_id in sorted(set(changed) & set(found)):
        yield Told("theme.updated", theme_id, shared | {"theme": found[theme_id], "changes": changed[theme_id]})


def _changes(before: Data, after: Data) -> Data:
    return {
        name: {"from": before.get(name), "to": value}
        for name, value in after.items()
        if name in {"name", "status", "merged_into", "size"} and before.get(name) != value
    }


_BUILDERS: Final = {"theme": _of_theme, "proposal": _of_proposal, "draft": _of_draft}
