"""What one `zhongsheng mine` leaves to the next, so that theme ids last without a database: a file of its own."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from models.encoders.protocol import EncoderIdentity
from nlp.standing import as_previous, unplaced_of
from nlp.types import EdgeKind, MiningResult, PreviousTheme

CONTINUATION: Final = "continuation.npz"
_FORM: Final = 1  # raised when the arrays change


class ContinuationError(ValueError):
    """The earlier results cannot be continued; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Continuation:
    """The themes of earlier runs, and the mentions that the last one left without a theme."""

    themes: tuple[PreviousTheme, ...] = ()
    unplaced: frozenset[str] = frozenset()
    encoder: EncoderIdentity | None = None  # the one that made the prototypes

    def for_encoder(self, encoder: EncoderIdentity) -> Continuation:
        """Without prototypes where another encoder made them: vectors of two encoders are never mixed."""
        if self.encoder == encoder:
            return self
        return replace(self, themes=tuple(replace(theme, prototype=None, threshold=None) for theme in self.themes))

    def after(self, mined: MiningResult) -> Continuation:
        """What the run after this one must know.

        A theme that this run's files do not speak of is remembered: they may be one week's, and next week's may. One
        that became part of another is retired.
        """
        now = {theme.id: theme for theme in as_previous(mined)}
        merged = {edge.source for edge in mined.lineage if edge.kind is EdgeKind.MERGE}
        silent = [
            replace(theme, retired=theme.retired or theme.id in merged) for theme in self.themes if theme.id not in now
        ]
        return Continuation(
            themes=tuple(sorted([*now.values(), *silent], key=lambda theme: theme.id)),
            unplaced=unplaced_of(mined),
            encoder=mined.encoder,
        )


def read_continuation(folder: Path) -> Continuation:
    """What an earlier run left in its folder. Raises ContinuationError."""
    path = folder / CONTINUATION
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if int(arrays["form"]) != _FORM:
                raise ContinuationError(f"{path} is of another version; mine the earlier files again.")
            return _read({name: arrays[name] for name in arrays.files})
    except FileNotFoundError as error:
        raise ContinuationError(
            f"{folder} holds no {CONTINUATION}: name the --out folder of an earlier `zhongsheng mine`."
        ) from error
    except (OSError, EOFError, ValueError, KeyError, IndexError, TypeError, zipfile.BadZipFile) as error:
        raise ContinuationError(f"{path} cannot be read; mine the earlier files again.") from error


def write_continuation(folder: Path, left: Continuation) -> None:
    """Write what the next run must know, whole or not at all."""
    descriptor, name = tempfile.mkstemp(prefix=f".{CONTINUATION}.", dir=folder)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            np.savez_compressed(file, allow_pickle=False, **_arrays(left))
        temporary.chmod(0o644)
        temporary.replace(folder / CONTINUATION)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _arrays(left: Continuation) -> dict[str, np.ndarray]:
    """Keys stand in one array, each with the number of its theme; -1 for those without."""
    themes = left.themes
    dimension = max((len(theme.prototype) for theme in themes if theme.prototype is not None), default=0)
    shaped = np.array([theme.prototype is not None for theme in themes], dtype=np.bool_)
    prototypes = np.zeros((len(themes), dimension), dtype=np.float32)
    for number, theme in enumerate(themes):
        if theme.prototype is not None:
            prototypes[number] = theme.prototype
    owned = [(key, number) for number, theme in enumerate(themes) for key in sorted(theme.mention_keys)]
    owned += [(key, -1) for key in sorted(left.unplaced)]
    return {
        "form": np.array(_FORM),
        "encoder": np.array(json.dumps(asdict(left.encoder)) if left.encoder else ""),
        "ids": np.array([theme.id for theme in themes], dtype=np.str_),
        "shaped": shaped,
        "prototypes": prototypes,
        "thresholds": np.array([theme.threshold or 0.0 for theme in themes], dtype=np.float64),
        "settled": np.array([_settled(theme) for theme in themes], dtype=np.int64),
        "changed": np.array([theme.changed for theme in themes], dtype=np.int64),
        "retired": np.array([theme.retired for theme in themes], dtype=np.bool_),
        "keys": np.array([key for key, _ in owned], dtype=np.bytes_),
        "owners": np.array([number for _, number in owned], dtype=np.int32),
    }


def _settled(theme: PreviousTheme) -> int:
    return len(theme.mention_keys) if theme.settled_size is None else theme.settled_size


def _read(arrays: dict[str, np.ndarray]) -> Continuation:
    keys: Sequence[str] = [key.decode("ascii") for key in arrays["keys"].tolist()]
    held: dict[int, set[str]] = defaultdict(set)
    for key, owner in zip(keys, arrays["owners"].tolist(), strict=True):
        held[owner].add(key)
    told = str(arrays["encoder"])
    themes = [
        PreviousTheme(
            id=identifier,
            mention_keys=frozenset(held[number]),
            prototype=arrays["prototypes"][number] if arrays["shaped"][number] else None,
            threshold=float(arrays["thresholds"][number]) if arrays["shaped"][number] else None,
            settled_size=int(arrays["settled"][number]),
            changed=int(arrays["changed"][number]),
            retired=bool(arrays["retired"][number]),
        )
        for number, identifier in enumerate(arrays["ids"].tolist())
    ]
    return Continuation(tuple(themes), frozenset(held[-1]), EncoderIdentity(**json.loads(told)) if told else None)
