"""What the address of the board asks for: its filters and its order, by hand or kept in a saved view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Final, get_args
from urllib.parse import parse_qsl, urlencode

from store.repositories.theme_filters import Sort, ThemeFilter

PERIODS: Final = {"7": 7, "14": 14, "30": 30, "90": 90}
STATUSES: Final = ("not_a_theme", "merged", "retired")
INTENTS: Final = ("pain_point", "request", "question", "praise", "chatter")
SORTS: Final[tuple[Sort, ...]] = get_args(Sort)
MINE: Final = "me"
NOBODY: Final = "none"
OF_MENTIONS: Final = ("channel", "product", "region", "intent", "period", "since", "until")
FOLDED: Final = ("since", "until", "region", "status", "owner", "intent")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; empty strings ask for nothing."""

    q: str = ""
    channel: str = ""
    product: str = ""
    region: str = ""
    intent: str = ""
    period: str = ""
    since: str = ""
    until: str = ""
    status: str = ""
    owner: str = ""
    changed: str = ""
    sort: str = ""

    @property
    def of_mentions(self) -> Filters:
        """Those of them that single mentions can satisfy."""
        return Filters(**{name: getattr(self, name) for name in OF_MENTIONS})

    @property
    def chosen(self) -> bool:
        """Whether anything is asked for but an order."""
        return any(asdict(replace(self, sort="")).values())

    @property
    def folded(self) -> int:
        """How many of the less common filters are set."""
        return sum(bool(getattr(self, name)) for name in FOLDED)

    def parameters(self) -> str:
        """As the parameters of an address, those that ask for nothing left out."""
        return urlencode({name: value for name, value in asdict(self).items() if value})

    def query(self, **more: str) -> str:
        """As an address of the board."""
        pairs = {name: value for name, value in {**asdict(self), **more}.items() if value}
        return f"/themes?{urlencode(pairs)}" if pairs else "/themes"

    def wanted(
        self, zone: tzinfo, *, latest: datetime | None, user_id: str, last_visit: datetime | None
    ) -> ThemeFilter:
        """As the store takes it; what makes no sense asks for nothing. Words are the search's affair.

        zone: of the days in `since` and `until`. latest: the "now" of periods, since a file may be months old.
        """
        days = PERIODS.get(self.period)
        since, until = _day(self.since, zone), _day(self.until, zone)
        return ThemeFilter(
            status=self.status if self.status in STATUSES else "active",
            intent=self.intent if self.intent in INTENTS else None,
            channel=self.channel or None,
            product=self.product or None,
            region=self.region or None,
            since=since or (latest - timedelta(days=days) if latest and days else None),
            until=until + timedelta(days=1) if until else None,
            owner=(user_id if self.owner == MINE else self.owner) or None,
            changed_since=last_visit if self.changed else None,
        )

    @property
    def order(self) -> Sort:
        """The order asked for; by demand without one."""
        return next((sort for sort in SORTS if sort == self.sort), "demand")


def read_filters(parameters: str) -> Filters:
    """Those of an address; what is not a filter of ours is left out."""
    known = {field.name for field in fields(Filters)}
    found: Mapping[str, str] = dict(parse_qsl(parameters.removeprefix("?")))
    return Filters(**{name: value[:200] for name, value in found.items() if name in known and "\x00" not in value})


def _day(written: str, zone: tzinfo) -> datetime | None:
    try:
        found = date.fromisoformat(written)
    except ValueError:
        return None
    return datetime(found.year, found.month, found.day, tzinfo=zone) if 1900 < found.year < 9000 else None
