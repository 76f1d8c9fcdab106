"""The theme map as one compact answer: a JSON header with the themes, then numbers, places and themes of all points.

4 bytes   length of the header, little-endian; the header ends on a multiple of four bytes
header    JSON: {"points": n, "scale": s, "themes": [{id, name, intent, version, people, mentions, x, y, radius,
          colour}]}, largest theme first
4n bytes  int32: number of each point, ascending, as difference to the one before (the first to zero)
2n bytes  int16: x of each point, -s..s for -1..1
2n bytes  int16: y, upwards
2n bytes  uint16: place of its theme among the header's themes, 65535 for none
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from nlp.map_islands import COLOURS, Island, hue_beside
from store.repositories import map_points
from store.repositories.map_points import MapRows, MapTheme
from store.tables.map import SCALE

NO_THEME: Final = 65_535
MEDIA_TYPE: Final = "application/vnd.zhongsheng.map"
_LEVEL: Final = 5  # of compression: more takes twice the time for one part in fifty


@dataclass(frozen=True, slots=True)
class ShownTheme:
    """A theme on the map; x, y and radius within -1..1."""

    id: str
    name: str
    intent: str
    version: int
    people: int
    mentions: int
    x: float
    y: float
    radius: float
    colour: int


@dataclass(frozen=True, slots=True)
class MapAnswer:
    """Everything about the map at one moment."""

    etag: str
    packed: bytes  # gzip
    themes: tuple[ShownTheme, ...]  # largest first
    points: int
    loose: int  # points without theme


class MapAnswers:
    """Makes the answer, and keeps the last one while nothing has changed. One a process; safe between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last: MapAnswer | None = None

    def at_hand(self, session: Session) -> MapAnswer | None:
        """The map as it is now, where it has been made already."""
        last = self._last
        return last if last is not None and last.etag == etag_of(session) else None

    def current(self, session: Session, etag: str = "") -> MapAnswer:
        """The map as it is now; etag: that of `etag_of`, where it is known."""
        etag = etag or etag_of(session)
        with self._lock:
            if self._last is None or self._last.etag != etag:
                self._last = _answer(etag, map_points.rows(session), map_points.themes(session))
            return self._last


def etag_of(session: Session) -> str:
    """The ETag of the map as it is now: a weak one, as the same map travels packed and unpacked."""
    return f'W/"{hashlib.sha256(map_points.state(session).encode()).hexdigest()[:24]}"'


def unpacked(answer: MapAnswer) -> bytes:
    """For whoever does not take gzip."""
    return gzip.decompress(answer.packed)


def _answer(etag: str, rows: MapRows, themes: tuple[MapTheme, ...]) -> MapAnswer:
    place_of = {theme.id: place for place, theme in enumerate(themes[:NO_THEME])}
    numbers = np.array(rows.numbers, dtype=np.int32)
    at = np.array([rows.xs, rows.ys], dtype=np.int16).reshape(2, -1)
    of = np.fromiter(
        (place_of.get(theme, NO_THEME) if theme else NO_THEME for theme in rows.themes), np.uint16, len(rows.themes)
    )
    shown = _shown(themes[:NO_THEME], at, of)
    header = json.dumps(
        {"points": len(numbers), "scale": SCALE, "themes": [asdict(theme) for theme in shown]},
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    header += b" " * (-len(header) % 4)
    body = b"".join(
        [
            len(header).to_bytes(4, "little"),
            header,
            np.diff(numbers, prepend=np.int32(0)).astype("<i4").tobytes(),
            at[0].astype("<i2").tobytes(),
            at[1].astype("<i2").tobytes(),
            of.astype("<u2").tobytes(),
        ]
    )
    return MapAnswer(
        etag=etag,
        packed=_gzipped(body),
        themes=shown,
        points=len(numbers),
        loose=int((of == NO_THEME).sum()),
    )


def _gzipped(body: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def _shown(
    themes: tuple[MapTheme, ...], at: npt.NDArray[np.int16], of: npt.NDArray[np.uint16]
) -> tuple[ShownTheme, ...]:
    """Themes made since the last run have no island: they lie where their mentions do, in a hue of their own there."""
    counts = np.bincount(of[of != NO_THEME], minlength=len(themes))
    islands = {
        theme.id: Island(theme.place.x, theme.place.y, theme.place.radius, theme.place.colour % COLOURS)
        for theme in themes
        if theme.place is not None
    }
    shown = []
    for place, theme in enumerate(themes):
        island = islands.get(theme.id)
        if island is None:
            held = at[:, of == place] / SCALE
            x, y = np.median(held, axis=1) if held.size else (0.0, 0.0)
            colour = hue_beside(float(x), float(y), list(islands.values()))
            island = islands[theme.id] = Island(float(x), float(y), 0.0, colour)
        shown.append(
            ShownTheme(
                id=theme.id,
                name=theme.name,
                intent=theme.intent,
                version=theme.version,
                people=theme.people,
                mentions=int(counts[place]),
                x=round(island.x, 5),
                y=round(island.y, 5),
                radius=round(island.radius, 5),
                colour=island.colour,
            )
        )
    return tuple(shown)
