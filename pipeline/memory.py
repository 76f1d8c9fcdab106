"""Memory that a step needed and the next does not."""

from __future__ import annotations

import ctypes
import gc


def give_back() -> None:
    """Hand free memory to the system: large models leave cycles behind, and glibc keeps what was freed in small parts.

    Elsewhere than on glibc only the cycles go.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
