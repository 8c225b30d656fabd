"""Freed memory returned to the system, where the C library of the machine can."""

from __future__ import annotations

import ctypes
from contextlib import suppress

import pyarrow as pa

TRIM_THRESHOLD, ARENA_MAX = -1, -8
"""Options of ``mallopt``, as glibc numbers them."""
KEPT_BYTES, ARENAS = 1 << 20, 2


def return_freed_memory() -> None:
    """Return what was freed so far, and from now on what is freed by the megabyte.

    Notes
    -----
    Reading a large service takes several times what is kept of it, and both allocators, Arrow's own and glibc's, would
    hold the difference until the process ends. Elsewhere than on glibc, only Arrow's is returned.
    """
    pa.default_memory_pool().release_unused()
    pa.set_memory_pool(pa.system_memory_pool())
    with suppress(AttributeError, OSError, TypeError):  # macOS, musl, Windows
        library = ctypes.CDLL(None)
        library.mallopt(TRIM_THRESHOLD, KEPT_BYTES)
        library.mallopt(ARENA_MAX, ARENAS)
        library.malloc_trim(0)
