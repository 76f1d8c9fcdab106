"""Whatever people do to themes, in whatever order: every mention is where the rules say, and counts are true."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nlp.normalisation import fold
from review import theme_digests, theme_owners, theme_previews, themes
from review.errors import Conflict, Invalid
from review.principals import Principal, Role
from store.database import Database
from store.tables import Mention, Theme, ThemeFacet, ThemeOwner, ThemeText
from tests import builders

START = 3  # themes …
EACH = 3  # … of so many mentions


class Board(RuleBasedStateMachine):
    """The model keeps for every mention its home (where it belongs but for merges and dismissals) and for every
    theme whether it was merged (into which) or dismissed; where a mention is follows from the two."""

    database: ClassVar[Database]

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(self.database.engine, expire_on_commit=False)
        self.home: dict[str, str] = {}
        self.merged: dict[str, str] = {}
        self.dismissed: set[str] = set()
        self.born: list[str] = []
        self.split_from: dict[str, str] = {}
        self.named: dict[str, str] = {}
        self.owned: dict[str, str] = {}

    @initialize()
    def start(self) -> None:
        self.lead: Principal = builders.person(self.session, Role.PRODUCT_MANAGER)
        where = builders.channel(self.session)
        for _ in range(START):
            theme = builders.theme(self.session, size=EACH)
            self.born.append(theme.id)
            for _ in range(EACH):
                mention = builders.mention(self.session, builders.post(self.session, where), theme)
                self.home[mention.id] = theme.id
        theme_digests.refresh(self.session)

    def _at(self, theme: str) -> str | None:
        while theme in self.merged:
            theme = self.merged[theme]
        return None if theme in self.dismissed else theme

    def _theme(self, theme: str) -> Theme:
        return self.session.get_one(Theme, theme)

    def _version(self, theme: str) -> int:
        return self._theme(theme).version

    def _active(self, theme: str) -> bool:
        return theme not in self.merged and theme not in self.dismissed

    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        one, into = (data.draw(st.sampled_from(self.born)) for _ in range(2))
        if one == into:
            return
        if self._active(one) and self._active(into):
            preview = theme_previews.merge(self.session, self.lead, [one], into=into)
            target = themes.merge(
                self.session, self.lead, one, into=into, version=self._version(one), basis=preview.basis
            )
            self.merged[one] = into
            assert (target.size, target.authors) == (preview.union.size, preview.union.authors)
        else:
            with pytest.raises(Conflict):
                themes.merge(self.session, self.lead, one, into=into, version=self._version(one))

    @rule(data=st.data())
    def dismiss(self, data: st.DataObject) -> None:
        theme = data.draw(st.sampled_from(self.born))
        if self._active(theme):
            basis = theme_previews.dismissal(self.session, self.lead, theme).basis
            themes.mark_not_a_theme(self.session, self.lead, theme, version=self._version(theme), basis=basis)
            self.dismissed.add(theme)
        else:
            with pytest.raises(Conflict):
                themes.mark_not_a_theme(self.session, self.lead, theme, version=self._version(theme))

    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        theme = data.draw(st.sampled_from(self.born))
        if self._active(theme):
            with pytest.raises(Conflict):
                themes.restore(self.session, self.lead, theme, version=self._version(theme))
        else:
            themes.restore(self.session, self.lead, theme, version=self._version(theme))
            self.merged.pop(theme, None)
            self.dismissed.discard(theme)

    @rule(data=st.data())
    def split(self, data: st.DataObject) -> None:
        theme = data.draw(st.sampled_from(self.born))
        held = sorted(mention for mention, home in self.home.items() if self._at(home) == theme)
        if len(held) < 2 or not self._active(theme):
            with pytest.raises((Conflict, Invalid)), self.session.begin_nested():
                themes.split_off(
                    self.session, self.lead, theme, mention_ids=held, name="新", version=self._version(theme)
                )
            self.session.expire_all()
            return
        chosen = data.draw(st.lists(st.sampled_from(held), min_size=1, max_size=len(held) - 1, unique=True))
        preview = theme_previews.split(self.session, self.lead, theme, chosen)
        new = themes.split_off(
            self.session, self.lead, theme, mention_ids=chosen, name="新", version=self._version(theme),
            basis=preview.basis,
        )  # fmt: skip
        assert (preview.leaving.size, preview.staying.size) == (new.size, self._theme(theme).size)
        self.born.append(new.id)
        self.split_from[new.id] = theme
        self.home.update(dict.fromkeys(chosen, new.id))

    @rule(data=st.data())
    def rejoin(self, data: st.DataObject) -> None:
        theme = data.draw(st.sampled_from(self.born))
        origin = self.split_from.get(theme)
        if origin and self._active(theme) and self._active(origin):
            themes.rejoin(self.session, self.lead, theme, version=self._version(theme))
            self.merged[theme] = origin
        else:
            with pytest.raises(Conflict):
                themes.rejoin(self.session, self.lead, theme, version=self._version(theme))

    @rule(data=st.data(), name=st.sampled_from(["充电慢", "發燙", "ＷｉＦｉ斷線"]))
    def rename(self, data: st.DataObject, name: str) -> None:
        theme = data.draw(st.sampled_from(self.born))
        themes.rename(self.session, self.lead, theme, name=name, version=self._version(theme))
        self.named[theme] = name

    @rule(data=st.data(), given=st.booleans())
    def assign(self, data: st.DataObject, given: bool) -> None:
        theme = data.draw(st.sampled_from(self.born))
        owner = self.lead.id if given else None
        theme_owners.assign(self.session, self.lead, theme, owner_id=owner, version=self._version(theme))
        if owner:
            self.owned[theme] = owner
        else:
            self.owned.pop(theme, None)

    @rule(data=st.data())
    def an_outdated_preview_changes_nothing(self, data: st.DataObject) -> None:
        theme = data.draw(st.sampled_from(self.born))
        if not self._active(theme):
            return
        basis = theme_previews.dismissal(self.session, self.lead, theme).basis
        themes.rename(self.session, self.lead, theme, name="改过", version=self._version(theme))
        self.named[theme] = "改过"
        with pytest.raises(Conflict, match="preview showed"):
            themes.mark_not_a_theme(self.session, self.lead, theme, version=self._version(theme), basis=basis)
        assert self._theme(theme).status == "active"

    @invariant()
    def every_mention_is_where_it_belongs(self) -> None:
        found = dict(self.session.execute(select(Mention.id, Mention.theme_id)).all())
        assert found == {mention: self._at(home) for mention, home in self.home.items()}

    @invariant()
    def sizes_of_active_themes_are_true(self) -> None:
        counted = dict(self.session.execute(select(Mention.theme_id, func.count()).group_by(Mention.theme_id)).all())
        sizes = dict(self.session.execute(select(Theme.id, Theme.size).where(Theme.status == "active")).all())
        assert sizes == {theme: counted.get(theme, 0) for theme in self.born if self._active(theme)}

    @invariant()
    def the_next_run_knows_every_mention_by_a_theme(self) -> None:
        previous, _ = themes.previous_themes(self.session)
        keys = dict(self.session.execute(select(Mention.id, Mention.key)).all())
        known = {theme.id: theme.mention_keys for theme in previous}
        for mention, home in self.home.items():
            holder = self._at(home)
            if holder:
                assert keys[mention] in known[holder]
            else:  # dismissed: whoever remembers it must lead to no theme
                assert any(keys[mention] in known[theme] and self._at(theme) is None for theme in known)

    @invariant()
    def what_is_counted_ahead_is_what_is_there(self) -> None:
        counted: Counter[str | None] = Counter(self.session.scalars(select(Mention.theme_id)))
        channels = select(ThemeFacet.theme_id, ThemeFacet.mentions).where(ThemeFacet.kind == "channel")
        ahead = dict(self.session.execute(channels).all())
        assert ahead == {theme: number for theme, number in counted.items() if theme}

    @invariant()
    def names_and_owners_are_those_given_last(self) -> None:
        heads = dict(self.session.execute(select(ThemeText.theme_id, ThemeText.head)).all())
        for theme, name in self.named.items():
            assert self._theme(theme).name == name
            assert fold(name) in heads[theme].split("\n")
        owners = dict(self.session.execute(select(ThemeOwner.theme_id, ThemeOwner.user_id)).all())
        assert owners == self.owned

    def teardown(self) -> None:
        self.session.rollback()
        self.session.close()


def test_mentions_counts_and_memory_stay_true(database: Database) -> None:
    machine = type("BoardHere", (Board,), {"database": database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
