"""People move mentions, whatever themes they are in: to a theme of their own, to another theme, or to none.

A move is a pin on every mention, which later runs obey, and is undone as one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy.orm import Session

from review import theme_counts, versions
from review.audit import record
from review.errors import Conflict, Invalid, NotFound
from review.permissions import Permission, require
from review.principals import Principal
from review.theme_status import living, require_active
from review.themes import NAME_LIMIT, NOTE_LIMIT, describe, trace
from review.wording import optional, required
from store.ids import new_id
from store.repositories import mention_moves, mentions, proposals, themes
from store.repositories.mention_moves import Held
from store.tables import MentionMove, MovedMention, Theme

MOST_MENTIONS = 20_000  # in one move: more is a whole corpus, not a selection

Kind = Literal["split", "move", "dismiss"]


@dataclass(frozen=True, slots=True)
class Group:
    """Mentions of one theme as a person saw them when deciding."""

    theme_id: str | None  # None: of no theme
    version: int | None  # of the theme
    mentions: int
    dismissed: bool = False  # of no theme because a person said so


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move did."""

    id: str
    mentions: int
    target: Theme | None


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did."""

    mentions: int
    left: int  # moved mentions that somebody has put elsewhere since, and that stay there


@dataclass(frozen=True, slots=True)
class _Taken:
    """Mentions about to move, and the themes they leave."""

    mentions: tuple[Held, ...]
    sources: Mapping[str, Theme]
    counts: Mapping[str, int]  # by source

    @property
    def keys(self) -> list[str]:
        return [one.key for one in self.mentions]


def split_off(
    session: Session, principal: Principal, *, keys: Collection[str], groups: Sequence[Group], name: str
) -> Moved:
    """Make a theme of these mentions. Its demand is 0 until the next run ranks it."""
    require(principal, Permission.THEME_EDIT)
    name = required(name, "name", "名称", limit=NAME_LIMIT)
    taken = _take(session, keys, groups, {})
    now = datetime.now(UTC)
    largest = max(taken.sources.values(), key=lambda theme: (taken.counts[theme.id], theme.id), default=None)
    new = Theme(
        id=new_id("theme"),
        name=name,
        named_by_person=True,
        status="active",
        parent_id=largest.parent_id if largest else None,
        intent=largest.intent if largest else "pain_point",
        run_id=largest.run_id if largest else None,
        version=1,
        created_at=now,
        updated_at=now,
    )
    session.add(new)
    session.flush()
    moved = _move(session, principal, taken, new, kind="split", now=now)
    describe(session, new)
    for source in taken.sources.values():
        count = taken.counts[source.id]
        trace(session, "split", source.id, new.id, overlap=count / (count + source.size), now=now)
    born = {"name": name, "from": sorted(taken.sources), "size": new.size, "move": moved.id}
    record(session, principal, "theme.split_off", "theme", new.id, after=born)
    session.flush()
    return moved


def move_to(
    session: Session,
    principal: Principal,
    *,
    keys: Collection[str],
    groups: Sequence[Group],
    into: str,
    version: int | None,
) -> Moved:
    """Put these mentions into another theme."""
    require(principal, Permission.THEME_EDIT)
    if any(group.theme_id == into for group in groups):
        raise Invalid(
            "already_there", "Some of these mentions are in that theme already.", "部分提及本来就在该主题中。"
        )
    taken = _take(session, keys, groups, {into: version})
    target = themes.locked(session, [into])[into]
    now = datetime.now(UTC)
    before = target.size
    versions.advance(session, target, now=now)
    moved = _move(session, principal, taken, target, kind="move", now=now)
    theme_counts.recount(session, target)
    after = {"mentions": moved.mentions, "from": sorted(taken.sources), "size": target.size, "move": moved.id}
    record(session, principal, "theme.mentions_received", "theme", into, before={"size": before}, after=after)
    session.flush()
    return moved


def dismiss(
    session: Session, principal: Principal, *, keys: Collection[str], groups: Sequence[Group], note: str = ""
) -> Moved:
    """These mentions belong to no theme, now and in later runs."""
    require(principal, Permission.THEME_EDIT)
    note = optional(note, "note", "说明", limit=NOTE_LIMIT)
    if any(group.dismissed for group in groups):
        raise Invalid("already_there", "Some of these mentions are dismissed already.", "部分提及已经排除过了。")
    taken = _take(session, keys, groups, {})
    moved = _move(session, principal, taken, None, kind="dismiss", now=datetime.now(UTC), note=note)
    session.flush()
    return moved


def undo(session: Session, principal: Principal, move_id: str) -> Undone:
    """Take a move back, whole: every mention to where it was, but for those that people have put elsewhere since.

    A theme that the move made and that is empty then retires.
    """
    require(principal, Permission.THEME_EDIT)
    move = mention_moves.locked(session, move_id)
    if move is None:
        raise NotFound("move_not_found", f"There is no move {move_id}.", "找不到这次移动。", id=move_id)
    if move.undone_at is not None:
        raise Conflict("already_undone", "This move has been undone already.", "这次移动已经撤销过了。")
    rows = mention_moves.moved(session, move_id)
    around = _locked_around(session, move, rows)
    staying = mention_moves.undisturbed(session, move)
    back = [row for row in rows if row.key in staying]
    if not back:
        raise Conflict(
            "nothing_to_return", "All these mentions have been put elsewhere since; nothing is left to take back.",
            "这些提及之后都已移到别处，没有可撤回的内容。",
        )  # fmt: skip
    home = {row.from_theme: living(row.from_theme, around) for row in back}
    touched = {*home.values(), move.target}
    found = {theme_id: theme for theme_id, theme in around.items() if theme_id in touched}
    if move.kind == "split" and move.target and proposals.of_theme(session, move.target) is not None:
        raise Conflict(
            "on_ballot", "The new theme is on the ballot; merge it instead.", "新主题已送去投票，请改用合并。",
            theme=move.target,
        )  # fmt: skip
    now = datetime.now(UTC)
    mention_moves.put_back(session, back, home)
    by_pin: dict[str | None, list[str]] = defaultdict(list)
    for row in back:
        if row.was_pinned:
            by_pin[row.pin_theme].append(row.key)
    for theme_id, keys in by_pin.items():
        mentions.pin(session, keys, theme_id, now=now)
    move.undone_at = now
    returned = Counter(home[row.from_theme] for row in back)
    for theme_id, theme in sorted(found.items()):
        before = theme.size
        versions.advance(session, theme, now=now)
        theme_counts.recount(session, theme)
        if theme_id == move.target and move.kind == "split" and not theme.size and theme.status == "active":
            theme.status = "retired"
            trace(session, "retire", theme_id, None, overlap=0.0, now=now)
        after = {"mentions": returned.get(theme_id, len(back)), "size": theme.size, "move": move_id}
        record(session, principal, "theme.mentions_returned", "theme", theme_id, before={"size": before}, after=after)
    record(session, principal, "mentions.move_undone", "move", move_id, after={"mentions": len(back)})
    session.flush()
    return Undone(len(back), len(rows) - len(back))


def _take(session: Session, keys: Collection[str], groups: Sequence[Group], others: Mapping[str, int | None]) -> _Taken:
    """Lock the themes, check that all is as the person saw it, and say what is about to move."""
    wanted = set(keys)
    if not wanted or not any(group.mentions for group in groups):
        raise Invalid("mentions_required", "Choose at least one mention.", "请至少选择一条提及。")
    if len(wanted) > MOST_MENTIONS:
        raise Invalid(
            "too_many_mentions", f"At most {MOST_MENTIONS} mentions move at once; these are {len(wanted)}.",
            f"一次最多移动 {MOST_MENTIONS} 条提及，已选 {len(wanted)} 条。", limit=MOST_MENTIONS,
        )  # fmt: skip
    seen = {group.theme_id: group.version for group in groups if group.theme_id} | dict(others)
    found = themes.locked(session, seen)
    for theme_id, version in seen.items():
        theme = found.get(theme_id)
        if theme is None:
            raise versions.not_found("theme", theme_id)
        versions.check(session, theme, version)
        require_active(theme)
    seen_groups = {(group.theme_id, group.dismissed): group.mentions for group in groups if group.mentions}
    taken = tuple(one for one in mention_moves.held(session, wanted) if (one.theme_id, one.dismissed) in seen_groups)
    if Counter((one.theme_id, one.dismissed) for one in taken) != seen_groups:
        raise Conflict(
            "selection_changed", "A run or somebody has moved some of these mentions; choose them again.",
            "部分提及已被新的挖掘或他人移动，请重新圈选。",
        )  # fmt: skip
    counts = Counter(one.theme_id for one in taken if one.theme_id)
    sources = {theme_id: found[theme_id] for theme_id in counts}
    held = mention_moves.sizes(session, sources)
    for theme_id, theme in sources.items():
        if held[theme_id] == counts[theme_id]:
            raise Invalid(
                "nothing_left",
                f"This would take all mentions of “{theme.name}”; merge the theme or mark it as not a theme.",
                f"这会取走「{theme.name}」的全部提及；请改为合并该主题，或将它标为不是主题。", theme=theme_id,
            )  # fmt: skip
    return _Taken(taken, sources, counts)


def _move(
    session: Session,
    principal: Principal,
    taken: _Taken,
    target: Theme | None,
    *,
    kind: Kind,
    now: datetime,
    note: str = "",
) -> Moved:
    """Place and pin the mentions, recount what they leave, and tell it theme by theme and as a whole."""
    target_id = target.id if target else None
    move = MentionMove(
        id=new_id("move"), kind=kind, target=target_id, mentions=len(taken.mentions), created_at=now, undone_at=None
    )
    mention_moves.note(session, move, taken.mentions)
    mention_moves.place(session, taken.keys, target_id)
    mentions.pin(session, taken.keys, target_id, now=now)
    mentions.forget_keys(session, taken.keys)
    action = {"split": "theme.split", "move": "theme.mentions_left", "dismiss": "theme.mentions_dismissed"}[kind]
    for theme_id, source in sorted(taken.sources.items()):
        before = source.size
        versions.advance(session, source, now=now)
        theme_counts.recount(session, source)
        after = {"mentions": taken.counts[theme_id], "size": source.size, "to": target_id, "move": move.id}
        if kind == "split":
            after["new_theme"] = target_id
        record(session, principal, action, "theme", theme_id, before={"size": before}, after=after, note=note)
    whole = {"kind": kind, "mentions": move.mentions, "to": target_id, "from": sorted(taken.sources)}
    record(session, principal, "mentions.moved", "move", move.id, after=whole, note=note)
    return Moved(move.id, move.mentions, target)


def _locked_around(session: Session, move: MentionMove, rows: Sequence[MovedMention]) -> dict[str, Theme]:
    """Every theme that an undo may touch, locked: where the mentions are, where they came from, and what those were
    merged into since. Only then is it settled who put what where."""
    found: dict[str, Theme] = {}
    leading: set[str | None] = {row.from_theme for row in rows} | {move.target}
    while missing := {theme_id for theme_id in leading if theme_id} - found.keys():
        locked = themes.locked(session, missing)
        found |= locked
        leading = {theme.merged_into for theme in locked.values()}
    return found
