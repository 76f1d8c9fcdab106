"""People's edits of themes: rename, merge, split off, dismiss, undo. Every later mining run obeys them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from models.encoders.protocol import EncoderIdentity
from nlp.types import Constraints, PreviousTheme
from review import ballot, theme_counts, theme_digests, theme_previews, versions
from review.audit import record
from review.errors import Conflict, Invalid
from review.permissions import Permission, require
from review.principals import Principal
from review.theme_status import require_active
from review.wording import optional, required
from store.ids import new_id
from store.repositories import mentions, themes
from store.repositories.themes import RememberedTheme
from store.tables import LineageEdge, Mention, Proposal, Theme

NAME_LIMIT = 200
NOTE_LIMIT = 2_000
_QUOTES = 5


def rename(session: Session, principal: Principal, theme_id: str, *, name: str, version: int | None) -> Theme:
    """Give a theme a person's name, which later runs keep. Returns the theme."""
    require(principal, Permission.THEME_EDIT)
    name = required(name, "name", "名称", limit=NAME_LIMIT)
    theme = _opened(session, theme_id, version)
    now = datetime.now(UTC)
    before = {"name": theme.name, "named_by_person": theme.named_by_person}
    versions.advance(session, theme, now=now)
    theme.name, theme.named_by_person = name, True
    record(session, principal, "theme.renamed", "theme", theme_id, before=before, after={"name": name})
    theme_digests.refresh(session, [theme_id])
    return theme


def unname(session: Session, principal: Principal, theme_id: str, *, version: int | None) -> Theme:
    """Take a person's name back: the theme is called as mining calls it, now and in later runs. Returns the theme."""
    require(principal, Permission.THEME_EDIT)
    theme = _opened(session, theme_id, version)
    if not theme.named_by_person or not theme.mined_name:
        raise Conflict("not_named_by_person", "No person has named this theme.", "该主题没有人工命名。")
    before = {"name": theme.name}
    versions.advance(session, theme, now=datetime.now(UTC))
    theme.name, theme.named_by_person = theme.mined_name, False
    record(session, principal, "theme.unnamed", "theme", theme_id, before=before, after={"name": theme.name})
    theme_digests.refresh(session, [theme_id])
    return theme


def merge(
    session: Session, principal: Principal, theme_id: str, *, into: str, version: int | None, basis: str | None = None
) -> Theme:
    """Make one need of two: all mentions go to `into`, a proposal too. Returns the target. `restore` undoes it.

    basis: of the preview that was shown (review.theme_previews.merge); Conflict where it no longer holds.
    Pins keep naming the merged theme; runs resolve them through `merged_into`, so that undo finds them unharmed.
    """
    require(principal, Permission.THEME_EDIT)
    if into == theme_id:
        raise Invalid("merge_into_itself", "A theme cannot be merged into itself.", "不能将主题合并到自身。")
    found = themes.locked(session, [theme_id, into])
    theme = _checked(session, found.get(theme_id), theme_id, version)
    target = found.get(into)
    if target is None:
        raise versions.not_found("theme", into)
    theme_previews.require_previewed(session, basis, [theme_id, into])
    require_active(theme)
    require_active(target)
    now = datetime.now(UTC)
    before = {"status": theme.status, "size": theme.size, "target_size": target.size}
    versions.advance(session, theme, now=now)
    versions.advance(session, target, now=now)
    mentions.remember(session, theme_id)
    moved = mentions.move(session, source=theme_id, target=into)
    theme.status, theme.merged_into = "merged", into
    theme_counts.recount(session, target)
    theme_digests.refresh(session, [theme_id])
    share = moved / target.size if target.size else 0.0
    trace(session, "merge", theme_id, into, overlap=share, now=now)
    ballot.follow_theme_merge(session, principal, theme_id, into=into)
    after = {"status": "merged", "merged_into": into, "mentions": moved, "target_size": target.size}
    record(session, principal, "theme.merged", "theme", theme_id, before=before, after=after)
    received = {"from": theme_id, "size": target.size}
    record(
        session, principal, "theme.received_merge", "theme", into,
        before={"size": before["target_size"]}, after=received,
    )  # fmt: skip
    session.flush()
    return target


def merge_several(
    session: Session, principal: Principal, seen: Mapping[str, int | None], *, into: str, basis: str | None = None
) -> Theme:
    """Merge themes (id -> version that was seen) into one, which may be among them. Returns it.

    basis: of the one preview of all of it.
    """
    require(principal, Permission.THEME_EDIT)
    others = [theme_id for theme_id in seen if theme_id != into]
    if not others:
        raise Invalid(
            "pick_two", "Pick at least two themes and one of them to keep.",
            "请至少选择两个主题，并指定保留哪一个。",
        )  # fmt: skip
    found = themes.locked(session, [*others, into])
    theme_previews.require_previewed(session, basis, [*others, into])
    for theme_id in others:
        merge(session, principal, theme_id, into=into, version=seen[theme_id])
    target = found.get(into)
    if target is None:
        raise versions.not_found("theme", into)
    return target


