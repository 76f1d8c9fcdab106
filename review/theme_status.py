"""Whether a theme lives: only an active one may be changed, and mentions follow a merged one to where it went."""

from __future__ import annotations

from collections.abc import Mapping

from review.errors import Conflict
from store.repositories.themes import ThemeState
from store.tables import Theme


def require_active(theme: Theme) -> None:
    """Raise Conflict `theme_not_active` for a theme that is retired, merged or dismissed."""
    if theme.status != "active":
        raise Conflict(
            "theme_not_active", f"The theme {theme.id} is {theme.status}, not active.",
            f"主题「{theme.name}」当前不可操作。", status=theme.status, merged_into=theme.merged_into,
        )  # fmt: skip


def living(theme_id: str | None, known: Mapping[str, Theme | ThemeState]) -> str | None:
    """Where mentions of a theme belong after what people and runs decided; None for no theme."""
    seen: set[str] = set()
    while theme_id is not None and theme_id not in seen:
        seen.add(theme_id)
        theme = known.get(theme_id)
        if theme is None or theme.status in {"not_a_theme", "retired"}:
            return None
        if theme.status == "active":
            return theme_id
        theme_id = theme.merged_into
    return None