def split_off(
    session: Session,
    principal: Principal,
    theme_id: str,
    *,
    mention_ids: Collection[str],
    name: str,
    version: int | None,
    basis: str | None = None,
) -> Theme:
    """Make a theme of its own from some of a theme's mentions, and pin them there. Returns the new theme.

    basis: of the preview that was shown; Conflict where it no longer holds.
    Its demand score is 0 until the next run ranks it: demand needs the whole corpus as a yardstick.
    """
    require(principal, Permission.THEME_EDIT)
    name = required(name, "name", "名称", limit=NAME_LIMIT)
    theme = _opened(session, theme_id, version)
    theme_previews.require_previewed(session, basis, [theme_id])
    require_active(theme)
    chosen = _chosen(session, theme, mention_ids)
    keys = sorted({mention.key for mention in chosen})
    now = datetime.now(UTC)
    before = {"size": theme.size}
    versions.advance(session, theme, now=now)
    new = Theme(
        id=new_id("theme"),
        name=name,
        named_by_person=True,
        status="active",
        parent_id=theme.parent_id,
        intent=theme.intent,
        keyphrases=_said_in(theme.keyphrases, chosen),
        run_id=theme.run_id,
        version=1,
        created_at=now,
        updated_at=now,
    )
    session.add(new)
    session.flush()
    moved = mentions.move_keys(session, keys, source=theme_id, target=new.id)
    mentions.pin(session, keys, new.id, now=now)
    mentions.forget_keys(session, keys)
    describe(session, new)
    theme_counts.recount(session, theme)
    if not theme.size:
        raise Invalid(
            "nothing_left", "Leave at least one mention in the theme; to rename all of it, rename the theme.",
            "原主题至少要保留一条提及；如需整体改名，请直接重命名。",
        )  # fmt: skip
    trace(session, "split", theme_id, new.id, overlap=moved / (moved + theme.size), now=now)
    after = {"size": theme.size, "new_theme": new.id, "mentions": moved}
    record(session, principal, "theme.split", "theme", theme_id, before=before, after=after)
    born = {"name": name, "from": theme_id, "size": new.size, "mention_keys": keys}
    record(session, principal, "theme.split_off", "theme", new.id, after=born)
    session.flush()
    return new


def rejoin(session: Session, principal: Principal, theme_id: str, *, version: int | None) -> Theme:
    """Undo a split: what a person split off goes back where it came from. Returns the theme it came from."""
    require(principal, Permission.THEME_EDIT)
    origin = themes.split_from(session, theme_id)
    if origin is None:
        raise Conflict(
            "not_split_off",
            "No person split this theme off from one other theme; one made on the map goes back by undoing that move.",
            "该主题不是从单个主题拆分出来的，无法并回；在地图上圈选新建的主题，请撤销那次移动。",
        )
    return merge(session, principal, theme_id, into=origin, version=version)


def mark_not_a_theme(
    session: Session,
    principal: Principal,
    theme_id: str,
    *,
    version: int | None,
    note: str = "",
    basis: str | None = None,
) -> Theme:
    """Dismiss a theme: its mentions belong to none, now and in later runs. Returns it. `restore` undoes it.

    basis: of the preview that was shown; Conflict where it no longer holds.
    """
    require(principal, Permission.THEME_EDIT)
    note = optional(note, "note", "说明", limit=NOTE_LIMIT)
    theme = _opened(session, theme_id, version)
    theme_previews.require_previewed(session, basis, [theme_id])
    require_active(theme)
    now = datetime.now(UTC)
    versions.advance(session, theme, now=now)
    mentions.remember(session, theme_id)
    moved = mentions.move(session, source=theme_id, target=None)
    theme.status = "not_a_theme"
    theme_digests.refresh(session, [theme_id])
    trace(session, "retire", theme_id, None, overlap=0.0, now=now)
    after = {"status": "not_a_theme", "mentions": moved}
    record(
        session, principal, "theme.dismissed", "theme", theme_id, before={"status": "active"}, after=after, note=note
    )
    session.flush()
    return theme


def restore(session: Session, principal: Principal, theme_id: str, *, version: int | None) -> Theme:
    """Undo a merge or a dismissal. Returns the theme, which holds again what it held, but for what people or
    runs have since put elsewhere."""
    require(principal, Permission.THEME_EDIT)
    chain = _chain(session, theme_id)
    found = themes.locked(session, chain)
    theme = _checked(session, found.get(theme_id), theme_id, version)
    if theme.status not in {"merged", "not_a_theme"}:
        raise Conflict(
            "nothing_to_restore", f"The theme is {theme.status}; only a merge or a dismissal can be undone.",
            "该主题没有可撤销的合并或排除操作。", status=theme.status,
        )  # fmt: skip
    now = datetime.now(UTC)
    before = {"status": theme.status, "merged_into": theme.merged_into}
    holder = found[chain[-1]] if len(chain) > 1 else None
    holding = holder.id if holder and holder.status != "not_a_theme" else None
    direct = theme.merged_into
    versions.advance(session, theme, now=now)
    theme.status, theme.merged_into = "active", None
    session.flush()
    moved = mentions.bring_back(session, theme_id, from_theme=holding)
    mentions.forget(session, theme_id, carriers=chain)
    theme_counts.recount(session, theme)
    if holder and holding:
        versions.advance(session, holder, now=now)
        theme_counts.recount(session, holder)
    if direct:
        trace(session, "split", holding or direct, theme_id, overlap=0.0, now=now)
        ballot.follow_theme_restore(session, principal, theme_id)
    else:
        trace(session, "survive", theme_id, theme_id, overlap=1.0, now=now)
    after = {"status": "active", "mentions": moved}
    record(session, principal, "theme.restored", "theme", theme_id, before=before, after=after)
    session.flush()
    return theme


def route_to_ballot(
    session: Session, principal: Principal, theme_id: str, *, title: str | None = None, version: int | None
) -> Proposal:
    """Put a theme before contributors. Returns the proposal; Conflict where it is on the ballot already."""
    return ballot.propose(session, principal, theme_id, title=title, version=version)


def previous_themes(
    session: Session, encoder: EncoderIdentity | None = None
) -> tuple[tuple[PreviousTheme, ...], Constraints]:
    """What the next mining run must know: all themes with whom they held, and what people decided.

    Prototypes come with those themes that the encoder named here shaped: vectors of two encoders are never mixed.
    """
    identity = asdict(encoder) if encoder else None
    previous = tuple(
        PreviousTheme(
            id=theme.id,
            mention_keys=theme.mention_keys,
            name=theme.name if theme.named_by_person else None,
            merged_into=theme.merged_into,
            not_a_theme=theme.status == "not_a_theme",
            retired=theme.status == "retired",
            settled_size=theme.settled_size,
            changed=theme.changed,
            prototype=_vector(theme) if identity and theme.encoder == identity else None,
            threshold=theme.threshold if theme.prototype else None,
        )
        for theme in themes.remembered(session)
    )
    return previous, Constraints(pinned=mentions.pins(session))


def _vector(theme: RememberedTheme) -> npt.NDArray[np.float32] | None:
    return np.frombuffer(theme.prototype, dtype="<f4").astype(np.float32) if theme.prototype else None


def _opened(session: Session, theme_id: str, version: int | None) -> Theme:
    return _checked(session, themes.locked(session, [theme_id]).get(theme_id), theme_id, version)


def _checked(session: Session, theme: Theme | None, theme_id: str, version: int | None) -> Theme:
    if theme is None:
        raise versions.not_found("theme", theme_id)
    versions.check(session, theme, version)
    return theme


def _chosen(session: Session, theme: Theme, mention_ids: Collection[str]) -> tuple[Mention, ...]:
    wanted = set(mention_ids)
    if not wanted:
        raise Invalid("mentions_required", "Choose at least one mention to split off.", "请至少选择一条提及。")
    chosen = mentions.by_ids(session, wanted)
    strangers = sorted(wanted - {mention.id for mention in chosen if mention.theme_id == theme.id})
    if strangers:
        raise Invalid(
            "mentions_elsewhere", "Some of these mentions are not in the theme (any more); read it again.",
            "部分提及已不属于该主题，请刷新后重试。", mention_ids=strangers[:20],
        )  # fmt: skip
    return chosen


def _chain(session: Session, theme_id: str) -> list[str]:
    """The theme and those it was merged into, one after the other; the last one is where its mentions went."""
    chain: list[str] = []
    following: str | None = theme_id
    while following and following not in chain:
        chain.append(following)
        theme = themes.get(session, following)
        following = theme.merged_into if theme else None
    return chain


def _said_in(keyphrases: Collection[str], chosen: Collection[Mention]) -> list[str]:
    said = "\n".join(mention.text for mention in chosen).casefold()
    return [phrase for phrase in keyphrases if phrase.casefold() in said]


def describe(session: Session, theme: Theme) -> None:
    """What a new theme shows until the next run looks at it: its counts, intent and most typical words."""
    theme_counts.recount(session, theme)
    intent = theme_counts.count(mentions.facts_of_theme(session, theme.id)).intent
    theme.intent = intent.value if intent else theme.intent
    theme.quotes = typical_quotes(session, theme.id)


def typical_quotes(session: Session, theme_id: str) -> list[dict[str, str]]:
    """What a theme is quoted by where no run has chosen: its most typical mentions."""
    typical = mentions.typical(session, theme_id, limit=_QUOTES)
    return [{"post_id": mention.post_id, "text": mention.text} for mention in typical]


def trace(
    session: Session, kind: str, from_theme: str | None, to_theme: str | None, *, overlap: float, now: datetime
) -> None:
    """Note a person's act in the lineage."""
    session.add(
        LineageEdge(kind=kind, from_theme=from_theme, to_theme=to_theme, overlap=round(overlap, 4), created_at=now)
    )
